# SPDX-License-Identifier: GPL-2.0-or-later
"""What must keep its primitives, and why.

Everything here is about bytes that are not device state: the stream's own markers, lengths and
protocols, guest memory and disks, and files that are no migration stream. Device state that lives
in the same files (VMStateInfo functions, timers, the CPU in 0.9's vl.c) is not listed and so is
converted.
"""

schema(1)

stays_definition(
    reason="a primitive's own body: the visitors of the stream are written in terms of it"
)

# The stream's frame.

stays(
    path=("vl.c", "savevm.c", "migration/savevm.c"),
    functions=(
        "qemu_savevm_*",
        "qemu_save_device_state",
        "save_section_header",
        "save_section_footer",
    ),
    reason="stream framing: the header, and the type, id, name and version of each section",
)
stays(
    path=("vl.c", "savevm.c", "migration/savevm.c"),
    functions=("qemu_loadvm_*", "loadvm_*", "check_section_footer"),
    reason="stream framing: reads the markers by which the loader finds the handler of a section",
)
stays(
    path=("savevm.c", "vmstate.c", "migration/vmstate.c"),
    functions=("vmstate_subsection_save", "vmstate_subsection_load"),
    reason="stream framing: the marker, name and version of a subsection, which a load peeks at",
)
stays(
    path=("savevm.c", "qemu-file.c", "migration/qemu-file.c"),
    functions=(
        "qemu_put_buffer_async",
        "qemu_put_compression_data",
        "qemu_put_qemu_file",
        "qemu_get_buffer_in_place",
        "qemu_file_get_fd",
    ),
    reason="QEMUFile's own code: moves bytes in and out of its buffer",
)
stays(
    path=("qemu-file.c", "migration/qemu-file.c"),
    functions=("qemu_put_counted_string", "qemu_get_counted_string"),
    reason="stream framing: the length and text of a name, of a RAM block for one",
)

stays(
    path=("qemu-file-visitor.c", "migration/qemu-file-visitor.c"),
    functions=("qemu_file_output_*", "qemu_file_input_*"),
    reason="a stream's own visitor: its visits are these primitives",
)

# Guest memory and disks.

stays(
    path="vl.c",
    functions="ram_*",
    reason="RAM streaming: page addresses with flags in their low bits, and page contents",
)
stays(
    path=("arch_init.c", "migration/ram.c"),
    functions="*",
    reason="RAM streaming: page addresses with flags in their low bits, and page contents",
)
stays(
    path="migration/multifd*.c",
    functions="*",
    reason="RAM streaming: flags in the main stream that keep the page channels in step",
)
stays(
    path="migration/rdma.c",
    functions="*",
    reason="RAM streaming: flags in the main stream that keep the RDMA channel in step",
)
stays(
    path=("block-migration.c", "migration/block.c"),
    functions="*",
    reason="block streaming: sector addresses with flags in their low bits, and disk contents",
)
stays(
    path="migration/block-dirty-bitmap.c",
    functions="*",
    reason="dirty bitmap streaming: flags, names and chunks of the bitmaps of block nodes",
)

# Protocols between two QEMUs.

stays(
    path="migration/migration.c",
    functions="*",
    reason="migration protocol: messages of the return path, and state that is already bytes",
)
stays(
    path="migration/colo.c",
    functions="*",
    reason="COLO protocol: messages between two running guests, and state that is already bytes",
)
stays(
    path="migration/cpr*.c",
    functions="*",
    reason="stream framing: magic and version of the state that a live update hands over",
)
stays(
    path="hw/vfio/migration*.c",
    functions="*",
    reason="VFIO protocol: markers and lengths around opaque data that the device itself produces",
)

# Files that are no migration stream.

stays(
    path=("audio/wavaudio.c", "audio/wavcapture.c"),
    functions="*",
    reason="an ordinary file of the host: a WAV file written through QEMUFile, not migration",
)
stays(
    path="hw/ds1225y.c",
    functions="*",
    reason="an ordinary file of the host: the contents of an NVRAM chip, not migration",
)
# Until 1.0 tests are in the root.
stays(
    path=("tests/*", "test-*.c", "check-*.c"),
    functions="*",
    reason="a test of the stream: it writes and compares bytes one by one",
)
