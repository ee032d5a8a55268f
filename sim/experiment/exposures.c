#include "experiment/exposures.h"

#include <math.h>
#include <string.h>

#include "base/base.h"

// Where something happened to a store; a convergence has two ends, an exposure's are the same.
struct exposures_place {
    const struct topology *topology;
    uint32_t store;
    uint32_t ends[2];
};

// ---- faults

// Whether the fault makes what it hits unreachable.
static bool cuts_off(const struct fault_spec *f)
{
    return f->effect == FAULT_DOWN || (f->effect == FAULT_LOSSY && f->level >= 1);
}

static bool is_at(const struct fault_spec *f, const struct exposures_place *p, int end)
{
    return workload_means(f->region, p->topology->regions[p->ends[end]].name);
}

// Whether a link's other end is this region, or all that are not its own, or everything.
static bool is_peer(const struct fault_spec *f, const char *region)
{
    return workload_means(f->peer, region) || strcmp(f->peer, OTHER_REGIONS) == 0;
}

static bool is_link_between(const struct fault_spec *f, const struct exposures_place *p)
{
    for (int end = 0; end < 2; ++end) {
        const char *other = p->topology->regions[p->ends[!end]].name;
        if (is_at(f, p, end) && is_peer(f, other))
            return true;
    }
    return false;
}

static bool is_hit(const struct fault_spec *f, const struct exposures_place *p)
{
    if (!cuts_off(f) || f->target == FAULT_SERVICE || f->target == FAULT_CACHE)
        return false;
    if (f->target == FAULT_LINK)
        return p->ends[0] != p->ends[1] && is_link_between(f, p);
    if (f->target == FAULT_STORE && !workload_means(f->object, p->topology->stores[p->store].name))
        return false;
    return is_at(f, p, 0) || is_at(f, p, 1);
}

// The fault of which the journal has a mark of this kind at this time, and which hits the place.
static uint32_t fault_at(const struct resultset *set, const struct record *record, simtime time,
                         enum journal_kind kind, const struct exposures_place *place)
{
    for (size_t i = 0; set->plan != NULL && i < record->journal.n; ++i) {
        const struct journal_entry *mark = &record->journal.items[i];
        if (mark->time > time)
            break;
        if (mark->time == time && mark->kind == kind &&
            is_hit(&set->plan->faults[mark->detail], place))
            return mark->detail;
    }
    return EXPOSURE_NO_FAULT;
}

// ---- exposures

static bool is_same_failure(const struct exposure *e, const struct exposure *next)
{
    return e->replication == next->replication && e->store == next->store &&
           e->region == next->region && e->time_s == next->time_s;
}

// Adds one replica's to the list, whose last may be another one's of the same region.
static void add_exposure(exposure_list *list, const struct exposure *e)
{
    struct exposure *last = list->n > 0 ? &list->items[list->n - 1] : NULL;
    if (last == NULL || !is_same_failure(last, e)) {
        array_push(list, *e);
        return;
    }
    last->writes += e->writes;
    last->age_s = fmax(last->age_s, e->age_s);
}

static void add_exposures(const struct resultset *set, const struct record *record,
                          struct exposures_place *place, exposure_list *list)
{
    const struct store_record *store = &record->stores[place->store];
    for (size_t i = 0; i < store->exposures.n; ++i) {
        const struct exposure_record *from = &store->exposures.items[i];
        place->ends[0] = place->ends[1] = from->region;
        const struct exposure e = {
            .replication = record->replication,
            .fault = fault_at(set, record, from->time, JOURNAL_FAULT_START, place),
            .store = place->store,
            .region = from->region,
            .time_s = simtime_to_seconds(from->time),
            .writes = from->writes,
            .age_s = simtime_to_seconds(from->age)};
        add_exposure(list, &e);
    }
}

// ---- convergences

static bool is_same_way(const struct convergence *c, const struct convergence *next)
{
    return c->replication == next->replication && c->store == next->store &&
           c->from == next->from && c->to == next->to && c->healed_s == next->healed_s;
}

// Those of one way and moment follow each other, the last to converge at the end.
static void add_convergence(convergence_list *list, const struct convergence *c)
{
    if (list->n > 0 && is_same_way(&list->items[list->n - 1], c))
        list->items[list->n - 1] = *c;
    else
        array_push(list, *c);
}

static void add_convergences(const struct resultset *set, const struct record *record,
                             struct exposures_place *place, convergence_list *list)
{
    const struct store_record *store = &record->stores[place->store];
    for (size_t i = 0; i < store->convergences.n; ++i) {
        const struct convergence_record *from = &store->convergences.items[i];
        place->ends[0] = from->from;
        place->ends[1] = from->to;
        const struct convergence c = {
            .replication = record->replication,
            .fault = fault_at(set, record, from->healed, JOURNAL_FAULT_END, place),
            .store = place->store,
            .from = from->from,
            .to = from->to,
            .healed_s = simtime_to_seconds(from->healed),
            .converged_s = from->converged == SIMTIME_NEVER ? (double)NAN
                                                            : simtime_to_seconds(from->converged)};
        add_convergence(list, &c);
    }
}

void exposures_collect(const struct resultset *set, size_t design, exposure_list *exposures,
                       convergence_list *convergences)
{
    for (uint32_t r = 0; r < set->n_replications; ++r) {
        const struct record *record = &set->designs[design].records[r];
        struct exposures_place place = {.topology = set->designs[design].topology};
        for (place.store = 0; place.store < (uint32_t)record->n_stores; ++place.store) {
            add_exposures(set, record, &place, exposures);
            add_convergences(set, record, &place, convergences);
        }
    }
}
