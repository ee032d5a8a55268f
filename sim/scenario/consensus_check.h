// Checks of stores that agree by consensus which rows of the schema cannot say.
#pragma once

#include "model/topology.h"
#include "scenario/loading.h"

// Reports mistakes of such a store that was bound without any, and what is unwise.
void consensus_check(const struct loading *l, const struct topology *t, const struct store_spec *s);
