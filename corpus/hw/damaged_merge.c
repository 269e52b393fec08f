/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Damaged code, does not compile: a merge left its markers in a function. Nobody knows which side is
 * meant, so that function is refused; the other functions are converted.
 */
#include "qemu/osdep.h"
#include "hw/hw.h"

typedef struct ForkState {
    uint32_t tines;
    uint16_t handle;
} ForkState;

static void fork_save(QEMUFile *f, void *opaque)
{
    ForkState *s = opaque;

    qemu_put_be32(f, s->tines);
    qemu_put_be16(f, s->handle);
}

static int fork_load(QEMUFile *f, void *opaque, int version_id)
{
    ForkState *s = opaque;

<<<<<<< ours
    s->tines = qemu_get_be32(f); /* want: unparsed */
=======
    s->tines = qemu_get_be16(f); /* want: unparsed */
>>>>>>> theirs
    return version_id == 1 ? 0 : -EINVAL;
}

void fork_init(ForkState *s)
{
    register_savevm(NULL, "fork", 0, 1, fork_save, fork_load, s);
}
