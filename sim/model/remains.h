// Remains: what is left of a quorum store when a run ends.
//
// Members that are down then count as lost for good, with all that only they had: copies, and hints
// that they had not handed over; unless all are: then those count that failed last. What is under
// way to a member that is left arrives: messages that were sent, parts in its queue, writes that it
// has agreed to. An acknowledged write is lost if no member that is left has it or a later one.
#pragma once

#include <stdint.h>

#include "model/events.h"
#include "model/replica.h"

struct world;

// Bit set of a quorum store's members that are left; all, in other modes.
uint32_t remains_left(const struct world *w, int store);
// Whether a write on its way to one of them arrives: it has left a sender that is gone.
bool remains_arrives(const struct world *w, uint32_t left, const struct event *e);
// Whether an event is part of an operation of a quorum that may still bring a write.
bool remains_matters(const struct event *e);
// It does so now; after all notices.
void remains_arrive(struct world *w, uint32_t left, const struct event *e);
// So does what the members that are left have not finished.
void remains_finish(struct world *w, int store, uint32_t left);
// Marks the writes of an item that are lost, and takes back that its last one was overwritten, by
// some that is not left.
void remains_settle(struct replica *members, uint32_t left, uint32_t item);
