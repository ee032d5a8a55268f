// Pins: a world in which foreseen probes are worked out ahead leaves the record of one in which
// they are sent, integer for integer, whatever faults, load, operators and other probes bring; and
// fewer events. Ninety seconds of rich worlds (support/rich.h), some with careful clients or an
// edge, stretched so that there is calm between their faults, with shallow probes of short
// intervals. AASIM_LONG=1: 300 worlds. That a foreseen probe meets what was foreseen is asserted at
// each hop while the test runs.
#include <criterion/criterion.h>

#include "support/rich.h"
#include "support/stat.h"

static struct tiny t;

enum { STRETCH = 15 };

static void stretch(uint64_t seed)
{
    t.workload.duration_s *= STRETCH;
    t.workload.window_s *= STRETCH;
    for (int i = 0; i < t.workload.n_populations; i++)
        t.populations[i].rate_rps /= seed % 2 ? 2 : STRETCH;
    for (int i = 0; i < t.plan.n_faults; i++) {
        t.faults[i].at_s *= STRETCH;
        t.faults[i].rate_per_s /= STRETCH;
    }
    for (int i = 0; i < t.plan.n_actions; i++)
        t.actions[i].at_s *= STRETCH;
}

// Mostly: with the wait that strain allows on top of what a probe takes.
static void be_patient(struct probe_spec *p, uint64_t seed)
{
    p->response_timeout_s += seed % 5 != 0 ? 0.1 : 0;
}

static void look_from_outside(struct probe_spec *p, uint64_t seed)
{
    p->deep = false;
    p->kind = (enum probe_kind)(seed % 3);
    be_patient(p, seed);
}

static void make(uint64_t seed)
{
    rich_make(&t, seed);
    if (seed % 3 == 0) // some cancel, and hold requests
        rich_add_clients(&t, seed);
    if (seed % 4 == 1)
        rich_add_edges(&t, seed);
    stretch(seed);
    t.topology.balancer.health.deep = seed % 4 == 0;
    be_patient(&t.topology.balancer.health, seed);
    look_from_outside(&t.topology.steering.health.probe, seed);
    for (int i = 0; i < t.topology.steering.n_checks; i++)
        if (check_kind_is_probe(t.checks[i].kind))
            t.checks[i].health.probe.deep = false;
    for (int i = 0; i < t.topology.steering.n_checks && seed % 2 == 0; i++)
        if (t.checks[i].kind == CHECK_ALARM)
            t.checks[i].region = t.topology.n_regions - 1;
}

static void run(enum probe_sending probes, enum model_partition partition, struct record *record)
{
    const struct world_run_conf conf = {.seed = TINY_SEED, .n_threads = 1, .probes = probes};
    rich_run(&t, partition, &conf, record);
}

// Events that were saved, in all and at best.
static struct {
    double share, best;
    uint64_t marks;
} seen;

static void expect_same(uint64_t seed)
{
    struct record sent, foreseen;
    run(PROBES_SENT, PARTITION_ONE, &sent);
    run(PROBES_FORESEEN, PARTITION_DEFAULT, &foreseen);
    const double share = (double)foreseen.events / (double)sent.events;
    seen.share += share;
    seen.best = share < seen.best ? share : seen.best;
    seen.marks += sent.journal.n;
    foreseen.events = sent.events;
    foreseen.digest = sent.digest;
    cr_expect(rich_same_record(&sent, &foreseen), "world %lu", seed);
    rich_drop(&foreseen);
    rich_drop(&sent);
}

Test(probes, foreseen_or_sent)
{
    const uint64_t n = stat_is_long() ? 300 : 60;
    seen.best = 1;
    for (uint64_t seed = 1; seed <= n; seed++) {
        make(seed);
        expect_same(seed);
    }
    cr_expect_lt(seen.share / (double)n, 0.95);
    cr_expect_lt(seen.best, 0.6, "%g", seen.best);
    cr_expect_gt(seen.marks, 20 * n);
}

// Health checks that go as far as a store that agrees by consensus.
Test(probes, foreseen_or_sent_with_consensus)
{
    const uint64_t n = stat_is_long() ? 300 : 40;
    seen.best = 1;
    for (uint64_t seed = 1; seed <= n; seed++) {
        make(seed);
        rich_add_consensus(&t, seed);
        expect_same(seed);
    }
    cr_expect_lt(seen.best, 1);
}
