/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Arrays of arrays, arrays beside each other, a part of an array, and code before and after. */
#include "hw/hw.h"

typedef struct MillState {
    uint32_t stone[3][2];
    uint32_t grain[4];
    uint32_t flour[4];
    uint32_t wind[16];
    struct {
        int speed;
        uint16_t brake;
    } sail;
    uint32_t sum;
    int ready;
} MillState;

static void mill_update(MillState *s)
{
    signal_line("mill", s->ready);
}

static void mill_save(QEMUFile *f, void *opaque)
{
    MillState *s = opaque;
    int i, j;

    /* what the miller counted */
    s->sum = 0;
    for (i = 0; i < 4; i++) {
        s->sum += s->grain[i];
    }
    signal_line("count", s->sum & 7);

    for (i = 0; i < 3; i++)
        for (j = 0; j < 2; j++)
            qemu_put_be32(f, s->stone[i][j]);
    for (i = 0; i < 4; i++) {
        qemu_put_be32(f, s->grain[i]);
        qemu_put_be32(f, s->flour[i]);
    }
    for (i = 0; i < 15; i++) {
        qemu_put_be32(f, s->wind[i]);
    }
    qemu_put_be32(f, s->sail.speed);
    qemu_put_be16(f, s->sail.brake);
    qemu_put_be32(f, s->sum);
}

static int mill_load(QEMUFile *f, void *opaque, int version_id)
{
    MillState *s = opaque;
    int row, column;

    if (version_id != 3)
        return -EINVAL;

    for (row = 0; row < 3; row++)
        for (column = 0; column < 2; column++)
            s->stone[row][column] = qemu_get_be32(f);
    for (row = 0; row < 4; row++) {
        s->grain[row] = qemu_get_be32(f);
        s->flour[row] = qemu_get_be32(f);
    }
    for (row = 0; row < 15; row++) {
        s->wind[row] = qemu_get_be32(f);
    }
    s->sail.speed = qemu_get_be32(f);
    s->sail.brake = qemu_get_be16(f);
    s->sum = qemu_get_be32(f);

    if (s->sum & 1) {
        return -EINVAL;
    }
    /* all is there now */
    s->ready = 1;
    for (row = 0; row < 3; row++) {
        signal_line("row", s->stone[row][0] & 3);
    }
    mill_update(s);
    return 0;
}

static void mill_settle(void *opaque, bool hide)
{
}

static void mill_init(void)
{
    MillState *s = new_state(sizeof(MillState), mill_settle);
    register_savevm(NULL, "mill", 0, 3, mill_save, mill_load, s);
}

device_init(mill_init)
