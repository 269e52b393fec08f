/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Streams that change where no plain assignment shows it: in parentheses, through macros, by assembler,
 * as the cursor of a loop, through an address, by what looks like such a loop. One is only read beside `&&`,
 * which is no address.
 */
#include "qemu/osdep.h"
#include "hw/hw.h"
#include "corpus.h"

#define TURN f = g
#define HAND(to, from) ((to) = (from))
#define EACH_FILE(file, n) for (; (n)-- > 0; (file) = g)
#define WHILE_OPEN(file, n) for (; (file) && (n)-- > 0;)

typedef struct LockState {
    uint32_t one, two, three, four, five, six, seven;
} LockState;

static void lock_parenthesis(LockState *s, QEMUFile *f)
{
    QEMUFile *g = f;

    (f) = g;
    s->one = qemu_get_be32(f); /* want: stream-changes */
}

static void lock_macro(LockState *s, QEMUFile *f, QEMUFile *g)
{
    TURN;
    s->two = qemu_get_be32(f); /* want: stream-changes */
}

static void lock_hand(LockState *s, QEMUFile *f, QEMUFile *g)
{
    HAND(f, g);
    s->three = qemu_get_be32(f); /* want: stream-changes */
}

static void lock_assembler(LockState *s, QEMUFile *f)
{
    __asm__("" : "+r"(f));
    s->four = qemu_get_be32(f); /* want: stream-changes */
}

static void lock_each(LockState *s, QEMUFile *f, QEMUFile *g)
{
    int n = 1;

    EACH_FILE(f, n) {
        s->five = qemu_get_be32(f); /* want: stream-changes */
    }
}

static void lock_open(LockState *s, QEMUFile *f)
{
    int n = 1;

    WHILE_OPEN(f, n) {
        s->seven = qemu_get_be32(f); /* want: obscured */
    }
}

static void lock_address(LockState *s, QEMUFile *f)
{
    QEMUFile **at = &(f);

    s->six = qemu_get_be32(*at); /* want: stream-changes */
}

static void lock_save(QEMUFile *f, void *opaque)
{
    LockState *s = opaque;

    qemu_put_be32(f, s->one);
    qemu_put_be32(f, s->two);
    qemu_put_be32(f, s->three);
    qemu_put_be32(f, s->four);
    qemu_put_be32(f, s->five);
    qemu_put_be32(f, s->six);
    qemu_put_be32(f, s->seven);
}

static int lock_load(QEMUFile *f, void *opaque, int version_id)
{
    LockState *s = opaque;
    QEMUFile *g = f;

    lock_parenthesis(s, f);
    lock_macro(s, f, g);
    lock_hand(s, f, g);
    lock_assembler(s, f);
    lock_each(s, f, g);
    lock_address(s, f);
    lock_open(s, f);
    return version_id > 1;
}

void lock_init(LockState *s)
{
    register_savevm(NULL, "lock", 0, 1, lock_save, lock_load, s);
}

CORPUS_CASE(LockState, lock_save, lock_load, 1);
