/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The same names as in target/alto: CPUState and its fields are those of this directory's cpu.h, so
 * regs[] is uint16_t here, psr uint64_t and halted a bool.
 */
#include "cpu.h"
#include "corpus.h"

static void cpu_save(QEMUFile *f, void *opaque)
{
    CPUState *env = opaque;
    int i;

    for (i = 0; i < 8; i++) {
        qemu_put_be16(f, env->regs[i]);
    }
    qemu_put_sbe64(f, env->stack);
    qemu_put_betl(f, env->pc);
    qemu_put_be64(f, env->psr);
    qemu_put_byte(f, env->halted);
}

static int cpu_load(QEMUFile *f, void *opaque, int version_id)
{
    CPUState *env = opaque;
    int i;

    if (version_id != 1) {
        return -EINVAL;
    }
    for (i = 0; i < 8; i++) {
        env->regs[i] = qemu_get_be16(f);
    }
    env->stack = qemu_get_sbe64(f);
    env->pc = qemu_get_betl(f);
    env->psr = qemu_get_be64(f);
    env->halted = qemu_get_byte(f);
    return 0;
}

void basso_cpu_init(CPUState *env)
{
    register_savevm(NULL, "cpu", 0, 1, cpu_save, cpu_load, env);
}

static void basso_cpu_random(CPUBassoState *env, const uint8_t *random, size_t n)
{
    corpus_fill(env, sizeof(*env), random, n);
    env->halted = random[0] & 1;
}

CORPUS_CASE_INIT(CPUBassoState, cpu_save, cpu_load, 1, basso_cpu_random);
