/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Arrays of two and three dimensions, fully indexed or passed as a row. Two fields of one function
 * never get the same name, and all elements of one field get one.
 */
#include "qemu/osdep.h"
#include "hw/hw.h"
#include "corpus.h"

#define MOSAIC_ROWS 3
#define MOSAIC_COLS 4

typedef struct MosaicState {
    uint32_t tiles[MOSAIC_ROWS][MOSAIC_COLS];
    int16_t shades[MOSAIC_ROWS][MOSAIC_COLS];
    uint8_t cube[2][2][2];
    int counts[MOSAIC_ROWS][2];
} MosaicState;

static void mosaic_save(QEMUFile *f, void *opaque)
{
    MosaicState *s = opaque;
    int i, j;

    for (i = 0; i < MOSAIC_ROWS; i++) {
        for (j = 0; j < MOSAIC_COLS; j++) {
            qemu_put_be32(f, s->tiles[i][j]);
            qemu_put_be16(f, s->shades[i][j]);
        }
        qemu_put_byte(f, s->counts[i][0]);
        qemu_put_be32(f, s->counts[i][1]);
    }
    for (i = 0; i < 8; i++) {
        qemu_put_byte(f, s->cube[i >> 2][(i >> 1) & 1][i & 1]);
    }
    qemu_put_be32s(f, s->tiles[1]);
}

static int mosaic_load(QEMUFile *f, void *opaque, int version_id)
{
    MosaicState *s = opaque;
    int i, j;

    if (version_id != 1) {
        return -EINVAL;
    }
    for (i = 0; i < MOSAIC_ROWS; i++) {
        for (j = 0; j < MOSAIC_COLS; j++) {
            s->tiles[i][j] = qemu_get_be32(f);
            s->shades[i][j] = qemu_get_be16(f);
        }
        s->counts[i][0] = qemu_get_byte(f);
        s->counts[i][1] = qemu_get_be32(f);
    }
    for (i = 0; i < 8; i++) {
        s->cube[i >> 2][(i >> 1) & 1][i & 1] = qemu_get_byte(f);
    }
    qemu_get_be32s(f, s->tiles[1]);
    return 0;
}

void mosaic_init(MosaicState *s)
{
    register_savevm(NULL, "mosaic", 0, 1, mosaic_save, mosaic_load, s);
}

CORPUS_CASE(MosaicState, mosaic_save, mosaic_load, 1);
