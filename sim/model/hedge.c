#include "model/hedge.h"

#include <math.h>

#include "model/attempt.h"
#include "model/context.h"

enum { HEDGE_COPY = 1000000, HEDGE_SAVED_COPIES = 10 }; // millionths; saved up at most

struct hedge_plan hedge_compile(const struct hedge_spec *spec)
{
    return (struct hedge_plan){.after = simtime_from_seconds(spec->after_s),
                               .most = (uint32_t)spec->most,
                               .writes = spec->writes,
                               .is_elsewhere = spec->elsewhere,
                               .gain = (uint32_t)lround(spec->budget * HEDGE_COPY)};
}

void hedge_open(struct world *w, struct population *p, uint32_t lp)
{
    if (p->plan->hedge.most > 0)
        p->hedge_lane = engine_lane(w->engine, lp, p->plan->hedge.after, EV_HEDGE);
}

static bool hedge_is_allowed(const struct context *x, const struct population *p, uint32_t index)
{
    uint8_t class_index = p->requests.items[index].class_index;
    return p->plan->hedge.writes || !(x->model->classes[class_index].flags & REQUEST_WRITE);
}

// ---- budget

void hedge_on_call(const struct context *x, struct population *p, uint32_t index)
{
    const uint32_t most = HEDGE_SAVED_COPIES * HEDGE_COPY;
    if (!hedge_is_allowed(x, p, index))
        return;
    p->hedge_saved += p->plan->hedge.gain;
    p->hedge_saved = p->hedge_saved < most ? p->hedge_saved : most;
}

static bool hedge_take(struct population *p)
{
    bool is_enough = p->hedge_saved >= HEDGE_COPY;
    p->hedge_saved -= is_enough ? HEDGE_COPY : 0;
    return is_enough;
}

// ---- copies

bool hedge_is_copy(const struct population *p, uint32_t index)
{
    return p->cold.items[index].original != 0;
}

// The timer's token is the frame: it does not outlive the attempt.
static void hedge_arm(const struct context *x, struct population *p, uint32_t index)
{
    p->cold.items[index].hedge_timer = cell_arm(x->cell, p->hedge_lane, index);
}

void hedge_watch(const struct context *x, struct population *p, uint32_t index)
{
    if (hedge_is_copy(p, index) || !hedge_is_allowed(x, p, index))
        return;
    p->cold.items[index].n_hedges = 0;
    p->cold.items[index].has_failed = false;
    hedge_arm(x, p, index);
}

// Of the request in a frame of its own.
static uint32_t hedge_copy(struct population *p, uint32_t index)
{
    uint32_t copy = slots_take(&p->requests);
    slots_accompany(&p->requests, &p->cold);
    struct request *c = &p->requests.items[copy];
    struct request_cold *cold = &p->cold.items[index];
    uint32_t generation = c->generation;
    *c = p->requests.items[index];
    c->generation = generation;
    c->timer = 0;
    c->phase = PHASE_RESOLVE;
    c->attempt = 0;
    p->cold.items[copy] = (struct request_cold){
        .visit.serial = UINT64_MAX, .original = index + 1, .next_copy = cold->next_copy};
    cold->next_copy = copy + 1;
    cold->n_copies++;
    p->n_copies++;
    return copy;
}

static void hedge_release(struct population *p, uint32_t copy)
{
    uint32_t *at = &p->cold.items[p->cold.items[copy].original - 1].next_copy;
    while (*at != copy + 1)
        at = &p->cold.items[*at - 1].next_copy;
    *at = p->cold.items[copy].next_copy;
    slots_release(&p->requests, copy);
    p->n_copies--;
}

void hedge_on_due(const struct context *x, struct population *p, const struct event *e)
{
    uint32_t index = (uint32_t)event_token(e);
    p->cold.items[index].hedge_timer = 0;
    if (!hedge_take(p))
        return;
    uint32_t copy = hedge_copy(p, index);
    if (++p->cold.items[index].n_hedges < p->plan->hedge.most)
        hedge_arm(x, p, index);
    attempt_begin(x, p, copy);
}

void hedge_avoid(const struct context *x, const struct population *p, uint32_t index,
                 uint16_t *regions, uint8_t *zones)
{
    if (!hedge_is_copy(p, index))
        return;
    const struct request *r = &p->requests.items[p->cold.items[index].original - 1];
    if (r->phase != PHASE_CONNECT && r->phase != PHASE_ANSWER)
        return; // it has no address, or no longer
    uint16_t other_regions = *regions & (uint16_t) ~(1u << r->region);
    if (other_regions != 0) {
        *regions = other_regions;
        return;
    }
    uint32_t all = topology_zones(x->model->topology, r->region);
    uint32_t other_zones = (*zones != 0 ? *zones : all) & ~(1u << r->zone);
    *zones = other_zones != 0 ? (uint8_t)other_zones : *zones;
}

// ---- ends

static void hedge_disarm(const struct context *x, struct population *p, uint32_t index)
{
    uint64_t *timer = &p->cold.items[index].hedge_timer;
    if (*timer != 0)
        cell_disarm(x->cell, p->hedge_lane, *timer);
    *timer = 0;
}

void hedge_end(const struct context *x, struct population *p, uint32_t index)
{
    hedge_disarm(x, p, index);
    while (p->cold.items[index].next_copy != 0) {
        uint32_t copy = p->cold.items[index].next_copy - 1;
        attempt_stop(x, p, copy);
        hedge_release(p, copy);
    }
}

uint32_t hedge_settle(const struct context *x, struct population *p, uint32_t winner)
{
    uint32_t index = winner;
    if (hedge_is_copy(p, winner)) {
        index = p->cold.items[winner].original - 1;
        attempt_stop(x, p, index);
        struct request *r = &p->requests.items[index], *w = &p->requests.items[winner];
        r->region = w->region;
        r->zone = w->zone;
        w->phase = PHASE_BACKOFF; // has its answer: is not cancelled
        if (p->plan->hedge.is_adopted)
            client_open(&p->clients[r->client], x->now, r->region, r->zone);
    }
    hedge_end(x, p, index);
    return index;
}

bool hedge_hopes(const struct context *x, struct population *p, uint32_t *index)
{
    struct request_cold *cold = &p->cold.items[*index];
    if (hedge_is_copy(p, *index)) {
        uint32_t original = cold->original - 1;
        hedge_release(p, *index);
        *index = original;
        return !p->cold.items[original].has_failed || p->cold.items[original].next_copy != 0;
    }
    hedge_disarm(x, p, *index);
    cold->has_failed = true;
    if (cold->next_copy != 0)
        p->requests.items[*index].phase = PHASE_BACKOFF; // waits for its copies
    return cold->next_copy != 0;
}
