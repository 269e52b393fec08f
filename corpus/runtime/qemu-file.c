/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The stream. As in QEMU: the first error stays; with an error nothing is written any more, but
 * what is there is still read; past the end bytes are 0, a buffer comes short, and the error is
 * -EIO. The buffer is small, so that its ends fall into values.
 */
#include <endian.h>

#include "qemu-file.h"

#include "hw/hw.h"
#include "migration/visitor-support.h"

#define STREAM_BUFFER 61

struct QEMUFile {
    bool writes;
    Memory *memory;             /* or NULL: then the host's file */
    FILE *host;
    size_t read;                /* bytes of an input's memory that were taken */
    uint8_t buffer[STREAM_BUFFER];
    size_t at, filled;
    uint64_t position;
    int error;
    unsigned strays;
    Visitor visitor;
    Error reported;
    Error *errp;
};

static QEMUFile *stream_new(bool writes, Memory *memory, FILE *host)
{
    QEMUFile *f = calloc(1, sizeof(*f));

    assert(f != NULL);
    f->writes = writes;
    f->memory = memory;
    f->host = host;
    f->visitor.format = writes ? &stream_output : &stream_input;
    f->visitor.file = f;
    return f;
}

QEMUFile *memory_writer(Memory *memory)
{
    memory->size = 0;
    return stream_new(true, memory, NULL);
}

QEMUFile *memory_reader(const Memory *memory)
{
    return stream_new(false, (Memory *)memory, NULL);
}

QEMUFile *file_writer(FILE *host)
{
    return stream_new(true, NULL, host);
}

QEMUFile *file_reader(FILE *host)
{
    return stream_new(false, NULL, host);
}

/* -- what is behind the buffer */

static size_t memory_append(Memory *memory, const uint8_t *bytes, size_t size)
{
    if (memory->room - memory->size < size) {
        memory->room = 2 * (memory->size + size);
        memory->bytes = realloc(memory->bytes, memory->room);
        assert(memory->bytes != NULL);
    }
    memcpy(memory->bytes + memory->size, bytes, size);
    memory->size += size;
    return size;
}

static void stream_flush(QEMUFile *f)
{
    size_t size = f->at, written;

    f->at = 0;
    if (f->error || size == 0) {
        return;
    }
    written = f->memory ? memory_append(f->memory, f->buffer, size)
                        : fwrite(f->buffer, 1, size, f->host);
    if (written != size) {
        qemu_file_set_error(f, -EIO);
    }
}

/* Reads on where the buffer is empty; false at the end of the stream. */
static bool stream_fill(QEMUFile *f)
{
    assert(!f->writes);
    f->at = 0;
    if (f->memory) {
        f->filled = MIN(sizeof(f->buffer), f->memory->size - f->read);
        if (f->filled) {
            memcpy(f->buffer, f->memory->bytes + f->read, f->filled);
        }
        f->read += f->filled;
    } else {
        f->filled = fread(f->buffer, 1, sizeof(f->buffer), f->host);
    }
    if (f->filled == 0) {
        qemu_file_set_error(f, -EIO);
    }
    return f->filled > 0;
}

/* -- the interface of formats */

void stream_put(QEMUFile *f, const void *bytes, size_t size)
{
    const uint8_t *from = bytes;

    assert(f->writes);
    while (size > 0 && !f->error) {
        size_t part = MIN(size, sizeof(f->buffer) - f->at);

        memcpy(f->buffer + f->at, from, part);
        f->at += part;
        f->position += part;
        from += part;
        size -= part;
        if (f->at == sizeof(f->buffer)) {
            stream_flush(f);
        }
    }
}

int stream_peek(QEMUFile *f)
{
    return f->at < f->filled || stream_fill(f) ? f->buffer[f->at] : -1;
}

size_t stream_get(QEMUFile *f, void *bytes, size_t size)
{
    uint8_t *to = bytes;
    size_t done = 0;

    while (done < size && stream_peek(f) >= 0) {
        size_t part = MIN(size - done, f->filled - f->at);

        memcpy(to + done, f->buffer + f->at, part);
        f->at += part;
        f->position += part;
        done += part;
    }
    return done;
}

void stream_put_be(QEMUFile *f, uint64_t value, int bytes)
{
    uint64_t octets = htobe64(value << (64 - 8 * bytes));

    stream_put(f, &octets, bytes);
}

bool stream_get_be(QEMUFile *f, uint64_t *value, int bytes)
{
    uint64_t octets = 0;
    size_t got = stream_get(f, &octets, bytes);

    *value = be64toh(octets) >> (64 - 8 * bytes);
    return got == (size_t)bytes;
}

int stream_close(QEMUFile *f)
{
    int error;

    if (f->writes) {
        if (f->visitor.format->finish) {
            f->visitor.format->finish(f);
        }
        stream_flush(f);
    }
    error = f->error;
    free(f);
    return error;
}

void stream_set_format(QEMUFile *f, const VisitorFormat *format)
{
    assert(f->position == 0 && format->input == !f->writes);
    f->visitor.format = format;
}

uint64_t stream_position(const QEMUFile *f)
{
    return f->position;
}

unsigned stream_strays(const QEMUFile *f)
{
    return f->strays;
}

Visitor *qemu_file_get_visitor(QEMUFile *f)
{
    return &f->visitor;
}

Error **qemu_file_get_errp(QEMUFile *f)
{
    return &f->errp;
}

int qemu_file_get_error(QEMUFile *f)
{
    return f->error;
}

void qemu_file_set_error(QEMUFile *f, int error)
{
    if (f->error == 0) {
        f->error = error;
        f->reported.code = error;
        f->errp = &f->reported;
    }
}

/* -- the primitives */

/* False where a visitor of another format is on the stream: a raw byte would damage its text. */
static bool may_pass(QEMUFile *f)
{
    if (f->visitor.format == &stream_output || f->visitor.format == &stream_input) {
        return true;
    }
    f->strays++;
    qemu_file_set_error(f, -ENOTSUP);
    return false;
}

static void put_big_endian(QEMUFile *f, uint64_t value, int bytes)
{
    if (may_pass(f)) {
        stream_put_be(f, value, bytes);
    }
}

static uint64_t get_big_endian(QEMUFile *f, int bytes)
{
    uint64_t value = 0;

    if (may_pass(f)) {
        stream_get_be(f, &value, bytes);
    }
    return value;
}

void qemu_put_buffer(QEMUFile *f, const uint8_t *from, size_t bytes)
{
    if (may_pass(f)) {
        stream_put(f, from, bytes);
    }
}

size_t qemu_get_buffer(QEMUFile *f, uint8_t *to, size_t bytes)
{
    return may_pass(f) ? stream_get(f, to, bytes) : 0;
}

void qemu_put_byte(QEMUFile *f, int value)
{
    put_big_endian(f, (uint64_t)value, 1);
}

void qemu_put_be16(QEMUFile *f, unsigned int value)
{
    put_big_endian(f, value, 2);
}

void qemu_put_be32(QEMUFile *f, unsigned int value)
{
    put_big_endian(f, value, 4);
}

void qemu_put_be64(QEMUFile *f, uint64_t value)
{
    put_big_endian(f, value, 8);
}

int qemu_get_byte(QEMUFile *f)
{
    return (int)get_big_endian(f, 1);
}

unsigned int qemu_get_be16(QEMUFile *f)
{
    return (unsigned int)get_big_endian(f, 2);
}

unsigned int qemu_get_be32(QEMUFile *f)
{
    return (unsigned int)get_big_endian(f, 4);
}

uint64_t qemu_get_be64(QEMUFile *f)
{
    return get_big_endian(f, 8);
}

/* -- the visitors of the stream's own bytes, as the primitives write and read them */

static bool output_integer(QEMUFile *f, const char *name, int bits, bool has_sign, uint64_t *value)
{
    (void)name, (void)has_sign;
    stream_put_be(f, *value, (unsigned)bits / 8);
    return f->error == 0;
}

static bool output_boolean(QEMUFile *f, const char *name, bool *value)
{
    uint64_t byte = *value;

    return output_integer(f, name, 8, false, &byte);
}

static size_t output_buffer(QEMUFile *f, const char *name, uint8_t *bytes, size_t size)
{
    (void)name;
    stream_put(f, bytes, size);
    return size;
}

static bool input_integer(QEMUFile *f, const char *name, int bits, bool has_sign, uint64_t *value)
{
    (void)name, (void)has_sign;
    return stream_get_be(f, value, (unsigned)bits / 8);
}

static bool input_boolean(QEMUFile *f, const char *name, bool *value)
{
    uint64_t byte;
    bool done = input_integer(f, name, 8, false, &byte);

    *value = byte != 0;
    return done;
}

static size_t input_buffer(QEMUFile *f, const char *name, uint8_t *bytes, size_t size)
{
    (void)name;
    return stream_get(f, bytes, size);
}

const VisitorFormat stream_output = {
    .integer = output_integer, .boolean = output_boolean, .buffer = output_buffer,
};

const VisitorFormat stream_input = {
    .input = true,
    .integer = input_integer, .boolean = input_boolean, .buffer = input_buffer,
};
