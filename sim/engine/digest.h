// Digests: proof that two runs executed the same events.
//
// Each LP chains the hashes of the events it executed, in its order; at the end the chains are
// combined in LP order. The result depends on every event, its time, key, receiver, kind and
// payload, and on each LP's order, but not on how LPs were put into cells or what threads ran them:
// no two LPs share an order that could differ.
//
// The chain is a polynomial, modulo 2^64, of all words of all events: with an odd base each word is
// multiplied by something invertible, so that any single difference shows for certain, and any
// other one but for a chance of about 2^-60. Two halves of an event are evaluated side by side, to
// keep the processor's multipliers busy. Not cryptographic. Cost: some 15 instructions an event.
// Thread class: any thread.
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "engine/event.h"

// Digits of pi, made odd.
#define DIGEST_BASE UINT64_C(0x243f6a8885a308d3)
#define DIGEST_OTHER_BASE UINT64_C(0x13198a2e03707345)

// Word i of an event: one load.
static inline uint64_t digest_word(const struct event *event, size_t i)
{
    uint64_t word;
    memcpy(&word, (const unsigned char *)event + i * sizeof word, sizeof word);
    return word;
}

// The chain after one more event.
static inline uint64_t digest_event(uint64_t chain, const struct event *event)
{
    _Static_assert(sizeof *event == 6 * sizeof(uint64_t), "all bytes count");
    uint64_t one = (digest_word(event, 0) * DIGEST_BASE + digest_word(event, 1)) * DIGEST_BASE +
                   digest_word(event, 2);
    uint64_t two = (digest_word(event, 3) * DIGEST_OTHER_BASE + digest_word(event, 4)) *
                       DIGEST_OTHER_BASE +
                   digest_word(event, 5);
    return (chain + one) * DIGEST_BASE + two;
}

// The digest of all chains, in the order given.
uint64_t digest_combine(const uint64_t *chains, size_t n);
