// Counter-based random streams: Random123's Philox4x32-10, keyed by name.
//
// A stream is keyed by (seed, replication, stable name of its owner, purpose), never by an array
// index: adding a zone or changing a policy shifts nobody else's numbers, which gives the common
// random numbers that comparisons rest on. Two 64-bit words come from each Philox block.
#pragma once

#include <stdint.h>

struct stream {
    uint32_t key[2];
    uint32_t lane[2]; // upper half of the counter: also derived from the name
    uint64_t block;   // lower half of the counter: blocks used so far
    uint64_t spare;   // second word of the current block
    uint32_t has_spare;
};

// `name` is the owner's stable name ("population/tokyo"), `purpose` what the draws are for
// ("arrivals").
struct stream stream_open(uint64_t seed, uint32_t replication, const char *name,
                          const char *purpose);

// The next 64 random bits.
uint64_t stream_word(struct stream *s);
// Uniform in (0, 1): never 0, never 1.
double stream_uniform(struct stream *s);
// Uniform integer in [0, n), n > 0, without bias (Lemire's multiply and reject).
uint32_t stream_below(struct stream *s, uint32_t n);
