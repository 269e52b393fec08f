/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The cases of a program that runs them: each before and after its conversion. */
#ifndef CORPUS_RUNTIME_RUNNER_H
#define CORPUS_RUNTIME_RUNNER_H

#include "corpus.h"

typedef struct RunPair {
    const char *name;
    const CorpusCase *before, *after;
} RunPair;

/* Ends with one that has no name. The program's list is written when it is built. */
extern const RunPair run_pairs[];

#endif
