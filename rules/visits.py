# SPDX-License-Identifier: GPL-2.0-or-later
"""The visit_type functions: what each takes and what each puts on the wire."""

schema(1)

# QEMU's own (include/qapi/visitor.h, in older trees qapi/qapi-visit-core.h).
visit("uint8", function="visit_type_uint8", rfc="visit_type_u8", c_type="uint8_t", wire=("byte",))
visit(
    "uint16", function="visit_type_uint16", rfc="visit_type_u16", c_type="uint16_t", wire=("be16",)
)
visit(
    "uint32", function="visit_type_uint32", rfc="visit_type_u32", c_type="uint32_t", wire=("be32",)
)
visit(
    "uint64", function="visit_type_uint64", rfc="visit_type_u64", c_type="uint64_t", wire=("be64",)
)
visit("int8", function="visit_type_int8", rfc="visit_type_s8", c_type="int8_t", wire=("byte",))
visit("int16", function="visit_type_int16", rfc="visit_type_s16", c_type="int16_t", wire=("be16",))
visit("int32", function="visit_type_int32", rfc="visit_type_s32", c_type="int32_t", wire=("be32",))
visit("int64", function="visit_type_int64", rfc="visit_type_s64", c_type="int64_t", wire=("be64",))
visit("bool", function="visit_type_bool", rfc="visit_type_bool", c_type="bool", wire=("byte",))

# What a converted function asks its stream for. The support code declares the functions; the types
# are QEMU's own since the Visitor interface (qapi/qapi-visit-core.h, qerror.h), before that the
# support code's.
stream_interface(
    "qemu_file_get_visitor", errors_of="qemu_file_get_errp", visitor="Visitor", error="Error"
)

# The support code's: target_ulong is as wide as the target, a buffer comes with its size.
visit(
    "uinttl",
    function="visit_type_uinttl",
    rfc="visit_type_utl",
    c_type="target_ulong",
    wire=("target_long",),
)
visit(
    "inttl",
    function="visit_type_inttl",
    rfc="visit_type_stl",
    c_type="target_long",
    wire=("target_long",),
)
visit(
    "buffer", function="visit_type_buffer", rfc="visit_type_buffer", c_type="void", wire=("buffer",)
)

# hppa's registers are as wide as TARGET_REGISTER_BITS, which is not TARGET_LONG_BITS there: the
# support code's visit_type_ureg is a macro, for only hppa's cpu.h has a target_ureg.
visit(
    "ureg",
    function="visit_type_ureg",
    rfc="visit_type_ureg",
    c_type="target_ureg",
    wire=("target_register",),
)

# Built-in types that are a fixed-width type in the ABI of every host and target that QEMU has.
# Not here: char (signed or not by the host), long (32 or 64 bits by the host) and long long (64
# bits everywhere, but int64_t is long on LP64, so a pointer to one is no pointer to the other).
exact("signed char", "int8_t")
exact("unsigned char", "uint8_t")
exact("short", "int16_t")
exact("unsigned short", "uint16_t")
exact("int", "int32_t")
exact("unsigned int", "uint32_t")
exact("_Bool", "bool")
