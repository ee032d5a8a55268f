// Digests: proof that two runs executed the same events.
//
// Each LP chains the hashes of the events it executed, in its order; at the end the chains are
// combined in LP order. The result depends on every event, its time, key, receiver, kind and
// payload, and on each LP's order, but not on how LPs were put into cells or what threads ran them:
// no two LPs share an order that could differ.
//
// The six words of an event are folded in pairs, each by a multiplication of 64 x 64 to 128 bits
// whose halves are joined; the chain is multiplied and joined with its own upper half, so that
// nothing cancels in its top bits. Not cryptographic: differences that were not made on purpose go
// unnoticed with a chance of about 2^-60. Cost: some 25 instructions an event. Thread class: any
// thread.
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "engine/event.h"

__extension__ typedef unsigned __int128 digest_wide;

static inline uint64_t digest_fold(uint64_t a, uint64_t b)
{
    digest_wide product = (digest_wide)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

// Word i of an event: one load.
static inline uint64_t digest_word(const struct event *event, size_t i)
{
    uint64_t word;
    memcpy(&word, (const unsigned char *)event + i * sizeof word, sizeof word);
    return word;
}

// The chain after one more event. The constants are digits of pi, made odd.
static inline uint64_t digest_event(uint64_t chain, const struct event *event)
{
    _Static_assert(sizeof *event == 6 * sizeof(uint64_t), "all bytes count");
    uint64_t hash = digest_fold(digest_word(event, 0) ^ UINT64_C(0x243f6a8885a308d3),
                                digest_word(event, 1) ^ UINT64_C(0x13198a2e03707345)) +
                    digest_fold(digest_word(event, 2) ^ UINT64_C(0xa4093822299f31d1),
                                digest_word(event, 3) ^ UINT64_C(0x082efa98ec4e6c89)) +
                    digest_fold(digest_word(event, 4) ^ UINT64_C(0x452821e638d01377),
                                digest_word(event, 5) ^ UINT64_C(0xbe5466cf34e90c6d));
    return (chain ^ chain >> 32) * UINT64_C(0x9e3779b97f4a7c15) + hash;
}

// The digest of all chains, in the order given.
uint64_t digest_combine(const uint64_t *chains, size_t n);
