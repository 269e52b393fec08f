/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Types that are not what a first look says: a qualifier in a macro, an attribute in a typedef, a variable
 * that a loop's macro declares, members and locals that #if declares in two ways. None is visited in place.
 */
#include "qemu/osdep.h"
#include "hw/hw.h"
#include "corpus.h"

#define SHARED volatile
#define EACH_SMALL(i, n) for (uint8_t i = 0; i < (n); i++)

typedef unsigned int half_t __attribute__((mode(HI)));
#ifdef NEVER
typedef uint32_t load_t;
#else
typedef uint64_t load_t;
#endif

typedef struct MoleState {
    SHARED uint32_t shared;
    __volatile uint32_t seen;
    _Atomic uint32_t count;
    half_t half;
    load_t load;
#ifdef NEVER
    uint32_t bits;
#else
    uint32_t bits:7;
#endif
    uint32_t plain;
} MoleState;

static void mole_save(QEMUFile *f, void *opaque)
{
    MoleState *s = opaque;

    uint32_t i = 70000;

    qemu_put_be32(f, s->shared);
    qemu_put_be32(f, s->seen);
    qemu_put_be32(f, s->count);
    qemu_put_be32(f, s->half);
    qemu_put_be32(f, s->load);
    qemu_put_be32(f, s->bits);
    EACH_SMALL(i, 2) {
        qemu_put_be32(f, i);
    }
    qemu_put_be32(f, i);
    qemu_put_be32(f, s->plain);
}

static int mole_load(QEMUFile *f, void *opaque, int version_id)
{
    MoleState *s = opaque;
#ifdef NEVER
    uint32_t local;
#else
    uint8_t local;
#endif

    s->shared = qemu_get_be32(f);
    s->seen = qemu_get_be32(f);
    s->count = qemu_get_be32(f);
    s->half = qemu_get_be32(f);
    s->load = qemu_get_be32(f);
    s->bits = qemu_get_be32(f);
    local = qemu_get_be32(f);
    s->plain = qemu_get_be32(f) + local;
    return version_id > 1;
}

void mole_init(MoleState *s)
{
    register_savevm(NULL, "mole", 0, 1, mole_save, mole_load, s);
}

CORPUS_CASE(MoleState, mole_save, mole_load, 1);
