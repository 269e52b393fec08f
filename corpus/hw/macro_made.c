/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Structs packed by a pragma that a macro holds, members of one that a macro makes volatile, a constant
 * that is wider than the wire by its enumerator, and a declaration with an #if in its midst.
 */
#include "qemu/osdep.h"
#include "hw/hw.h"
#include "corpus.h"

#define TIGHT _Pragma("pack(push, 1)")
#define LOOSE _Pragma("pack(pop)")
#define LIVE volatile

enum { BUOY_MARK = 70000, BUOY_END };

TIGHT
typedef struct BuoyRecord {
    uint8_t kind;
    uint32_t depth;
    uint16_t tides[3];
} BuoyRecord;
LOOSE

typedef struct BuoyState {
    BuoyRecord record;
    LIVE struct {
        uint32_t ticks;
    } clock;
    uint32_t seen;
} BuoyState;

static void buoy_save(QEMUFile *f, void *opaque)
{
    BuoyState *s = opaque;

    qemu_put_byte(f, s->record.kind);
    qemu_put_be32(f, s->record.depth);
    qemu_put_be16(f, s->record.tides[1]);
    qemu_put_be32(f, s->clock.ticks);
    qemu_put_be16(f, BUOY_MARK);
    qemu_put_byte(f, BUOY_END);
    qemu_put_be32(f, s->seen);
}

static int buoy_load(QEMUFile *f, void *opaque, int version_id)
{
    BuoyState *s = opaque;
    uint32_t seen
#ifdef CORPUS_SEES_TWICE
        = 7
#endif
        ;

    s->record.kind = qemu_get_byte(f);
    s->record.depth = qemu_get_be32(f);
    s->record.tides[1] = qemu_get_be16(f);
    s->clock.ticks = qemu_get_be32(f);
    if (qemu_get_be16(f) != (BUOY_MARK & 0xffff) || qemu_get_byte(f) != (BUOY_END & 0xff)) {
        return -EINVAL;
    }
    seen = qemu_get_be32(f);
    s->seen = seen;
    return version_id > 1;
}

void buoy_init(BuoyState *s)
{
    register_savevm(NULL, "buoy", 0, 1, buoy_save, buoy_load, s);
}

CORPUS_CASE(BuoyState, buoy_save, buoy_load, 1);
