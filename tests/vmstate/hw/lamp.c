/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Members of other types than the wire's: their types stay, and the file gets infos of its own. */
#include "hw/hw.h"

enum lamp_colour { LAMP_RED, LAMP_GREEN };

typedef enum { LAMP_OFF, LAMP_ON, LAMP_BLINKING } LampMode;

typedef struct LampState {
    int brightness;
    int16_t angle;
    enum lamp_colour colour;
    LampMode mode;
    uint8_t pattern[6];
    int fan[2];
    int64_t hours;
    bool dim;
} LampState;

static void lamp_save(QEMUFile *f, void *opaque)
{
    LampState *s = (LampState *) opaque;
    int i;

    qemu_put_byte(f, s->brightness);
    qemu_put_be32(f, s->angle);
    qemu_put_be32(f, s->colour);
    qemu_put_byte(f, s->mode);
    for (i = 0; i < 6; i ++)
        qemu_put_be32(f, s->pattern[i]);
    qemu_put_be16(f, s->fan[0]);
    qemu_put_be16(f, s->fan[1]);
    qemu_put_be32(f, s->hours);
    qemu_put_be32(f, s->dim);
}

static int lamp_load(QEMUFile *f, void *opaque, int version_id)
{
    LampState *s = (LampState *) opaque;
    int i;

    s->brightness = qemu_get_byte(f);
    s->angle = qemu_get_be32(f);
    s->colour = qemu_get_be32(f);
    s->mode = qemu_get_byte(f);
    for (i = 0; i < 6; i ++)
        s->pattern[i] = qemu_get_be32(f);
    s->fan[0] = qemu_get_be16(f);
    s->fan[1] = qemu_get_be16(f);
    s->hours = qemu_get_be32(f);
    s->dim = qemu_get_be32(f);
    return 0;
}

static void lamp_settle(void *opaque, bool hide)
{
    LampState *s = opaque;
    s->dim = s->angle & 1;
}

static void lamp_init(void)
{
    LampState *s = new_state(sizeof(LampState), lamp_settle);
    register_savevm(NULL, "lamp-post", 3, 0, lamp_save, lamp_load, s);
}

device_init(lamp_init)
