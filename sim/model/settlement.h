// Settlement: after a run, what was still under way, and what became of every write.
//
// Writes that were on their way are taken as if they arrived now. Then each acknowledged write is
// counted once (fates.h): present, superseded, overwritten or lost; that these are all of them is
// asserted.
//
// Of many items only those are known at the end of which something was under way, or that a bit
// could not tell of (copy.h). Of the others each replica knows by a bit whether the version that
// had settled there was acknowledged after the warm-up, which is all that is asked; of replicas
// that do not agree, the leader is asked, or one that was there last.
#pragma once

#include "model/record.h"

struct world;

// Fills record->stores.
void settlement_collect(struct world *w, struct record *record);
