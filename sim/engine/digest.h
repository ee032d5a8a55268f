// Digests: proof that two runs executed the same events.
//
// Each LP chains the hashes of the events it executed, in its order; at the end the chains are
// combined in LP order. The result depends on every event, its time, key, receiver, kind and
// payload, and on each LP's order, but not on how LPs were put into cells or what threads ran them:
// no two LPs share an order that could differ.
//
// An event's hash folds the six words of the event by three 128-bit multiplications with constants
// (as wyhash and XXH3 do); the chain is a polynomial of these hashes, so that exchanging two events
// changes it. Not cryptographic. Cost: some 25 instructions an event. Thread class: any thread.
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

// The chain after one more event.
static inline uint64_t digest_event(uint64_t chain, const struct event *event)
{
    // Digits of pi, made odd.
    static const uint64_t k[] = {UINT64_C(0x243f6a8885a308d3), UINT64_C(0x13198a2e03707345),
                                 UINT64_C(0xa4093822299f31d1), UINT64_C(0x082efa98ec4e6c89),
                                 UINT64_C(0x452821e638d01377), UINT64_C(0xbe5466cf34e90c6d)};
    uint64_t w[sizeof *event / sizeof(uint64_t)];
    memcpy(w, event, sizeof w);
    uint64_t hash = digest_fold(w[0] ^ k[0], w[1] ^ k[1]) +
                    digest_fold(w[2] ^ k[2], w[3] ^ k[3]) + digest_fold(w[4] ^ k[4], w[5] ^ k[5]);
    return chain * UINT64_C(0x9e3779b97f4a7c15) + hash;
}

// The digest of all chains, in the order given.
uint64_t digest_combine(const uint64_t *chains, size_t n);
