# SPDX-License-Identifier: GPL-2.0-or-later
"""Every QEMUFile primitive: what it puts on the wire and how its operand travels.

Names, types and macro aliases are those of hw/hw.h in old trees and of
include/migration/qemu-file-types.h in new ones.
"""

schema(1)

# One value, by value. A parameter or result may be wider than the wire, visit is as wide as it.
primitive(
    "qemu_put_byte", direction="put", wire="byte", operand="value", c_type="int", visit="uint8"
)
primitive(
    "qemu_get_byte", direction="get", wire="byte", operand="result", c_type="int", visit="uint8"
)
primitive(
    "qemu_put_ubyte",
    direction="put",
    wire="byte",
    operand="value",
    c_type="unsigned int",
    visit="uint8",
)
primitive(
    "qemu_get_ubyte",
    direction="get",
    wire="byte",
    operand="result",
    c_type="unsigned int",
    visit="uint8",
)

# A macro for qemu_*_byte, so its get gives 0 to 255 and does not extend the sign.
primitive(
    "qemu_put_sbyte", direction="put", wire="byte", operand="value", c_type="int", visit="uint8"
)
primitive(
    "qemu_get_sbyte", direction="get", wire="byte", operand="result", c_type="int", visit="uint8"
)

# The default visits of unsigned values.
primitive(
    "qemu_put_be16",
    direction="put",
    wire="be16",
    operand="value",
    c_type="unsigned int",
    visit="uint16",
)
primitive(
    "qemu_get_be16",
    direction="get",
    wire="be16",
    operand="result",
    c_type="unsigned int",
    visit="uint16",
)
primitive(
    "qemu_put_be32",
    direction="put",
    wire="be32",
    operand="value",
    c_type="unsigned int",
    visit="uint32",
)
primitive(
    "qemu_get_be32",
    direction="get",
    wire="be32",
    operand="result",
    c_type="unsigned int",
    visit="uint32",
)
primitive(
    "qemu_put_be64",
    direction="put",
    wire="be64",
    operand="value",
    c_type="uint64_t",
    visit="uint64",
)
primitive(
    "qemu_get_be64",
    direction="get",
    wire="be64",
    operand="result",
    c_type="uint64_t",
    visit="uint64",
)

# qemu_get_sbe16 is (int)qemu_get_be16(f): 0 to 65535, not sign-extended, so it travels as uint16.
primitive(
    "qemu_put_sbe16", direction="put", wire="be16", operand="value", c_type="int", visit="int16"
)
primitive(
    "qemu_get_sbe16", direction="get", wire="be16", operand="result", c_type="int", visit="uint16"
)
primitive(
    "qemu_put_sbe32", direction="put", wire="be32", operand="value", c_type="int", visit="int32"
)
primitive(
    "qemu_get_sbe32", direction="get", wire="be32", operand="result", c_type="int", visit="int32"
)
primitive(
    "qemu_put_sbe64", direction="put", wire="be64", operand="value", c_type="int64_t", visit="int64"
)
primitive(
    "qemu_get_sbe64",
    direction="get",
    wire="be64",
    operand="result",
    c_type="int64_t",
    visit="int64",
)

# One value, through a pointer to exactly its type.
primitive(
    "qemu_put_8s", direction="put", wire="byte", operand="pointer", c_type="uint8_t", visit="uint8"
)
primitive(
    "qemu_get_8s", direction="get", wire="byte", operand="pointer", c_type="uint8_t", visit="uint8"
)
primitive(
    "qemu_put_be16s",
    direction="put",
    wire="be16",
    operand="pointer",
    c_type="uint16_t",
    visit="uint16",
)
primitive(
    "qemu_get_be16s",
    direction="get",
    wire="be16",
    operand="pointer",
    c_type="uint16_t",
    visit="uint16",
)
primitive(
    "qemu_put_be32s",
    direction="put",
    wire="be32",
    operand="pointer",
    c_type="uint32_t",
    visit="uint32",
)
primitive(
    "qemu_get_be32s",
    direction="get",
    wire="be32",
    operand="pointer",
    c_type="uint32_t",
    visit="uint32",
)
primitive(
    "qemu_put_be64s",
    direction="put",
    wire="be64",
    operand="pointer",
    c_type="uint64_t",
    visit="uint64",
)
primitive(
    "qemu_get_be64s",
    direction="get",
    wire="be64",
    operand="pointer",
    c_type="uint64_t",
    visit="uint64",
)
primitive(
    "qemu_put_s8s", direction="put", wire="byte", operand="pointer", c_type="int8_t", visit="int8"
)
primitive(
    "qemu_get_s8s", direction="get", wire="byte", operand="pointer", c_type="int8_t", visit="int8"
)
primitive(
    "qemu_put_sbe16s",
    direction="put",
    wire="be16",
    operand="pointer",
    c_type="int16_t",
    visit="int16",
)
primitive(
    "qemu_get_sbe16s",
    direction="get",
    wire="be16",
    operand="pointer",
    c_type="int16_t",
    visit="int16",
)
primitive(
    "qemu_put_sbe32s",
    direction="put",
    wire="be32",
    operand="pointer",
    c_type="int32_t",
    visit="int32",
)
primitive(
    "qemu_get_sbe32s",
    direction="get",
    wire="be32",
    operand="pointer",
    c_type="int32_t",
    visit="int32",
)
primitive(
    "qemu_put_sbe64s",
    direction="put",
    wire="be64",
    operand="pointer",
    c_type="int64_t",
    visit="int64",
)
primitive(
    "qemu_get_sbe64s",
    direction="get",
    wire="be64",
    operand="pointer",
    c_type="int64_t",
    visit="int64",
)

# Macros for the be32 or be64 form by TARGET_LONG_BITS.
primitive(
    "qemu_put_betl",
    direction="put",
    wire="target_long",
    operand="value",
    c_type="target_ulong",
    visit="uinttl",
)
primitive(
    "qemu_get_betl",
    direction="get",
    wire="target_long",
    operand="result",
    c_type="target_ulong",
    visit="uinttl",
)
primitive(
    "qemu_put_betls",
    direction="put",
    wire="target_long",
    operand="pointer",
    c_type="target_ulong",
    visit="uinttl",
)
primitive(
    "qemu_get_betls",
    direction="get",
    wire="target_long",
    operand="pointer",
    c_type="target_ulong",
    visit="uinttl",
)
primitive(
    "qemu_put_sbetl",
    direction="put",
    wire="target_long",
    operand="value",
    c_type="target_long",
    visit="inttl",
)
primitive(
    "qemu_get_sbetl",
    direction="get",
    wire="target_long",
    operand="result",
    c_type="target_long",
    visit="inttl",
)
primitive(
    "qemu_put_sbetls",
    direction="put",
    wire="target_long",
    operand="pointer",
    c_type="target_long",
    visit="inttl",
)
primitive(
    "qemu_get_sbetls",
    direction="get",
    wire="target_long",
    operand="pointer",
    c_type="target_long",
    visit="inttl",
)

# Macros of target/hppa/machine.c (in 7.2, not in 10.0) for be32 or be64 by TARGET_REGISTER_BITS.
primitive(
    "qemu_put_betr",
    direction="put",
    wire="target_register",
    operand="value",
    c_type="target_ureg",
    visit="ureg",
)
primitive(
    "qemu_get_betr",
    direction="get",
    wire="target_register",
    operand="result",
    c_type="target_ureg",
    visit="ureg",
)

# Bytes with a size. The get returns how many it got: an int in older trees, a size_t in newer.
primitive(
    "qemu_put_buffer",
    direction="put",
    wire="buffer",
    operand="buffer",
    c_type="uint8_t",
    visit="buffer",
)
primitive(
    "qemu_get_buffer",
    direction="get",
    wire="buffer",
    operand="buffer",
    c_type="uint8_t",
    visit="buffer",
)
primitive(
    "qemu_put_sbuffer",
    direction="put",
    wire="buffer",
    operand="buffer",
    c_type="int8_t",
    visit="buffer",
)
primitive(
    "qemu_get_sbuffer",
    direction="get",
    wire="buffer",
    operand="buffer",
    c_type="int8_t",
    visit="buffer",
)
