// Digests: proof that two runs executed the same events.
//
// Each LP chains the hashes of the events it executed, in its order; at the end the chains are
// combined in LP order. The result depends on every event, its time, key, kind and payload, and on
// each LP's order, but not on how LPs were put into cells or what threads ran them: no two LPs
// share an order that could differ.
//
// Cost: one XXH3 of 48 bytes an event. Thread class: any thread.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "engine/event.h"

// The chain after one more event.
uint64_t digest_event(uint64_t chain, const struct event *event);
// The digest of all chains, in the order given.
uint64_t digest_combine(const uint64_t *chains, size_t n);
