// Part of a cluster: an instance, or a copy of its storage, that fails with its zone or by itself.
//
// While it is up it fails at random (exponential time to failure). Then, or when its zone has power
// again, it takes a time to come back. In a zone with a part of its servers left it is among these
// with that probability: its rank in the zone is drawn whenever the zone ceases to be whole, so
// that a ramp brings one part back after the other.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/distribution.h"
#include "base/stream.h"
#include "model/timeline.h"

struct clusterpart {
    const struct distribution *back; // seconds until it is up again
    double failures_per_s;
    struct stream draws;
    double rank;  // of 0..1; without power while the zone has less of its servers left
    simtime next; // up: fails by itself; down: is up again; SIMTIME_NEVER: neither, for now
    uint8_t zone;
    bool is_up;
};

// A part that is up at time 0.
struct clusterpart clusterpart_open(struct stream draws, double failures_per_s,
                                    const struct distribution *back);
static inline bool clusterpart_has_power(const struct clusterpart *p,
                                         const struct fault_state *zone)
{
    return !zone->is_dead && p->rank <= (double)zone->capacity;
}
// Its zone is no longer whole: who is lost is drawn anew.
void clusterpart_rank(struct clusterpart *p);
// Its zone's state has changed, or it is in another one.
void clusterpart_follow(struct clusterpart *p, simtime now, bool has_power);
// The time `next` has come.
void clusterpart_turn(struct clusterpart *p, simtime now);
// A draw of a duration; at least 1 ns.
simtime clusterpart_draw(const struct distribution *d, struct stream *s);
