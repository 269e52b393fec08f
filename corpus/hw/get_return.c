/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Gets in a return statement and in the head of a switch.
 */
#include "qemu/osdep.h"
#include "hw/hw.h"
#include "corpus.h"

typedef struct RelayState {
    uint8_t kind;
    uint32_t coil;
    uint16_t contacts;
    int32_t bias;
} RelayState;

static uint32_t relay_read_coil(QEMUFile *f)
{
    return qemu_get_be32(f);
}

static int relay_read_bias(QEMUFile *f)
{
    return -(qemu_get_sbe32(f) & 0xffff);
}

static bool relay_at_end(QEMUFile *f) { return qemu_get_byte(f) == 0xee; }

static void relay_save(QEMUFile *f, void *opaque)
{
    RelayState *s = opaque;

    qemu_put_byte(f, s->kind);
    switch (s->kind) {
    case 0:
        qemu_put_be32(f, s->coil);
        break;
    case 1:
        qemu_put_be16(f, s->contacts);
        break;
    default:
        qemu_put_sbe32(f, -s->bias);
        break;
    }
    qemu_put_byte(f, 0xee);
}

static int relay_load(QEMUFile *f, void *opaque, int version_id)
{
    RelayState *s = opaque;

    if (version_id != 1) {
        return -EINVAL;
    }
    switch (qemu_get_byte(f)) {
    case 0:
        s->kind = 0;
        s->coil = relay_read_coil(f);
        break;
    case 1:
        s->kind = 1;
        s->contacts = qemu_get_be16(f);
        break;
    default:
        s->kind = 2;
        s->bias = relay_read_bias(f);
        break;
    }
    return relay_at_end(f) ? 0 : -EINVAL;
}

void relay_init(RelayState *s)
{
    register_savevm(NULL, "relay", 0, 1, relay_save, relay_load, s);
}

static void relay_random(RelayState *s, const uint8_t *random, size_t n)
{
    corpus_fill(s, sizeof(*s), random, n);
    s->kind = random[0] % 3;
    s->bias = -(s->bias & 0xffff);
}

CORPUS_CASE_INIT(RelayState, relay_save, relay_load, 1, relay_random);
