// Caches for the stores of rich random worlds.
#pragma once

#include "support/tiny.h"

// Puts caches of all kinds in front of the stores of a world of rich_make's, and has some faults
// hit them. A world without stores stays as it is.
void richcaches_add(struct tiny *t, uint64_t seed);
