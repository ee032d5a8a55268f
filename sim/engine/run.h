// Runs: the events of a bucket in order, as an array of eight-byte entries.
//
// When a bucket opens, each of its events becomes one integer: its time within the bucket, then its
// index among the bucket's chunks. These are sorted while they are in the cache; the events stay
// where they were written. Where entries look equal, which few do in
// most loads, the events decide, by time and key.
//
// Cost: O(n) for times spread evenly, O(n log n) whatever the input (thousands of ties included);
// storage grows to the largest bucket and is kept.
#pragma once

#include <stddef.h>

#include "base/array.h"
#include "engine/chunk.h"

struct run {
    ARRAY(uint64_t) order;        // time within the bucket << index bits | index
    size_t at;                    // entries before it are consumed
    uint64_t index_mask;          // the index bits: chunk << CHUNK_INDEX_BITS | place in the chunk
    ARRAY(struct chunk *) chunks; // of the bucket; the owner takes them back before run_open
    ARRAY(uint64_t) scratch;
};

// An empty run, with room for the events of a usual bucket.
void run_init(struct run *run);
// Makes the events of a list of chunks (newest first, at least one event) the run. All times lie in
// one bucket: they differ in the low `shift` bits only. The run must be empty of chunks.
void run_open(struct run *run, struct chunk *newest, int shift);
void run_free(struct run *run);

static inline const struct event *run_event(const struct run *run, uint64_t entry)
{
    uint64_t index = entry & run->index_mask;
    return &run->chunks.items[index >> CHUNK_INDEX_BITS]
                ->events[index & ((1 << CHUNK_INDEX_BITS) - 1)];
}

// The earliest event not consumed yet. Requires run->at < run->order.n.
static inline const struct event *run_first(const struct run *run)
{
    return run_event(run, run->order.items[run->at]);
}
