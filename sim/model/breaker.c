#include "model/breaker.h"

#include <string.h>

#include "base/arena.h"
#include "base/base.h"

enum breaker_state { BREAKER_CLOSED, BREAKER_OPEN, BREAKER_HALF_OPEN };

struct breaker_plan breaker_compile(const struct breaker_spec *spec, uint32_t n_clients,
                                    int n_addresses)
{
    return (struct breaker_plan){.mode = spec->mode,
                                 .failures = (uint32_t)spec->failures,
                                 .window = (uint32_t)spec->window,
                                 .minimum = (uint32_t)spec->minimum,
                                 .ratio = spec->ratio,
                                 .open = simtime_from_seconds(spec->open_s),
                                 .probes = (uint32_t)spec->probes,
                                 .n_users = spec->shared ? 1 : n_clients,
                                 .n_addresses = (uint32_t)n_addresses};
}

struct breaker *breaker_open(const struct breaker_plan *plan, struct arena *arena)
{
    if (plan->mode == BREAKER_NONE)
        return NULL;
    return arena_push(arena, struct breaker, (size_t)plan->n_users * plan->n_addresses);
}

// ---- states

static void breaker_forget(struct breaker *b)
{
    memset(b->failed, 0, sizeof b->failed);
    b->at = b->n = b->n_failed = 0;
}

static void breaker_trip(const struct breaker_plan *plan, struct breaker *b, simtime now)
{
    breaker_forget(b);
    b->state = BREAKER_OPEN;
    b->opens = simtime_after(now, plan->open);
}

static void breaker_try(struct breaker *b)
{
    b->state = BREAKER_HALF_OPEN;
    b->n_probes = b->n_concluded = b->n_probes_failed = 0;
    b->trial++;
}

bool breaker_permits(const struct breaker_plan *plan, struct breaker *b, simtime now)
{
    if (LIKELY(b->state == BREAKER_CLOSED))
        return true;
    if (b->state == BREAKER_OPEN && now >= b->opens)
        breaker_try(b);
    return b->state == BREAKER_HALF_OPEN && b->n_probes < plan->probes;
}

uint32_t breaker_begin(struct breaker *b)
{
    bool is_trial = b->state == BREAKER_HALF_OPEN;
    b->n_probes += is_trial;
    return is_trial ? b->trial : 0;
}

// ---- counting

// Puts a call into the ring, in place of the oldest one when it is full.
static void breaker_slide(const struct breaker_plan *plan, struct breaker *b, bool is_failure)
{
    uint64_t *word = &b->failed[b->at / 64], bit = UINT64_C(1) << b->at % 64;
    b->n_failed = (uint8_t)(b->n_failed - ((*word & bit) != 0) + is_failure);
    *word = is_failure ? *word | bit : *word & ~bit;
    b->at = (uint8_t)((b->at + 1u) % plan->window);
    b->n = (uint8_t)(b->n < plan->window ? b->n + 1u : b->n);
}

static bool breaker_is_too_much(const struct breaker_plan *plan, uint32_t n, uint32_t n_failed)
{
    return (double)n_failed >= plan->ratio * (double)n;
}

static void breaker_count(const struct breaker_plan *plan, struct breaker *b, simtime now,
                          bool is_failure)
{
    bool trips;
    if (plan->mode == BREAKER_CONSECUTIVE) {
        b->n_failed = is_failure ? (uint8_t)(b->n_failed + 1) : 0;
        trips = b->n_failed >= plan->failures;
    } else {
        breaker_slide(plan, b, is_failure);
        trips = b->n >= plan->minimum && breaker_is_too_much(plan, b->n, b->n_failed);
    }
    if (trips)
        breaker_trip(plan, b, now);
}

// Of failures in a row one is enough; of a share all calls on trial are waited for.
static void breaker_judge(const struct breaker_plan *plan, struct breaker *b, simtime now,
                          bool is_failure)
{
    b->n_concluded++;
    b->n_probes_failed += is_failure;
    bool is_last = b->n_concluded == plan->probes;
    bool is_bad = plan->mode == BREAKER_CONSECUTIVE
                      ? is_failure
                      : is_last && breaker_is_too_much(plan, b->n_concluded, b->n_probes_failed);
    if (is_bad)
        breaker_trip(plan, b, now);
    else if (is_last)
        b->state = BREAKER_CLOSED;
}

void breaker_conclude(const struct breaker_plan *plan, struct breaker *b, simtime now,
                      uint32_t trial, enum breaker_result result)
{
    bool is_trial = b->state == BREAKER_HALF_OPEN && trial == b->trial;
    if (result == BREAKER_WITHDRAWN)
        b->n_probes -= is_trial; // another may take its place
    else if (is_trial)
        breaker_judge(plan, b, now, result == BREAKER_FAILURE);
    else if (b->state == BREAKER_CLOSED)
        breaker_count(plan, b, now, result == BREAKER_FAILURE);
}
