// Counter-based random streams: Random123's Philox2x64-7, keyed by name.
//
// Seven rounds are the fewest with published test vectors. Six are the fewest that pass every test
// of BigCrush (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3", table 2), and
// Random123's authors know of no flaw with six or more of Philox2x64 (philox.h). Ten, their
// default, cost a third more a word.
//
// A stream is keyed by (seed, replication, stable name of its owner, purpose), never by an array
// index: adding a zone or changing a policy shifts nobody else's numbers, which gives the common
// random numbers that comparisons rest on. A block of Philox holds two 64-bit words; word i of a
// stream is word i mod 2 of block i / 2.
//
// The second word of a block is kept for the next call. Computing it anew, without a branch, was
// measured to be slower for 1, 1,024 and 65,536 streams in random order, one word or two at a time,
// although that branch cannot be predicted when one word is taken at a time. Who needs two words at
// once takes a pair: one block, no branch.
//
// Nothing is allocated; a stream is a plain value and may be copied. It belongs to one thread.
#pragma once

#include <stdint.h>

#include "base/base.h"

// Random123 would include every vector intrinsic of the compiler (47,000 lines), of which Philox
// uses none.
#define R123_USE_SSE 0
#define R123_USE_X86INTRIN_H 0
#include <Random123/philox.h>

enum { STREAM_ROUNDS = 7 };

struct stream {
    uint64_t key;
    uint64_t lane;     // upper half of the counter: also derived from the name
    uint64_t position; // words used so far
    uint64_t spare;    // second word of the current block; valid at odd positions
};

struct stream_words {
    uint64_t first, second;
};

// `name` is the owner's stable name ("population/tokyo"), `purpose` what the draws are for
// ("arrivals"). Hashes both: for set-up only.
struct stream stream_open(uint64_t seed, uint32_t replication, const char *name,
                          const char *purpose);

// Makes the stream another one, as far from it as if it had another name; the same for equal
// streams and branches. Its position stays.
void stream_branch(struct stream *s, uint64_t branch);

// The pure function behind all draws: the two words of a block, for block < 2^63.
static inline struct stream_words stream_block(const struct stream *s, uint64_t block)
{
    philox2x64_ctr_t counter = {{block, s->lane}};
    philox2x64_key_t key = {{s->key}};
    philox2x64_ctr_t out = philox2x64_R(STREAM_ROUNDS, counter, key);
    return (struct stream_words){out.v[0], out.v[1]};
}

// The next 64 random bits.
static inline uint64_t stream_word(struct stream *s)
{
    uint64_t position = s->position++;
    if (position & 1)
        return s->spare;
    struct stream_words words = stream_block(s, position >> 1);
    s->spare = words.second;
    return words.first;
}

// Both words of the next unused block: at an even position what two calls of stream_word would
// give; at an odd one the kept word is dropped first.
static inline struct stream_words stream_pair(struct stream *s)
{
    uint64_t block = (s->position + 1) >> 1;
    s->position = 2 * block + 2;
    return stream_block(s, block);
}

// Uniform in (0, 1): never 0, never 1. The middles of 2^52 equal cells, exact in double.
static inline double stream_uniform(struct stream *s)
{
    return ((double)(int64_t)(stream_word(s) >> 12) + 0.5) * 0x1p-52;
}

// The rare end of stream_below, out of line: `product` may be one of the few to be rejected.
uint32_t stream_below_rejecting(struct stream *s, uint32_t n, uint64_t product);

// Uniform integer in [0, n), n > 0, without bias (Lemire's multiply and reject, 2019).
static inline uint32_t stream_below(struct stream *s, uint32_t n)
{
    REQUIRE(n > 0, "a draw below 0");
    uint64_t product = (stream_word(s) >> 32) * n;
    if (UNLIKELY((uint32_t)product < n))
        return stream_below_rejecting(s, n, product);
    return (uint32_t)(product >> 32);
}

// The member of a set that is not empty, of 64 bits, for which a word of 32 random bits stands:
// each with equal probability, but for 2^-26.
static inline uint8_t stream_member(uint64_t set, uint32_t word)
{
    for (uint64_t left = (uint64_t)word * (uint64_t)__builtin_popcountll(set) >> 32; left > 0;
         left--)
        set &= set - 1;
    return (uint8_t)__builtin_ctzll(set);
}
