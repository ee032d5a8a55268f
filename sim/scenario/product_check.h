// Rules of managed stores that rows of the schema cannot say.
#pragma once

#include "model/topology.h"
#include "scenario/loading.h"

// Reports where a store breaks a rule of its product, with its source.
void product_check(const struct loading *l, const struct topology *t, const struct store_spec *s);
