// Positions: reads at a follower that wait until the leader's log has come so far.
//
// What real systems do: Aurora's write forwarding lets a session choose how its reads at a
// secondary are ordered with writes (aurora_replica_read_consistency; Aurora User Guide): EVENTUAL:
// not at all; SESSION: behind the session's own forwarded writes; GLOBAL: behind all that had been
// committed when the read began, for which the writer is asked. Modelled: the three; a session is
// known by the item that it writes, so that readers of an item wait for whoever wrote it here. Left
// out: sessions that move to another region. Knob: forwarding.
#pragma once

#include "model/replica.h"

// A read at this replica is through its queue.
void position_read(const struct context *x, struct replica *r, uint32_t operation);
// A forwarded write has been acknowledged: its item's readers will wait for it.
void position_await(struct replica *r, uint32_t item, uint32_t position);
// The log has been applied a step further.
void position_reached(const struct context *x, struct replica *r);
// There is another leader, whose log is another: nobody waits any more.
void position_restart(const struct context *x, struct replica *r);
void position_on_ask(const struct context *x, struct replica *r, const struct event *e);
void position_on_answer(const struct context *x, struct replica *r, const struct event *e);
