// Rich random worlds (rich.h) whose stores have limits, and callers who try again.
#pragma once

#include "support/tiny.h"

// Gives stores limits of throughput so narrow that they are met, conditional writes, and calls that
// are tried again. What the world was made of is else as it was.
void richlimits_add(struct tiny *t, uint64_t seed);
