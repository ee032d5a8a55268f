// Items of a store: time to choose one, to look up what is known of it, to note a read of it.
#pragma once

#include "harness.h"

void items_bench(struct harness *h);
