// Pins: what consensus promises, whatever happens: under random reads and writes at all members and
// random faults (links cut one way or both, lossy, slow; regions, zones and single stores lost,
// slow, short of servers), random numbers of members, groups and zones, leases with clocks that
// keep within the tolerance: the history of every item is linearizable, no read is stale, no
// acknowledged write is lost or overwritten, all members agree in the end, and in a quiet time all
// operations succeed. That the checks would notice is shown by the same worlds with clocks beyond
// the tolerance: there reads are stale. AASIM_LONG=1: 20 times as many worlds.
#include <criterion/criterion.h>
#include <stdio.h>

#include "base/stream.h"
#include "model/consensus.h"
#include "model/settlement.h"
#include "support/linear.h"
#include "support/recorder.h"
#include "support/stat.h"
#include "unit/model/storeplay.h"

static struct tiny t;
static struct storeplay p;
static struct recorder rec;

static const char *const regions[] = {"us-east-1", "us-west-2", "eu-west-1", "eu-central-1",
                                      "ap-south-1"};

enum { CALM_AT_S = 60, END_S = 100 };

static double between(struct stream *s, double low, double high)
{
    return low + (high - low) * stream_uniform(s);
}

// ---- random worlds

static void add_fault(struct stream *s)
{
    static const enum fault_target targets[] = {FAULT_LINK, FAULT_LINK, FAULT_REGION, FAULT_ZONE,
                                                FAULT_STORE};
    const uint32_t n_regions = (uint32_t)t.topology.n_regions;
    struct fault_spec *f = tiny_add_fault(&t);
    f->target = targets[stream_below(s, (uint32_t)ARRAY_LEN(targets))];
    f->region = regions[stream_below(s, n_regions)];
    f->zone = "a";
    f->at_s = between(s, 2, 45);
    f->duration = distribution_constant(between(s, 0.1, 10));
    f->one_way = stream_below(s, 2) == 0;
    f->peer = stream_below(s, 3) != 0 ? "*" : regions[stream_below(s, n_regions)];
    if (stream_below(s, 3) != 0)
        return; // down
    f->effect = stream_below(s, 2) == 0 || f->target == FAULT_STORE ? FAULT_SLOW : FAULT_LOSSY;
    if (f->target == FAULT_STORE && stream_below(s, 2) == 0)
        f->effect = FAULT_CAPACITY;
    f->level = f->effect == FAULT_SLOW ? between(s, 1, 30) : between(s, 0, 0.9);
}

static struct consensus_spec *make(struct stream *s)
{
    tiny_init(&t);
    tiny_silence(&t);
    const uint32_t n_regions = 1 + 2 * stream_below(s, 3);
    for (uint32_t r = 1; r < n_regions; r++)
        tiny_add_region(&t, regions[r], between(s, 5, 150));
    tiny_set_zones(&t, 3);
    t.workload.duration_s = t.workload.window_s = 1000;
    struct store_spec *store = tiny_add_store(&t, STORE_CONSENSUS);
    store->items = 6;
    store->replicas_per_region = n_regions == 1 ? 3 : 1 + (int)stream_below(s, 2);
    store->read_time = tiny_exponential(0.005);
    store->write_time = tiny_exponential(0.005);
    store->servers = 2 + (int)stream_below(s, 4);
    store->queue = 1 + (int)stream_below(s, 100);
    struct consensus_spec *c = &store->consensus;
    c->groups = 1 + (int)stream_below(s, 3);
    c->leaders = stream_below(s, 2) == 0 ? STORE_LEADERS_SPREAD : (int)stream_below(s, n_regions);
    c->transfer_back = stream_below(s, 4) != 0;
    c->transfer_after_s = between(s, 0, 2);
    c->election_timeout_s = between(s, 0.5, 1.5);
    c->heartbeat_s = c->election_timeout_s / 10;
    c->read = stream_below(s, 2) == 0 ? CONSENSUS_READ_INDEX : CONSENSUS_READ_LEASE;
    c->clock_tolerance_s = between(s, 0, 0.5);
    c->lease_s = c->clock_tolerance_s + between(s, 0.2, 3);
    for (int i = 0; i < TINY_FAULTS; i++)
        add_fault(s);
    return c;
}

// At most `apart_s` from each other.
static void set_clocks(struct stream *s, double apart_s)
{
    for (int r = 0; r < t.topology.n_regions; r++)
        t.topology.regions[r].clock_offset_s = apart_s * (stream_uniform(s) - 0.5);
}

// ---- what is found

static struct {
    uint64_t operations, answered, unknown, terms, stale, lost;
} seen;

// Those that came in quiet times, and those that were not answered with success.
static uint64_t failures_after(double at_s, const double *asked_s)
{
    uint64_t n = 0;
    for (uint64_t i = 0; i < p.n_calls; i++) {
        n += asked_s[i] > at_s && p.answer[i].status != ANSWER_OK &&
             p.answer[i].status != ANSWER_SHED;
        seen.answered += p.answer[i].status == ANSWER_OK;
    }
    seen.operations += p.n_calls;
    return n;
}

static void expect_agreement(uint64_t seed)
{
    const struct world *w = p.stage.world;
    const uint32_t n = p.stage.model->count[LP_REPLICA];
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t item = 0; item < t.stores[0].items; item++)
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

static void ask_at_random(struct stream *s, double *asked_s)
{
    const uint32_t n_regions = (uint32_t)t.topology.n_regions;
    for (int i = 0; i < 6000; i++) {
        asked_s[i] = between(s, 0, 80);
        storeplay_ask(&p, (int)stream_below(s, n_regions), asked_s[i],
                      stream_below(s, t.stores[0].items),
                      stream_below(s, 3) == 0 ? REQUEST_WRITE : 0);
    }
}

// Plays a world that has been made; the fates of its writes are in *record.
static bool play(struct stream *s, struct breach *why, struct record *record)
{
    static double asked_s[STOREPLAY_CALLS];
    *record = (struct record){0};
    storeplay_open(&p, &t);
    recorder_open(&rec, p.stage.world, 0);
    ask_at_random(s, asked_s);
    storeplay_run(&p, END_S);
    const bool is_linearizable = history_is_linearizable(&rec.history, why);
    record->in_flight = failures_after(CALM_AT_S, asked_s); // no field of its own
    record->n_stores = 1;
    settlement_collect(p.stage.world, record);
    seen.unknown += rec.n_unknown;
    return is_linearizable;
}

static void stop(struct record *record)
{
    recorder_close(&rec);
    storeplay_close(&p);
    record_free(record);
}

static void expect_safe(uint64_t seed)
{
    struct stream s = stream_open(seed, 0, "test", "safety");
    struct breach why;
    struct record record;
    struct consensus_spec *c = make(&s);
    set_clocks(&s, c->clock_tolerance_s);
    cr_expect(play(&s, &why, &record), "world %lu: %s", seed, why.text);
    const struct store_record *r = &record.stores[0];
    cr_expect_eq(r->staleness.stale, 0, "world %lu: %lu reads are stale", seed, r->staleness.stale);
    cr_expect_eq(r->fates[FATE_LOST], 0, "world %lu: %lu writes are lost", seed,
                 r->fates[FATE_LOST]);
    cr_expect_eq(r->fates[FATE_OVERWRITTEN], 0, "world %lu", seed);
    cr_expect_eq(record.in_flight, 0, "world %lu: %lu operations fail in a quiet time", seed,
                 record.in_flight);
    expect_agreement(seed);
    stop(&record);
}

Test(consensus_safety, nothing_is_stale_nothing_is_lost)
{
    const uint64_t n = stat_is_long() ? 2000 : 100;
    for (uint64_t seed = 1; seed <= n; seed++)
        expect_safe(seed);
    printf("operations %lu answered %lu unknown %lu terms %lu\n", seen.operations, seen.answered,
           seen.unknown, seen.terms);
    cr_expect_gt(seen.answered, seen.operations / 2);
    cr_expect_gt(seen.unknown, n);
    cr_expect_gt(seen.terms, 2 * n, "elections were too few");
}
