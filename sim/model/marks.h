// Marks: a bit for each of a growing sequence of things.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/array.h"

struct marks {
    ARRAY(uint64_t) words; // up to the last that has a mark
};

// Makes room for n things.
static inline void marks_reserve(struct marks *m, size_t n)
{
    array_reserve(&m->words, n / 64);
}

static inline void marks_set(struct marks *m, uint64_t i)
{
    const size_t word = (size_t)(i >> 6);
    while (m->words.n <= word)
        array_push(&m->words, 0);
    m->words.items[word] |= UINT64_C(1) << (i & 63);
}

static inline void marks_clear(struct marks *m, uint64_t i)
{
    const size_t word = (size_t)(i >> 6);
    if (word < m->words.n)
        m->words.items[word] &= ~(UINT64_C(1) << (i & 63));
}

// The 64 marks from 64 * word on.
static inline uint64_t marks_word(const struct marks *m, size_t word)
{
    return word < m->words.n ? m->words.items[word] : 0;
}

static inline bool marks_has(const struct marks *m, uint64_t i)
{
    return marks_word(m, (size_t)(i >> 6)) >> (i & 63) & 1;
}

static inline void marks_free(struct marks *m)
{
    array_free(&m->words);
}
