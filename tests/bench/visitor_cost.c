/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Prints the nanoseconds that one value takes by a primitive and by a visit, saved and loaded. */
#include <time.h>

#include "qemu-file.h"

#include "hw/hw.h"
#include "migration/visitor-support.h"

#define VALUES 1000000
#define BUFFER 64

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return 1e9 * (double)t.tv_sec + (double)t.tv_nsec;
}

static void report(const char *name, double since)
{
    printf("%s %.3f\n", name, (now() - since) / VALUES);
}

/* Runs a statement over and over on a new stream, and closes that. */
#define MEASURE(name, stream, statement) do { \
    QEMUFile *f = stream; \
    Visitor *v = qemu_file_get_visitor(f); \
    Error **errp = qemu_file_get_errp(f); \
    double start = now(); \
    int i; \
    \
    (void)v, (void)errp; \
    for (i = 0; i < VALUES; i++) { \
        statement; \
    } \
    report(name, start); \
    stream_close(f); \
} while (0)

int main(void)
{
    Memory memory = { 0 };
    uint32_t value = 0x12345678;
    uint8_t bytes[BUFFER] = { 1 };

    MEASURE("warm up", memory_writer(&memory), qemu_put_buffer(f, bytes, BUFFER));
    MEASURE("primitive save uint32", memory_writer(&memory), qemu_put_be32(f, value));
    MEASURE("primitive load uint32", memory_reader(&memory), value = qemu_get_be32(f));
    MEASURE("visit save uint32", memory_writer(&memory),
            visit_type_uint32(v, "value", &value, errp));
    MEASURE("visit load uint32", memory_reader(&memory),
            visit_type_uint32(v, "value", &value, errp));
    MEASURE("primitive save buffer", memory_writer(&memory), qemu_put_buffer(f, bytes, BUFFER));
    MEASURE("primitive load buffer", memory_reader(&memory), qemu_get_buffer(f, bytes, BUFFER));
    MEASURE("visit save buffer", memory_writer(&memory),
            visit_type_buffer(v, "bytes", bytes, BUFFER, errp));
    MEASURE("visit load buffer", memory_reader(&memory),
            visit_type_buffer(v, "bytes", bytes, BUFFER, errp));
    free(memory.bytes);
    return 0;
}
