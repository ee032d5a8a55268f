// Strain: a pool where requests wait long or are turned away, so that probes might fail.
//
// Probes of a pool without strain are answered at once (foresight.h), if an answer that waits for
// strain_wait is in time as well: a twentieth of the usual shortest timeout (2 s, Route 53
// Developer Guide). A pool under strain is disturbed (calm.h), and probes wait in its queue like
// requests. Strain is over a notice after the last who waited so long has left the queue. How long
// a request will wait is known when it comes, or, where it is held (station.h), must be seen: while
// any is, the pool looks how long the first of them has waited. A pool that has turned somebody
// away is under strain as long as it has no room. Left out: all servers are busy for long and
// nobody comes who waits or is turned away; then foreseen probes do not wait either.
#pragma once

#include "model/calm.h"

struct context;
struct event;
struct pool;

static const simtime strain_wait = 100 * SIMTIME_MS;

struct strain {
    struct calm calm;
    simtime until;   // who waits long is in the queue
    bool is_watched; // a look is to come, a notice away at most
};

struct strain strain_open(void);
// A request waits so long, until then, or is turned away now.
void strain_note(const struct context *x, struct pool *p, simtime until);
// A request is held: until when is not known.
void strain_watch(const struct context *x, struct pool *p);
void strain_on_look(const struct context *x, struct pool *p);
void strain_on_foreseen(const struct context *x, struct pool *p, const struct event *e);
