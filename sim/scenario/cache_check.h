// Checks of the caches in front of stores that rows of the schema cannot say.
#pragma once

#include "model/topology.h"
#include "scenario/loading.h"

// Reports what of the caches has no effect, or one that is hardly meant. Calls are known.
void cache_check(const struct loading *l, const struct binder *b, const struct topology *t);
