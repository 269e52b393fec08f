/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The stream that cases are run on: memory or a file behind a small buffer, with sticky errors and
 * an end of stream as QEMU's has. A visitor of any format can be put on it.
 */
#ifndef CORPUS_RUNTIME_QEMU_FILE_H
#define CORPUS_RUNTIME_QEMU_FILE_H

#include <stdio.h>

#include "qemu/osdep.h"

#include "visitor-impl.h"

struct Error {
    int code;                   /* a negative errno */
};

/* Where an output stream's bytes go, and an input stream's bytes come from. */
typedef struct Memory {
    uint8_t *bytes;
    size_t size;                /* bytes that are valid */
    size_t room;                /* bytes that are allocated: an output stream makes it grow */
} Memory;

typedef struct QEMUFile QEMUFile;

QEMUFile *memory_writer(Memory *memory);
QEMUFile *memory_reader(const Memory *memory);
QEMUFile *file_writer(FILE *host);
QEMUFile *file_reader(FILE *host);

/* Flushes an output stream and frees the stream; what is behind it stays. Gives its error. */
int stream_close(QEMUFile *f);

/* Puts a visitor of another format than the stream's own bytes on it, before its first use. */
void stream_set_format(QEMUFile *f, const VisitorFormat *format);

/* How many bytes went into or were taken out of the stream. */
uint64_t stream_position(const QEMUFile *f);

/* How many primitives were called past a visitor of another format: each is an error there. */
unsigned stream_strays(const QEMUFile *f);

/* What a format is built on. `stream_peek` gives the next byte, or -1 and -EIO at the end. */
void stream_put(QEMUFile *f, const void *bytes, size_t size);
size_t stream_get(QEMUFile *f, void *bytes, size_t size);
int stream_peek(QEMUFile *f);

/*
 * An integer of some bytes, high first. One cut off by the end of the stream keeps the bytes that
 * were there, above zeros, and gives false.
 */
void stream_put_be(QEMUFile *f, uint64_t value, int bytes);
bool stream_get_be(QEMUFile *f, uint64_t *value, int bytes);

#endif
