// Lookahead: how far a cell may run before it can hear from another.
//
// A matrix gives the least delay of a message from each cell (row) to each other one (column). What
// can reach a cell is not only mail of its neighbours but also what that sets off: the bound rests
// on the shortest ways through all cells, the way back to itself included. From the earliest
// pending events of all cells, nothing reaches cell i before the least of (earliest event of j +
// shortest way from j to i) over all j: its horizon.
//
// Where all ways are equally long, or cells are many, one bound for all does: the earliest event
// anywhere + the least delay.
//
// Cost: set-up O(n_cells^3) when each cell has a horizon of its own (up to LOOKAHEAD_DETAILED
// cells), else O(n_cells^2); O(n_cells) or O(1) a horizon. Thread class: read-only after init.
#pragma once

#include <stdint.h>

#include "base/simtime.h"

enum { LOOKAHEAD_DETAILED = 64 };

struct lookahead {
    uint32_t n_cells;
    simtime least; // entry of the matrix off the diagonal; SIMTIME_NEVER: cells never talk
    simtime *ways; // [to][from] shortest ways; NULL: one bound for all
};

// Stops the program if an entry off the diagonal is below 1 ns: without lookahead no window can
// open. The diagonal of the matrix is not read.
void lookahead_init(struct lookahead *l, const simtime *matrix, uint32_t n_cells);
void lookahead_free(struct lookahead *l);

// The horizon of a cell. next: [n_cells] earliest pending event of each, SIMTIME_NEVER: none;
// earliest: the least of them.
simtime lookahead_horizon(const struct lookahead *l, uint32_t cell, const simtime *next,
                          simtime earliest);
