// Runs: a bucket's events in order, as an array of small entries that point to them.
//
// The bucket's events are sorted when it opens, as 24-byte entries, while they are in the cache;
// the events themselves stay where they were written.
//
// Cost: O(n) for times spread evenly, O(n log n) whatever the input (thousands of ties included);
// storage grows to the largest bucket and is kept.
#pragma once

#include <stddef.h>

#include "base/array.h"
#include "engine/event.h"

struct run_entry {
    simtime time;
    uint64_t key;
    const struct event *event;
};

// Zero-initialised is empty.
struct run {
    ARRAY(struct run_entry) entries;
    ARRAY(struct run_entry) scratch; // as large as entries
    size_t at;                       // entries before it are consumed
};

static inline bool run_entry_before(const struct run_entry *a, const struct run_entry *b)
{
    return a->time != b->time ? a->time < b->time : a->key < b->key;
}

// Empties the run and makes room for n entries.
void run_reset(struct run *run, size_t n);
// Sorts all entries by (time, key). All times lie in one bucket: they differ in the low `shift`
// bits only.
void run_sort(struct run *run, int shift);
void run_free(struct run *run);
