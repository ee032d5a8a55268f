// link: -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=aligned_alloc
// Pins: once warm, a replication of the whole model (names, connections, balancers, queues, store,
// replication, timeouts) allocates nothing. The counter is proved alive by what making the world
// takes. Not pinned: that a load or a backlog that rises later allocates nothing, nor the few marks
// that faults leave in the journal.
#include <criterion/criterion.h>

#include "support/allocations.h"
#include "support/tiny.h"

struct calls {
    uint64_t at_first; // progress report
    uint64_t when_warm;
    uint64_t at_last;
};

static void note(void *argument, double share_done)
{
    struct calls *c = argument;
    if (c->at_first == 0)
        c->at_first = allocations_count();
    if (c->when_warm == 0 && share_done >= 0.6)
        c->when_warm = allocations_count();
    c->at_last = allocations_count();
}

static void busy_world(struct tiny *t, enum store_mode mode)
{
    tiny_init(t);
    tiny_add_region(t, "us-west-2", 64);
    tiny_add_store(t, mode)->zipf = 1;
    t->topology.services[0].work = distribution_constant(0.01);
    t->topology.balancer.health.interval_s = 10;
    t->topology.steering.root.policy = STEERING_WEIGHTED;
    tiny_check_health(t, 4);
    t->workload.duration_s = 600;
    t->workload.classes[1] = t->workload.classes[0];
    t->workload.classes[1].is_write = true;
    t->workload.n_classes = 2;
    t->populations[0].mix[1] = 1;
    t->populations[0].rate_rps = 60;
    t->populations[0].clients = 50;
    t->populations[0].client.idle_timeout_s = 2;
    t->populations[0].client.attempt_timeout_s = 3; // cancelled timers stay in their lane until due
    t->populations[0].client.connect_timeout_s = 3;
    t->populations[0].client.dns_timeout_s = 5;
}

// Users with items of their own, which they find again in any region.
static void add_sessions(struct tiny *t)
{
    for (int c = 0; c < t->workload.n_classes; c++)
        t->workload.classes[c].has_own_items = true;
    t->stores[0].session = (struct session_spec){.guarantee = GUARANTEE_BOTH, .timeout_s = 1};
}

static void expect_no_allocation_of(const struct tiny *t)
{
    struct record record;
    struct calls calls = {0};
    const enum store_mode mode = t->stores[0].mode;
    struct model *m = tiny_compile(t, PARTITION_DEFAULT);
    struct world_run_conf conf = {
        .seed = 1, .n_threads = 1, .progress = note, .progress_argument = &calls};
    cr_assert(world_run(m, &conf, &record));
    cr_expect(calls.at_first > 20, "the counter is dead");
    cr_expect(calls.at_last == calls.when_warm, "store mode %d: %llu allocations after warm-up",
              mode, (unsigned long long)(calls.at_last - calls.when_warm));
    record_free(&record);
    model_free(m);
}

static void expect_no_allocation(enum store_mode mode)
{
    struct tiny t;
    busy_world(&t, mode);
    expect_no_allocation_of(&t);
}

Test(world_allocation, sessions)
{
    struct tiny t;
    for (int sends_on = 0; sends_on < 2; sends_on++) {
        busy_world(&t, sends_on ? STORE_SINGLE_LEADER : STORE_MULTI_LEADER);
        add_sessions(&t);
        t.stores[0].session.sends_on = sends_on;
        expect_no_allocation_of(&t);
    }
}

// Hits, evictions, expiry, deletions, fetches that are waited for, and a feed.
Test(world_allocation, caches)
{
    struct tiny t;
    busy_world(&t, STORE_MULTI_LEADER);
    t.stores[0].cache = (struct caching_spec){.scope = CACHING_ZONE,
                                              .size = 100,
                                              .ttl_s = 20,
                                              .hit_time = tiny_exponential(1e-3),
                                              .servers = 2,
                                              .queue = 100,
                                              .leases = true,
                                              .coalesces = true,
                                              .fails_open = true,
                                              .has_feed = true,
                                              .feed_delay = tiny_exponential(0.2),
                                              .starts = CACHING_COLD};
    expect_no_allocation_of(&t);
}

Test(world_allocation, multi_leader)
{
    expect_no_allocation(STORE_MULTI_LEADER);
}

Test(world_allocation, single_leader)
{
    expect_no_allocation(STORE_SINGLE_LEADER);
}

Test(world_allocation, quorum)
{
    expect_no_allocation(STORE_QUORUM);
}
