/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Values that load throws away, with and without a cast to void, one of them unbraced. They leave
 * the stream all the same: each is visited into a temporary of its own.
 */
#include "qemu/osdep.h"
#include "hw/hw.h"
#include "corpus.h"

typedef struct KioskState {
    uint32_t screen;
    uint8_t coin;
} KioskState;

static void kiosk_save(QEMUFile *f, void *opaque)
{
    KioskState *s = opaque;

    qemu_put_be32(f, 0);
    qemu_put_be32(f, s->screen);
    qemu_put_byte(f, 0);
    qemu_put_byte(f, 0);
    qemu_put_be64(f, 0);
    qemu_put_byte(f, s->coin);
    qemu_put_be16(f, 0);
}

static int kiosk_load(QEMUFile *f, void *opaque, int version_id)
{
    KioskState *s = opaque;
    int i;

    if (version_id > 2) {
        return -EINVAL;
    }
    qemu_get_be32(f);               /* was the brightness */
    s->screen = qemu_get_be32(f);
    for (i = 0; i < 2; i++)
        qemu_get_byte(f);
    (void)qemu_get_be64(f);
    s->coin = qemu_get_byte(f);
    if (version_id == 2)
        (void) qemu_get_be16(f);
    return 0;
}

void kiosk_init(KioskState *s)
{
    register_savevm(NULL, "kiosk", 0, 2, kiosk_save, kiosk_load, s);
}

CORPUS_CASE(KioskState, kiosk_save, kiosk_load, 2);
