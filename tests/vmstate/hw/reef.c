/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A VMStateInfo of a struct becomes a table; a helper's error is handed on; single versions. */
#include "hw/hw.h"

#define REEF_ROWS 3

typedef struct Polyp {
    uint16_t age;
    int16_t tilt[2];
    uint32_t sum;
} Polyp;

typedef struct ReefState {
    Polyp polyp[REEF_ROWS];
    Polyp king;
    uint32_t depth;
    uint8_t murk;
    int16_t tide;
    uint32_t told;
} ReefState;

static int get_polyp(QEMUFile *f, void *pv, size_t size)
{
    Polyp *p = pv;
    int i;

    p->age = qemu_get_be16(f);
    for (i = 0; i < 2; i++) {
        p->tilt[i] = qemu_get_be16(f);
    }
    p->sum = p->age + p->tilt[0];
    if (p->age == 7) {
        return -EINVAL;
    }
    return 0;
}

static void put_polyp(QEMUFile *f, void *pv, size_t size)
{
    Polyp *p = pv;
    int i;

    qemu_put_be16(f, p->age);
    for (i = 0; i < 2; i++) {
        qemu_put_be16(f, p->tilt[i]);
    }
}

static const VMStateInfo vmstate_info_polyp = {
    .name = "polyp",
    .get = get_polyp,
    .put = put_polyp,
};

#define VMSTATE_POLYP_ARRAY(_f, _s, _n) \
    VMSTATE_ARRAY(_f, _s, _n, 0, vmstate_info_polyp, Polyp)

static const VMStateDescription vmstate_reef = {
    .name = "reef",
    .version_id = 1,
    .minimum_version_id = 1,
    .fields = (VMStateField[]) {
        VMSTATE_POLYP_ARRAY(polyp, ReefState, REEF_ROWS),
        VMSTATE_SINGLE(king, ReefState, 0, vmstate_info_polyp, Polyp),
        VMSTATE_UINT32(depth, ReefState),
        VMSTATE_END_OF_LIST()
    }
};

static void murk_save(QEMUFile *f, ReefState *s)
{
    qemu_put_byte(f, s->murk);
}

static int murk_load(QEMUFile *f, ReefState *s)
{
    s->murk = qemu_get_byte(f);
    return s->murk > 100 ? -ENOENT : 0;
}

static void drop_save(QEMUFile *f, void *opaque)
{
    ReefState *s = opaque;

    qemu_put_be32(f, s->depth);
    murk_save(f, s);
    s->told = s->depth + 1;
    qemu_put_be32(f, s->told);
    qemu_put_be16(f, s->tide);
}

static int drop_load(QEMUFile *f, void *opaque, int version_id)
{
    ReefState *s = opaque;
    int ret;

    if (version_id != 2 && version_id != 3) {
        return -EINVAL;
    }
    s->depth = qemu_get_be32(f);
    ret = murk_load(f, s);
    if (ret < 0) {
        return ret;
    }
    s->told = qemu_get_be32(f);
    if (version_id >= 3) {
        s->tide = qemu_get_be16(f);
    }
    return 0;
}

static void reef_settle(void *opaque, bool hide)
{
}

static void reef_init(void)
{
    ReefState *s = new_state(sizeof(ReefState), reef_settle);

    vmstate_register(NULL, 0, &vmstate_reef, s);
    register_savevm(NULL, "drop-off", 0, 3, drop_save, drop_load, s);
}

device_init(reef_init)
