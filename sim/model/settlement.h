// Settlement: after a run, what was still under way, and what became of every write.
//
// Writes that were on their way are taken as if they arrived now. Then each acknowledged write is
// counted once (fates.h): present, superseded, overwritten or lost; that these are all of them is
// asserted.
#pragma once

#include "model/record.h"

struct world;

// Fills record->stores.
void settlement_collect(struct world *w, struct record *record);
