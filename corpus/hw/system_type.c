/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A member whose struct only a system header declares: its type is unknown to the tool, and the
 * literal and the temporary are right all the same. Needs <netinet/in.h>.
 */
#include "qemu/osdep.h"
#include <netinet/in.h>
#include "hw/hw.h"
#include "corpus.h"

typedef struct HarborState {
    struct in_addr local;
    struct in_addr remote;
    in_port_t port;
    uint32_t window;
} HarborState;

static void harbor_save(QEMUFile *f, void *opaque)
{
    HarborState *s = opaque;

    qemu_put_be32(f, ntohl(s->local.s_addr));
    qemu_put_be32(f, s->remote.s_addr);
    qemu_put_be16(f, s->port);
    qemu_put_be32(f, s->window);
}

static int harbor_load(QEMUFile *f, void *opaque, int version_id)
{
    HarborState *s = opaque;

    if (version_id != 1) {
        return -EINVAL;
    }
    s->local.s_addr = htonl(qemu_get_be32(f));
    s->remote.s_addr = qemu_get_be32(f);
    s->port = qemu_get_be16(f);
    s->window = qemu_get_be32(f);
    return 0;
}

void harbor_init(HarborState *s)
{
    register_savevm(NULL, "harbor", 0, 1, harbor_save, harbor_load, s);
}

CORPUS_CASE(HarborState, harbor_save, harbor_load, 1);
