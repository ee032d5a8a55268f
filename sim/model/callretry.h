// Call retries: a pool tries calls of a store again, as the store's client libraries do.
//
// What real systems do. AWS SDKs try a call again that a server has turned away or failed, or that
// got no answer; not one that can only fail again, such as a condition that is not met. In standard
// mode they make three attempts in all, for DynamoDB four, after exponential backoff with full
// jitter, which is longer when the service throttles; each retry takes tokens from a quota that
// successes fill, and without tokens a call fails at once (AWS SDKs and Tools Reference Guide,
// 'Retry behavior', as of 2026). Modelled: that, within the timeout of the call, which covers all
// attempts and waits; a limit for each attempt (attempt_timeout); one quota for each call of each
// target. A write that was tried again may have taken effect more than once. Left out: adaptive
// mode, server hints, retries of calls to services. Knobs: attempts, attempt_timeout, backoff,
// retry_quota.
//
// How it is computed: pools with such calls get their answers and timeouts as events of their own
// kinds, so that the others pay nothing. The token of a call names its attempt, counted from 0, by
// the highest bits of the generation: attempt 0 has the token that it has in any pool, and answers
// to attempts that have been given up are known by theirs. What is known of a task's calls is kept
// beside its frame and belongs to one step of it.
#pragma once

#include "base/array.h"
#include "model/pool.h"
#include "model/retry.h"

enum { CALLRETRY_MOST_ATTEMPTS = 16, CALLRETRY_ATTEMPT_SHIFT = 60 };

struct callretry_call {
    struct retry_plan transient, throttled; // differ in their base only
    struct retry_budget quota;
    simtime attempt_timeout; // as long as the call's timeout, if there is none
};

// Of a task in a step.
struct callretry_state {
    uint32_t generation;                  // of the task
    uint8_t next;                         // of the step: as the task's
    uint8_t waiting;                      // bit set: calls in backoff
    uint8_t attempts[TOPOLOGY_MAX_CALLS]; // of each, those that have been given up
    int32_t taken[TOPOLOGY_MAX_CALLS];    // by the latest, thousandths of a token
};

struct callretry {
    uint8_t calls_tried; // bit set: calls that are tried again
    struct callretry_call calls[TOPOLOGY_MAX_CALLS];
    ARRAY(struct callretry_state) states; // [task]
    struct stream waits;
};

bool callretry_is_used(const struct service_spec *service);
// Looks at the pool's call `call`; returns when it, or its first attempt, is given up at the
// earliest.
simtime callretry_compile(struct world *w, struct pool *p, int call, const struct call_spec *spec);
void callretry_close(struct pool *p);
void callretry_on_answer(const struct context *x, struct pool *p, const struct event *e);
void callretry_on_timeout(const struct context *x, struct pool *p, const struct event *e);
void callretry_on_again(const struct context *x, struct pool *p, const struct event *e);
