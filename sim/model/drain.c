#include "model/drain.h"

#include <math.h>
#include <stdlib.h>

#include "model/world_state.h"

const char *route_cause_name(enum route_cause cause)
{
    static const char *const names[ROUTE_CAUSES] = {
        [ROUTE_ANSWER] = "answer", [ROUTE_CACHED] = "cached", [ROUTE_STRETCHED] = "stretched",
        [ROUTE_PINNED] = "pinned", [ROUTE_EDGE] = "edge",     [ROUTE_BALANCER] = "balancer",
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
    if (p->outside != NULL || m->plan->faults[t->fault].effect == FAULT_CONTROL_PLANE)
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

static uint8_t drain_zones(const struct model *m, const struct fault_target_plan *t)
{
    const enum fault_target target = m->plan->faults[t->fault].target;
    const bool is_zone = (target == FAULT_ZONE || target == FAULT_SERVICE) && t->place.zone >= 0;
    return is_zone ? (uint8_t)(1u << t->place.zone) : UINT8_MAX;
}

// Some of a service's targets, by their numbers at its balancer, and their zones; false: all that
// there are, as if none were counted.
static bool drain_find_targets(const struct model *m, const struct fault_place *p,
                               struct drain_watch *watch)
{
    const struct service_spec *service = &m->topology->services[p->object];
    uint64_t bit = 1;
    int left = p->n_targets, n_spared = 0;
    watch->targets = 0;
    watch->zones = 0;
    for (int z = 0; z < m->topology->regions[p->region].n_zones; z++)
        for (int k = service_targets(service, z); k > 0; k--, bit <<= 1) {
            if (p->zone >= 0 && z != p->zone)
                continue;
            if (left-- <= 0) {
                n_spared++;
                continue;
            }
            watch->targets |= bit;
            watch->zones |= (uint8_t)(1u << z);
        }
    return n_spared > 0;
}

static struct drain_watch drain_watch_of(const struct world *w, uint32_t instance)
{
    const struct fault_instance *f = &w->faults.items[instance];
    const struct fault_target_plan *t = f->target;
    bool is_link = w->model->plan->faults[t->fault].target == FAULT_LINK;
    return (struct drain_watch){.start = f->start,
                                .end = f->end,
                                .instance = instance,
                                .population = is_link ? t->place.peer_population : -1,
                                .region = (uint8_t)t->place.region,
                                .endpoints = drain_endpoints(w->model, t),
                                .zones = drain_zones(w->model, t)};
}

bool drain_is_before(const struct drain_watch *a, const struct drain_watch *b)
{
    return a->start != b->start ? a->start < b->start : a->instance < b->instance;
}

static int drain_compare(const void *a, const void *b)
{
    return drain_is_before(a, b) ? -1 : drain_is_before(b, a);
}

static void drain_sort(drain_watches *list)
{
    if (list->n > 0)
        qsort(list->items, list->n, sizeof *list->items, drain_compare);
}

void drain_watch(struct world *w)
{
    const struct model *m = w->model;
    for (size_t i = 0; i < w->faults.n; i++) {
        const struct fault_target_plan *t = w->faults.items[i].target;
        if (!drain_is_met(m, t))
            continue;
        struct drain_watch watch = drain_watch_of(w, (uint32_t)i), part = watch;
        if (t->place.n_targets > 0 && drain_find_targets(m, &t->place, &part)) {
            const int at = t->place.object * m->topology->n_regions + part.region;
            part.balancer = (uint32_t)m->balancer_of[at];
            array_push(&w->target_watches, part);
        } else {
            array_push(&w->watches, watch);
        }
    }
    drain_sort(&w->watches);
    drain_sort(&w->target_watches);
}

// ---- counting

static simtime drain_next(const struct drain *d)
{
    if (d->n_seen == d->watches->n)
        return SIMTIME_NEVER;
    return d->watches->items[d->n_seen].start - DRAIN_BEFORE_SPAN;
}

static struct drain drain_make(struct arena *arena, const drain_watches *watches, int population)
{
    struct drain d = {.population = population, .watches = watches};
    d.open = arena_push(arena, uint32_t, watches->n + 1);
    d.counts = arena_push(arena, drain_counts, watches->n + 1);
    d.wake = drain_next(&d);
    return d;
}

struct drain drain_open(const struct world *w, struct arena *arena, int population)
{
    return drain_make(arena, &w->watches, population);
}

struct drain drain_open_targets(const struct world *w, struct arena *arena, uint32_t balancer)
{
    const drain_watches *all = &w->target_watches;
    if (all->n == 0)
        return (struct drain){.wake = SIMTIME_NEVER};
    drain_watches *own = arena_push(arena, drain_watches, 1);
    own->items = arena_push(arena, struct drain_watch, all->n);
    for (size_t i = 0; i < all->n; i++)
        if (all->items[i].balancer == balancer)
            own->items[own->n++] = all->items[i];
    return drain_make(arena, own, -1);
}

// Begins and ends the watches whose time it is.
static void drain_turn(struct drain *d, simtime now)
{
    uint32_t n_left = 0;
    while (drain_next(d) <= now)
        d->open[d->n_open++] = d->n_seen++;
    for (uint32_t k = 0; k < d->n_open; k++)
        if (now < d->watches->items[d->open[k]].end)
            d->open[n_left++] = d->open[k];
    d->n_open = n_left;
    d->wake = n_left > 0 ? now : drain_next(d);
}

static void drain_add(struct drain *d, simtime now, uint32_t watch, size_t column)
{
    d->counts[watch][drain_bin(now - d->watches->items[watch].start)][column]++;
}

void drain_note(struct drain *d, simtime now, uint8_t endpoint, uint8_t zone,
                enum route_cause cause)
{
    drain_turn(d, now);
    for (uint32_t k = 0; k < d->n_open; k++) {
        const struct drain_watch *w = &d->watches->items[d->open[k]];
        bool is_hit = (w->endpoints >> endpoint & 1) && (w->zones >> zone & 1);
        if (w->population < 0 || w->population == d->population)
            drain_add(d, now, d->open[k], is_hit ? (size_t)cause : DRAIN_ELSEWHERE);
    }
}

void drain_note_target(struct drain *d, simtime now, uint8_t target)
{
    drain_turn(d, now);
    for (uint32_t k = 0; k < d->n_open; k++) {
        bool is_hit = d->watches->items[d->open[k]].targets >> target & 1;
        drain_add(d, now, d->open[k], is_hit ? (size_t)ROUTE_BALANCER : DRAIN_ELSEWHERE);
    }
}

const drain_counts *drain_of_instance(const struct drain *d, uint32_t instance)
{
    size_t i = 0;
    while (d->watches->items[i].instance != instance)
        i++;
    return &d->counts[i];
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
