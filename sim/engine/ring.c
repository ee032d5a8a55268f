#include "engine/ring.h"

#include "base/array.h"
#include "base/base.h"

void ring_init(struct ring *ring, uint32_t size)
{
    REQUIRE(size >= 64 && size <= 64 * RING_MAX_WORDS && (size & (size - 1)) == 0,
            "ring of %u buckets", size);
    *ring = (struct ring){.size = size, .buckets = array_new(struct ring_bucket, size)};
}

void ring_free(struct ring *ring)
{
    array_release(ring->buckets);
    *ring = (struct ring){0};
}

static struct chunk *ring_newest(const struct ring_bucket *bucket)
{
    return (struct chunk *)(void *)(bucket->end - CHUNK_EVENTS); // events come first in a chunk
}

_Static_assert(offsetof(struct chunk, events) == 0, "a chunk is found from its events");

void ring_grow(struct ring *ring, struct chunk_pool *pool, size_t slot)
{
    struct ring_bucket *bucket = &ring->buckets[slot];
    struct chunk *chunk = chunk_take(pool);
    chunk->older = NULL;
    if (bucket->end != NULL) {
        chunk->older = ring_newest(bucket);
        chunk->older->n = CHUNK_EVENTS;
    } else {
        ring->words[slot / 64] |= UINT64_C(1) << slot % 64;
        ring->summary |= UINT64_C(1) << slot / 64;
    }
    bucket->at = chunk->events;
    bucket->end = chunk->events + CHUNK_EVENTS;
}

int64_t ring_find_further(const struct ring *ring, int64_t first)
{
    size_t start = (size_t)first & (ring->size - 1);
    if (ring->summary == 0)
        return -1;
    // Words after this one, then those before it and its own lower bits: the ring's end.
    size_t word = start / 64;
    uint64_t after = word == 63 ? 0 : ring->summary >> (word + 1) << (word + 1);
    size_t found = (size_t)__builtin_ctzll(after != 0 ? after : ring->summary);
    size_t slot = found * 64 + (size_t)__builtin_ctzll(ring->words[found]);
    return (int64_t)((slot - start) & (ring->size - 1));
}

struct chunk *ring_peek(const struct ring *ring, int64_t number)
{
    const struct ring_bucket *bucket = &ring->buckets[(size_t)number & (ring->size - 1)];
    if (bucket->end == NULL)
        return NULL;
    struct chunk *newest = ring_newest(bucket);
    newest->n = (size_t)(bucket->at - newest->events);
    return newest;
}

struct chunk *ring_take(struct ring *ring, int64_t number)
{
    size_t slot = (size_t)number & (ring->size - 1);
    struct chunk *newest = ring_peek(ring, number);
    ring->buckets[slot] = (struct ring_bucket){0};
    ring->words[slot / 64] &= ~(UINT64_C(1) << slot % 64);
    if (ring->words[slot / 64] == 0)
        ring->summary &= ~(UINT64_C(1) << slot / 64);
    return newest;
}
