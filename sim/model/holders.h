// Holders: which members of a quorum have an acknowledged write, and which failure leaves none.
//
// A write is in danger when a failure takes the last member that has it while the others have not
// been sent it: with W replicas in one region only, or with a link cut. Those are what the failure
// may cost, the recovery point (recovery.h). Failures and ways are known ahead (timeline.h): the
// coordinator finds out when it acknowledges the write. Whoever has agreed has it; whoever was
// asked and has not failed since counts as having it; the rest get it by a hint when that has left
// for certain (handoff.h). Left out: what read repair brings sooner; parts that are turned away or
// lost after the acknowledgement.
#pragma once

#include "model/replica.h"

// A write is acknowledged now: counts it, if a failure will find it nowhere else.
void holders_expose(const struct context *x, struct replica *r, const struct operation *o);
