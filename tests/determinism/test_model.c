// Pins: a random rich world leaves equal digests and equal records (every integer, the journal's
// texts too) for every number of threads, every partition into cells and the serial loop; and
// common random numbers: whatever is added to a design, the arrivals of each population stay what
// they are (times, users, classes). Two different replications must differ. Six seconds of six
// worlds, as they are and with more of what clients do (rich_add_clients); others behind edges,
// with stores on clusters of instances, with caches in front, with limits of stores and retries
// (richlimits.h), or with sessions; AASIM_LONG=1: 150 worlds.
#include <criterion/criterion.h>

#include "base/base.h"
#include "support/rich.h"
#include "support/richcaches.h"
#include "support/richlimits.h"
#include "support/stage.h"
#include "support/stat.h"

struct way {
    enum model_partition partition;
    int n_threads; // 0: the serial loop
};

static const struct way ways[] = {
    {PARTITION_ONE, 0},     {PARTITION_ONE, 1},     {PARTITION_DEFAULT, 0}, {PARTITION_DEFAULT, 1},
    {PARTITION_DEFAULT, 2}, {PARTITION_DEFAULT, 3}, {PARTITION_MANY, 0},    {PARTITION_MANY, 1},
    {PARTITION_MANY, 2},    {PARTITION_MANY, 3},
};

static struct tiny t;

static void run(const struct way *way, uint32_t replication, struct record *record)
{
    const struct world_run_conf conf = {.seed = TINY_SEED,
                                        .replication = replication,
                                        .n_threads = way->n_threads > 0 ? way->n_threads : 1,
                                        .serial = way->n_threads == 0};
    rich_run(&t, way->partition, &conf, record);
}

// Seen in any of the worlds: otherwise the test would be hollow.
static struct {
    uint64_t failures, stale, overwritten, discarded, pending, marks, abandoned, broken, writers;
    uint64_t throttled, unmet, conflicting;
    uint64_t own_reads, violations, misses, session_timeouts;
    uint64_t routes, handovers; // changes by operators
    struct cache_counts caches;
} seen;

static void note_caches(const struct cache_counts *c)
{
    seen.caches.hits += c->hits;
    seen.caches.coalesced += c->coalesced;
    seen.caches.misses += c->misses;
    seen.caches.stale += c->stale;
    seen.caches.bypassed += c->bypassed;
    seen.caches.evicted += c->evicted;
    seen.caches.expired += c->expired;
    seen.caches.invalidated += c->invalidated;
    seen.caches.refused += c->refused;
    seen.caches.dropped += c->dropped;
}

static void note(const struct record *r)
{
    for (int i = 0; i < r->n_populations * r->n_classes * OUTCOMES; i++) {
        seen.failures += i % OUTCOMES != OUTCOME_OK ? r->outcomes[i] : 0;
        seen.abandoned += i % OUTCOMES == OUTCOME_ABANDONED ? r->outcomes[i] : 0;
        seen.broken += i % OUTCOMES == OUTCOME_BREAKER_OPEN ? r->outcomes[i] : 0;
    }
    for (int i = 0; i < r->n_stores; i++) {
        seen.stale += r->stores[i].staleness.stale;
        seen.overwritten += r->stores[i].fates[FATE_OVERWRITTEN];
        seen.discarded += r->stores[i].fates[FATE_LOST];
        seen.pending += r->stores[i].unreplicated_at_end;
        seen.throttled += r->stores[i].throttled;
        seen.unmet += r->stores[i].conditions_failed;
        seen.conflicting += r->stores[i].conflicting_conditions;
        seen.own_reads += r->stores[i].own_reads;
        seen.violations += r->stores[i].ryw_violations + r->stores[i].monotonic_violations;
        seen.misses += r->stores[i].session_misses;
        seen.session_timeouts += r->stores[i].session_timeouts;
        note_caches(&r->stores[i].caches);
    }
    seen.marks += r->journal.n;
    for (size_t i = 0; i < r->journal.n; i++) {
        const struct journal_entry *mark = &r->journal.items[i];
        seen.writers += mark->kind == JOURNAL_WRITER_READY;
        if (mark->kind != JOURNAL_ACTION_APPLIED)
            continue;
        seen.routes += t.actions[mark->detail].kind == ACTION_ACCESS_POINT;
        seen.handovers += t.actions[mark->detail].kind == ACTION_STORE;
    }
}

static void expect_same(uint64_t seed)
{
    struct record first, other;
    run(&ways[0], 0, &first);
    note(&first);
    for (size_t i = 1; i < ARRAY_LEN(ways); i++) {
        run(&ways[i], 0, &other);
        cr_expect(rich_same_record(&first, &other), "world %lu: partition %d, %d threads", seed,
                  (int)ways[i].partition, ways[i].n_threads);
        rich_drop(&other);
    }
    run(&ways[0], 1, &other);
    cr_expect_neq(first.digest, other.digest);
    rich_drop(&other);
    rich_drop(&first);
}

Test(model, same_for_all_threads_and_cells)
{
    static const uint64_t seeds[] = {3, 6, 22, 122, 128, 136}; // all that is noted happens in them
    for (size_t k = 0; k < (stat_is_long() ? 150 : ARRAY_LEN(seeds)); k++) {
        uint64_t seed = stat_is_long() ? k + 1 : seeds[k];
        rich_make(&t, seed);
        expect_same(seed);
        rich_add_clients(&t, seed);
        expect_same(seed);
    }
    cr_expect(seen.failures > 0 && seen.stale > 0 && seen.overwritten > 0 && seen.discarded > 0 &&
              seen.pending > 0 && seen.marks > 0 && seen.abandoned > 0 && seen.broken > 0);
}

Test(model, same_with_limits_and_retries)
{
    static const uint64_t seeds[] = {1, 3, 7, 22, 105, 295};
    for (size_t k = 0; k < (stat_is_long() ? 150 : ARRAY_LEN(seeds)); k++) {
        uint64_t seed = stat_is_long() ? k + 1 : seeds[k];
        rich_make(&t, seed);
        richlimits_add(&t, seed);
        expect_same(seed);
        rich_add_clients(&t, seed);
        expect_same(seed);
    }
    cr_expect(seen.throttled > 0 && seen.unmet > 0 && seen.conflicting > 0);
}

Test(model, same_behind_edges)
{
    static const uint64_t seeds[] = {1, 2, 3, 8, 14, 15};
    for (size_t k = 0; k < (stat_is_long() ? 100 : ARRAY_LEN(seeds)); k++) {
        uint64_t seed = stat_is_long() ? k + 1 : seeds[k];
        rich_make(&t, seed);
        rich_add_edges(&t, seed);
        expect_same(seed);
        rich_add_clients(&t, seed);
        expect_same(seed);
    }
}

Test(model, same_with_operators_of_stores)
{
    static const uint64_t seeds[] = {2, 3, 4, 7, 22, 105};
    for (size_t k = 0; k < (stat_is_long() ? 150 : ARRAY_LEN(seeds)); k++) {
        uint64_t seed = stat_is_long() ? k + 1 : seeds[k];
        rich_make(&t, seed);
        rich_add_operators(&t, seed);
        expect_same(seed);
        richcaches_add(&t, seed);
        expect_same(seed);
        rich_add_sessions(&t, seed);
        expect_same(seed);
    }
    cr_expect(seen.routes > 3 && seen.handovers > 3, "%lu changes of routes, %lu of leaders",
              seen.routes, seen.handovers);
}

Test(model, same_with_consensus)
{
    static const uint64_t seeds[] = {1, 2, 3, 5, 8, 13};
    for (size_t k = 0; k < (stat_is_long() ? 100 : ARRAY_LEN(seeds)); k++) {
        uint64_t seed = stat_is_long() ? k + 1 : seeds[k];
        rich_make(&t, seed);
        rich_add_consensus(&t, seed);
        expect_same(seed);
        richcaches_add(&t, seed);
        expect_same(seed);
    }
}

Test(model, same_with_sessions)
{
    static const uint64_t seeds[] = {94, 97, 174, 243, 275};
    for (size_t k = 0; k < (stat_is_long() ? 100 : ARRAY_LEN(seeds)); k++) {
        uint64_t seed = stat_is_long() ? k + 1 : seeds[k];
        rich_make(&t, seed);
        rich_add_sessions(&t, seed);
        expect_same(seed);
        rich_add_clients(&t, seed);
        expect_same(seed);
        if (k % 2 == 0)
            rich_add_edges(&t, seed);
        else
            richlimits_add(&t, seed);
        expect_same(seed);
    }
    cr_expect(seen.own_reads > 100 && seen.violations > 0 && seen.misses > 0 &&
                  seen.session_timeouts > 0,
              "%lu own reads, %lu violations, %lu misses, %lu timeouts", seen.own_reads,
              seen.violations, seen.misses, seen.session_timeouts);
}

// Stores on instances and shared storage that fail by themselves, with their zone and with their
// region.
static void add_clusters(uint64_t seed)
{
    struct stream s = stream_open(seed, 0, "test", "rich clusters");
    int n_zones = TOPOLOGY_MAX_ZONES;
    for (int r = 0; r < t.topology.n_regions; r++)
        n_zones = t.topology.regions[r].n_zones < n_zones ? t.topology.regions[r].n_zones : n_zones;
    for (int i = 0; i < t.topology.n_stores; i++) {
        struct cluster_spec *c = &t.stores[i].cluster;
        c->instances = 1 + (int)stream_below(&s, 3);
        c->writer_zone = (int)stream_below(&s, (uint32_t)n_zones);
        c->readable = stream_below(&s, 2) == 0;
        c->failover = tiny_exponential(0.3);
        c->restart = tiny_exponential(0.6);
        c->instance_failures_per_s = 0.3;
        c->storage = (struct storage_spec){.copies_per_zone = (int)stream_below(&s, 3),
                                           .zones = n_zones,
                                           .copy_failures_per_s = 0.5,
                                           .copy_repair = tiny_exponential(0.3)};
        if (c->storage.copies_per_zone > 0) {
            c->storage.write_quorum = storage_copies(&c->storage) / 2 + 1;
            c->storage.read_quorum = (storage_copies(&c->storage) + 1) / 2;
        }
    }
}

Test(model, same_with_clusters)
{
    static const uint64_t seeds[] = {1, 3, 7, 22, 105, 295};
    for (size_t k = 0; k < (stat_is_long() ? 100 : ARRAY_LEN(seeds)); k++) {
        uint64_t seed = stat_is_long() ? k + 1 : seeds[k];
        rich_make(&t, seed);
        add_clusters(seed);
        expect_same(seed);
    }
    cr_expect(seen.writers > 0 && seen.failures > 0);
}

Test(model, same_with_caches)
{
    static const uint64_t seeds[] = {2, 3, 4, 7, 22, 105};
    for (size_t k = 0; k < (stat_is_long() ? 150 : ARRAY_LEN(seeds)); k++) {
        uint64_t seed = stat_is_long() ? k + 1 : seeds[k];
        rich_make(&t, seed);
        richcaches_add(&t, seed);
        expect_same(seed);
        rich_add_clients(&t, seed);
        expect_same(seed);
    }
    const struct cache_counts *c = &seen.caches;
    cr_expect(c->hits > 0 && c->coalesced > 0 && c->misses > 0 && c->stale > 0 && c->bypassed > 0 &&
              c->evicted > 0 && c->expired > 0 && c->invalidated > 0 && c->refused > 0 &&
              c->dropped > 0);
}

// ---- common random numbers

enum { ARRIVALS_MOST = 8000 };

struct arrivals {
    size_t n;
    struct arrival {
        simtime time;
        uint32_t lp, client, item_word;
        uint8_t class_index;
    } of[ARRIVALS_MOST];
};

// The request that an arrival made is the one in the slot taken last.
static bool watch_arrivals(void *argument, const struct context *x, const struct event *e)
{
    struct arrivals *a = argument;
    if (e->kind != EV_ARRIVAL)
        return false;
    struct population *p = &x->world->populations[x->model->lps[x->lp].index];
    demand_on_arrival(x, p);
    const struct request *r = &p->requests.items[p->requests.taken];
    cr_assert(a->n < ARRIVALS_MOST && r->started == x->now);
    a->of[a->n++] = (struct arrival){x->now, x->lp, r->client, r->item_word, r->class_index};
    return true;
}

static void list_arrivals(struct arrivals *a)
{
    struct stage s;
    a->n = 0;
    stage_open(&s, &t, 0);
    s.tap = watch_arrivals, s.argument = a;
    stage_run(&s, t.workload.duration_s);
    stage_close(&s);
}

static void add_zone(void)
{
    t.topology.regions[0].n_zones++;
}

static void add_region(void)
{
    tiny_add_region(&t, "ap-south-1", 180);
}

static void change_policies(void)
{
    t.topology.steering.root.policy = t.topology.steering.root.policy == STEERING_WEIGHTED
                                          ? STEERING_SIMPLE
                                          : STEERING_WEIGHTED;
    t.topology.balancer.cross_zone = !t.topology.balancer.cross_zone;
}

static void add_service(void)
{
    if (t.topology.n_services < TINY_SERVICES)
        tiny_add_service(&t, "more", tiny_exponential(0.1));
}

static void change_capacity(void)
{
    t.services[0].servers_per_zone *= 3;
}

static void remove_faults(void)
{
    t.plan.n_faults = 0;
}

Test(model, arrivals_do_not_depend_on_the_design)
{
    static void (*const changes[])(void) = {add_zone,    add_region,      change_policies,
                                            add_service, change_capacity, remove_faults};
    static struct arrivals before, after;
    for (uint64_t seed = 1; seed <= (stat_is_long() ? 100 : 5); seed++)
        for (size_t i = 0; i < ARRAY_LEN(changes); i++) {
            rich_make(&t, seed);
            list_arrivals(&before);
            changes[i]();
            list_arrivals(&after);
            cr_assert(before.n > 50 && before.n == after.n, "world %lu, change %zu: %zu and %zu",
                      seed, i, before.n, after.n);
            for (size_t k = 0; k < before.n; k++) {
                const struct arrival *x = &before.of[k], *y = &after.of[k];
                cr_assert(x->time == y->time && x->lp == y->lp && x->client == y->client &&
                              x->item_word == y->item_word && x->class_index == y->class_index,
                          "world %lu, change %zu, arrival %zu", seed, i, k);
            }
        }
}
