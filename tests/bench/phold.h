// PHOLD: how fast the engine holds many pending events, against a heap of the same events.
#pragma once

#include "harness.h"

void phold_bench(struct harness *h);
// Probes. Length: simulated seconds (mean delays), at 16 Ki pending events in one cell.
double phold_probe_engine(double length);
double phold_probe_heap(double length);
// The same at `length` Mi pending events, for two mean delays.
double phold_probe_big(double length);
