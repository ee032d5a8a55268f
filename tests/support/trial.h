// Trials: one synthetic model, run in a given way; what must be equal for all ways.
//
// On a difference trial_agrees says on stderr what it was: the way and both outcomes.
#pragma once

#include "base/array.h"
#include "support/synthetic.h"

// How to run a model. None of it may change the outcome.
struct trial_way {
    int n_threads; // 0: the serial loop
    uint32_t n_cells;
    uint64_t deal; // of groups to cells
    int bucket_shift;
    const simtime *stops; // where the run is stopped and continued
    size_t n_stops;
    uint32_t cancel_every; // events of LP cancel_lp between cancels; 0: never
    uint32_t cancel_lp;
};

struct trial_outcome {
    uint64_t digest, n_events, state;
    uint64_t n_pending, pending; // pending: of all bytes of the events, in no order
    enum engine_stop stop;
    uint32_t n_cancels; // not compared, as is what follows
    struct engine_stats stats;
};

// Times of the first `most` events or a few more, in order, by the serial loop.
struct trial_probe {
    ARRAY(simtime) times;
    uint32_t busiest; // the LP that executed most of them
};
void trial_probe(struct trial_probe *probe, const struct synthetic_conf *conf, size_t most);
void trial_probe_free(struct trial_probe *probe);

struct trial_outcome trial_run(const struct synthetic_conf *conf, const struct trial_way *way,
                               simtime end);
// Runs the model and compares with what is wanted.
bool trial_agrees(const struct synthetic_conf *conf, const struct trial_way *way, simtime end,
                  const struct trial_outcome *want);
