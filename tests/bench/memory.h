// What a pending event, an idle user and a request in flight take in memory; what is allocated once
// a run is warm.
#pragma once

#include "harness.h"

void memory_bench(struct harness *h);
// Probes. Length: users.
double memory_probe_users(double length);
// Length: seconds that every request is in service. Returns the requests in flight.
double memory_probe_flight(double length);
