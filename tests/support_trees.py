# SPDX-License-Identifier: GPL-2.0-or-later
"""Small trees in the shape of each era, for support code to be added to and compiled in.

They hold what the support code is hooked into: a stream, and the Visitor interface as the era has
it, written for this project. `Era.build` compiles the round trips of support/ against one.
"""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass, replace
from pathlib import Path

from conftest import MARKS

HERE = Path(__file__).parent / "support"
WIDTHS = ("uint8", "uint16", "uint32", "uint64", "int8", "int16", "int32", "int64")
NARROW = ("uint8", "uint16", "uint32", "int8", "int16", "int32")


@dataclass(frozen=True)
class Era:
    """One era: its name, dialect, and the files of a tree by path. `flags` are for the round trips."""

    name: str
    dialect: str
    files: dict[str, str]
    sources: tuple[str, ...]
    flags: tuple[str, ...]

    def write(self, root: Path) -> Path:
        """Make the tree."""
        for path, text in {**MARKS, **self.files}.items():
            place = root / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text)
        return root

    def includes(self, root: Path) -> list[str]:
        """The options for the tree's headers."""
        return [f"-I{folder}" for folder in (root, root / "include", root / "migration", HERE)]

    def code(self, root: Path) -> list[str]:
        """The sources of the tree, with those of the support code."""
        added = [str(p) for p in root.rglob("qemu-file-*.c")]
        return [*(str(root / source) for source in self.sources), *added]

    def build(self, root: Path, *more: str) -> subprocess.CompletedProcess[str]:
        """Compile the tree with the round trips, without a warning, and run them."""
        program = root / "roundtrip"
        command = [
            *("gcc", "-std=gnu99", "-O1", "-g", "-Wall", "-Wextra", "-Wno-unused-parameter"),
            *(
                "-Werror",
                "-Wredundant-decls",
                "-Wmissing-prototypes",
                "-Wno-missing-field-initializers",
            ),
            *("-fsanitize=address,undefined", "-fno-sanitize-recover=all"),
            *(*self.includes(root), *self.flags, *more, *self.code(root)),
            *(str(HERE / "roundtrip.c"), "-o", str(program)),
        ]
        subprocess.run(command, check=True)
        return subprocess.run([program], capture_output=True, text=True, check=False)


_ORDERS = {
    "object": "Visitor *v, {type} *obj, const char *name, Error **errp",
    "name": "Visitor *v, const char *name, {type} *obj, Error **errp",
}
_GUARD = "#ifndef {0}\n#define {0}\n{1}\n#endif\n"
_STANDARD = "#include <stdbool.h>\n#include <stdint.h>\n#include <stdlib.h>\n#include <string.h>\n"
_ERROR = """typedef struct Error Error;
Error *error_new(void);
void error_free(Error *err);
const char *error_get_pretty(const Error *err);
void error_report(const char *text, ...);
void error_propagate(Error **to, Error *err);
"""
_ERROR_CODE = """#include <stdarg.h>
#include <stdio.h>
struct Error { int code; };
Error *error_new(void)
{
    return calloc(1, sizeof(Error));
}
void error_free(Error *err)
{
    free(err);
}
const char *error_get_pretty(const Error *err)
{
    return err ? "wrong" : "";
}
void error_report(const char *text, ...)
{
    fprintf(stderr, "%s\\n", text);
}
void error_propagate(Error **to, Error *err)
{
    if (to && !*to) {
        *to = err;
    } else {
        error_free(err);
    }
}
"""


def _parameters(order: str, name: str) -> str:
    return _ORDERS[order].format(type="bool" if name == "bool" else f"{name}_t")


def _primitives(size: str) -> str:
    return (
        (HERE / "stream.h").read_text()
        + f"{size} qemu_get_buffer(QEMUFile *f, uint8_t *buf, {size} size);\n"
        f"void qemu_put_buffer(QEMUFile *f, const uint8_t *buf, {size} size);\n"
    )


_TARGET_LONG = """#if TARGET_LONG_BITS == 64
#define qemu_put_betl qemu_put_be64
#else
#define qemu_put_betl qemu_put_be32
#endif
"""


def _stream(includes: str, members: str, opened: str, error: str, size: str) -> str:
    """The code of a stream whose constructor is `opened` and whose error functions are `error`."""
    return (
        f"{includes}typedef {size} stream_size;\n"
        f"struct QEMUFile {{\n{members}    unsigned used, at;\n"
        "    uint8_t buf[4096];\n    int last_error;\n};\n"
        f"{opened}\n{error}\n"
        "static void stream_failed(QEMUFile *f)\n{\n    f->last_error = -5;\n}\n"
        '#include "stream.inc"\n'
    )


_FILL = """QEMUFile *stream_reader(const uint8_t *bytes, unsigned size)
{
    QEMUFile *f = %s;
    memcpy(f->buf, bytes, size);
    f->used = size;
    return f;
}
QEMUFile *stream_writer(void)
{
    return %s;
}
"""
_CLOSE = """int qemu_fclose(QEMUFile *f)
{
    int ret = 0;
%s    free(f);
    return ret;
}
"""
_OLD_OPEN = (
    """QEMUFile *qemu_fopen_ops(void *put_buffer, void *get_buffer);
QEMUFile *qemu_fopen_ops(void *put_buffer, void *get_buffer)
{
    QEMUFile *f = calloc(1, sizeof(*f));
    f->get_buffer = get_buffer;
    return f;
}
"""
    + _FILL % ("qemu_fopen_ops(NULL, &no_stream)", "qemu_fopen_ops(&no_stream, NULL)")
)
_OPS_OPEN = (
    """QEMUFile *qemu_fopen_ops(void *opaque, const QEMUFileOps *ops);
QEMUFile *qemu_fopen_ops(void *opaque, const QEMUFileOps *ops)
{
    QEMUFile *f = calloc(1, sizeof(*f));
    f->ops = ops;
    return f;
}
static const QEMUFileOps readable = { "r" }, writable = { NULL };
"""
    + _FILL % ("qemu_fopen_ops(NULL, &readable)", "qemu_fopen_ops(NULL, &writable)")
)
_NEW_OPEN = (
    """static QEMUFile *qemu_file_new_impl(void *ioc, bool is_writable)
{
    QEMUFile *f = calloc(1, sizeof(*f));
    f->is_writable = is_writable;
    return f;
}
"""
    + _FILL % ("qemu_file_new_impl(NULL, false)", "qemu_file_new_impl(NULL, true)")
)
_GET_ERROR = """int qemu_file_get_error(QEMUFile *f)
{
    return f->last_error;
}
void qemu_file_set_error(QEMUFile *f, int ret)
{
    f->last_error = ret;
}
"""
_SET_OBJECT = """void qemu_file_set_error_obj(QEMUFile *f, int ret, Error *err)
{
    f->last_error = f->last_error ? f->last_error : ret;
    error_free(err);
}
"""


def _none() -> Era:
    """Before 0.15: neither visitors nor errors."""
    header = (
        _STANDARD + _primitives("int") + "int qemu_file_has_error(QEMUFile *f);\n" + _TARGET_LONG
    )
    has = "int qemu_file_has_error(QEMUFile *f)\n{\n    return f->last_error;\n}\n"
    opened = "static int no_stream;\n" + _OLD_OPEN + _CLOSE % ""
    includes = '#include "hw/hw.h"\n'
    code = _stream(includes, "    void *get_buffer;\n", opened, has, "int")
    return Era(
        "none",
        "pre-1.2",
        {
            "hw/hw.h": _GUARD.format("HW_H", header),
            "savevm.c": code,
            "Makefile": "obj-y += a.o savevm.o\n",
        },
        ("savevm.c",),
        ('-DERA_HEADER="hw/hw.h"', "-DERA_GET_ERROR=qemu_file_has_error", "-DTARGET_LONG_BITS=32"),
    )


_ERRP = ", Error **errp"
_OLD_OTHERS = {
    "start_struct": f"Visitor *v, void **obj, const char *kind, const char *name, size_t size{_ERRP}",
    "end_struct": f"Visitor *v{_ERRP}",
    "start_list": f"Visitor *v, const char *name{_ERRP}",
    "end_list": f"Visitor *v{_ERRP}",
    "type_str": f"Visitor *v, char **obj, const char *name{_ERRP}",
    "type_int": f"Visitor *v, int64_t *obj, const char *name{_ERRP}",
}
_NEW_OTHERS = {
    "start_struct": f"Visitor *v, const char *name, void **obj, size_t size{_ERRP}",
    "end_struct": "Visitor *v, void **obj",
    "start_list": f"Visitor *v, const char *name, GenericList **list, size_t size{_ERRP}",
    "end_list": "Visitor *v, void **list",
    "type_str": f"Visitor *v, const char *name, char **obj{_ERRP}",
    "complete": "Visitor *v, void *opaque",
    "free": "Visitor *v",
}
_V2_7_OTHERS = _NEW_OTHERS | {"end_struct": "Visitor *v", "end_list": "Visitor *v"}
"""What a visitor has beside integers and booleans, and its parameters."""


def _returned(name: str, returns: str) -> str:
    return returns if name.startswith(("start_", "type_")) else "void"


def _other_slots(others: dict[str, str], returns: str = "void") -> str:
    return "".join(f"    {_returned(n, returns)} (*{n})({p});\n" for n, p in others.items())


def _other_prototypes(others: dict[str, str], returns: str = "void") -> str:
    return "".join(f"{_returned(n, returns)} visit_{n}({p});\n" for n, p in others.items())


def _other_code(others: dict[str, str], returns: str = "void") -> str:
    """Visit functions that only pass on."""
    text = ""
    for name, parameters in others.items():
        passed = ", ".join(p.split()[-1].lstrip("*") for p in parameters.split(", "))
        value = "return " if _returned(name, returns) != "void" else ""
        text += f"{_returned(name, returns)} visit_{name}({parameters})\n"
        text += f"{{\n    {value}v->{name}({passed});\n}}\n"
    return text


def _visitor_struct(order: str, widths: tuple[str, ...], last: str) -> str:
    """struct Visitor of an era up to 2.5."""
    slots = "".join(f"    void (*type_{w})({_parameters(order, w)});\n" for w in (*widths, "bool"))
    return (
        f"struct Visitor {{\n{_other_slots(_OLD_OTHERS)}"
        f"    void (*end_handle)(Visitor *v, Error **errp);\n{slots}{last}}};\n"
    )


def _core(order: str, names: tuple[str, ...], returns: str = "void") -> str:
    """Visit functions that only pass on; up to 2.5, 64 bits go to any visitor of integers."""
    value = "return " if returns == "bool" else ""
    passed = "v, obj, name, errp" if order == "object" else "v, name, obj, errp"
    other = (
        "    if (!v->type_{0}) {{\n        v->type_int(v, (int64_t *)obj, name, errp);\n"
        "        return;\n    }}\n"
    )
    return "".join(
        f"{returns} visit_type_{n}({_parameters(order, n)})\n{{\n"
        + (other.format(n) if order == "object" and n.endswith("64") else "")
        + f"    {value}v->type_{n}({passed});\n}}\n"
        for n in names
    )


def _prototypes(order: str, names: tuple[str, ...], returns: str = "void") -> str:
    return "".join(f"{returns} visit_type_{n}({_parameters(order, n)});\n" for n in names)


_OLD_OUTPUT = """#include "qapi/qapi-visit-core.h"
typedef struct QObject QObject;
typedef struct QmpOutputVisitor QmpOutputVisitor;
QmpOutputVisitor *qmp_output_visitor_new(void);
Visitor *qmp_output_get_visitor(QmpOutputVisitor *v);
QObject *qmp_output_get_qobject(QmpOutputVisitor *v);
void qmp_output_visitor_cleanup(QmpOutputVisitor *v);
const char *qobject_text(QObject *object);
"""
_OLD_OUTPUT_CODE = """#include <stdlib.h>
#include <string.h>
#include "qemu-common.h"
#include "qapi/qmp-output-visitor.h"
#define RETURNS void
#define DONE
#include "qobject.inc"
"""
_OLD_OUTPUT_FLAGS = ('-DERA_QOBJECT="qemu-file-qobject.h"', "-DERA_SIGNED")
_COMMON = _STANDARD + "#include <stdio.h>\n"
_GLIB = """#define g_malloc(size) malloc(size)
#define g_malloc0(size) calloc(1, size)
#define g_free(p) free(p)
"""
_ERROR_FLAGS = ("-DERA_MAKE_ERROR=error_new()", "-DERA_GET_ERROR=qemu_file_get_error")


def _old_stream(header: str, get_error: str) -> dict[str, str]:
    """hw.h and savevm.c of a tree that has errors."""
    text = _STANDARD + '#include "error.h"\n' + _primitives("int") + get_error + _TARGET_LONG
    opened = "static int no_stream;\n" + _OLD_OPEN + _CLOSE % ""
    code = _stream(
        '#include "hw/hw.h"\n#include <errno.h>\n',
        "    void *get_buffer;\n",
        opened,
        _GET_ERROR,
        "int",
    )
    return {"hw/hw.h": _GUARD.format("HW_H", text), "savevm.c": code, "error.h": header}


_GET_ERRORS = (
    "int qemu_file_get_error(QEMUFile *f);\nvoid qemu_file_set_error(QEMUFile *f, int ret);\n"
)


def _pre_1_2() -> Era:
    """0.15 to 1.1: visitors without widths."""
    visitors = (
        '#include <stdbool.h>\n#include <stddef.h>\n#include <stdint.h>\n#include "error.h"\n'
        "typedef struct Visitor Visitor;\n"
        + _visitor_struct("object", (), "")
        + _other_prototypes(_OLD_OTHERS)
        + _prototypes("object", ("bool",))
    )
    error = _ERROR + "void error_set(Error **errp, const char *format, ...);\n"
    code = _ERROR_CODE + (
        "void error_set(Error **errp, const char *format, ...)\n"
        "{\n    error_propagate(errp, error_new());\n}\n"
    )
    return Era(
        "pre-1.2",
        "pre-1.2",
        {
            **_old_stream(_GUARD.format("ERROR_H", error), _GET_ERRORS),
            "qerror.h": '#define QERR_INVALID_PARAMETER_VALUE "%s %s"\n',
            "error.c": '#include <stdlib.h>\n#include "error.h"\n' + code,
            "qemu-common.h": _COMMON
            + "void *qemu_malloc(size_t size);\nvoid *qemu_mallocz(size_t size);\nvoid qemu_free(void *p);\n",
            "qapi/qmp-output-visitor.h": _GUARD.format("OUTPUT_H", _OLD_OUTPUT),
            "qapi/qmp-output-visitor.c": _OLD_OUTPUT_CODE
            + "void *qemu_malloc(size_t size)\n{\n    return malloc(size);\n}\n"
            + "void *qemu_mallocz(size_t size)\n{\n    return calloc(1, size);\n}\n"
            + "void qemu_free(void *p)\n{\n    free(p);\n}\n",
            "qapi/qapi-visit-core.h": _GUARD.format("VISIT_H", visitors),
            "qapi/qapi-visit-core.c": '#include "qapi/qapi-visit-core.h"\n'
            + _other_code(_OLD_OTHERS)
            + _core("object", ("bool",)),
            "Makefile.objs": "common-obj-y += block-migration.o\n",
        },
        ("savevm.c", "error.c", "qapi/qapi-visit-core.c", "qapi/qmp-output-visitor.c"),
        ('-DERA_HEADER="hw/hw.h"', "-DTARGET_LONG_BITS=64", *_ERROR_FLAGS, *_OLD_OUTPUT_FLAGS),
    )


def _v1_2() -> Era:
    """1.2 to 2.5: a function for each width."""
    last = "    void (*type_int64)(Visitor *v, int64_t *obj, const char *name, Error **errp);\n"
    visitors = (
        '#include <stdbool.h>\n#include <stddef.h>\n#include <stdint.h>\n#include "error.h"\n'
        "typedef struct Visitor Visitor;\n"
        + _visitor_struct("object", WIDTHS[:-1], last)
        + _other_prototypes(_OLD_OTHERS)
        + _prototypes("object", (*WIDTHS, "bool"))
    )
    files = _old_stream(_GUARD.format("ERROR_H", _ERROR), _GET_ERRORS)
    members = "    const QEMUFileOps *ops;\n"
    ops = "typedef struct QEMUFileOps { const char *get_buffer; } QEMUFileOps;\n"
    close = _CLOSE % (
        "    /* If any error was spotted before closing, we should report it */\n"
        "    if (f->last_error) {\n        ret = f->last_error;\n    }\n"
    )
    files["savevm.c"] = _stream(
        '#include "hw/hw.h"\n#include <errno.h>\n' + ops,
        members,
        _OPS_OPEN + close,
        _GET_ERROR,
        "int",
    )
    files |= {
        "error.c": '#include <stdlib.h>\n#include "error.h"\n' + _ERROR_CODE,
        "qemu-common.h": _COMMON + _GLIB,
        "qapi/qmp-output-visitor.h": _GUARD.format("OUTPUT_H", _OLD_OUTPUT),
        "qapi/qmp-output-visitor.c": _OLD_OUTPUT_CODE,
        "qapi/qapi-visit-core.h": _GUARD.format("VISIT_H", visitors),
        "qapi/qapi-visit-core.c": '#include "qapi/qapi-visit-core.h"\n'
        + _other_code(_OLD_OTHERS)
        + _core("object", (*WIDTHS, "bool")),
        "Makefile.objs": "common-obj-y += block-migration.o\n",
    }
    return Era(
        "1.2",
        "1.2",
        files,
        ("savevm.c", "error.c", "qapi/qapi-visit-core.c", "qapi/qmp-output-visitor.c"),
        ('-DERA_HEADER="hw/hw.h"', "-DTARGET_LONG_BITS=64", *_ERROR_FLAGS, *_OLD_OUTPUT_FLAGS),
    )


def _modern_core(returns: str) -> str:
    """A core that visits a narrow integer as one of 64 bits, and asserts that it is in range."""
    value = "return ok;" if returns == "bool" else ""
    text = '#include <assert.h>\n#include "qapi/visitor-impl.h"\n'
    text += (
        f"{returns} visit_type_int(Visitor *v, const char *name, int64_t *obj, Error **errp)\n{{\n"
    )
    text += f"    {'return ' * bool(value)}v->type_int64(v, name, obj, errp);\n}}\n"
    for name in NARROW:
        wide = "uint64" if name.startswith("u") else "int64"
        text += (
            f"{returns} visit_type_{name}({_parameters('name', name)})\n{{\n"
            f"    {wide}_t value;\n"
            f"    {'bool ok;' * bool(value)}\n\n    value = *obj;\n"
            f"    {'ok = ' * bool(value)}v->type_{wide}(v, name, &value, errp);\n"
            f"    *obj = value;\n    {value}\n}}\n"
        )
    return text + _core("name", ("uint64", "int64", "bool"), returns)


def _modern(name: str, dialect: str, returns: str, others: dict[str, str], library: str) -> Era:
    """2.6 and later; `library` is what the visitor of QObjects is called by."""
    slots = "".join(
        f"    {returns} (*type_{n})({_parameters('name', n)});\n"
        for n in ("int64", "uint64", "bool")
    )
    visitor = (
        '#include <stdbool.h>\n#include <stddef.h>\n#include <stdint.h>\n#include "qapi/error.h"\n'
        "typedef struct Visitor Visitor;\ntypedef struct GenericList GenericList;\n"
        + _other_prototypes(others, returns)
        + f"{returns} visit_type_int(Visitor *v, const char *name, int64_t *obj, Error **errp);\n"
        + _prototypes("name", (*WIDTHS, "bool"), returns)
    )
    impl = (
        '#include "qapi/visitor.h"\ntypedef enum VisitorType { VISITOR_INPUT = 1, VISITOR_OUTPUT = 2 } '
        f"VisitorType;\nstruct Visitor {{\n{slots}{_other_slots(others, returns)}"
        f"    /* Optional; fallback is type_uint64() */\n    {returns} (*type_size)"
        f"({_parameters('name', 'uint64')});\n"
        "    VisitorType type;\n};\n"
    )
    output = (
        '#include "qapi/visitor.h"\ntypedef struct QObject QObject;\n'
        f"Visitor *{library}_output_visitor_new(QObject **result);\n"
        "const char *qobject_text(QObject *object);\n"
    )
    output_code = (
        f'#include "qemu/osdep.h"\n#include "qapi/{library}-output-visitor.h"\n'
        '#include "qapi/visitor-impl.h"\n'
        f"#define NAME_FIRST {library}_output_visitor_new\n#define HAS_UNSIGNED\n"
        f"#define RETURNS {returns}\n#define DONE {'return true;' if returns == 'bool' else ''}\n"
        f"#define LISTED {', void **obj' if ',' in others['end_list'] else ''}\n"
        '#include "qobject.inc"\n'
    )
    errors = _GET_ERRORS + "void qemu_file_set_error_obj(QEMUFile *f, int ret, Error *err);\n"
    types = _primitives("size_t")
    code = _stream(
        '#include "qemu/osdep.h"\n#include <errno.h>\n#include "qemu-file.h"\n#include "trace.h"\n',
        "    bool is_writable;\n",
        _NEW_OPEN + _CLOSE % "    ret = qemu_file_get_error(f);\n",
        _GET_ERROR + _SET_OBJECT,
        "size_t",
    )
    return Era(
        name,
        dialect,
        {
            "include/qemu/osdep.h": _GUARD.format(
                "OSDEP_H", _COMMON + "#include <assert.h>\n" + _GLIB
            ),
            "include/qapi/error.h": _GUARD.format("ERROR_H", _ERROR),
            "include/qapi/visitor.h": _GUARD.format("VISITOR_H", visitor),
            "include/qapi/visitor-impl.h": _GUARD.format("IMPL_H", impl),
            "include/migration/qemu-file-types.h": _GUARD.format("TYPES_H", _STANDARD + types),
            "include/migration/cpu.h": _GUARD.format("CPU_H", _TARGET_LONG),
            "migration/qemu-file.h": _GUARD.format(
                "FILE_H",
                '#include "qapi/error.h"\n#include "migration/qemu-file-types.h"\n' + errors,
            ),
            "migration/trace.h": "\n",
            "migration/qemu-file.c": code,
            "migration/meson.build": "migration_files = files(\n  'qemu-file.c',\n)\n",
            "qapi/qapi-visit-core.c": _modern_core(returns) + _other_code(others, returns),
            f"include/qapi/{library}-output-visitor.h": _GUARD.format("OUTPUT_H", output),
            f"qapi/{library}-output-visitor.c": output_code,
            "error.c": '#include <stdlib.h>\n#include "qapi/error.h"\n' + _ERROR_CODE,
        },
        (
            *("migration/qemu-file.c", "error.c", "qapi/qapi-visit-core.c"),
            f"qapi/{library}-output-visitor.c",
        ),
        (
            '-DERA_HEADER="qemu-file.h"',
            '-DERA_QOBJECT="migration/qemu-file-qobject.h"',
            "-DTARGET_LONG_BITS=64",
            "-DERA_NAME_FIRST",
            *_ERROR_FLAGS,
        ),
    )


def _moved_stream(name: str, place: str, makefile: str) -> Era:
    """The era of 1.2 with the code of QEMUFile in a file of its own."""
    era = _v1_2()
    files = {**era.files, place: era.files["savevm.c"], makefile: "common-obj-y += qemu-file.o\n"}
    del files["savevm.c"]
    sources = tuple(place if source == "savevm.c" else source for source in era.sources)
    return replace(era, name=name, files=files, sources=sources)


def _internal_header() -> Era:
    """2.3 to 2.6: struct QEMUFile is in a header that several files include."""
    era = _moved_stream("2.3", "migration/qemu-file.c", "migration/Makefile.objs")
    code = era.files["migration/qemu-file.c"]
    found = re.search(r"struct QEMUFile \{.*?\n\};\n", code, re.DOTALL)
    assert found is not None
    header = '#include "hw/hw.h"\n#include "qemu/iov.h"\n\n' + found[0]
    files = {
        **era.files,
        "migration/qemu-file.c": code.replace(
            found[0], '#include "migration/qemu-file-internal.h"\n#include "trace.h"\n'
        ),
        "migration/qemu-file-internal.h": _GUARD.format("INTERNAL_H", header),
        "include/migration/vmstate.h": "",
        "include/qemu/iov.h": "",
        "trace.h": "",
    }
    flags = tuple(
        flag.replace("qemu-file-qobject.h", "migration/qemu-file-qobject.h") for flag in era.flags
    )
    return replace(era, files=files, flags=flags)


ERAS = {
    era.name: era
    for era in (
        _none(),
        _pre_1_2(),
        _v1_2(),
        _moved_stream("October 2011", "qemu-file.c", "Makefile.objs"),
        _internal_header(),
        _modern("2.6", "2.6", "void", _V2_7_OTHERS, "qmp"),
        _modern("5.1", "5.1", "bool", _NEW_OTHERS, "qobject"),
    )
}
"""A tree of each era, by name."""


_FORK_VISIT = """static void fork_output_{0}(Visitor *v, {1} *obj, const char *name, Error **errp)
{{
    ForkVisitor *fv = (ForkVisitor *)v;

    qemu_put_{2}(fv->file, *obj);
}}
static void fork_input_{0}(Visitor *v, {1} *obj, const char *name, Error **errp)
{{
    ForkVisitor *fv = (ForkVisitor *)v;

    *obj = qemu_get_{2}(fv->file);
}}
"""
_FORK_WIDTHS = {
    "uint8": "byte", "uint16": "be16", "uint32": "be32", "uint64": "be64",
    "int8": "byte", "int16": "be16", "int32": "be32", "int64": "be64", "bool": "byte",
}  # fmt: skip


def without_json(era: Era) -> Era:
    """The era as it is where no JSON of a device's state is asked for."""
    return replace(era, flags=tuple(flag for flag in era.flags if "QOBJECT" not in flag))


def fork_of_1_2() -> Era:
    """1.2 with visitors of streams that a fork has made, one for each stream: as in October 2011."""
    era = _v1_2()
    visits = "".join(
        _FORK_VISIT.format(name, "bool" if name == "bool" else f"{name}_t", wire)
        for name, wire in _FORK_WIDTHS.items()
    )
    sets = "".join(
        f"    v->visitor.type_{name} = fork_{side}_{name};\n".replace("    ", indent)
        for side, indent in (("output", "        "), ("input", "            "))
        for name in _FORK_WIDTHS
    ).splitlines(keepends=True)
    half = len(sets) // 2
    code = f"""
typedef struct ForkVisitor {{
    Visitor visitor;
    QEMUFile *file;
}} ForkVisitor;
{visits}
Visitor *qemu_file_get_visitor(QEMUFile *f)
{{
    static ForkVisitor visitors[64];
    ForkVisitor *v = visitors;

    while (v->file && v->file != f) {{
        v++;
    }}
    memset(v, 0, sizeof(*v));
    v->file = f;
    if (!f->ops->get_buffer) {{
{"".join(sets[:half])}    }} else {{
{"".join(sets[half:])}    }}
    return &v->visitor;
}}
"""
    header = era.files["hw/hw.h"].replace(
        "void qemu_put_buffer(",
        "struct Visitor *qemu_file_get_visitor(QEMUFile *f);\nvoid qemu_put_buffer(",
    )
    include = '#include "qapi/qapi-visit-core.h"\n'
    files = {"hw/hw.h": header, "savevm.c": include + era.files["savevm.c"] + code}
    return replace(without_json(era), name="fork of 1.2", files={**era.files, **files})
