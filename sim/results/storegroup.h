// Groups /stores (what became of reads and writes) and /served (which region and which endpoint
// served whom).
#pragma once

#include "results/h5.h"
#include "results/resultset.h"

void storegroup_write(struct h5 *h, const struct resultset *set);
