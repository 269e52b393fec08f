/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tabs for indentation and the opening brace on the function's own line: added lines are indented
 * with tabs as well.
 */
#include "qemu/osdep.h"
#include "hw/hw.h"
#include "corpus.h"

typedef struct ChurnState {
	uint32_t speed;
	int turns;
	uint8_t lid;
	uint16_t blades[3];
} ChurnState;

static void churn_save(QEMUFile *f, void *opaque)
{
	ChurnState *s = opaque;
	int i;

	qemu_put_be32(f, s->speed);
	qemu_put_byte(f, s->turns);
	qemu_put_byte(f, s->lid);
	for (i = 0; i < 3; i++) {
		if (s->lid & 1)
			qemu_put_be16(f, s->blades[i]);
		else
			qemu_put_be32(f, s->blades[i]);
	}
}

static int churn_load(QEMUFile *f, void *opaque, int version_id)
{
	ChurnState *s = opaque;
	int i;

	if (version_id != 1)
		return -EINVAL;
	s->speed = qemu_get_be32(f);
	s->turns = qemu_get_byte(f);
	s->lid = qemu_get_byte(f);
	for (i = 0; i < 3; i++) {
		if (s->lid & 1)
			s->blades[i] = qemu_get_be16(f);
		else
			s->blades[i] = qemu_get_be32(f);
	}
	return 0;
}

void churn_init(ChurnState *s)
{
	register_savevm(NULL, "churn", 0, 1, churn_save, churn_load, s);
}

CORPUS_CASE(ChurnState, churn_save, churn_load, 1);
