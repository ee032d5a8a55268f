// What a pending event, an idle user, a request in flight and a write that is done take in memory;
// what is allocated once a run is warm.
#pragma once

#include "harness.h"

void memory_bench(struct harness *h);
// Probes. Length: users.
double memory_probe_users(double length);
// Length: seconds that every request is in service. Returns the requests in flight.
double memory_probe_flight(double length);
// Length: seconds of 1000 writes each, of 100 million items, in two regions. Returns the writes.
double memory_probe_writes(double length);
