// Group /replication: how far behind each region's replicas are, over time.
//
// A row (dimension `pair`) for each two regions between which a store's writes travel, and one
// (`origin`) for each region that takes them. A variable has at most LAGGROUP_MOST_CELLS cells: of
// longer runs, several windows are put together as one step of time; the group's attributes say
// how many.
#pragma once

#include "results/h5.h"
#include "results/resultset.h"

enum { LAGGROUP_MOST_CELLS = 1 << 20 };

void laggroup_write(struct h5 *h, const struct resultset *set);
// Windows that are put together as one step when there are `rows` rows of `windows`.
size_t laggroup_windows_a_step(size_t rows, size_t windows);
