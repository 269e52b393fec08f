# SPDX-License-Identifier: GPL-2.0-or-later
"""What a tree's VMState macros are for, by their names in hw/hw.h (to 1.2) and
include/migration/vmstate.h.

A tree that does not define a macro does without it.
"""

schema(1)

# A macro checks that the field has just this type.
field_macro("VMSTATE_BOOL", c_type="bool", wire="byte")
field_macro("VMSTATE_INT8", c_type="int8_t", wire="byte")
field_macro("VMSTATE_INT16", c_type="int16_t", wire="be16")
field_macro("VMSTATE_INT32", c_type="int32_t", wire="be32")
field_macro("VMSTATE_INT64", c_type="int64_t", wire="be64")
field_macro("VMSTATE_UINT8", c_type="uint8_t", wire="byte")
field_macro("VMSTATE_UINT16", c_type="uint16_t", wire="be16")
field_macro("VMSTATE_UINT32", c_type="uint32_t", wire="be32")
field_macro("VMSTATE_UINT64", c_type="uint64_t", wire="be64")
field_macro("VMSTATE_INTTL", c_type="target_long", wire="target_long")
field_macro("VMSTATE_UINTTL", c_type="target_ulong", wire="target_long")

# Objects that have functions of their own. Since 2.2 a timer is no pointer in VMSTATE_TIMER.
field_helper(
    save="qemu_put_timer", load="qemu_get_timer", macros=("VMSTATE_TIMER_PTR", "VMSTATE_TIMER")
)
field_helper(save="timer_put", load="timer_get", macros=("VMSTATE_TIMER_PTR", "VMSTATE_TIMER"))
field_helper(save="qemu_put_ptimer", load="qemu_get_ptimer", macros="VMSTATE_PTIMER")

# Objects of QOM: the pointer stays, and only its type is asked.
checked_cast("OBJECT_CHECK")

# The same fields of a VMStateInfo and of a table.
struct_macro("VMSTATE_SINGLE", struct="VMSTATE_STRUCT")
struct_macro("VMSTATE_ARRAY", struct="VMSTATE_STRUCT_ARRAY")
struct_macro("VMSTATE_SUB_ARRAY", struct="VMSTATE_STRUCT_SUB_ARRAY")

# What a device calls, where its states are saved and loaded at random: memory as the eras name it,
# casts of QOM, and what tells and sets the error of a stream. No subsection's name is found there.
stand_in("qemu_malloc", does="allocate")
stand_in("qemu_mallocz", does="allocate")
stand_in("g_malloc", does="allocate")
stand_in("g_malloc0", does="allocate")
stand_in("g_malloc_n", does="allocate")
stand_in("g_malloc0_n", does="allocate")
stand_in("qemu_free", does="free")
stand_in("g_free", does="free")
stand_in("object_dynamic_cast_assert", does="first argument")
stand_in("object_dynamic_cast", does="first argument")
stand_in("qemu_file_get_error", does="stream error")
stand_in("qemu_file_has_error", does="stream error")
stand_in("qemu_file_set_error", does="set stream error")
stand_in("trace_events_enabled_count", does="zero")
stand_in("qemu_peek_byte", does="peek")
stand_in("qemu_peek_buffer", does="nothing")
