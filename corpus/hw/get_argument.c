/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A get as the argument of a function, alone and beside arguments that don't touch the stream; as
 * the argument of a macro that uses it once, and of MIN, which reads again for its result: it must
 * stay in the macro's parentheses, where it is read as often as before.
 */
#include "qemu/osdep.h"
#include "hw/hw.h"
#include "corpus.h"

#define LEDGER_ROWS 4
#define SET_ROW(ledger, row, sum) ((ledger)->rows[row] = (sum))
#define IN_RANGE(value) ((value) < LEDGER_ROWS)

typedef struct LedgerState {
    uint32_t rows[LEDGER_ROWS];
    uint32_t sum;
    uint64_t stamp;
    uint8_t page;
} LedgerState;

static void ledger_add(LedgerState *s, uint32_t amount)
{
    s->sum += amount;
}

static void ledger_set(LedgerState *s, int page, uint64_t stamp, int shift)
{
    s->page = page;
    s->stamp = stamp >> shift;
}

static void ledger_save(QEMUFile *f, void *opaque)
{
    LedgerState *s = opaque;
    int i;

    qemu_put_be32(f, s->sum);
    qemu_put_be64(f, s->stamp);
    for (i = 0; i < LEDGER_ROWS; i++) {
        qemu_put_be32(f, s->rows[i]);
    }
    qemu_put_byte(f, 2);
    qemu_put_byte(f, 1);
    qemu_put_byte(f, s->page & 1);
}

static int ledger_load(QEMUFile *f, void *opaque, int version_id)
{
    LedgerState *s = opaque;
    int i;

    if (version_id != 1) {
        return -EINVAL;
    }
    ledger_add(s, qemu_get_be32(f));
    ledger_set(s, s->page, qemu_get_be64(f), 0);
    for (i = 0; i < LEDGER_ROWS; i++) {
        SET_ROW(s, i, qemu_get_be32(f));
    }
    if (!IN_RANGE(qemu_get_byte(f))) {
        return -EINVAL;
    }
    s->page = MIN(qemu_get_byte(f), 2);
    return 0;
}

void ledger_init(LedgerState *s)
{
    register_savevm(NULL, "ledger", 0, 1, ledger_save, ledger_load, s);
}

CORPUS_CASE(LedgerState, ledger_save, ledger_load, 1);
