// Handover: operators make another region lead.
//
// What real systems do (Aurora Global Database; Aurora User Guide, disaster recovery). Switchover,
// planned: the primary stops taking writes, the secondary waits until it has everything, then is
// promoted; nothing is lost. Failover, unplanned: the secondary is promoted as it is; the old
// primary, should it still live, goes on until it learns of it (split brain), and what it took
// meanwhile is lost. Modelled: both; each needs the control plane of the region that is to lead,
// and a switchover the old leader as well: else it is tried again, as it is when the successor is
// down in the moment of its promotion; what it has received is applied first. An old leader that
// has stopped for a successor who never comes takes writes again after 10 minutes (our choice).
// Knob: the action's `takes`.
#pragma once

#include "model/replica.h"

// The member whose turn it is acts on an operator's action.
void handover_try(const struct context *x, struct replica *r, const struct payload_action *action);
// The action has taken its time: is this member alive, and has it applied what it has received? If
// not it is tried again, or arrives once more.
bool handover_is_ready(const struct context *x, struct replica *r,
                       const struct payload_action *action);
// This member leads.
void handover_finish(const struct context *x, struct replica *r);
// More of the log has been received.
void handover_received(const struct context *x, struct replica *r);
void handover_on_ask(const struct context *x, struct replica *r, const struct event *e);
void handover_on_agreed(const struct context *x, struct replica *r, const struct event *e);
