// The request path: what a simulated request costs through the whole model, at any demand.
#pragma once

#include "harness.h"

void requests_bench(struct harness *h);
// Probes. Length: simulated seconds after the warm-up, at 10 kreq/s.
double requests_probe_full(double length);
double requests_probe_tier(double length);
double requests_probe_bare(double length);
