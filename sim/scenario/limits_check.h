// Checks of what limits stores, and of how their callers take it, that rows of the schema cannot
// say: throughput, conditional writes, calls that are tried again.
#pragma once

#include "model/topology.h"
#include "scenario/loading.h"

// Of the stores that were bound without mistakes.
void limits_check_stores(const struct loading *l, const struct binder *b, const struct topology *t);
// Of all calls; their callees are known.
void limits_check_calls(const struct loading *l, const struct topology *t);
