// Shares: which cells each thread of a team runs.
//
// Cells are dealt by what they executed lately, the heaviest first, each to the thread that has
// least so far (Graham's longest-processing-time rule: within 4/3 of the best). A new plan is made
// beside the one in force, so that threads may read theirs meanwhile. Counts of events decide, no
// clock; and who runs a cell never changes what happens in it.
//
// Cost: O(cells x threads) a balance, and O(cells^2) where loads have changed places altogether, as
// they may have at the beginning of a run (5 ms for 4,096 cells); nothing is allocated after init.
// Thread class: balance: one thread; reading a plan: any thread while no other plan than that is
// made.
#pragma once

#include <stdint.h>

struct share_load {
    uint64_t events;
    uint32_t cell;
};

// The cells of thread t are cells[begin[t]] .. cells[begin[t + 1] - 1].
struct share_plan {
    uint32_t *cells; // [n_cells]
    uint32_t *begin; // [n_threads + 1]
};

struct share {
    uint32_t n_cells;
    int n_threads;
    int current; // of plans: the one made last
    struct share_plan plans[2];
    struct share_load *loads; // [n_cells] heaviest first
    uint64_t *counted;        // [n_cells] events of each when the last plan was made
    int *owner;               // [n_cells]
    uint64_t *sums;           // [n_threads]
};

// Makes a first plan, for equal loads.
void share_init(struct share *s, uint32_t n_cells, int n_threads);
void share_free(struct share *s);
// Makes a plan and the current one of it. events: [n_cells] executed by each since the beginning.
void share_balance(struct share *s, const uint64_t *events);
