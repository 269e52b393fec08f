/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a visitor is made of: a format says how each kind of value is written and read. */
#ifndef CORPUS_RUNTIME_VISITOR_IMPL_H
#define CORPUS_RUNTIME_VISITOR_IMPL_H

#include "qapi/visitor.h"

/* Enough for every case; the steps of a longer stream are counted but not kept. */
#define TRACE_STEPS 4096

/*
 * One direction of one format. An integer of `bits` travels as the two's complement of its 64-bit
 * extension; a format that spells a sign is told whether it has one. Every function gives false (or
 * less than `size`) and sets the stream's error where the stream does not hold what is asked for;
 * what it then leaves in `value` is what the visited object becomes.
 */
typedef struct VisitorFormat {
    bool input;
    bool (*integer)(QEMUFile *f, const char *name, int bits, bool has_sign, uint64_t *value);
    bool (*boolean)(QEMUFile *f, const char *name, bool *value);
    size_t (*buffer)(QEMUFile *f, const char *name, uint8_t *bytes, size_t size);
    void (*finish)(QEMUFile *f);        /* when an output stream is closed, or NULL */
} VisitorFormat;

/* The names and widths that went through a visitor: a hash of all up to each step. */
typedef struct VisitTrace {
    size_t steps;
    uint64_t hashes[TRACE_STEPS];
} VisitTrace;

struct Visitor {
    const VisitorFormat *format;
    QEMUFile *file;
    VisitTrace *trace;          /* or NULL */
};

extern const VisitorFormat stream_output, stream_input;
extern const VisitorFormat json_output, json_input;
extern const VisitorFormat ber_output, ber_input;

/* Whether the first trace visited exactly what the second did, or stopped early on the same way. */
bool trace_is_start_of(const VisitTrace *part, const VisitTrace *whole);

/*
 * An integer of a format that spells signs, as a stream holds it: whether it fits into `bits`, with
 * or without a sign, for a save and a load may know a field by types that differ in the sign.
 */
bool integer_fits(bool negative, uint64_t value, int bits);

#endif
