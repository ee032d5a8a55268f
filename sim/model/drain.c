#include "model/drain.h"

#include <math.h>
#include <stdlib.h>

#include "model/world_state.h"

const char *route_cause_name(enum route_cause cause)
{
    static const char *const names[ROUTE_CAUSES] = {
        [ROUTE_ANSWER] = "answer", [ROUTE_CACHED] = "cached", [ROUTE_STRETCHED] = "stretched",
        [ROUTE_PINNED] = "pinned", [ROUTE_EDGE] = "edge",
    };
    REQUIRE((unsigned)cause < ROUTE_CAUSES, "cause %d", (int)cause);
    return names[cause];
}

// ---- bins

double drain_edge_s(size_t bin)
{
    REQUIRE(bin >= DRAIN_FIRST && bin <= DRAIN_BINS, "bin %zu", bin);
    if (bin == DRAIN_FIRST)
        return 0;
    size_t at = bin - DRAIN_FIRST - 1;
    double octave = ldexp(1, (int)(at / DRAIN_PER_OCTAVE));
    return octave + octave * (double)(at % DRAIN_PER_OCTAVE) / DRAIN_PER_OCTAVE;
}

static size_t drain_bin(simtime since)
{
    if (since < 0)
        return DRAIN_BEFORE;
    uint64_t eighths = (uint64_t)(since / (SIMTIME_S / DRAIN_PER_OCTAVE));
    if (eighths < DRAIN_PER_OCTAVE)
        return DRAIN_FIRST;
    unsigned octave = 63U - (unsigned)__builtin_clzll(eighths) - 3; // of seconds
    if (octave >= DRAIN_OCTAVES)
        return DRAIN_BINS - 1;
    return DRAIN_FIRST + 1 + (size_t)octave * DRAIN_PER_OCTAVE + (size_t)(eighths >> octave) -
           DRAIN_PER_OCTAVE;
}

// ---- watches

static bool drain_is_met(const struct model *m, const struct fault_target_plan *t)
{
    const struct fault_place *p = &t->place;
    if (p->outside != NULL || p->n_targets > 0)
        return false;
    bool is_between_regions = m->plan->faults[t->fault].target == FAULT_LINK &&
                              !p->peer_is_everything && p->peer_population < 0;
    return m->endpoints.members[p->region] != 0 && !is_between_regions;
}

// The endpoints that a fault in their region hits: the service's own, if it is one of several.
static uint16_t drain_endpoints(const struct model *m, const struct fault_target_plan *t)
{
    const uint16_t all = m->endpoints.members[t->place.region];
    if (m->plan->faults[t->fault].target != FAULT_SERVICE)
        return all;
    const uint8_t own = endpoint_find(m, t->place.object, t->place.region);
    return own == ENDPOINT_NONE ? all : (uint16_t)(1u << own);
}

static int drain_compare(const void *a, const void *b)
{
    const struct drain_watch *x = a, *y = b;
    if (x->start != y->start)
        return x->start < y->start ? -1 : 1;
    return (x->instance > y->instance) - (x->instance < y->instance);
}

void drain_watch(struct world *w)
{
    const struct model *m = w->model;
    for (size_t i = 0; i < w->faults.n; i++) {
        const struct fault_instance *f = &w->faults.items[i];
        const struct fault_place *p = &f->target->place;
        if (!drain_is_met(m, f->target))
            continue;
        enum fault_target target = m->plan->faults[f->target->fault].target;
        bool is_link = target == FAULT_LINK;
        bool is_zone = (target == FAULT_ZONE || target == FAULT_SERVICE) && p->zone >= 0;
        const struct drain_watch watch = {.start = f->start,
                                          .end = f->end,
                                          .instance = (uint32_t)i,
                                          .population = is_link ? p->peer_population : -1,
                                          .region = (uint8_t)p->region,
                                          .endpoints = drain_endpoints(m, f->target),
                                          .zones = is_zone ? (uint8_t)(1u << p->zone) : UINT8_MAX};
        array_push(&w->watches, watch);
    }
    if (w->watches.n > 0)
        qsort(w->watches.items, w->watches.n, sizeof *w->watches.items, drain_compare);
}

// ---- counting

static simtime drain_next(const struct drain *d)
{
    if (d->n_seen == d->watches->n)
        return SIMTIME_NEVER;
    return d->watches->items[d->n_seen].start - DRAIN_BEFORE_SPAN;
}

struct drain drain_open(const struct world *w, struct arena *arena, int population)
{
    struct drain d = {.population = population, .watches = &w->watches};
    size_t n = w->watches.n;
    d.open = arena_push(arena, uint32_t, n + 1);
    d.counts = arena_push(arena, drain_counts, n + 1);
    d.wake = drain_next(&d);
    return d;
}

void drain_note(struct drain *d, simtime now, uint8_t endpoint, uint8_t zone,
                enum route_cause cause)
{
    const struct drain_watch *watches = d->watches->items;
    while (drain_next(d) <= now)
        d->open[d->n_open++] = d->n_seen++;
    uint32_t n_left = 0;
    for (uint32_t k = 0; k < d->n_open; k++) {
        const struct drain_watch *w = &watches[d->open[k]];
        if (now >= w->end)
            continue;
        bool is_hit = (w->endpoints >> endpoint & 1) && (w->zones >> zone & 1);
        uint32_t *row = d->counts[d->open[k]][drain_bin(now - w->start)];
        d->open[n_left++] = d->open[k];
        if (w->population < 0 || w->population == d->population)
            row[is_hit ? cause : DRAIN_ELSEWHERE]++;
    }
    d->n_open = n_left;
    d->wake = n_left > 0 ? now : drain_next(d);
}

// ---- reading

static double drain_share(const uint64_t *row)
{
    uint64_t hit = 0;
    for (int c = 0; c < ROUTE_CAUSES; c++)
        hit += row[c];
    uint64_t all = hit + row[DRAIN_ELSEWHERE];
    return all > 0 ? (double)hit / (double)all : 0;
}

simtime drain_moved(const uint64_t (*counts)[DRAIN_COLUMNS], simtime duration, double rest)
{
    double before = drain_share(counts[DRAIN_BEFORE]);
    size_t last = drain_bin(duration - 1), moved = last + 1;
    if (before <= 0)
        return SIMTIME_NEVER;
    while (moved > DRAIN_FIRST && drain_share(counts[moved - 1]) <= rest * before)
        moved--;
    return moved > last ? SIMTIME_NEVER : simtime_from_seconds(drain_edge_s(moved));
}
