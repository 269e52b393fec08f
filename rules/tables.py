# SPDX-License-Identifier: GPL-2.0-or-later
"""How a tree registers its VMState tables, and what their interpreter does."""

schema(1)

# A registration of a table; the device came in front in 0.13, the error at the end later.
table_registration("vmstate_register", arguments=3, table=1)
table_registration("vmstate_register", arguments=4, table=2)
table_registration("vmstate_register_any", arguments=3, table=1)
table_registration("vmstate_register_with_alias_id", arguments=6, table=2)
table_registration("vmstate_register_with_alias_id", arguments=7, table=2)

# The class or the info of a device has its table; until 0.15 the info of its bus had a qdev in it.
table_member("DeviceClass", "vmsd")
table_member("DeviceInfo", "vmsd")
table_member("CPUClass", "vmsd")
table_member("SysemuCPUOps", "legacy_vmsd")

# MSI-X (PCI 3.0, 6.8.2): the size of its table less one, as the tree's msix_init() writes it there.
pci_capability(
    "vmstate_pci_device",
    buffer="config",
    member="msix_entries_nr",
    capability=17,
    offset=2,
    bits=11,
    add=1,
    flags="cap_present",
    bit=1,
)

# What saves and loads by the flags of a field.
interpreter(
    save=("vmstate_save_state", "vmstate_save_state_v"),
    load="vmstate_load_state",
    both=("vmstate_n_elems", "vmstate_size", "vmstate_base_addr", "vmstate_handle_alloc"),
    null_marker=("vmstate_info_nullptr", "vmsd_create_fake_nullptr_field"),
    marker="VMS_NULLPTR_MARKER",
    subsections="vmstate_subsection_load",
)

# Loops and nested tables inside a put function.
info_wire("vmstate_info_buffer", shape="buffer")
info_wire("vmstate_info_unused_buffer", shape="padding")
info_wire("vmstate_info_bitmap", shape="bitmap")
info_wire("vmstate_info_tmp", shape="description")
info_wire("vmstate_info_qtailq", shape="list")
info_wire("vmstate_info_qlist", shape="list")
info_wire("vmstate_info_gtree", shape="tree")

# A tree has other branches for what is no system emulator: user mode, C++, tools.
build_symbol("CONFIG_USER_ONLY", defined="no")
build_symbol("CONFIG_SOFTMMU", defined="yes")
build_symbol("NEED_CPU_H", defined="yes")
build_symbol("COMPILING_PER_TARGET", defined="yes")
build_symbol("__cplusplus", defined="no")
