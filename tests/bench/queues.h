// M/M/1 and M/M/8 on the engine, against the bare recursion for their waiting times.
#pragma once

#include "harness.h"

void queues_bench(struct harness *h);
