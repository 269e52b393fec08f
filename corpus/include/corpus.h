/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The hook by which every case is run: CORPUS_CASE and its variants stand at the end of a case and
 * define `corpus_case`, which says how big its state is, how a valid one is made from random bytes,
 * and which functions save and load it. corpus/README.md describes the contract.
 */
#ifndef CORPUS_H
#define CORPUS_H

#include "qemu/osdep.h"

struct VMStateField;
struct JSONWriter;

/* Makes a valid state out of `n` random bytes. NULL: the state is the random bytes themselves. */
typedef void CorpusInit(void *state, const uint8_t *random, size_t n);

typedef struct CorpusCase {
    const char *name;           /* the name of the state's type */
    size_t size;                /* bytes of state */
    int version;                /* version_id that load gets */
    CorpusInit *init;
    /* savevm handlers; either one may be NULL */
    void (*save)(QEMUFile *file, void *opaque);
    int (*load)(QEMUFile *file, void *opaque, int version_id);
    /* VMStateInfo functions with three arguments */
    void (*put3)(QEMUFile *file, void *pv, size_t size);
    int (*get3)(QEMUFile *file, void *pv, size_t size);
    /* VMStateInfo functions of today */
    int (*put5)(QEMUFile *file, void *pv, size_t size, const struct VMStateField *field,
                struct JSONWriter *vmdesc);
    int (*get4)(QEMUFile *file, void *pv, size_t size, const struct VMStateField *field);
} CorpusCase;

extern const CorpusCase corpus_case;

/* Fills `size` bytes of state with the `n` random bytes, repeated as often as needed. */
static inline void corpus_fill(void *state, size_t size, const uint8_t *random, size_t n)
{
    size_t at;

    for (at = 0; at < size; at++) {
        ((uint8_t *)state)[at] = random[at % n];
    }
}

#define CORPUS_TYPED_INIT(state_type, init_function) \
    static void corpus_init(void *state, const uint8_t *random, size_t n) \
    { \
        init_function((state_type *)state, random, n); \
    }

#define CORPUS_CASE(state_type, save_function, load_function, version_id) \
    const CorpusCase corpus_case = { \
        .name = #state_type, .size = sizeof(state_type), .version = version_id, \
        .save = save_function, .load = load_function, \
    }

#define CORPUS_CASE_INIT(state_type, save_function, load_function, version_id, init_function) \
    CORPUS_TYPED_INIT(state_type, init_function) \
    const CorpusCase corpus_case = { \
        .name = #state_type, .size = sizeof(state_type), .version = version_id, \
        .init = corpus_init, .save = save_function, .load = load_function, \
    }

/* For a VMStateInfo of hw/vmstate-v1.h. */
#define CORPUS_CASE_INFO3(state_type, put_function, get_function, init_function) \
    CORPUS_TYPED_INIT(state_type, init_function) \
    const CorpusCase corpus_case = { \
        .name = #state_type, .size = sizeof(state_type), .init = corpus_init, \
        .put3 = put_function, .get3 = get_function, \
    }

/* For a VMStateInfo of migration/vmstate.h. */
#define CORPUS_CASE_INFO4(state_type, put_function, get_function, init_function) \
    CORPUS_TYPED_INIT(state_type, init_function) \
    const CorpusCase corpus_case = { \
        .name = #state_type, .size = sizeof(state_type), .init = corpus_init, \
        .put5 = put_function, .get4 = get_function, \
    }

#endif
