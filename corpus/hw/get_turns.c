/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Loops that go on as long as what they read says so: with declarations first, some of which call or
 * hide a name, with `continue`, in an `if` without braces, one in the other, and under comments.
 */
#include "qemu/osdep.h"
#include "hw/hw.h"
#include "corpus.h"

#define FERRY_END 200
#define UNTIL(x) while (!(x))

typedef struct FerryState {
    uint32_t sum;
    int32_t cars;
    uint8_t deck[8];
    uint8_t on;
    int turns;
} FerryState;

static int ferry_next(FerryState *s)
{
    return s->turns++;
}

/* Nothing that is declared first does anything. */
static int ferry_boards(QEMUFile *f, FerryState *s)
{
    int kind;

    while ((kind = qemu_get_byte(f)) != FERRY_END) {
        uint8_t lane = 3;
        uint32_t weight;

        if (ferry_next(s) > 8) {
            break;
        }
        if (kind == lane) {
            continue;
        }
        weight = qemu_get_be16(f);
        s->sum += weight;
    }
    return kind;
}

/* The first declaration calls, and the second loop's hides what its condition names. */
static void ferry_lands(QEMUFile *f, FerryState *s)
{
    int limit = 7;

    while (qemu_get_byte(f)) {
        int turn = ferry_next(s), next;

        next = turn + 1;
        s->deck[next & 7] = turn;
        if (turn > 8)
            return;
    }
    while (qemu_get_byte(f) > limit) {
        int limit = ferry_next(s);

        if (limit > 12) {
            break;
        }
    }
}

static void ferry_waits(QEMUFile *f, FerryState *s)
{
    if (s->on & 1)
        while (!qemu_get_byte(f)) {
            if (ferry_next(s) > 16) {
                break;
            }
        }
    else
        while ((qemu_get_be32(f) & 3) == 1 || s->on > 200) {
            while ((s->cars = qemu_get_be32(f)) > 0) {
                if (ferry_next(s) > 20) {
                    return;
                }
            }
            if (ferry_next(s) > 20) {
                return;
            }
        }
    while (qemu_get_be16(f) /* berths */) {
        if (ferry_next(s) > 24) {
            break;
        }
    }
    UNTIL(qemu_get_byte(f)) {
        if (ferry_next(s) > 28) {
            break;
        }
    }
    while (qemu_get_byte(f)) { s->on++; if (ferry_next(s) > 32) { break; } }
    while (ferry_next(s) < 40 && qemu_get_byte(f)) {
        s->on++;
    }
}

static int ferry_load(QEMUFile *f, void *opaque, int version_id)
{
    FerryState *s = opaque;
    int32_t cars;

    s->turns = 0;
    if (ferry_boards(f, s) != FERRY_END) {
        return version_id;
    }
    ferry_lands(f, s);
    ferry_waits(f, s);
    while ((cars = qemu_get_sbe32(f)) >= 10)
    {
        if (ferry_next(s) > 50) {
            break;
        }
    }
    s->cars = cars;
    return 0;
}

void ferry_init(FerryState *s)
{
    register_savevm(NULL, "ferry", 0, 1, NULL, ferry_load, s);
}

CORPUS_CASE(FerryState, NULL, ferry_load, 1);
