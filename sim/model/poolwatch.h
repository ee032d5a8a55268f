// Pool watch: what a pool that is looked at (world_watch) remembers of the works its servers are
// at, so that a copy of its world can have another future: works go on for as long as the same
// distribution says of works that have already taken so long.
//
// Without that, copies made while a work happens to be long would all see the queue behind it grow,
// and count as one. Left out: what other pools and stores are at.
#pragma once

#include "model/pool.h"

// A server is at a task's work.
void poolwatch_note(struct pool *p, uint32_t task, simtime start, simtime finish);
// Whether the work of a task is done now, which is true once; else the event that says so has been
// replaced.
static inline bool poolwatch_finish(struct pool *p, uint32_t task, simtime now)
{
    struct pool_work *w = &p->works.items[task];
    const bool is_done = w->finish == now;
    w->finish = is_done ? -1 : w->finish;
    return is_done;
}
// Somebody comes. The first after the world was branched finds works under way drawn anew.
void poolwatch_meet(const struct context *x, struct pool *p);
