# SPDX-License-Identifier: GPL-2.0-or-later
"""What `rewrite support` adds to a tree so that converted code builds and runs, era by era.

A file or an edit is wanted where the tree does not declare one of the names that it provides. The
files and longer texts are templates in support/. Edits of one step are alternatives: the first
whose anchor is found is made. An anchor is compared with lines, each run of white space as one.
"""

schema(1)

# The files, in the folder where the era keeps those of QEMUFile.

support_file(
    "header",
    path=("include/migration/qemu-file-visitor.h", "qemu-file-visitor.h"),
    template="qemu-file-visitor.h",
    provides=(
        "qemu_file_get_visitor",
        "qemu_file_get_errp",
        "visit_type_uint8",
        "visit_type_buffer",
    ),
)
support_file(
    "rfc",
    path=("include/migration/qemu-file-visitor-rfc.h", "qemu-file-visitor-rfc.h"),
    template="qemu-file-visitor-rfc.h",
    provides="visit_type_u32",
    dialects="rfc",
)
support_file(
    "impl",
    path=("include/migration/qemu-file-visitor-impl.h", "qemu-file-visitor-impl.h"),
    template="qemu-file-visitor-impl.h",
    provides=(
        "qemu_file_get_visitor",
        "qemu_file_get_errp",
        "visit_type_uint8",
        "visit_type_buffer",
    ),
)
support_file(
    "code",
    path=("migration/qemu-file-visitor.c", "qemu-file-visitor.c"),
    template="qemu-file-visitor.c",
    provides=("qemu_file_get_visitor", "visit_type_uint8", "visit_type_buffer"),
)

# Where the tree can make QObjects of visits: state as JSON, where it is asked for. From 2.9 on that
# visitor has its new name.

support_file(
    "qmp_header",
    path=("include/migration/qemu-file-qobject.h", "qemu-file-qobject.h"),
    template="qemu-file-qobject.h",
    provides=("qemu_file_start_qobject", "qemu_file_end_qobject"),
    present="qmp_output_visitor_new",
    absent="qemu_file_get_visitor",
    asked="json",
)
support_file(
    "qmp_code",
    path=("migration/qemu-file-qobject.c", "qemu-file-qobject.c"),
    template="qemu-file-qobject.c",
    provides=("qemu_file_start_qobject", "qemu_file_end_qobject"),
    present="qmp_output_visitor_new",
    absent="qemu_file_get_visitor",
    asked="json",
)
support_file(
    "qobject_header",
    path="include/migration/qemu-file-qobject.h",
    template="qemu-file-qobject.h",
    provides=("qemu_file_start_qobject", "qemu_file_end_qobject"),
    present="qobject_output_visitor_new",
    absent="qemu_file_get_visitor",
    asked="json",
)
support_file(
    "qobject_code",
    path="migration/qemu-file-qobject.c",
    template="qemu-file-qobject.c",
    provides=("qemu_file_start_qobject", "qemu_file_end_qobject"),
    present="qobject_output_visitor_new",
    absent="qemu_file_get_visitor",
    asked="json",
)

# Whoever calls a primitive includes its header already, so this header brings the visits along.

support_edit(
    "include",
    declares="qemu_put_be32",
    place="end",
    text="#include \"{{ file(\"header\") }}\"\n",
    provides=(
        "qemu_file_get_visitor",
        "qemu_file_get_errp",
        "visit_type_uint8",
        "visit_type_buffer",
    ),
)
support_edit(
    "include-rfc",
    declares="qemu_put_be32",
    place="end",
    text="#include \"{{ file(\"rfc\") }}\"\n",
    provides="visit_type_u32",
    dialects="rfc",
)

# A target's long, beside the primitives that are as wide.

support_edit(
    "target-long-64",
    declares="qemu_put_betl",
    anchor="qemu_put_betl qemu_put_be64",
    place="before",
    text="#define visit_type_uinttl visit_type_uint64\n#define visit_type_inttl visit_type_int64",
    provides=("visit_type_uinttl", "visit_type_inttl"),
)
support_edit(
    "target-long-32",
    declares="qemu_put_betl",
    anchor="qemu_put_betl qemu_put_be32",
    place="before",
    text="#define visit_type_uinttl visit_type_uint32\n#define visit_type_inttl visit_type_int32",
    provides=("visit_type_uinttl", "visit_type_inttl"),
)

# hppa's registers, where they have primitives of their own: in a few versions.

support_edit(
    "target-register-64",
    path="target/hppa/machine.c",
    anchor="qemu_put_betr qemu_put_be64",
    place="before",
    text="#define visit_type_ureg visit_type_uint64",
    provides="visit_type_ureg",
    required="no",
)
support_edit(
    "target-register-32",
    path="target/hppa/machine.c",
    anchor="qemu_put_betr qemu_put_be32",
    place="before",
    text="#define visit_type_ureg visit_type_uint32",
    provides="visit_type_ureg",
    required="no",
)

# A function for each width in struct Visitor: from 0.15 to 1.1 it has none, from 2.6 on only those
# of 64 bits.

support_edit(
    "widths",
    path="qapi/qapi-visit-core.h",
    anchor="(*end_handle)(",
    place="after",
    text=(
        "{% import 'era.inc' as c with context %}\n{% for type, name, short, wire in c.integers "
        "%}\n{{ c.slot(type, name) }}\n{% endfor %}"
    ),
    provides=(
        "visit_type_uint8",
        "visit_type_uint16",
        "visit_type_uint32",
        "visit_type_uint64",
        "visit_type_int8",
        "visit_type_int16",
        "visit_type_int32",
        "visit_type_int64",
    ),
    dialects="pre-1.2",
    present="visit_type_int",
)
support_edit(
    "widths",
    path="include/qapi/visitor-impl.h",
    anchor="fallback is type_uint64()",
    place="before",
    text=(
        "{% import 'era.inc' as c with context %}\n/* Optional; fallback is type_int64() or "
        "type_uint64() */\n{% for type, name, short, wire in c.integers if name in c.narrow %}\n{{ "
        "c.slot(type, name) }}\n{% endfor %}\n"
    ),
    provides="qemu_file_get_visitor",
    dialects=("2.6", "5.1"),
    absent="type_uint8",
)

# A function for a buffer beside them. A fork's own visitors of streams are given one by the code
# (rewrite/support/visitors.py), as what they look like is theirs.

support_edit(
    "buffer",
    path="qapi/qapi-visit-core.h",
    anchor="(*type_int64)(",
    place="after",
    text=(
        "{% import 'era.inc' as c with context %}\n/* Optional; fallback is type_uint8() */\n{{ "
        "c.buffer_slot() }}"
    ),
    provides="visit_type_buffer",
    dialects="1.2",
    absent="type_buffer",
)
support_edit(
    "buffer",
    path="include/qapi/visitor-impl.h",
    anchor="(*type_int64)(",
    place="after",
    text=(
        "{% import 'era.inc' as c with context %}\n/* Optional; fallback is type_uint8() */\n{{ "
        "c.buffer_slot() }}"
    ),
    provides="visit_type_buffer",
    dialects="1.2",
    absent="type_buffer",
)
support_edit(
    "buffer",
    path="qapi/qapi-visit-core.h",
    anchor="(*end_handle)(",
    place="after",
    text=(
        "{% import 'era.inc' as c with context %}\n/* Optional; fallback is type_uint8() */\n{{ "
        "c.buffer_slot() }}"
    ),
    provides="visit_type_buffer",
    dialects="pre-1.2",
    present="visit_type_int",
    absent="type_buffer",
)
support_edit(
    "buffer",
    path="include/qapi/visitor-impl.h",
    anchor="fallback is type_uint64()",
    place="before",
    text=(
        "{% import 'era.inc' as c with context %}\n/* Optional; fallback is type_uint8() */\n{{ "
        "c.buffer_slot() }}\n"
    ),
    provides="visit_type_buffer",
    dialects=("2.6", "5.1"),
    absent="type_buffer",
)

# From 2.6 on, where the core visits a narrow integer as one of 64 bits. In 2.6 itself the value is
# initialised where it is declared.

support_edit(
    "dispatch-uint8",
    path="qapi/qapi-visit-core.c",
    inside="visit_type_uint8(",
    anchor="value = *obj;",
    place="before",
    text="{% set width = 'uint8' %}{% include 'dispatch.inc' %}",
    provides="qemu_file_get_visitor",
    dialects=("2.6", "5.1"),
    absent="type_uint8",
)
support_edit(
    "dispatch-uint16",
    path="qapi/qapi-visit-core.c",
    inside="visit_type_uint16(",
    anchor="value = *obj;",
    place="before",
    text="{% set width = 'uint16' %}{% include 'dispatch.inc' %}",
    provides="qemu_file_get_visitor",
    dialects=("2.6", "5.1"),
    absent="type_uint8",
)
support_edit(
    "dispatch-uint32",
    path="qapi/qapi-visit-core.c",
    inside="visit_type_uint32(",
    anchor="value = *obj;",
    place="before",
    text="{% set width = 'uint32' %}{% include 'dispatch.inc' %}",
    provides="qemu_file_get_visitor",
    dialects=("2.6", "5.1"),
    absent="type_uint8",
)
support_edit(
    "dispatch-int8",
    path="qapi/qapi-visit-core.c",
    inside="visit_type_int8(",
    anchor="value = *obj;",
    place="before",
    text="{% set width = 'int8' %}{% include 'dispatch.inc' %}",
    provides="qemu_file_get_visitor",
    dialects=("2.6", "5.1"),
    absent="type_uint8",
)
support_edit(
    "dispatch-int16",
    path="qapi/qapi-visit-core.c",
    inside="visit_type_int16(",
    anchor="value = *obj;",
    place="before",
    text="{% set width = 'int16' %}{% include 'dispatch.inc' %}",
    provides="qemu_file_get_visitor",
    dialects=("2.6", "5.1"),
    absent="type_uint8",
)
support_edit(
    "dispatch-int32",
    path="qapi/qapi-visit-core.c",
    inside="visit_type_int32(",
    anchor="value = *obj;",
    place="before",
    text="{% set width = 'int32' %}{% include 'dispatch.inc' %}",
    provides="qemu_file_get_visitor",
    dialects=("2.6", "5.1"),
    absent="type_uint8",
)

# The visitor is a member of its stream: made where the stream is, found without a search.

support_edit(
    "include-impl",
    path=("include/migration/qemu-file-internal.h", "migration/qemu-file-internal.h"),
    anchor="#include \"qemu/iov.h\"",
    place="after",
    text="#include \"{{ file(\"impl\") }}\"",
    provides=("qemu_file_get_visitor", "qemu_file_get_errp"),
)
support_edit(
    "include-impl",
    path=("migration/qemu-file.c", "qemu-file.c"),
    anchor="#include \"trace.h\"",
    place="before",
    text="#include \"{{ file(\"impl\") }}\"",
    provides=("qemu_file_get_visitor", "qemu_file_get_errp"),
)
support_edit(
    "include-impl",
    path=("qemu-file.c", "savevm.c", "vl.c"),
    anchor="#include \"hw/hw.h\"",
    place="after",
    text="#include \"{{ file(\"impl\") }}\"",
    provides=("qemu_file_get_visitor", "qemu_file_get_errp"),
)
support_edit(
    "include-impl",
    path="vl.c",
    anchor="#include \"vl.h\"",
    place="after",
    text="#include \"{{ file(\"impl\") }}\"",
    provides=("qemu_file_get_visitor", "qemu_file_get_errp"),
)
support_edit(
    "member",
    path=(
        "include/migration/qemu-file-internal.h",
        "migration/qemu-file-internal.h",
        "migration/qemu-file.c",
        "qemu-file.c",
        "savevm.c",
        "vl.c",
    ),
    inside="struct QEMUFile {",
    anchor="}",
    place="before",
    text="\n    QEMUFileVisitor visitor;",
    provides="qemu_file_get_visitor",
)
support_edit(
    "member-error",
    path=(
        "include/migration/qemu-file-internal.h",
        "migration/qemu-file-internal.h",
        "migration/qemu-file.c",
        "qemu-file.c",
        "savevm.c",
        "vl.c",
    ),
    inside="struct QEMUFile {",
    anchor="}",
    place="before",
    text="    Error *visitor_error;",
    provides="qemu_file_get_errp",
)
support_edit(
    "open",
    path="migration/qemu-file.c",
    inside="*qemu_file_new_impl(",
    anchor="->is_writable = is_writable",
    place="after",
    text="qemu_file_visitor_init(&f->visitor, f, is_writable);",
    provides="qemu_file_get_visitor",
)
support_edit(
    "open",
    path=("migration/qemu-file.c", "qemu-file.c", "savevm.c"),
    inside="*qemu_fopen_ops(",
    anchor="->ops = ops",
    place="after",
    text="qemu_file_visitor_init(&f->visitor, f, !ops->get_buffer);",
    provides="qemu_file_get_visitor",
)
support_edit(
    "open",
    path=("qemu-file.c", "savevm.c"),
    inside="*qemu_fopen_ops(",
    anchor="->get_buffer = get_buffer",
    place="after",
    text="qemu_file_visitor_init(&f->visitor, f, !get_buffer);",
    provides="qemu_file_get_visitor",
)
support_edit(
    "open",
    path="vl.c",
    inside="*qemu_fopen(",
    anchor="return f;",
    place="before",
    text="qemu_file_visitor_init(&f->visitor, f, f->is_writable);",
    provides="qemu_file_get_visitor",
)
support_edit(
    "open-disk",
    path="vl.c",
    inside="*qemu_fopen_bdrv(",
    anchor="return f;",
    place="before",
    text="qemu_file_visitor_init(&f->visitor, f, f->is_writable);",
    provides="qemu_file_get_visitor",
    required="no",
)
support_edit(
    "functions",
    path=("migration/qemu-file.c", "qemu-file.c", "savevm.c", "vl.c"),
    inside="qemu_fclose(",
    anchor="}",
    place="after",
    text="{% include 'stream-functions.c' %}",
    provides=("qemu_file_get_visitor", "qemu_file_get_errp"),
)
# An error that a visitor reported is told with the stream's own.

support_edit(
    "error-object",
    path="migration/qemu-file.c",
    inside="qemu_file_get_error_obj(",
    anchor="if (errp) {",
    place="before",
    text="qemu_file_take_visitor_error(f);",
    provides="qemu_file_get_errp",
    required="no",
)
support_edit(
    "error-object",
    path="migration/qemu-file.c",
    inside="qemu_file_get_error_obj(",
    anchor="if (!f->last_error) {",
    place="before",
    text="qemu_file_take_visitor_error(f);",
    provides="qemu_file_get_errp",
    required="no",
)
support_edit(
    "error",
    path=("migration/qemu-file.c", "qemu-file.c", "savevm.c"),
    inside="qemu_file_get_error(",
    anchor="qemu_file_get_error_obj(",
    place="there",
    provides="qemu_file_get_errp",
    present="error_propagate",
)
support_edit(
    "error",
    path=("migration/qemu-file.c", "qemu-file.c", "savevm.c"),
    inside="qemu_file_get_error(",
    anchor="->last_error;",
    place="before",
    text="qemu_file_take_visitor_error(f);",
    provides="qemu_file_get_errp",
    present="error_propagate",
)
support_edit(
    "error",
    path=("qemu-file.c", "savevm.c"),
    inside="qemu_file_has_error(",
    anchor="->has_error;",
    place="before",
    text="qemu_file_take_visitor_error(f);",
    provides="qemu_file_get_errp",
    present="error_propagate",
)
support_edit(
    "close",
    path=("migration/qemu-file.c", "qemu-file.c", "savevm.c"),
    inside="qemu_fclose(",
    anchor="= qemu_file_get_error(",
    place="there",
    provides="qemu_file_get_errp",
    present="error_propagate",
)
support_edit(
    "close",
    path=("migration/qemu-file.c", "qemu-file.c", "savevm.c"),
    inside="qemu_fclose(",
    anchor="If any error was spotted",
    place="before",
    text="qemu_file_take_visitor_error(f);",
    provides="qemu_file_get_errp",
    present="error_propagate",
)
support_edit(
    "close",
    path="migration/qemu-file.c",
    inside="qemu_fclose(",
    anchor="= qio_channel_close(",
    place="after",
    text="\nif (ret >= 0) {\n    ret = qemu_file_get_error(f);\n}",
    provides="qemu_file_get_errp",
    present="error_propagate",
)
support_edit(
    "close",
    path=("migration/qemu-file.c", "qemu-file.c", "savevm.c"),
    inside="qemu_fclose(",
    anchor="free(f);",
    place="before",
    text="qemu_file_take_visitor_error(f);",
    provides="qemu_file_get_errp",
    present="error_propagate",
)

# The build system, where it has the code of QEMUFile.

support_edit(
    "build",
    path="migration/meson.build",
    anchor="'qemu-file.c',",
    place="after",
    text=(
        "{% if missing('qemu_file_end_qobject') %}\n'qemu-file-qobject.c',\n{% endif %}\n"
        "'qemu-file-visitor.c',"
    ),
    provides=("qemu_file_get_visitor", "visit_type_uint8", "visit_type_buffer"),
)
support_edit(
    "build",
    path=("migration/Makefile.objs", "Makefile.objs"),
    anchor="+= qemu-file.o",
    place="after",
    text=(
        "common-obj-y += qemu-file-visitor.o{% if missing('qemu_file_end_qobject') %} "
        "qemu-file-qobject.o{% endif %}"
    ),
    provides=("qemu_file_get_visitor", "visit_type_uint8", "visit_type_buffer"),
)
support_edit(
    "build",
    path="Makefile.objs",
    anchor="+= qemu-char.o savevm.o",
    place="after",
    text=(
        "# 0.15 does not link its visitors.\ncommon-obj-y += qemu-file-visitor.o\ncommon-obj-y += "
        "qapi/qapi-visit-core.o\n{% if missing('qemu_file_end_qobject') %}\ncommon-obj-y += "
        "qemu-file-qobject.o qapi/qmp-output-visitor.o\n{% endif %}"
    ),
    provides=("qemu_file_get_visitor", "visit_type_uint8", "visit_type_buffer"),
    present=("qemu_file_has_error", "visit_type_int"),
)
support_edit(
    "build",
    path="Makefile.objs",
    anchor="+= qemu-char.o savevm.o",
    place="after",
    text=(
        "common-obj-y += qemu-file-visitor.o{% if missing('qemu_file_end_qobject') %} "
        "qemu-file-qobject.o{% endif %}"
    ),
    provides=("qemu_file_get_visitor", "visit_type_uint8", "visit_type_buffer"),
)
support_edit(
    "build",
    path="Makefile.objs",
    anchor="+= block-migration.o",
    place="after",
    text=(
        "common-obj-y += qemu-file-visitor.o{% if missing('qemu_file_end_qobject') %} "
        "qemu-file-qobject.o{% endif %}"
    ),
    provides=("qemu_file_get_visitor", "visit_type_uint8", "visit_type_buffer"),
)
support_edit(
    "build",
    path="Makefile",
    anchor=" savevm.o",
    place="after",
    text="obj-y += qemu-file-visitor.o",
    provides=("qemu_file_get_visitor", "visit_type_uint8", "visit_type_buffer"),
)
support_edit(
    "build",
    path="Makefile.target",
    anchor="VL_OBJS=vl.o",
    place="after",
    text="VL_OBJS+=qemu-file-visitor.o",
    provides=("qemu_file_get_visitor", "visit_type_uint8", "visit_type_buffer"),
)
