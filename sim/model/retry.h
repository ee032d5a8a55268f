// Retries: how long a client waits before the next try, and whether it may try at all.
//
// What real clients do. The wait grows from try to try up to a cap and is spread by jitter, so that
// clients that failed together do not come back together (AWS Architecture Blog, "Exponential
// Backoff and Jitter"): full jitter is uniform between zero and the wait, equal jitter keeps half
// of it, decorrelated jitter is uniform between the base and three times the last wait. Retries
// multiply the load just when there is too much of it; so SDKs spend tokens on them: a bucket
// starts full, a retry takes some, success gives some back, and without tokens a client fails at
// once (AWS SDKs, standard retry mode; Finagle's and gRPC's budgets give a part of a token a call).
// Modelled: all of that; a bucket a user, or one for the population. Left out: server hints
// (Retry-After), the adaptive mode's rate limiter. Knobs: attempts, backoff, retry_budget.
#pragma once

#include <stdbool.h>

#include "base/simtime.h"
#include "base/stream.h"
#include "model/workload.h"

struct arena;

struct retry_plan {
    uint32_t attempts; // in all, first try included
    bool is_growing;
    enum backoff_jitter jitter;
    simtime base, cap;
    // Thousandths of a token; capacity 0: no budget.
    int32_t capacity, cost, timeout_cost, per_call, per_success;
    bool is_refunded;
    uint32_t n_buckets; // one, or one a user
};

struct retry_budget {
    int32_t *tokens; // [n_buckets] thousandths; NULL: no budget
};

// scale: of the demand; a bucket for all is thinned with it.
struct retry_plan retry_compile(const struct client_spec *spec, uint32_t n_clients, double scale);
// The wait before try number attempt + 1, at least 1 ns. last: the wait before this try; 0: none.
simtime retry_wait(const struct retry_plan *plan, uint32_t attempt, simtime last,
                   struct stream *decisions);

struct retry_budget retry_open(const struct retry_plan *plan, struct arena *arena);
// A request begins.
void retry_on_call(const struct retry_plan *plan, const struct retry_budget *b, uint32_t client);
// Takes the tokens of a retry, and says how many; false: there are too few, and none is taken.
bool retry_take(const struct retry_plan *plan, const struct retry_budget *b, uint32_t client,
                bool is_timeout, int32_t *taken);
// A request has succeeded, by an attempt for which so much was taken; 0: by its first.
void retry_on_success(const struct retry_plan *plan, const struct retry_budget *b, uint32_t client,
                      int32_t taken);
