# SPDX-License-Identifier: GPL-2.0-or-later
"""How a tree says that a function is a save or a load handler."""

schema(1)

# What handlers move values with.
stream_type("QEMUFile")

# Blocks that run once, though a macro heads them as it would a loop.
once_macro("WITH_QEMU_LOCK_GUARD")
once_macro("WITH_RCU_READ_LOCK_GUARD")
once_macro("WITH_GRAPH_RDLOCK_GUARD")

# Saves and loads by a table in the middle of a handler; with _v at a version that is given.
table_call("vmstate_save_state", description=1, object=2)
table_call("vmstate_save_state_v", description=1, object=2, version=4)
table_call("vmstate_save_state_with_err", description=1, object=2)
table_call("vmstate_load_state", description=1, object=2, version=3)

# register_savevm(idstr, instance, version, save, load, opaque), in later trees with a device in
# front. New trees have only register_savevm_live.
registration("register_savevm", arguments=6, save=3, load=4, idstr=0, version=2)
registration("register_savevm", arguments=7, save=4, load=5, idstr=1, version=3)

# With a live save before the save, in later trees set_params before that. Since 1.3 it takes a
# struct SaveVMHandlers instead, since 5.1 without the device.
registration("register_savevm_live", arguments=7, save=(3, 4), load=5, idstr=0, version=2)
registration("register_savevm_live", arguments=9, save=(5, 6), load=7, idstr=1, version=3)
registration("register_savevm_live", arguments=6, idstr=1, version=3, handlers=4)
registration("register_savevm_live", arguments=5, idstr=0, version=2, handlers=3)
initialiser(
    "SaveVMHandlers",
    save=(
        "save_state",
        "save_setup",
        "save_live_setup",
        "save_live_iterate",
        "save_live_complete",
        "save_live_complete_precopy",
        "save_live_complete_postcopy",
    ),
    load=("load_state", "load_setup"),
)

# Members at one place of save= and load= are a pair; what is longer has none.

# VMState: a field's own code, and the reader of versions older than the description.
initialiser("VMStateInfo", save="put", load="get")
initialiser("VMStateDescription", load="load_state_old")

# Virtio: the transport's part of the state (a struct of bindings, since 1.5 the bus's class, which
# class_init assigns to), and the device's part.
initialiser(
    "VirtIOBindings",
    save=("save_config", "save_queue"),
    load=("load_config", "load_queue", "load_done"),
)
initialiser(
    "VirtioBusClass",
    save=("save_config", "save_queue", "save_extra_state"),
    load=("load_config", "load_queue", "load_extra_state", "load_done"),
)
initialiser("VirtioDeviceClass", save="save", load="load")

# SCSI requests in flight: the host adapter's part and the device's part.
initialiser("SCSIBusInfo", save="save_request", load="load_request")
initialiser("SCSIReqOps", save="save_request", load="load_request")

# VFIO devices: the part of a device's bus.
initialiser("VFIODeviceOps", save="vfio_save_config", load="vfio_load_config")
