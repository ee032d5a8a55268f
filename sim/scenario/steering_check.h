// Checks of a topology's steering that rows of the schema cannot say: what each policy needs, sets
// that point to each other in circles, keys without effect.
#pragma once

#include "model/topology.h"
#include "scenario/loading.h"

// Completes and checks the steering of a bound topology; mistakes go to the diagnostics.
void steering_check(const struct loading *l, struct topology *t);
