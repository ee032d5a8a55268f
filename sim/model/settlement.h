// Settlement: after a run, what was still under way, and what became of every write.
//
// Writes that were on their way are taken as if they arrived now. Then each acknowledged write is
// counted once (fates.h): present, superseded, overwritten or lost; that these are all of them is
// asserted.
//
// Of many items only those are known at the end of which something was under way (items.h). Of the
// others each replica knows by a bit whether the version that had settled there was acknowledged
// after the warm-up, which is all that is asked; replicas that are there have the same. What cannot
// be told: whether the client was told, too, of a forwarded write to a single leader that is its
// item's last and has settled (the answer was lost, or came when the warm-up had just ended); and
// what lies below a lost write of a replaced leader when the new one has dropped it: the item's
// last write then counts as superseded.
#pragma once

#include "model/record.h"

struct world;

// Fills record->stores.
void settlement_collect(struct world *w, struct record *record);
