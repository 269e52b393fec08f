/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Prints the nanoseconds that one value takes by a primitive and by a visit, saved and loaded.
 * The argument says how many values each is measured with.
 */
#include <time.h>

#include "qemu-file.h"

#include "hw/hw.h"
#include "migration/visitor-support.h"

#define BUFFER 64

static int values = 1000000;
static Memory memory;
static uint32_t value = 0x12345678;
static uint8_t bytes[BUFFER] = { 1 };

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return 1e9 * (double)t.tv_sec + (double)t.tv_nsec;
}

static void report(const char *name, double since)
{
    printf("%s %.3f\n", name, (now() - since) / values);
}

/*
 * A function of its own, so that a profiler names it, which runs a statement over and over on a new
 * stream and closes that.
 */
#define MEASURE(function, stream, statement) \
    static __attribute__((noinline)) void function(void) \
    { \
        QEMUFile *f = stream; \
        Visitor *v = qemu_file_get_visitor(f); \
        Error **errp = qemu_file_get_errp(f); \
        double start = now(); \
        int i; \
        \
        (void)v, (void)errp; \
        for (i = 0; i < values; i++) { \
            statement; \
        } \
        report(#function, start); \
        stream_close(f); \
    }

MEASURE(warm_up, memory_writer(&memory), qemu_put_buffer(f, bytes, BUFFER))
MEASURE(primitive_save_uint32, memory_writer(&memory), qemu_put_be32(f, value))
MEASURE(primitive_load_uint32, memory_reader(&memory), value = qemu_get_be32(f))
MEASURE(visit_save_uint32, memory_writer(&memory), visit_type_uint32(v, "value", &value, errp))
MEASURE(visit_load_uint32, memory_reader(&memory), visit_type_uint32(v, "value", &value, errp))
MEASURE(primitive_save_buffer, memory_writer(&memory), qemu_put_buffer(f, bytes, BUFFER))
MEASURE(primitive_load_buffer, memory_reader(&memory), qemu_get_buffer(f, bytes, BUFFER))
MEASURE(visit_save_buffer, memory_writer(&memory),
        visit_type_buffer(v, "bytes", bytes, BUFFER, errp))
MEASURE(visit_load_buffer, memory_reader(&memory),
        visit_type_buffer(v, "bytes", bytes, BUFFER, errp))

int main(int argc, char **argv)
{
    if (argc > 1) {
        values = atoi(argv[1]);
    }
    warm_up();
    primitive_save_uint32();
    primitive_load_uint32();
    visit_save_uint32();
    visit_load_uint32();
    primitive_save_buffer();
    primitive_load_buffer();
    visit_save_buffer();
    visit_load_buffer();
    free(memory.bytes);
    return 0;
}
