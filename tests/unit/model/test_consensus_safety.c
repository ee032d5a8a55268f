// Pins: what consensus promises, whatever happens: under random reads and writes at all members and
// random faults, random numbers of members, groups and zones, leases with clocks that keep within
// the tolerance: the history of every item is linearizable, no read is stale, no acknowledged write
// is lost or overwritten, all members agree in the end, and in a quiet time all operations succeed.
// That the checks would notice is shown by leases with clocks beyond the tolerance: there histories
// are not linearizable, and reads are stale, while writes are still safe. Reads of followers' own
// copies are stale as well. AASIM_LONG=1: 20 times as many worlds.
#include <criterion/criterion.h>

#include "model/consensus.h"
#include "support/stat.h"
#include "unit/model/randomplay.h"

static struct randomplay p;

static uint32_t n_worlds(uint32_t n_short)
{
    return stat_runs(stat_is_long() ? 20 * n_short : n_short);
}

// ---- random worlds

static void make_timing(struct consensus_spec *c, struct stream *s)
{
    c->transfer_back = stream_below(s, 4) != 0;
    c->transfer_after_s = randomplay_between(s, 0, 2);
    c->election_timeout_s = randomplay_between(s, 0.5, 1.5);
    c->heartbeat_s = c->election_timeout_s / 10;
    c->read = stream_below(s, 2) == 0 ? CONSENSUS_READ_INDEX : CONSENSUS_READ_LEASE;
    c->clock_tolerance_s = randomplay_between(s, 0, 0.5);
    c->lease_s = c->clock_tolerance_s + randomplay_between(s, 0.2, 3);
}

static struct consensus_spec *make(struct stream *s)
{
    struct tiny *t = &p.tiny;
    tiny_init(t);
    tiny_silence(t);
    const uint32_t n_regions = 1 + 2 * stream_below(s, 3);
    for (uint32_t r = 1; r < n_regions; r++)
        tiny_add_region(t, randomplay_regions[r], randomplay_between(s, 5, 150));
    tiny_set_zones(t, 3);
    t->workload.duration_s = t->workload.window_s = 1000;
    struct store_spec *store = tiny_add_store(t, STORE_CONSENSUS);
    store->items = 6;
    store->replicas_per_region = n_regions == 1 ? 3 : 1 + (int)stream_below(s, 2);
    store->read_time = tiny_exponential(0.005);
    store->write_time = tiny_exponential(0.005);
    store->servers = 2 + (int)stream_below(s, 4);
    store->queue = 1 + (int)stream_below(s, 100);
    struct consensus_spec *c = &store->consensus;
    c->groups = 1 + (int)stream_below(s, 3);
    c->leaders = stream_below(s, 2) == 0 ? STORE_LEADERS_SPREAD : (int)stream_below(s, n_regions);
    make_timing(c, s);
    for (int i = 0; i < TINY_FAULTS; i++)
        randomplay_add_fault(&p, s);
    return c;
}

// ---- what is found

static struct {
    uint64_t operations, answered, unknown, terms;
} seen;

static void expect_agreement(uint64_t seed)
{
    const struct world *w = p.play.stage.world;
    const uint32_t n = p.play.stage.model->count[LP_REPLICA];
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t item = 0; item < p.tiny.stores[0].items; item++)
            cr_expect_eq(replica_version(&w->replicas[i], item),
                         replica_version(&w->replicas[0], item), "world %lu: item %u of member %u",
                         seed, item, i);
    for (uint32_t g = 0; g < w->replicas[0].consensus->n_groups; g++) {
        int n_leaders = 0;
        for (uint32_t i = 0; i < n; i++)
            n_leaders += w->replicas[i].consensus->groups[g].role == CONSENSUS_LEADER;
        cr_expect_eq(n_leaders, 1, "world %lu: %d leaders of group %u", seed, n_leaders, g);
        seen.terms += w->replicas[0].consensus->groups[g].term;
    }
}

static void expect_writes_safe(uint64_t seed)
{
    const struct store_record *r = &p.record.stores[0];
    cr_expect_eq(r->fates[FATE_LOST], 0, "world %lu: %lu writes are lost", seed,
                 r->fates[FATE_LOST]);
    cr_expect_eq(r->fates[FATE_OVERWRITTEN], 0, "world %lu", seed);
    cr_expect_eq(p.failures, 0, "world %lu: %lu operations fail in a quiet time", seed, p.failures);
    expect_agreement(seed);
    seen.operations += p.play.n_calls;
    seen.answered += p.answered;
    seen.unknown += p.recorder.n_unknown;
}

static void expect_safe(uint64_t seed)
{
    struct stream s = stream_open(seed, 0, "test", "safety");
    struct consensus_spec *c = make(&s);
    randomplay_set_clocks(&p, &s, c->clock_tolerance_s);
    randomplay_run(&p, &s);
    const uint64_t stale = p.record.stores[0].staleness.stale;
    cr_expect(p.is_linearizable, "world %lu: %s", seed, p.why.text);
    cr_expect_eq(stale, 0, "world %lu: %lu reads are stale", seed, stale);
    expect_writes_safe(seed);
    randomplay_close(&p);
}

Test(consensus_safety, nothing_is_stale_nothing_is_lost)
{
    const uint64_t n = n_worlds(100);
    for (uint64_t seed = 1; seed <= n; seed++)
        expect_safe(seed);
    cr_expect_gt(seen.answered, seen.operations / 2);
    cr_expect_gt(seen.unknown, n);
    cr_expect_gt(seen.terms, 2 * n, "elections were too few");
}

// ---- what the checks notice

static struct {
    uint64_t worlds, stale;
} broken;

// A read that is stale breaks linearizability; not every breach is a stale read.
static void expect_noticed(uint64_t seed)
{
    struct stream s = stream_open(seed, 0, "test", "operations");
    randomplay_run(&p, &s);
    const uint64_t stale = p.record.stores[0].staleness.stale;
    cr_expect(stale == 0 || !p.is_linearizable, "world %lu: %lu stale reads", seed, stale);
    broken.worlds += !p.is_linearizable;
    broken.stale += stale > 0;
    expect_writes_safe(seed);
    randomplay_close(&p);
}

// Leases outlast elections, the leaders' clock is behind all others', and they are cut off once.
static void make_unsafe(struct stream *s)
{
    struct consensus_spec *c = make(s);
    c->read = CONSENSUS_READ_LEASE;
    c->leaders = 0;
    c->election_timeout_s = 0.5;
    c->heartbeat_s = 0.05;
    c->lease_s = c->clock_tolerance_s + 3;
    for (int r = 1; r < p.tiny.topology.n_regions; r++)
        p.tiny.topology.regions[r].clock_offset_s = c->clock_tolerance_s + 2 * c->lease_s;
    p.tiny.faults[0] = (struct fault_spec){.name = p.tiny.faults[0].name,
                                           .target = FAULT_LINK,
                                           .region = randomplay_regions[0],
                                           .zone = "a",
                                           .peer = "*",
                                           .at_s = 50,
                                           .duration = distribution_constant(5)};
}

Test(consensus_safety, clocks_beyond_the_tolerance_break_leases)
{
    const uint64_t n = n_worlds(30);
    for (uint64_t seed = 1; seed <= n; seed++) {
        struct stream s = stream_open(seed, 0, "test", "unsafe");
        make_unsafe(&s);
        expect_noticed(seed);
    }
    cr_expect_gt(broken.worlds, n / 4, "%lu of %lu", broken.worlds, n);
    cr_expect_gt(broken.stale, n / 4, "%lu of %lu", broken.stale, n);
    cr_expect_lt(broken.worlds, n, "a region alone has one clock");
}

Test(consensus_safety, copies_of_followers_are_stale)
{
    for (uint64_t seed = 1; seed <= 5; seed++) {
        struct stream s = stream_open(seed, 0, "test", "followers");
        make(&s)->read = CONSENSUS_READ_FOLLOWER;
        expect_noticed(seed);
    }
    cr_expect_geq(broken.stale, 4);
}
