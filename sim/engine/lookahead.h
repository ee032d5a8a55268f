// Lookahead: how far all cells may run before any of them can hear from another.
//
// A matrix holds the least delay from each cell (row) to each other one (column). The bound used is
// one for all: from the earliest pending event anywhere, at time t, nothing can reach another cell
// before t + the least entry off the diagonal.
//
// Cost: reading the matrix once at set-up, an addition a window.
#pragma once

#include <stdint.h>

#include "base/simtime.h"

// The least entry off the diagonal; SIMTIME_NEVER when no cells communicate. Stops the program if
// an entry off the diagonal is below 1 ns: without lookahead no window can open. The diagonal is
// not read.
simtime lookahead_least(const simtime *matrix, uint32_t n_cells);

// End of the window that starts with the earliest pending event at time `next`: never beyond `end`.
simtime lookahead_horizon(simtime next, simtime least, simtime end);
