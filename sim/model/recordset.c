#include "model/recordset.h"

#include <math.h>

#include "model/check.h"
#include "model/context.h"
#include "model/location.h"
#include "model/model.h"

enum { RECORDSET_STRIDE = TOPOLOGY_MAX_REGIONS + 1 };

// ---- orders: what is tried first, by where the asker is

// How well a record suits a population: the less the better; INFINITY: not at all.
typedef double (*recordset_measure)(const struct model *m, int population,
                                    const struct record_spec *record);

static double recordset_latency(const struct model *m, int population,
                                const struct record_spec *record)
{
    const uint8_t *order = m->populations[population].region_order;
    int k = 0;
    CHECK(record->region >= 0);
    while (order[k] != record->region)
        k++;
    return k;
}

static double recordset_geolocation(const struct model *m, int population,
                                    const struct record_spec *record)
{
    return location_distance(&m->workload->populations[population].location, &record->location);
}

static double recordset_geoproximity(const struct model *m, int population,
                                     const struct record_spec *record)
{
    const struct population_spec *p = &m->workload->populations[population];
    int geography = m->topology->regions[record->region].geography;
    const struct region_fact *r = &m->geography->regions[geography];
    double km = geography_distance_km(p->latitude_deg, p->longitude_deg, r->latitude_deg,
                                      r->longitude_deg);
    return record->bias >= 0 ? km * (1 - record->bias) : km / (1 + record->bias);
}

static double recordset_ip(const struct model *m, int population, const struct record_spec *record)
{
    const struct population_spec *p = &m->workload->populations[population];
    double best = record->n_cidrs == 0 ? 33 : (double)INFINITY; // the default
    for (int i = 0; i < record->n_cidrs; i++) {
        const struct cidr *block = &record->cidrs[i];
        if (cidr_contains(block, &p->address))
            best = fmin(best, 32 - block->bits);
    }
    return best;
}

// Primary first. The secondary is tried when the primary is unhealthy, never the other way round.
static double recordset_failover(const struct model *m, int population,
                                 const struct record_spec *record)
{
    (void)m, (void)population;
    return record->is_secondary;
}

static const recordset_measure recordset_measures[] = {
    [STEERING_LATENCY] = recordset_latency,
    [STEERING_ACCELERATOR] = recordset_latency,
    [STEERING_GLOBAL_BALANCER] = recordset_latency,
    [STEERING_FAILOVER] = recordset_failover,
    [STEERING_GEOLOCATION] = recordset_geolocation,
    [STEERING_GEOPROXIMITY] = recordset_geoproximity,
    [STEERING_IP] = recordset_ip,
};

// Sorts the records that suit by insertion; ties by index.
static void recordset_sort(const double *measure, int n, uint8_t *order)
{
    int n_ordered = 0;
    for (int i = 0; i < n; i++) {
        int at = n_ordered;
        if (isinf(measure[i]))
            continue;
        for (; at > 0 && measure[order[at - 1]] > measure[i]; at--)
            order[at] = order[at - 1];
        order[at] = (uint8_t)i;
        n_ordered++;
    }
    order[n_ordered] = RECORDSET_NO_RECORD;
}

static const uint8_t *recordset_orders(struct model *m, const struct record_set_spec *spec)
{
    recordset_measure measure = spec->policy < ARRAY_LEN(recordset_measures)
                                    ? recordset_measures[spec->policy]
                                    : NULL;
    if (measure == NULL)
        return NULL;
    uint8_t *orders = arena_push(&m->arena, uint8_t,
                                 (size_t)m->workload->n_populations * RECORDSET_STRIDE);
    for (int p = 0; p < m->workload->n_populations; p++) {
        double of[TOPOLOGY_MAX_REGIONS];
        for (int i = 0; i < spec->n_records; i++)
            of[i] = measure(m, p, &spec->records[i]);
        recordset_sort(of, spec->n_records, orders + (size_t)p * RECORDSET_STRIDE);
    }
    return orders;
}

const uint8_t *recordset_order(const struct record_set_plan *s, uint16_t population)
{
    return s->order + (size_t)population * RECORDSET_STRIDE;
}

static void recordset_compile_one(struct model *m, const struct record_set_spec *spec,
                                  struct record_set_plan *plan)
{
    *plan = (struct record_set_plan){.policy = spec->policy,
                                     .ttl = simtime_from_seconds(spec->ttl_s),
                                     .n_records = (uint8_t)spec->n_records,
                                     .order = recordset_orders(m, spec)};
    for (int i = 0; i < spec->n_records; i++) {
        const struct record_spec *r = &spec->records[i];
        plan->records[i] =
            (struct record_plan){.region = r->set < 0 ? (uint8_t)r->region : NO_REGION,
                                 .endpoints = r->set < 0 ? m->endpoints.members[r->region] : 0,
                                 .set = (uint8_t)(r->set + 1),
                                 .check = check_of_record(m, r),
                                 .is_evaluated = r->evaluate_target_health};
    }
}

// Whether a question of the population may end without an answer, in this set or one that it leads
// to, of which `done` have been looked at.
static bool recordset_may_be_silent(const struct model *m, uint8_t set, uint16_t population,
                                    uint64_t *done)
{
    const struct record_set_plan *s = &m->record_sets[set];
    uint8_t all[TOPOLOGY_MAX_REGIONS + 1];
    if (*done >> set & 1)
        return false;
    *done |= UINT64_C(1) << set;
    for (uint8_t i = 0; i < s->n_records; i++)
        all[i] = i;
    all[s->n_records] = RECORDSET_NO_RECORD;
    const uint8_t *order = s->order != NULL ? recordset_order(s, population) : all;
    bool is_silent = *order == RECORDSET_NO_RECORD;
    for (; *order != RECORDSET_NO_RECORD && !is_silent; order++)
        is_silent = s->records[*order].region == NO_REGION &&
                    recordset_may_be_silent(m, s->records[*order].set, population, done);
    return is_silent;
}

static void recordset_note_silence(struct model *m)
{
    const char *names = "";
    int n = 0;
    for (int p = 0; p < m->workload->n_populations; p++) {
        uint64_t done = 0, done_elsewhere = 0;
        if (!recordset_may_be_silent(m, 0, (uint16_t)p, &done) &&
            !recordset_may_be_silent(m, 0, m->populations[p].elsewhere, &done_elsewhere))
            continue;
        names = arena_join(&m->arena, names, m->workload->populations[p].name);
        n++;
    }
    if (n > 0)
        array_push(&m->notes,
                   arena_printf(&m->arena,
                                "%d of %d populations may get no answer from the DNS of %s, having "
                                "no record for their place: %s",
                                n, m->workload->n_populations, m->topology->name, names));
}

void recordset_compile(struct model *m)
{
    const struct steering_spec *s = &m->topology->steering;
    m->record_sets = arena_push(&m->arena, struct record_set_plan, (size_t)s->n_sets + 1);
    for (int k = 0; k <= s->n_sets; k++)
        recordset_compile_one(m, steering_set(s, k), &m->record_sets[k]);
    recordset_note_silence(m);
}

// ---- health

static bool recordset_passes(const struct record_health *h, uint8_t check)
{
    return check == CHECK_NONE || (h->checked_healthy >> check & 1);
}

// The endpoints of a record that points to a region which are healthy as far as it looks.
static uint32_t recordset_usable(const struct model *m, const struct record_health *h,
                                 const struct record_plan *r)
{
    uint32_t usable = r->endpoints;
    for (uint32_t left = r->is_evaluated ? usable : 0; left != 0; left &= left - 1)
        if (!(h->has_targets & left & -left) ||
            !recordset_passes(h, m->endpoints.check[__builtin_ctz(left)]))
            usable &= ~(left & -left);
    return usable;
}

static bool recordset_is_healthy(const struct model *m, const struct record_health *h,
                                 const struct record_plan *r)
{
    if (!recordset_passes(h, r->check))
        return false;
    if (!r->is_evaluated)
        return true;
    return r->region == NO_REGION ? h->records[r->set] != 0 : recordset_usable(m, h, r) != 0;
}

// After the sets it points to.
static void recordset_review_one(const struct model *m, struct record_health *h, uint8_t set,
                                 uint64_t *done)
{
    const struct record_set_plan *s = &m->record_sets[set];
    if (*done >> set & 1)
        return;
    *done |= UINT64_C(1) << set;
    h->records[set] = 0;
    for (uint8_t i = 0; i < s->n_records; i++) {
        const struct record_plan *r = &s->records[i];
        if (r->region == NO_REGION)
            recordset_review_one(m, h, r->set, done);
        h->records[set] |= (uint32_t)recordset_is_healthy(m, h, r) << i;
    }
    h->records[set] &= h->present[set];
}

void recordset_review(const struct model *m, struct record_health *h)
{
    uint64_t done = 0;
    recordset_review_one(m, h, 0, &done); // sets that nothing points to have no effect
}

void recordset_open(const struct model *m, struct record_health *h)
{
    const struct steering_spec *s = &m->topology->steering;
    for (int k = 0; k <= s->n_sets; k++) {
        const struct record_set_spec *set = steering_set(s, k);
        h->present[k] = (1u << set->n_records) - 1;
        for (int i = 0; i < set->n_records; i++)
            h->weights[k][i] = (uint8_t)set->records[i].weight;
    }
    recordset_review(m, h);
}

bool recordset_evaluates(const struct model *m, uint8_t endpoint)
{
    for (int k = 0; k <= m->topology->steering.n_sets; k++)
        for (uint8_t i = 0; i < m->record_sets[k].n_records; i++) {
            const struct record_plan *r = &m->record_sets[k].records[i];
            if (r->is_evaluated && (r->endpoints >> endpoint & 1))
                return true;
        }
    return false;
}

// ---- answers

// A set as a question finds it.
struct recordset_view {
    const struct record_set_plan *plan;
    uint32_t present, healthy;
    const uint8_t *weights;
};

static struct recordset_view recordset_look(const struct model *m, const struct record_health *h,
                                            uint8_t set)
{
    return (struct recordset_view){&m->record_sets[set], h->present[set], h->records[set],
                                   h->weights[set]};
}

// Zero weights count only when no record with a weight is healthy.
static uint32_t recordset_weighed(const struct recordset_view *v)
{
    uint32_t weighted = 0;
    for (uint8_t i = 0; i < v->plan->n_records; i++)
        weighted |= (uint32_t)(v->weights[i] > 0) << i;
    weighted &= v->present;
    if ((v->healthy & weighted) != 0)
        return v->healthy & weighted;
    if (v->healthy != 0)
        return v->healthy;
    return weighted != 0 ? weighted : v->present;
}

static uint8_t recordset_weighted(const struct recordset_view *v, struct stream *choices)
{
    uint32_t candidates = recordset_weighed(v), sum = 0;
    for (uint8_t i = 0; i < v->plan->n_records; i++)
        sum += candidates >> i & 1 ? v->weights[i] : 0;
    if (sum == 0) // only zero weights are left: all equally likely
        return context_pick_any(choices, candidates);
    uint32_t ticket = stream_below(choices, sum);
    for (uint8_t i = 0;; i++) {
        uint32_t weight = candidates >> i & 1 ? v->weights[i] : 0;
        if (ticket < weight)
            return i;
        ticket -= weight;
    }
}

// The first healthy record of an order, or the first that there is when none is;
// RECORDSET_NO_RECORD: none.
static uint8_t recordset_first(const struct recordset_view *v, const uint8_t *order)
{
    uint8_t first = RECORDSET_NO_RECORD;
    for (const uint8_t *at = order; *at != RECORDSET_NO_RECORD; at++) {
        if (v->healthy >> *at & 1)
            return *at;
        if (first == RECORDSET_NO_RECORD && (v->present >> *at & 1))
            first = *at;
    }
    return first;
}

static uint8_t recordset_choose(const struct recordset_view *v, uint16_t population,
                                struct stream *choices)
{
    if (v->present == 0)
        return RECORDSET_NO_RECORD;
    if (v->plan->order != NULL)
        return recordset_first(v, recordset_order(v->plan, population));
    if (v->plan->policy == STEERING_WEIGHTED)
        return recordset_weighted(v, choices);
    return context_pick_any(choices, v->present); // simple: blind to health
}

// Up to eight of the healthy records, of all when none is.
static struct record_answer recordset_several(const struct recordset_view *v,
                                              struct stream *choices)
{
    struct record_answer answer = {.ttl = v->plan->ttl};
    uint32_t left = v->healthy != 0 ? v->healthy : v->present;
    while (__builtin_popcount(left) > RECORDSET_MULTIVALUE_MOST)
        left &= ~(1u << context_pick(choices, left));
    for (; left != 0; left &= left - 1)
        answer.regions |= (uint16_t)(1u << v->plan->records[__builtin_ctz(left)].region);
    return answer;
}

static struct record_answer recordset_silence(const struct model *m)
{
    return (struct record_answer){
        .ttl = simtime_from_seconds(m->topology->steering.negative_ttl_s)};
}

struct record_answer recordset_answer(const struct model *m, const struct record_health *h,
                                      uint16_t population, struct stream *choices)
{
    for (uint8_t set = 0;;) {
        const struct record_set_plan *s = &m->record_sets[set];
        const struct recordset_view view = recordset_look(m, h, set);
        if (s->policy == STEERING_ACCELERATOR || s->policy == STEERING_GLOBAL_BALANCER)
            return (struct record_answer){m->edges.groups, s->ttl}; // whatever is behind them
        if (s->policy == STEERING_MULTIVALUE)
            return view.present != 0 ? recordset_several(&view, choices) : recordset_silence(m);
        uint8_t chosen = recordset_choose(&view, population, choices);
        if (chosen == RECORDSET_NO_RECORD)
            return recordset_silence(m);
        const struct record_plan *r = &s->records[chosen];
        if (r->region != NO_REGION)
            return (struct record_answer){(uint16_t)(1u << r->region), s->ttl};
        set = r->set;
    }
}

// ---- who is in answers

// The records of a set that its answers to a population may have, a bit set.
static uint32_t recordset_candidates(const struct recordset_view *v, uint16_t population)
{
    if (v->plan->policy == STEERING_MULTIVALUE)
        return v->healthy != 0 ? v->healthy : v->present;
    if (v->plan->policy == STEERING_WEIGHTED)
        return recordset_weighed(v);
    if (v->plan->order == NULL)
        return v->present;
    const uint8_t first = recordset_first(v, recordset_order(v->plan, population));
    return first == RECORDSET_NO_RECORD ? 0 : 1u << first;
}

// Bit set of regions, of the set and those that it leads to but for the ones that are `done`.
static uint32_t recordset_answered(const struct model *m, const struct record_health *h,
                                   uint8_t set, uint16_t population, uint64_t *done)
{
    uint32_t regions = 0;
    if (*done >> set & 1)
        return 0;
    *done |= UINT64_C(1) << set;
    const struct recordset_view v = recordset_look(m, h, set);
    for (uint32_t left = recordset_candidates(&v, population); left != 0; left &= left - 1) {
        const struct record_plan *r = &v.plan->records[__builtin_ctz(left)];
        regions |= r->region != NO_REGION ? 1u << r->region
                                          : recordset_answered(m, h, r->set, population, done);
    }
    return regions;
}

static uint32_t recordset_healthy_endpoints(const struct model *m, const struct record_health *h)
{
    uint32_t endpoints = 0;
    for (uint32_t left = h->records[0]; left != 0; left &= left - 1)
        endpoints |= recordset_usable(m, h, &m->record_sets[0].records[__builtin_ctz(left)]);
    return endpoints;
}

uint32_t recordset_endpoints(const struct model *m, const struct record_health *h)
{
    uint32_t regions = 0; // are their endpoints where DNS chooses
    if (m->edges.is_used)
        return recordset_healthy_endpoints(m, h);
    for (int p = 0; p < m->workload->n_populations; p++) {
        uint64_t done = 0;
        regions |= recordset_answered(m, h, 0, (uint16_t)p, &done);
    }
    return regions;
}
