// A FIFO queue in front of c equal servers: who starts when, who is held, who is shed.
//
// A request's start is known when it arrives: at once, or when the first of the busy servers will
// be free. So a visit needs no event of its own: whoever owns the station knows the finish as well
// and may act on it ahead of time. This holds as long as nothing changes in between. Faults change
// speed, capacity or power, and the time of the next change is known (timeline.h): starts are
// planned up to that horizon only. Who cannot be planned is held, as a frame of the owner's, until
// the owner asks for the next one: after each change, and, while more servers are busy than are
// left, whenever one of these is done.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "model/instants.h"

enum station_verdict { STATION_START, STATION_HOLD, STATION_FULL };

struct station {
    uint32_t servers;     // may be 0 (no capacity left): everything is held
    uint32_t limit;       // how many may wait
    struct instants busy; // when each busy server is done with what has been planned for it
    // Starts to come, of those who wait; in order, because the queue is FIFO.
    uint32_t first_start, n_starts;
    simtime *starts; // [mask + 1]; owned, as all rings
    uint32_t first_held, n_held;
    uint32_t *held; // [mask + 1] frames
    uint32_t mask;  // ring size - 1
};

void station_init(struct station *s, uint32_t servers, uint32_t limit);
void station_free(struct station *s);
// Leaves a share of n servers. Servers are whole, so that their number is rounded up and work takes
// longer instead: returns by how much (1 when nothing is lost).
double station_set_capacity(struct station *s, uint32_t n, double share);
void station_hold(struct station *s, uint32_t frame);
// Takes a frame that is held out of the line; costs its place in it.
void station_withdraw(struct station *s, uint32_t frame);
// Whether who arrives now is turned away.
bool station_is_full(struct station *s, simtime now);
// The first of the held; some are.
static inline uint32_t station_first_held(const struct station *s)
{
    return s->held[s->first_held & s->mask];
}
// The first of the held, if its start can be planned now; then as after STATION_START.
bool station_next(struct station *s, simtime now, simtime horizon, uint32_t *frame, simtime *start);
// Forgets all who wait and all in service.
void station_clear(struct station *s);

// For the functions below only.
uint32_t station_waiting(struct station *s, simtime now);
void station_occupy_later(struct station *s, simtime start, simtime finish);

// When the next in line can start: false if not before the horizon, or not known.
static inline bool station_plan(struct station *s, simtime now, simtime horizon, simtime *start)
{
    if (LIKELY(instants_are_fewer(&s->busy, now, s->servers)))
        *start = now;
    else if (s->busy.n == s->servers && s->servers > 0)
        *start = instants_first(&s->busy);
    else
        return false;
    return *start < horizon;
}

// A request arrives. STATION_START: it starts at *start < horizon, and the owner must say with
// station_occupy until when it takes. STATION_HOLD: the owner must keep its frame with
// station_hold.
static inline enum station_verdict station_admit(struct station *s, simtime now, simtime horizon,
                                                 simtime *start)
{
    bool is_planned = s->n_held == 0 && station_plan(s, now, horizon, start);
    if (LIKELY(is_planned && *start == now))
        return STATION_START;
    if (station_waiting(s, now) >= s->limit)
        return STATION_FULL;
    return is_planned ? STATION_START : STATION_HOLD;
}

static inline void station_occupy(struct station *s, simtime now, simtime start, simtime finish)
{
    if (LIKELY(start == now))
        instants_add(&s->busy, now, finish);
    else
        station_occupy_later(s, start, finish);
}
