// Random streams: Random123's Philox4x32-10 with a key made of names.
//
// Operations: open (hashes a name: microseconds, set-up only), word, uniform, below (a few ns; one
// Philox block, ten rounds, serves two words). Nothing is allocated; a stream is a plain value and
// may be copied.
//
// Why streams do not disturb each other: 128 bits of XXH3 over (seed, replication, name, 0,
// purpose) make the key and the upper half of the counter, so each name owns 2^64 blocks of its
// own; the 0 byte keeps
// ("a", "bc") apart from ("ab", "c"). Numbers are hashed as little-endian bytes, hence equal on
// every machine.
#include "base/stream.h"

#define XXH_INLINE_ALL
#include <Random123/philox.h>
#include <string.h>
#include <xxhash.h>

#include "base/base.h"

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
    return (struct stream){
        .key = {(uint32_t)hash.low64, (uint32_t)(hash.low64 >> 32)},
        .lane = {(uint32_t)hash.high64, (uint32_t)(hash.high64 >> 32)},
    };
}

uint64_t stream_word(struct stream *s)
{
    if (s->has_spare != 0) {
        s->has_spare = 0;
        return s->spare;
    }
    philox4x32_ctr_t counter = {
        {(uint32_t)s->block, (uint32_t)(s->block >> 32), s->lane[0], s->lane[1]}};
    philox4x32_key_t key = {{s->key[0], s->key[1]}};
    philox4x32_ctr_t out = philox4x32(counter, key);
    s->block++;
    s->spare = (uint64_t)out.v[3] << 32 | out.v[2];
    s->has_spare = 1;
    return (uint64_t)out.v[1] << 32 | out.v[0];
}

double stream_uniform(struct stream *s)
{
    // The middles of 2^52 equal cells: exact in double, and never an end.
    return ((double)(stream_word(s) >> 12) + 0.5) * 0x1p-52;
}

uint32_t stream_below(struct stream *s, uint32_t n)
{
    REQUIRE(n > 0, "a draw below 0");
    uint64_t product = (stream_word(s) >> 32) * n;
    if (UNLIKELY((uint32_t)product < n)) {
        // Lemire 2019: the first (2^32 mod n) low halves are one too many for some values.
        uint32_t excess = (uint32_t)(-n) % n;
        while ((uint32_t)product < excess)
            product = (stream_word(s) >> 32) * n;
    }
    return (uint32_t)(product >> 32);
}
