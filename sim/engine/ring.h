// A ring of buckets: unsorted events by number of the time slice they fall into.
//
// Object. Bucket numbers are slices of time counted from 0; the ring holds `size` consecutive ones,
// of which the owner keeps the first. A bucket is a list of chunks, written one event after the
// other. A bitmap of non-empty buckets finds the next one in a few instructions, however far.
//
// Who keeps which events in the ring is the owner's business: a number must lie within `size` of
// the least one in use, since buckets are found by number modulo size.
//
// Cost: a push a compare and a store of a pointer; find and take O(1). Thread class: one thread at
// a time.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "engine/chunk.h"

enum { RING_MAX_WORDS = 64 }; // one word summarises all words

struct ring_bucket {
    struct event *at, *end; // next place in the newest chunk, and its end; NULL both: empty
};

struct ring {
    uint32_t size;                  // a power of two, 64 .. 4096
    uint64_t summary;               // bit w: words[w] is not 0
    uint64_t words[RING_MAX_WORDS]; // bit b of word w: bucket 64 w + b is not empty
    struct ring_bucket *buckets;    // [size], by bucket number modulo size
};

void ring_init(struct ring *ring, uint32_t size);
void ring_free(struct ring *ring);

// Gives a bucket whose newest chunk is full another one; for ring_push only.
void ring_grow(struct ring *ring, struct chunk_pool *pool, size_t slot);

// A place for an event in the bucket, to be filled by the caller at once.
static inline struct event *ring_push(struct ring *ring, struct chunk_pool *pool, int64_t number)
{
    size_t slot = (size_t)number & (ring->size - 1);
    struct ring_bucket *bucket = &ring->buckets[slot];
    if (__builtin_expect(bucket->at == bucket->end, 0))
        ring_grow(ring, pool, slot);
    struct event *place = bucket->at++;
    __builtin_prefetch(place + 2, 1); // where a later push will write
    return place;
}

// Where the next event of the bucket will go, or NULL or one beyond a chunk: changes whenever the
// bucket grows.
static inline const struct event *ring_end(const struct ring *ring, int64_t number)
{
    return ring->buckets[(size_t)number & (ring->size - 1)].at;
}

// For ring_find only: beyond the word of bitmap that holds `first`.
int64_t ring_find_further(const struct ring *ring, int64_t first);

// Distance from bucket `first` to the first one that is not empty; -1 when all are empty.
static inline int64_t ring_find(const struct ring *ring, int64_t first)
{
    size_t start = (size_t)first & (ring->size - 1);
    uint64_t here = ring->words[start / 64] >> start % 64;
    return here != 0 ? __builtin_ctzll(here) : ring_find_further(ring, first);
}

// The chunks of a bucket, newest first, each with its count; NULL when it is empty.
struct chunk *ring_peek(const struct ring *ring, int64_t number);
// The same, and empties the bucket: the chunks are the caller's.
struct chunk *ring_take(struct ring *ring, int64_t number);
