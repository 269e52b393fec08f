/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Layout from the last century: the return type on its own line, the brace at the end of the head,
 * three columns of indentation, blanks before parentheses, no blank line after the declarations.
 */
#include "qemu/osdep.h"
#include "hw/hw.h"
#include "corpus.h"

typedef struct BellowState {
   uint32_t air;
   int  strokes;
   unsigned char  leak;
} BellowState;

static void
bellow_save (QEMUFile *f, void *opaque) {
   BellowState *s = (BellowState *) opaque;
   qemu_put_be32 (f, s->air);
   qemu_put_byte (f, s->strokes);
   qemu_put_byte( f,s->leak );
}

static void
bellow_get_strokes (QEMUFile *f, BellowState *s)
{
   s->strokes = qemu_get_byte (f);
}

static int
bellow_load (QEMUFile *f, void *opaque, int version_id) {
   BellowState *s = (BellowState *) opaque;
   if (version_id != 1)
      return -EINVAL;
   s->air=qemu_get_be32(f);
   bellow_get_strokes (f, s);
   s->leak  =  qemu_get_byte( f );
   return 0;
}

void
bellow_init (BellowState *s) {
   register_savevm (NULL, "bellow", 0, 1, bellow_save, bellow_load, s);
}

CORPUS_CASE(BellowState, bellow_save, bellow_load, 1);
