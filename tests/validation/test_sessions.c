// Pins: a read t after a write of the same user in another region misses it with the probability
// that the lag is longer than t; in random worlds with faults a store that keeps a guarantee never
// breaks it, as users see it themselves (history.h, linear.h) and as it counts; without it the same
// worlds break it, and where no request is given up both count the same; the same in rich worlds
// (rich.h), where hardly anything is as it should be, as stores count. Level 1e-4 each.
#include <criterion/criterion.h>
#include <math.h>

#include "base/base.h"
#include "support/linear.h"
#include "support/rich.h"
#include "support/richlimits.h"
#include "support/stat.h"
#include "support/witness.h"
#include "unit/model/sessionplay.h"

// ---- how probable a stale read is

// Round trip 10 ms; lags are exponential with mean 1 s, and the network's 5 ms.
static struct tiny *make_lagging(enum store_mode mode)
{
    static struct tiny t;
    tiny_init(&t);
    sessionplay_prepare(&t);
    tiny_add_region(&t, "us-west-2", 10);
    t.workload.duration_s = t.workload.window_s = 10000;
    struct store_spec *s = tiny_add_store(&t, mode);
    s->replication.delay = tiny_exponential(1);
    s->queue = 1 << 20;
    return &t;
}

// Who reads in region 1, wait_s after being told that his write in region 0 is there.
static void read_after(double wait_s, enum store_mode mode, const char *id)
{
    static struct sessionplay p;
    const struct tiny *t = make_lagging(mode);
    uint64_t n_missed = 0;
    sessionplay_open(&p, t);
    for (uint32_t u = 0; u < SESSIONPLAY_USERS; u++) {
        sessionplay_user(&p, 1 + u * 0.01);
        sessionplay_then(&p, u, WRITES, 0, 0);
        sessionplay_then(&p, u, READS, 1, wait_s);
    }
    sessionplay_run(&p, 1000);
    for (uint32_t u = 0; u < SESSIONPLAY_USERS; u++)
        n_missed += p.users[u].steps[1].version != p.users[u].steps[0].version;
    const struct store_record c = sessionplay_counts(&p);
    cr_expect_eq(c.own_reads, SESSIONPLAY_USERS);
    cr_expect_eq(c.ryw_violations, n_missed);
    cr_expect_eq(c.monotonic_violations, 0);
    // Its copy is looked at 1 ms after it was asked; the write needs 5 ms more than the lag.
    cr_expect(stat_share_agrees(id, c.ryw_violations, c.own_reads, exp(-(wait_s + 0.001 - 0.005))));
    sessionplay_close(&p);
}

Test(sessions, a_read_misses_its_users_write_with_the_tail_of_the_lag)
{
    read_after(0.1, STORE_MULTI_LEADER, "sessions.stale.0.1");
    read_after(0.5, STORE_MULTI_LEADER, "sessions.stale.0.5");
    read_after(2, STORE_MULTI_LEADER, "sessions.stale.2");
}

// Where no change overtakes another the lag is the longest so far of what is under way: it is a
// constant here.
Test(sessions, a_constant_lag_is_a_step)
{
    static struct sessionplay p;
    static const double waits_s[] = {0.05, 0.19, 0.21, 0.3};
    struct tiny *t = make_lagging(STORE_SINGLE_LEADER);
    t->stores[0].replication.delay = distribution_constant(0.2);
    sessionplay_open(&p, t);
    for (uint32_t u = 0; u < 4; u++) {
        sessionplay_user(&p, 1 + u);
        sessionplay_then(&p, u, WRITES, 0, 0);
        sessionplay_then(&p, u, READS, 1, waits_s[u]);
    }
    sessionplay_run(&p, 100);
    for (uint32_t u = 0; u < 4; u++)
        cr_expect_eq(p.users[u].steps[1].version == p.users[u].steps[0].version, u >= 2);
    cr_expect_eq(sessionplay_counts(&p).ryw_violations, 2);
    sessionplay_close(&p);
}

// ---- random worlds

// Three regions, between which users wander from request to request; lags of half a second; who
// asks waits for the answer before he goes on.
static struct store_spec *make_wandering(struct tiny *t, enum store_mode mode)
{
    static const char *const codes[] = {"us-west-2", "eu-west-1"};
    tiny_init(t);
    for (int i = 0; i < 2; i++)
        tiny_add_region(t, codes[i], 80);
    t->topology.steering.root.policy = STEERING_WEIGHTED;
    t->topology.steering.root.ttl_s = 0;
    t->services[0].servers_per_zone = 100;
    t->services[0].work = distribution_constant(1e-3);
    t->workload.n_classes = 2;
    t->workload.classes[0].has_own_items = true;
    t->workload.classes[0].deadline_s = 10;
    t->workload.classes[1] = t->workload.classes[0];
    t->workload.classes[1].name = "put";
    t->workload.classes[1].is_write = true;
    struct population_spec *u = &t->populations[0];
    u->demand.mode = DEMAND_CLOSED;
    u->demand.think = tiny_exponential(0.5);
    u->clients = 50;
    u->mix[1] = 0.5;
    u->client.attempt_timeout_s = 4;
    u->client.connect_timeout_s = u->client.dns_timeout_s = 2;
    u->client.idle_timeout_s = 0;
    t->workload.duration_s = t->workload.window_s = stat_is_long() ? 1000 : 150;
    struct store_spec *s = tiny_add_store(t, mode);
    s->replication.delay = tiny_exponential(0.5);
    s->session.timeout_s = 1;
    return s;
}

static void add_random(struct tiny *t, enum fault_target target, enum fault_effect effect,
                       double level)
{
    struct fault_spec *f = tiny_add_fault(t);
    f->target = target;
    f->effect = effect;
    f->level = level;
    f->region = f->zone = f->object = f->peer = "*";
    f->is_random = true;
    f->rate_per_s = 1.0 / 40;
    f->duration = tiny_exponential(5);
}

static void add_faults(struct tiny *t)
{
    add_random(t, FAULT_REGION, FAULT_DOWN, 0);
    add_random(t, FAULT_LINK, FAULT_DOWN, 0);
    add_random(t, FAULT_STORE, FAULT_DOWN, 0);
    add_random(t, FAULT_STORE, FAULT_ERRORS, 0.2);
    add_random(t, FAULT_STORE, FAULT_SLOW, 100);
}

struct verdict {
    uint64_t n_reads, told_ryw, told_monotonic; // by what users saw
    struct store_record counts;                 // by what the store counted
    bool reads_your_writes, reads_monotonically;
};

static struct witness witness;

static struct verdict watch(const struct tiny *t, uint32_t replication)
{
    struct stage stage;
    struct breach why;
    stage_open(&stage, t, replication);
    witness_open(&witness, &stage);
    stage.tap = witness_tap, stage.argument = &witness;
    stage_run(&stage, t->workload.duration_s);
    struct verdict v = {.n_reads = witness.n_told[0],
                        .told_ryw = witness.n_ryw,
                        .told_monotonic = witness.n_monotonic,
                        .reads_your_writes = history_reads_your_writes(&witness.history, &why),
                        .reads_monotonically = history_reads_monotonically(&witness.history, &why)};
    for (uint32_t i = 0; i < stage.model->count[LP_REPLICA]; i++) {
        const struct store_record *c = &stage.world->replicas[i].counts;
        v.counts.own_reads += c->own_reads;
        v.counts.ryw_violations += c->ryw_violations;
        v.counts.monotonic_violations += c->monotonic_violations;
        v.counts.session_misses += c->session_misses;
        v.counts.session_timeouts += c->session_timeouts;
    }
    witness_close(&witness);
    stage_close(&stage);
    return v;
}

// The store counts what users see, one for one.
Test(sessions, a_store_counts_what_its_users_see)
{
    static struct tiny t;
    static const enum store_mode modes[] = {STORE_MULTI_LEADER, STORE_SINGLE_LEADER, STORE_QUORUM};
    for (size_t i = 0; i < ARRAY_LEN(modes); i++) {
        struct store_spec *s = make_wandering(&t, modes[i]);
        s->quorum.read_mode = QUORUM_READ_LOCAL;
        s->quorum.write = 1;
        const struct verdict v = watch(&t, 0);
        cr_expect_gt(v.n_reads, 3000);
        cr_expect_gt(v.told_ryw, modes[i] == STORE_QUORUM ? 0 : 100);
        cr_expect_eq(v.counts.ryw_violations, v.told_ryw, "mode %d: %lu, users saw %lu",
                     (int)modes[i], v.counts.ryw_violations, v.told_ryw);
        cr_expect_eq(v.counts.monotonic_violations, v.told_monotonic, "mode %d: %lu, users saw %lu",
                     (int)modes[i], v.counts.monotonic_violations, v.told_monotonic);
        cr_expect_leq(v.counts.own_reads - v.n_reads, 50, "mode %d", (int)modes[i]); // under way
        cr_expect_eq(v.reads_your_writes, v.told_ryw == 0);
        cr_expect_eq(v.reads_monotonically, v.told_monotonic == 0);
    }
}

static void expect_kept(const struct verdict *v, enum session_guarantee guarantee, uint32_t run)
{
    if (guarantee & GUARANTEE_READ_YOUR_WRITES) {
        cr_expect(v->reads_your_writes, "world %u", run);
        cr_expect_eq(v->told_ryw + v->counts.ryw_violations, 0, "world %u", run);
    }
    if (guarantee & GUARANTEE_MONOTONIC_READS) {
        cr_expect(v->reads_monotonically, "world %u", run);
        cr_expect_eq(v->told_monotonic + v->counts.monotonic_violations, 0, "world %u", run);
    }
}

// All faults, either mode, either way of getting what is missing, with and without failover.
Test(sessions, guarantees_are_kept_whatever_fails)
{
    static struct tiny t;
    uint64_t misses = 0, timeouts = 0, broken[2] = {0};
    for (uint32_t run = 0; run < (stat_is_long() ? 160 : 16); run++) {
        const enum store_mode mode = run & 1 ? STORE_MULTI_LEADER : STORE_SINGLE_LEADER;
        struct store_spec *s = make_wandering(&t, mode);
        add_faults(&t);
        s->failover = run & 8;
        s->detect_s = 3;
        s->decide = s->promote = distribution_constant(1);
        s->session.sends_on = run & 2;
        for (int g = GUARANTEE_READ_YOUR_WRITES; g <= GUARANTEE_BOTH; g++) {
            s->session.guarantee = (enum session_guarantee)g;
            const struct verdict v = watch(&t, run);
            expect_kept(&v, s->session.guarantee, run);
            cr_expect_gt(v.n_reads, 1000);
            misses += v.counts.session_misses;
            timeouts += v.counts.session_timeouts;
        }
        s->session.guarantee = GUARANTEE_NONE;
        const struct verdict v = watch(&t, run);
        broken[0] += v.told_ryw;
        broken[1] += v.told_monotonic;
        cr_expect_gt(v.counts.ryw_violations, 0, "world %u", run);
    }
    cr_expect_gt(misses, 1000);
    cr_expect_gt(timeouts, 10);
    cr_expect_gt(broken[0], 1000);
    cr_expect_gt(broken[1], 500);
}

// ---- rich worlds

// What a store must not count.
static bool is_kept(const struct session_spec *s, const struct store_record *c)
{
    const bool is_promised = !s->serves_stale;
    return (!is_promised || !(s->guarantee & GUARANTEE_READ_YOUR_WRITES) ||
            c->ryw_violations == 0) &&
           (!is_promised || !(s->guarantee & GUARANTEE_MONOTONIC_READS) ||
            c->monotonic_violations == 0);
}

static struct {
    uint64_t own_reads, misses, timeouts, ryw[2], monotonic[2]; // by: any guarantee is asked for
    uint64_t multi_leader;                                      // ryw, where none is
} rich;

static void add_up(const struct store_spec *s, const struct store_record *c)
{
    const bool asks = s->session.guarantee != GUARANTEE_NONE;
    rich.own_reads += c->own_reads;
    rich.misses += c->session_misses;
    rich.timeouts += c->session_timeouts;
    rich.ryw[asks] += c->ryw_violations;
    rich.monotonic[asks] += c->monotonic_violations;
    rich.multi_leader += !asks && s->mode == STORE_MULTI_LEADER ? c->ryw_violations : 0;
}

static void watch_rich(const struct tiny *t, uint64_t seed)
{
    const struct world_run_conf conf = {.seed = seed, .n_threads = 1};
    struct record record;
    rich_run(t, PARTITION_DEFAULT, &conf, &record);
    for (int i = 0; i < record.n_stores; i++) {
        const struct store_record *c = &record.stores[i];
        cr_expect(is_kept(&t->stores[i].session, c), "world %lu, store %d: %lu and %lu of %lu",
                  seed, i, c->ryw_violations, c->monotonic_violations, c->own_reads);
        cr_expect_leq(c->session_timeouts, c->session_misses);
        add_up(&t->stores[i], c);
    }
    rich_drop(&record);
}

// Users wander, stores come to their news late.
Test(sessions, guarantees_are_kept_in_rich_worlds)
{
    static struct tiny t;
    for (uint64_t seed = 1; seed <= (stat_is_long() ? 2000 : 150); seed++) {
        rich_make(&t, seed);
        rich_add_sessions(&t, seed);
        if (seed % 2 == 0)
            rich_add_clients(&t, seed);
        if (seed % 3 == 0)
            rich_add_edges(&t, seed);
        if (seed % 5 == 0)
            richlimits_add(&t, seed);
        watch_rich(&t, seed);
        for (int i = 0; i < t.topology.n_stores; i++)
            t.stores[i].session.guarantee = GUARANTEE_NONE;
        watch_rich(&t, seed);
    }
    cr_expect(rich.own_reads > 10000 && rich.misses > 100 && rich.timeouts > 10,
              "%lu own reads, %lu misses, %lu timeouts", rich.own_reads, rich.misses,
              rich.timeouts);
    cr_expect(rich.multi_leader > 100 && rich.monotonic[0] > 50, "%lu (%lu), %lu violations",
              rich.ryw[0], rich.multi_leader, rich.monotonic[0]);
    // Some are kept by halves, or until the time is over.
    cr_expect_lt(rich.ryw[1], rich.ryw[0] / 2);
    cr_expect_lt(rich.monotonic[1], rich.monotonic[0] / 2);
}
