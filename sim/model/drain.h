// Drain: attempts that still go where a fault has struck, by the reason why, over the time since.
//
// What real traffic does. It does not leave a dead region at once: until the failure is detected
// answers still point there, then copies of old answers live on in resolvers for their TTL, in
// resolvers and programs that stretch it for longer, and connections that were open stay where
// they are (Flavel, Mani, Maltz, LANMAN 2014, saw 2 % after 15 min at a TTL of 20 s). Modelled: for
// each fault that users can meet, a count of the attempts to the side that it hit and of those to
// anywhere else, in the 5 min before and in bins of time since its start, eight to a doubling,
// until it is over. Which of its targets a request goes to is for a balancer to choose, not for
// users: a fault of some of a service's targets is watched at its balancer there, for requests of
// all callers. Left out: calls between services, but for that. Knobs: none.
//
// How it is computed: faults are known before the run, so a population looks at a single time, that
// of the next fault, as long as none is near.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/array.h"
#include "base/base.h"
#include "base/simtime.h"

struct arena;
struct world;

// Why an attempt goes to the region it goes to.
enum route_cause {
    ROUTE_ANSWER,    // what the name servers answer now
    ROUTE_CACHED,    // a copy of an answer, within its TTL
    ROUTE_STRETCHED, // a copy older than its TTL
    ROUTE_PINNED,    // the user's connection was open
    ROUTE_EDGE,      // an accelerator's edge sends new connections there
    ROUTE_BALANCER,  // a balancer chooses the target
    ROUTE_CAUSES,
};
const char *route_cause_name(enum route_cause cause);

enum {
    DRAIN_BEFORE, // bin of the attempts in the time before the fault
    DRAIN_FIRST,  // the first second of the fault
    DRAIN_PER_OCTAVE = 8,
    DRAIN_OCTAVES = 17, // from 1 s to 36 h; the last bin holds what is later
    DRAIN_BINS = DRAIN_FIRST + 1 + DRAIN_PER_OCTAVE * DRAIN_OCTAVES,
    DRAIN_ELSEWHERE = ROUTE_CAUSES, // attempts that do not go to the side that was hit
    DRAIN_COLUMNS,
};
#define DRAIN_BEFORE_SPAN (5 * SIMTIME_MIN)

// Since the start of the fault; bin >= DRAIN_FIRST. The edge of DRAIN_BINS is the end of the last.
double drain_edge_s(size_t bin);

// A fault that users can meet.
struct drain_watch {
    simtime start, end;
    uint32_t instance;  // index in the world's faults
    int population;     // whose attempts count; -1: everybody's
    uint8_t region;     // the side that is hit
    uint8_t zones;      // of it, a bit set
    uint16_t endpoints; // of it, a bit set
    // Where only some of a service's targets are hit:
    uint32_t balancer; // its index
    uint64_t targets;  // a bit set
};
typedef ARRAY(struct drain_watch) drain_watches; // in order of start

typedef uint32_t drain_counts[DRAIN_BINS][DRAIN_COLUMNS];

// What one LP has seen. Zero-initialised and without watches it counts nothing.
struct drain {
    simtime wake; // nothing to count before
    int population;
    const drain_watches *watches;
    uint32_t n_seen; // watches that have begun
    uint32_t n_open;
    uint32_t *open;       // [n_open] of those, the ones that have not ended
    drain_counts *counts; // [watch]
};

// Lists the faults that users can meet: by users' way, by a balancer's choice. Part of fault_open.
void drain_watch(struct world *w);
bool drain_is_before(const struct drain_watch *a, const struct drain_watch *b);
struct drain drain_open(const struct world *w, struct arena *arena, int population);
// For a balancer, if there are faults of its targets.
struct drain drain_open_targets(const struct world *w, struct arena *arena, uint32_t balancer);
// What a balancer has counted of one of these, by its instance.
const drain_counts *drain_of_instance(const struct drain *d, uint32_t instance);
// For drain_count and drain_count_target.
void drain_note(struct drain *d, simtime now, uint8_t endpoint, uint8_t zone,
                enum route_cause cause);
void drain_note_target(struct drain *d, simtime now, uint8_t target);

// Counts an attempt to a node.
static inline void drain_count(struct drain *d, simtime now, uint8_t endpoint, uint8_t zone,
                               enum route_cause cause)
{
    if (UNLIKELY(now >= d->wake))
        drain_note(d, now, endpoint, zone, cause);
}

// Counts a request to a target.
static inline void drain_count_target(struct drain *d, simtime now, uint8_t target)
{
    if (UNLIKELY(now >= d->wake))
        drain_note_target(d, now, target);
}

// When all but `rest` of the traffic that went to the hit side before has left it for good, since
// the start; SIMTIME_NEVER: not while the fault lasted, or nothing went there. `counts`: of a fault
// that lasted `duration`.
simtime drain_moved(const uint64_t (*counts)[DRAIN_COLUMNS], simtime duration, double rest);
