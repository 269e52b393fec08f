/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Macros of another file that look like functions; not all of them evaluate what they are given once. */
#ifndef CORPUS_HW_SAMPLE_H
#define CORPUS_HW_SAMPLE_H

#include "qemu/osdep.h"

static inline uint32_t SAMPLED(uint32_t sample)
{
    return sample << 4;
}

#define make_sample(x) ({ uint32_t sample_ = { x }; sample_; })
#define sample_of(x, bits) ((x) & (bits))
#define sample_twice(x) ((x) + (x))
#define sample_never(x, y) (0 ? (x) : (y))
#define sample_size(x) (sizeof(x) + (x))

#endif
