// Checks of the stores that rows of the schema cannot say.
#pragma once

#include "model/topology.h"
#include "scenario/loading.h"

// Reports mistakes of the stores that were bound without any; completes what follows from other
// values.
void store_check(const struct loading *l, const struct binder *b, struct topology *t);
