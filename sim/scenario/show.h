// Show: the values of a loaded file as aligned tables, each with its origin.
#pragma once

#include <stdio.h>

#include "model/geography.h"
#include "model/topology.h"
#include "model/workload.h"
#include "scenario/ledger.h"

// All are at most 100 columns wide.
void show_settings(const struct settings *settings, FILE *out);
// The figures and sources of the access types that the workload's populations use.
void show_access(const struct workload *workload, FILE *out);
// The measured round trips between the topology's regions and where they come from; nothing for a
// single region.
void show_round_trips(const struct topology *topology, const struct geography *geography,
                      FILE *out);
