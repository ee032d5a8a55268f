// Two threads against one: windows inside a run, replications side by side; and what more threads
// would give.
#pragma once

#include "harness.h"

void threads_bench(struct harness *h);
