// Failover chains (failover.h) read from a design's records: from journals, time series and drains.
//
// A fault is taken up when users can meet it: it hits a region with an endpoint, a zone of it, its
// link to users, or a service, some of its targets, or a store in it. When faults overlap, each is
// charged with all that happens meanwhile.
#pragma once

#include <stddef.h>

#include "results/resultset.h"

// Appends the chains of all faults of the design's replications, in order of replication and start.
void chain_collect(const struct resultset *set, size_t design, failover_list *list);
