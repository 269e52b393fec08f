# SPDX-License-Identifier: GPL-2.0-or-later
"""C of what a device calls and its file does not hold: primitives by their rules, stand-ins for the rest."""

from __future__ import annotations

from collections.abc import Callable, Collection

from ..rules.ruleset import Primitive, Rules
from ..terms import BYTES_OF_WIRES

_HEAD = """#include <stddef.h>
#include <stdint.h>
typedef struct QEMUFile QEMUFile;
void rw_put(QEMUFile *f, uint64_t value, int size);
uint64_t rw_get(QEMUFile *f, int size);
void rw_put_buffer(QEMUFile *f, const unsigned char *from, unsigned int size);
long rw_get_buffer(QEMUFile *f, unsigned char *to, unsigned int size);
int rw_error(QEMUFile *f);
int rw_peek(QEMUFile *f, int offset);
int rw_set_error(QEMUFile *f, int error);
void *rw_allocate(unsigned long size, unsigned long times);
unsigned long rw_stand_in(const char *name, int count, const unsigned long *arguments);
"""
_OWN = {"rw_globals", "rw_global_words"}
_WORDS = 512
_SILENT = "unsigned long {name}(void)\n{{\n    return 0;\n}}"
_SIX = ", ".join(f"unsigned long a{n}" for n in range(6))
_DOES = {
    "allocate": "void *{name}(unsigned long size, {more})\n{{\n    return rw_allocate(size, {times});\n}}",
    "free": "void {name}(void *memory)\n{{\n}}",
    "first argument": "void *{name}(void *object)\n{{\n    return object;\n}}",
    "stream error": "int {name}(QEMUFile *f)\n{{\n    return rw_error(f);\n}}",
    "set stream error": "int {name}(QEMUFile *f, int error)\n{{\n    return rw_set_error(f, error);\n}}",
    "peek": "int {name}(QEMUFile *f, int offset)\n{{\n    return rw_peek(f, {offset});\n}}",
    "zero": "unsigned long {name}[4];",
    "nothing": "long {name}(QEMUFile *f)\n{{\n    return 0;\n}}",
}


def write_stand_ins(
    missing: Collection[str],
    called: Collection[str],
    told: Collection[str],
    rules: Rules,
    count_parameters: Callable[[str], int | None],
) -> str:
    """C that defines the names a linker misses; `called` are those of them that are functions,
    `told` those whose calls are written down.

    Primitives and what rules say of others take the place of the tree's own, missing or not.
    """
    ruled = {name: _stand_in_primitive(primitive) for name, primitive in rules.primitives.items()}
    ruled |= {
        r.name: _by_rule(r.name, r.does, count_parameters(r.name)) for r in rules.stand_ins.values()
    }
    pieces, objects = [_HEAD, *ruled.values()], []
    for name in sorted(set(missing) - _OWN):
        if ruled.get(name):
            continue
        if name in called:
            count = count_parameters(name)
            pieces.append(_log_call(name, count) if name in told else _SILENT.format(name=name))
        else:
            objects.append(name)
    pieces += [f"unsigned long {name}[{_WORDS}] __attribute__((aligned(64)));" for name in objects]
    listed = ", ".join([*objects, "0"])
    pieces.append(f"unsigned long *const rw_globals[] = {{ {listed} }};")
    pieces.append(f"const unsigned long rw_global_words = {_WORDS};")
    return "\n".join(pieces) + "\n"


def _stand_in_primitive(primitive: Primitive) -> str:
    """A primitive of a fixed width, or one that moves a buffer; empty for others."""
    name, size = primitive.name, BYTES_OF_WIRES.get(primitive.wire)
    ctype = f"uint{8 * size}_t" if size else ""
    match primitive.direction, primitive.operand:
        case "put", "buffer":
            return (
                f"void {name}(QEMUFile *f, const unsigned char *p, unsigned int n)\n"
                "{\n    rw_put_buffer(f, p, n);\n}"
            )
        case "get", "buffer":
            return (
                f"long {name}(QEMUFile *f, unsigned char *p, unsigned int n)\n"
                "{\n    return rw_get_buffer(f, p, n);\n}"
            )
        case "put", "value" if size:
            return f"void {name}(QEMUFile *f, uint64_t v)\n{{\n    rw_put(f, v, {size});\n}}"
        case "get", "result" if size:
            return f"uint64_t {name}(QEMUFile *f)\n{{\n    return rw_get(f, {size});\n}}"
        case "put", "pointer" if size:
            return f"void {name}(QEMUFile *f, {ctype} *p)\n{{\n    rw_put(f, *p, {size});\n}}"
        case "get", "pointer" if size:
            return f"void {name}(QEMUFile *f, {ctype} *p)\n{{\n    *p = rw_get(f, {size});\n}}"
    return ""


def _by_rule(name: str, does: str, count: int | None) -> str:
    times, more = ("times", "unsigned long times") if count == 2 else ("1", "...")
    offset = "0" if count == 1 else "offset"
    return _DOES[does].format(name=name, more=more, times=times, offset=offset)


def _log_call(name: str, count: int | None) -> str:
    values = ", ".join(f"a{n}" for n in range(6))
    return (
        f"unsigned long {name}({_SIX})\n{{\n    const unsigned long a[] = {{ {values} }};\n"
        f'    return rw_stand_in("{name}", {-1 if count is None else count}, a);\n}}'
    )
