// Handoff: a write that could not reach a member of a quorum is kept as a hint and handed over.
//
// What real systems do (Dynamo, SOSP 2007, hinted handoff; Apache Cassandra: max_hint_window, 3 h
// by default): whoever coordinates a write keeps it for a replica that cannot be reached, and
// replays it when that is back; what is too old for a hint comes when replicas are compared
// (anti-entropy). A hint leaves when the way is clear, up to a second later, and when its turn has
// come (pipe.h). Hints are lost with a holder that is gone for good (remains.h). Left out: limits
// of what a holder can keep. Knobs: hint_window, anti_entropy.
#pragma once

#include "model/replica.h"

// Brings a write to a member later, which may not be acknowledged yet, and may never be.
void handoff_hint(const struct context *x, struct replica *r, int member, uint64_t version,
                  uint32_t item);
// By when a hint that was made for a member which could not be reached at `since` has left, for
// certain unless the way is interrupted every second; SIMTIME_NEVER: not in this run.
simtime handoff_leaves(const struct context *x, const struct replica *r, int member, simtime since);
