// Group /events: faults, health changes and promotions, one row an event.
#pragma once

#include "results/h5.h"
#include "results/resultset.h"

void eventgroup_write(struct h5 *h, const struct resultset *set);
