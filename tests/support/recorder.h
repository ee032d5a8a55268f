// A recorder: keeps the history of a store's items while a world runs, for the checks of linear.h.
//
//   struct recorder rec;
//   recorder_open(&rec, stage.world, 0);          // before the first event; the first store
//   ... stage_run ...
//   cr_assert(history_is_linearizable(&rec.history, &why), "%s", why.text);
//   recorder_close(&rec);
//
// A write is in the history from the time it got its version: as long as its client has not been
// told that it was done, it is pending. Processes are the members that clients ask.
#pragma once

#include "model/world_state.h"
#include "support/history.h"

struct recorder {
    struct store_history hook;
    struct history history;
    uint16_t store;
    // Writes by item and version: [mask + 1], number in the history + 1.
    size_t *writes;
    size_t mask;
    size_t n_unknown; // writes of which the client does not know what became of them
};

void recorder_open(struct recorder *rec, struct world *w, uint16_t store);
void recorder_close(struct recorder *rec);
