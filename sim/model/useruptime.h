// User-uptime: how much of its users' time a population's service was up for them.
//
// A user knows of a service what his latest request met (Hauer, Hoffmann, Lunney, Ardelean, Diwan,
// Meaningful Availability, NSDI 2020): from the end of a request until the end of the next one his
// time is up time if it was answered in time, else down time; after the workload's inactive_after
// without another he is away, and his time is nobody's. So users who ask a lot, or again and again
// while nothing works, count no more than others, which a share of requests cannot say. Modelled:
// each of the population's clients, by the moments at which requests ended. Left out: what users
// would have met while they did not ask.
//
// By window of the series. An interval costs the same however many windows it spans: its ends are
// added where they lie, and the windows between are counted by their borders.
#pragma once

#include <stdbool.h>

#include "base/arena.h"
#include "base/simtime.h"

// Of millions of users the ns of a window are more than 64 bits hold.
__extension__ typedef __int128 useruptime_wide;

enum { USERUPTIME_DOWN, USERUPTIME_UP, USERUPTIME_KINDS };

struct useruptime_window {
    useruptime_wide ends[USERUPTIME_KINDS]; // ns of intervals that begin or end here
    int64_t step[USERUPTIME_KINDS];         // of the number of intervals that span the whole window
};

struct useruptime {
    uint64_t *latest; // [client] when a request ended last, its lowest bit: in time; 0: none did
    struct useruptime_window *windows; // [n_windows + 1]
    simtime window, inactive_after;
};

// A request of the client ends.
void useruptime_note(struct useruptime *u, uint32_t client, simtime now, bool is_in_time);
// Microseconds by window and kind, [n_windows][USERUPTIME_KINDS], of a run of `duration`.
void useruptime_collect(const struct useruptime *u, uint32_t n_clients, simtime duration,
                        uint64_t *out);
