# SPDX-License-Identifier: GPL-2.0-or-later
"""How a source tree is laid out, and the macros that tell a pointer's type."""

schema(1)

# The root is the nearest folder upward that holds all of one set. Every tree from 0.9 to 10.2
# holds both sets but for qemu-options.hx, which is there since 0.10.1; many other projects, and
# submodules of a tree, have a VERSION and a configure.
root_marker(("VERSION", "configure", "qemu-img.c"))
root_marker(("VERSION", "configure", "qemu-options.hx"))

# Searched for an #include besides the includer's own folder, relative to the root.
include_dir("include")
include_dir(".")
include_dir("hw")
include_dir("fpu")
include_dir("tcg")

# One folder per target: a file in one sees that target's headers only.
target_dir("target-*")
target_dir("target/*")

# Each target has one, which files outside its folder get for the target that they are compiled for.
target_header("cpu.h")

# Other projects' sources and build products. Folders that start with a dot are never entered.
skip_dir("roms")
skip_dir("pc-bios")
skip_dir("pixman")
skip_dir("dtc")
skip_dir("tests/tcg")

# Macros whose value is a pointer to the type that an argument names.
cast_macro("container_of", type_argument=1)
cast_macro("DO_UPCAST", type_argument=0)
cast_macro("FROM_SYSBUS", type_argument=0)
cast_macro("FROM_I2C_SLAVE", type_argument=0)
cast_macro("FROM_SSI_SLAVE", type_argument=0)
cast_macro("FROM_QBUS", type_argument=0)
cast_macro("OBJECT_CHECK", type_argument=0)
cast_macro("OBJECT_CLASS_CHECK", type_argument=0)
cast_macro("OBJECT_GET_CLASS", type_argument=0)
cast_macro("INTERFACE_CHECK", type_argument=0)
cast_macro("g_new", type_argument=0, allocates="yes")
cast_macro("g_new0", type_argument=0, allocates="yes")

# Macros that define an inline NAME(obj) which returns a TYPE * (include/qom/object.h since 5.2).
declares_cast("DECLARE_INSTANCE_CHECKER", type_argument=0, name_argument=1)
declares_cast("DECLARE_OBJ_CHECKERS", type_argument=0, name_argument=2)
declares_cast("OBJECT_DECLARE_TYPE", type_argument=0, name_argument=2)
declares_cast("OBJECT_DECLARE_SIMPLE_TYPE", type_argument=0, name_argument=1)
declares_cast("OBJECT_DECLARE_CPU_TYPE", type_argument=0, name_argument=2)
