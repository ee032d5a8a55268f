// Holders: which members of a quorum have an acknowledged write, and which failure leaves none.
//
// A write is in danger when a failure takes the last member that has it while others that should
// have it have not been sent it: with W replicas in one region only, or with a link cut. Those are
// what the failure may cost, the recovery point (recovery.h). A write that all its copies have is
// not in danger, even if all are down at once, nor is that of an item with one copy: as of stores
// with one replica. Failures and ways are known ahead (timeline.h): the coordinator finds out when
// it acknowledges the write. Whoever it was sent to has it, unless they failed before they
// answered; the rest get it by a hint, when that has left (handoff.h), or from who stands in for
// them. Regions that fail in one moment count as the first of them. Left out: what read repair
// brings sooner; parts that are turned away or lost after the acknowledgement; lost messages of
// lossy links.
#pragma once

#include "model/replica.h"

// A write is acknowledged now: counts it, if a failure will find it nowhere else.
void holders_expose(const struct context *x, struct replica *r, const struct operation *o);
