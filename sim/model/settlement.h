// Settlement: after a run, what was still under way, and what became of every write.
//
// Writes that were on their way are taken as if they arrived now, unless a quorum's member that is
// gone for good had still to send them (remains.h). Then each acknowledged write is counted once
// (fates.h): present, superseded, overwritten or lost; that these are all of them is asserted.
// Writes that nobody was told of and that took effect are counted, too, but not those whose client
// was still waiting.
//
// Of many items only those are known at the end of which something was under way, or that a bit
// could not tell of (copy.h). Of the others each replica knows by a bit whether the version that
// had settled there was acknowledged after the warm-up, which is all that is asked; of replicas
// that do not agree, the leader is asked; of quorums only those that are left.
#pragma once

#include "model/record.h"

struct world;

// Fills record->stores.
void settlement_collect(struct world *w, struct record *record);
