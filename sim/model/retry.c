#include "model/retry.h"

#include <math.h>

#include "base/arena.h"
#include "base/base.h"

static int32_t retry_thousandths(double tokens)
{
    return (int32_t)lround(1000 * tokens);
}

static int32_t retry_capacity(const struct budget_spec *b, double scale)
{
    if (b->mode == BUDGET_NONE)
        return 0;
    double least = fmin(b->size, fmax(b->cost, b->timeout_cost)); // for one retry, if there was
    return retry_thousandths(b->shared ? fmax(b->size * scale, least) : b->size);
}

struct retry_plan retry_compile(const struct client_spec *spec, uint32_t n_clients, double scale)
{
    const struct budget_spec *b = &spec->budget;
    return (struct retry_plan){.attempts = (uint32_t)spec->attempts,
                               .is_growing = spec->backoff_growth == BACKOFF_EXPONENTIAL,
                               .jitter = spec->backoff_jitter,
                               .base = simtime_from_seconds(spec->backoff_base_s),
                               .cap = simtime_from_seconds(spec->backoff_cap_s),
                               .capacity = retry_capacity(b, scale),
                               .cost = retry_thousandths(b->cost),
                               .timeout_cost = retry_thousandths(b->timeout_cost),
                               .per_call = retry_thousandths(b->per_call),
                               .per_success = retry_thousandths(b->per_success),
                               .is_refunded = b->refund,
                               .n_buckets = b->shared ? 1 : n_clients};
}

// ---- waits

static simtime retry_grown(const struct retry_plan *plan, uint32_t attempt)
{
    simtime wait = plan->base;
    for (uint32_t i = 1; plan->is_growing && i < attempt && wait < plan->cap; i++)
        wait *= 2;
    return plan->is_growing ? simtime_least(wait, plan->cap) : wait;
}

static simtime retry_uniform(simtime low, simtime high, struct stream *decisions)
{
    return low + (simtime)(stream_uniform(decisions) * (double)(high - low));
}

simtime retry_wait(const struct retry_plan *plan, uint32_t attempt, simtime last,
                   struct stream *decisions)
{
    simtime wait = retry_grown(plan, attempt);
    switch (plan->jitter) {
    case BACKOFF_NONE:
        break;
    case BACKOFF_FULL:
        wait = retry_uniform(0, wait, decisions);
        break;
    case BACKOFF_EQUAL:
        wait = retry_uniform(wait / 2, wait, decisions);
        break;
    case BACKOFF_DECORRELATED:
        last = last > plan->base ? last : plan->base;
        wait = simtime_least(plan->cap, retry_uniform(plan->base, 3 * last, decisions));
        break;
    }
    return wait > 0 ? wait : 1;
}

// ---- budget

struct retry_budget retry_open(const struct retry_plan *plan, struct arena *arena)
{
    struct retry_budget b = {NULL};
    if (plan->capacity == 0)
        return b;
    b.tokens = arena_push(arena, int32_t, plan->n_buckets);
    for (uint32_t i = 0; i < plan->n_buckets; i++)
        b.tokens[i] = plan->capacity;
    return b;
}

static int32_t *retry_bucket(const struct retry_plan *plan, const struct retry_budget *b,
                             uint32_t client)
{
    return &b->tokens[plan->n_buckets == 1 ? 0 : client];
}

static void retry_give(const struct retry_plan *plan, int32_t *bucket, int32_t tokens)
{
    *bucket = *bucket + tokens < plan->capacity ? *bucket + tokens : plan->capacity;
}

void retry_on_call(const struct retry_plan *plan, const struct retry_budget *b, uint32_t client)
{
    if (b->tokens != NULL)
        retry_give(plan, retry_bucket(plan, b, client), plan->per_call);
}

bool retry_take(const struct retry_plan *plan, const struct retry_budget *b, uint32_t client,
                bool is_timeout, int32_t *taken)
{
    *taken = 0;
    if (b->tokens == NULL)
        return true;
    int32_t *bucket = retry_bucket(plan, b, client);
    int32_t cost = is_timeout ? plan->timeout_cost : plan->cost;
    if (*bucket < cost)
        return false;
    *bucket -= cost;
    *taken = cost;
    return true;
}

void retry_on_success(const struct retry_plan *plan, const struct retry_budget *b, uint32_t client,
                      int32_t taken)
{
    if (b->tokens == NULL)
        return;
    int32_t gain = plan->is_refunded && taken > 0 ? taken : plan->per_success;
    retry_give(plan, retry_bucket(plan, b, client), gain);
}
