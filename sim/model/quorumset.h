// Quorum sets: which replicas of a quorum store have an item, and when enough of them have
// answered.
//
// An item is on all members, or on `copies` of them: one that its number chooses, and those that
// follow. Enough are R or W of these, counted among all, in the region of the coordinator, or in
// each region that has some.
#pragma once

#include "model/replica.h"

// Bit set of the members that have the item.
uint32_t quorumset_copies(const struct replica *r, uint32_t item);
// Whether this replica has it: all have in other modes.
bool quorumset_has(const struct replica *r, uint32_t item);
// Whether enough members have answered a client's operation.
bool quorumset_is_met(const struct replica *r, const struct operation *o);
