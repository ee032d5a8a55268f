// How a stream gets its key, and the rejections of bounded draws.
//
// Why streams do not disturb each other: 128 bits of XXH3 over (seed, replication, name, 0,
// purpose) make the key and the upper half of the counter, so each name owns 2^63 blocks of its
// own; the 0 byte keeps ("a", "bc") apart from ("ab", "c"). Numbers are hashed as little-endian
// bytes, hence equal on every machine.
#include "base/stream.h"

#define XXH_INLINE_ALL
#include <string.h>
#include <xxhash.h>

static void stream_put_le(unsigned char *out, uint64_t value, int n_bytes)
{
    for (int i = 0; i < n_bytes; i++)
        out[i] = (unsigned char)(value >> (8 * i));
}

struct stream stream_open(uint64_t seed, uint32_t replication, const char *name,
                          const char *purpose)
{
    unsigned char numbers[12];
    stream_put_le(numbers, seed, 8);
    stream_put_le(numbers + 8, replication, 4);
    XXH3_state_t state;
    XXH3_128bits_reset(&state);
    XXH3_128bits_update(&state, numbers, sizeof numbers);
    XXH3_128bits_update(&state, name, strlen(name) + 1);
    XXH3_128bits_update(&state, purpose, strlen(purpose));
    XXH128_hash_t hash = XXH3_128bits_digest(&state);
    return (struct stream){.key = hash.low64, .lane = hash.high64};
}

uint32_t stream_below_rejecting(struct stream *s, uint32_t n, uint64_t product)
{
    // The first (2^32 mod n) low halves are one too many for some values.
    uint32_t excess = (uint32_t)(-n) % n;
    while ((uint32_t)product < excess)
        product = (stream_word(s) >> 32) * n;
    return (uint32_t)(product >> 32);
}

void stream_branch(struct stream *s, uint64_t branch)
{
    const uint64_t numbers[] = {s->key, s->lane, branch};
    const XXH128_hash_t hash = XXH3_128bits(numbers, sizeof numbers);
    s->key = hash.low64;
    s->lane = hash.high64;
    s->position += s->position & 1; // the word that was kept is the old stream's
}
