// Peak: the most that was ever used for a while, and long enough ago.
//
// What it is for: an on-demand table sustains twice the highest traffic that it has had, but no
// more than double of it within 30 minutes (DynamoDB Developer Guide, 'Initial throughput and
// scaling properties', 'Pre-warming a table'). Traffic is averaged over parts of that time, a
// minute of 30; a part counts when the whole time has passed since its end. Worked out when
// somebody asks: a few steps for each part that has gone by.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/simtime.h"

enum { PEAK_PARTS = 30 };

struct peak {
    simtime part;                // how long one is
    uint64_t now;                // number of the part that goes on
    uint64_t used;               // in it
    uint64_t recent[PEAK_PARTS]; // in those before, part n at n mod PEAK_PARTS
    uint64_t highest;            // of all that were before these
};

struct peak peak_open(simtime time);
// Lets time pass; whether the highest has grown.
bool peak_advance(struct peak *p, simtime now);
// That much a second, on average over the highest part that counts.
double peak_rate(const struct peak *p);
