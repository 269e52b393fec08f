/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The processor's time of a primitive and of the visit that takes its place, by what is moved. */
#include <stdio.h>
#include <time.h>

#include ERA_HEADER

#define ROUNDS 20000
#define VALUES 1000

#ifdef ERA_NAME_FIRST
#define VISIT(kind, p) visit_type_##kind(v, "n", p, errp)
#define BUFFER(p, n) visit_type_buffer(v, "n", p, n, errp)
#else
#define VISIT(kind, p) visit_type_##kind(v, p, "n", errp)
#define BUFFER(p, n) visit_type_buffer(v, p, n, "n", errp)
#endif

static uint8_t bytes[4096];

/* One line: `body` for VALUES values of each of ROUNDS streams, in nanoseconds a value. */
#define TIME(what, opened, body) \
    do { \
        struct timespec start, end; \
        int round, i; \
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &start); \
        for (round = 0; round < ROUNDS; round++) { \
            QEMUFile *f = opened; \
            Visitor *v = qemu_file_get_visitor(f); \
            Error **errp = qemu_file_get_errp(f); \
            for (i = 0; i < VALUES; i++) { \
                body; \
            } \
            (void)v; \
            (void)errp; \
            qemu_fclose(f); \
        } \
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end); \
        printf("%s %f\n", what, ((end.tv_sec - start.tv_sec) * 1e9 + end.tv_nsec - start.tv_nsec) \
               / ROUNDS / VALUES); \
    } while (0)

int main(void)
{
    volatile uint32_t sink;
    uint32_t word = 0x12345678;
    uint8_t four[4];

    TIME("primitive save be32", stream_writer(), qemu_put_be32(f, word));
    TIME("visit save be32", stream_writer(), VISIT(uint32, &word));
    TIME("primitive load be32", stream_reader(bytes, 4096), sink = qemu_get_be32(f));
    TIME("visit load be32", stream_reader(bytes, 4096), VISIT(uint32, &word); sink = word);
    TIME("primitive save buffer", stream_writer(), qemu_put_buffer(f, four, 4));
    TIME("visit save buffer", stream_writer(), BUFFER(four, 4));
    TIME("primitive load buffer", stream_reader(bytes, 4096), qemu_get_buffer(f, four, 4));
    TIME("visit load buffer", stream_reader(bytes, 4096), BUFFER(four, 4));
    (void)sink;
    return 0;
}
