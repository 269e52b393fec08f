/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A processor's state through betl, betls, sbetl and sbetls: one source for targets with 32 and with
 * 64 bits, so the visits are those of the target's long, and never of a fixed width.
 */
/* also: -DTARGET_LONG_BITS=32 */
#include "cpu.h"
#include "corpus.h"

static void cpu_save(QEMUFile *f, void *opaque)
{
    CPUState *env = opaque;
    int i;

    for (i = 0; i < 8; i++) {
        qemu_put_betls(f, &env->regs[i]);
    }
    qemu_put_sbetl(f, env->stack);
    qemu_put_sbetls(f, &env->stack);
    qemu_put_betl(f, env->pc);
    qemu_put_betl(f, env->pc + 4);
    qemu_put_be32s(f, &env->psr);
    qemu_put_be32(f, env->halted);
    for (i = 0; i < 4; i++) {
        qemu_put_betl(f, env->tlb[i].base);
        qemu_put_8s(f, &env->tlb[i].valid);
    }
    qemu_put_betl(f, env->psr);
    qemu_put_be64(f, env->pc);
}

static int cpu_load(QEMUFile *f, void *opaque, int version_id)
{
    CPUState *env = opaque;
    int i;

    if (version_id != 5) {
        return -EINVAL;
    }
    for (i = 0; i < 8; i++) {
        qemu_get_betls(f, &env->regs[i]);
    }
    env->stack = qemu_get_sbetl(f);
    qemu_get_sbetls(f, &env->stack);
    env->pc = qemu_get_betl(f);
    if (qemu_get_betl(f) != (target_ulong)(env->pc + 4)) {
        return -EINVAL;
    }
    qemu_get_be32s(f, &env->psr);
    env->halted = qemu_get_be32(f);
    for (i = 0; i < 4; i++) {
        env->tlb[i].base = qemu_get_betl(f);
        qemu_get_8s(f, &env->tlb[i].valid);
    }
    env->psr = qemu_get_betl(f);
    env->pc = qemu_get_be64(f);
    return 0;
}

void alto_cpu_init(CPUState *env)
{
    register_savevm(NULL, "cpu", 0, 5, cpu_save, cpu_load, env);
}

CORPUS_CASE(CPUAltoState, cpu_save, cpu_load, 5);
