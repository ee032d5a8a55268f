// The fault state of one component as a function of time, known for the whole run before it starts.
//
// Faults are drawn before a replication begins (fault.h), so what happens to a component is a fixed
// list of changes. Networks and measurements may look a state up for any time without asking
// another LP; components themselves are told of each change by an event. Overlapping faults
// combine: dead, refusing, without writes or reads if any is; delays and losses compound;
// capacities multiply.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/array.h"
#include "base/base.h"
#include "base/simtime.h"

struct fault_state {
    bool is_dead;     // no power, or link cut: messages vanish
    bool is_refusing; // alive but turns everything away
    bool has_control_plane;
    bool no_writes, no_reads; // store: its cluster cannot commit; cannot serve reads
    float slow;               // >= 1: times longer
    float loss;               // extra packet loss ratio
    float errors;             // share of requests answered with an error
    float wrong;              // share of answers with a good status and a broken body
    float capacity;           // share of servers left
};

extern const struct fault_state fault_state_fine;

struct timeline_change {
    simtime time; // the state holds from here on
    struct fault_state state;
};

struct timeline_interval {
    simtime start, end;
    struct fault_state state; // what this fault alone does
};

struct timeline {
    simtime first; // of the changes: nothing is looked up before; SIMTIME_NEVER: no changes
    ARRAY(struct timeline_interval) intervals;
    ARRAY(struct timeline_change) changes; // in order of time, after timeline_seal
};

// Adds what one fault does to the component in [start, end). Before timeline_seal.
void timeline_add(struct timeline *t, simtime start, simtime end, struct fault_state state);
// Combines the intervals into the list of changes.
void timeline_seal(struct timeline *t);
void timeline_free(struct timeline *t);
// The state at a time; fault_state_fine before the first change.
const struct fault_state *timeline_look_up(const struct timeline *t, simtime time);
// The same; a compare for a component that has been well so far.
static inline const struct fault_state *timeline_at(const struct timeline *t, simtime time)
{
    return LIKELY(time < t->first) ? &fault_state_fine : timeline_look_up(t, time);
}

// First time >= from at which the component is neither dead nor refusing; SIMTIME_NEVER if there is
// none.
simtime timeline_look_for_alive(const struct timeline *t, simtime from);
static inline simtime timeline_alive_from(const struct timeline *t, simtime from)
{
    return LIKELY(from < t->first) ? from : timeline_look_for_alive(t, from);
}

// The same of several together: when one is, another may be down again.
static inline simtime timeline_all_alive_from(const struct timeline *const *lines, size_t n,
                                              simtime from)
{
    for (size_t alive = 0; alive < n;) {
        const simtime at = timeline_alive_from(lines[alive], from);
        alive = at == from ? alive + 1 : 0;
        from = at;
        if (at == SIMTIME_NEVER)
            return SIMTIME_NEVER;
    }
    return from;
}

// Until when the component is well, if it is at `from`: its next change. `from`: it is not.
simtime timeline_fine_until(const struct timeline *t, simtime from);
// First change after `time`; SIMTIME_NEVER if there is none.
simtime timeline_next_change(const struct timeline *t, simtime time);
// First time > after at which it is dead or refusing; SIMTIME_NEVER if it stays well.
simtime timeline_next_failure(const struct timeline *t, simtime after);
// Since when it has been neither dead nor refusing: the end of its latest failure; 0: since the
// beginning; `time`: it is not.
simtime timeline_up_since(const struct timeline *t, simtime time);
