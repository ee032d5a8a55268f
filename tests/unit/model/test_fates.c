// Pins: no acknowledged write disappears without being counted, in random worlds with random
// faults, against a log of all writes that the test keeps for itself. Of every mode: the four fates
// sum to the writes that clients were told of; present are the items whose last version is one of
// these. Where the last writer wins and no region dies none is lost, and overwritten are exactly
// those of which a later version was taken at another replica before they had arrived there. Of
// quorums with regions that are lost for good, lost are exactly those newer than what is left;
// where quorums need not meet, nearly all of those are overwritten, and no others, of which a later
// version was taken by a coordinator that had an older one.
// AASIM_LONG=1: 20 times as many worlds.
#include <criterion/criterion.h>

#include "support/stat.h"
#include "unit/model/randomplay.h"

enum { ITEMS = 6, LOG = 1000 };

static struct randomplay p;

// What the test sees: each own write of a replica, and when it came to the others.
static struct {
    uint32_t n[ITEMS];
    struct logged {
        uint64_t version;
        simtime taken;
        simtime arrived[3]; // SIMTIME_NEVER: not yet
    } writes[ITEMS][LOG];
    uint32_t n_taken[ITEMS];
    struct taken {
        uint64_t version, had; // its coordinator's copy, when it took it
    } taken[ITEMS][LOG];
    uint64_t before[3][ITEMS], own[3][ITEMS], left[ITEMS];
    const struct replica *replica; // whose event is handled, or NULL
    simtime now;
} seen;

static void log_news(void)
{
    const struct replica *r = seen.replica;
    for (uint32_t item = 0; r != NULL && item < ITEMS; item++) {
        const uint64_t now = replica_version(r, item);
        if (now == seen.before[r->member][item] || version_member(now) != r->member)
            continue;
        cr_assert_lt(seen.n[item], LOG);
        struct logged *w = &seen.writes[item][seen.n[item]++];
        *w = (struct logged){now, seen.now, {SIMTIME_NEVER, SIMTIME_NEVER, SIMTIME_NEVER}};
    }
}

static uint64_t own_version(const struct replica *r, uint32_t item)
{
    return items_find(&r->copy.items, item)->own;
}

// What a coordinator of a quorum has taken: its copy may have it later, or never.
static void log_taken(void)
{
    const struct replica *r = seen.replica;
    for (uint32_t item = 0; r != NULL && item < ITEMS; item++) {
        if (own_version(r, item) == seen.own[r->member][item])
            continue;
        cr_assert_lt(seen.n_taken[item], LOG);
        seen.taken[item][seen.n_taken[item]++] =
            (struct taken){.version = own_version(r, item), .had = seen.before[r->member][item]};
    }
}

static void log_arrival(const struct replica *r, const struct payload_write *write)
{
    for (uint32_t i = 0; !r->fault->is_dead && i < seen.n[write->item]; i++) {
        struct logged *w = &seen.writes[write->item][i];
        if (w->version == write->version)
            w->arrived[r->member] = simtime_least(w->arrived[r->member], seen.now);
    }
}

static bool tap(void *argument, const struct context *x, const struct event *e)
{
    log_news();
    log_taken();
    seen.replica = NULL;
    seen.now = x->now;
    if (x->model->lps[e->dst].kind == LP_REPLICA) {
        const struct replica *r = &x->world->replicas[x->model->lps[e->dst].index];
        seen.replica = r;
        for (uint32_t item = 0; item < ITEMS; item++) {
            seen.before[r->member][item] = replica_version(r, item);
            seen.own[r->member][item] = own_version(r, item);
        }
        if (e->kind == EV_REPLICATE)
            log_arrival(r, &payload_of(e, payload_write));
    }
    return storeplay_tap(argument, x, e);
}

static bool is_told(uint64_t version, uint32_t item)
{
    const struct history *h = &p.recorder.history;
    for (size_t i = 0; i < h->operations.n; i++) {
        const struct history_operation *o = &h->operations.items[i];
        if (o->kind == HISTORY_WRITE && o->ok && o->key == item && o->value == version)
            return true;
    }
    return false;
}

// ---- worlds

static uint32_t gone; // bit set of regions that are lost for good

// By when all that can come has come.
static void log_left(void)
{
    for (int region = 0; region < 3; region++)
        for (uint32_t item = 0; item < ITEMS && !(gone >> region & 1); item++) {
            const uint64_t version = replica_version(storeplay_replica(&p.play, region), item);
            seen.left[item] = version > seen.left[item] ? version : seen.left[item];
        }
}

static void make(enum store_mode mode, struct stream *s)
{
    struct store_spec *store = randomplay_make(&p, mode, s);
    p.tiny.workload.duration_s = p.tiny.workload.window_s = RANDOMPLAY_END_S;
    store->items = ITEMS;
    store->replication.delay = tiny_exponential(randomplay_between(s, 0.01, 1));
    store->leading.forwarding = FORWARD_NONE; // else its caller's member knows no version
    store->failover = mode == STORE_SINGLE_LEADER && stream_below(s, 2) == 0;
    store->heartbeat_s = 0.5, store->detect_s = 2;
    store->decide = store->promote = distribution_constant(1);
}

static void run(struct stream *s)
{
    memset(&seen, 0, sizeof seen);
    randomplay_open(&p);
    p.play.stage.tap = tap;
    randomplay_ask(&p, s);
    storeplay_run(&p.play, RANDOMPLAY_END_S);
    log_news();
    log_taken();
    log_left();
    settlement_collect(p.play.stage.world, &p.record);
}

static uint32_t n_worlds(void)
{
    return stat_runs(stat_is_long() ? 400 : 20);
}

// ---- what must be

// Region 2 is lost for good in odd worlds.
static int n_left(uint64_t seed)
{
    return seed % 2 == 0 ? 3 : 2;
}

static uint64_t last_version(uint32_t item)
{
    return replica_version(storeplay_replica(&p.play, 0), item);
}

static void expect_sum(uint64_t seed)
{
    const uint64_t *fates = p.record.stores[0].fates;
    uint64_t told = 0, present = 0;
    for (size_t i = 0; i < p.recorder.history.operations.n; i++) {
        const struct history_operation *o = &p.recorder.history.operations.items[i];
        told += o->kind == HISTORY_WRITE && o->ok;
    }
    for (uint32_t item = 0; item < ITEMS; item++) {
        for (int region = 1; region < n_left(seed); region++)
            cr_expect_eq(replica_version(storeplay_replica(&p.play, region), item),
                         last_version(item), "world %lu: item %u", seed, item);
        present += is_told(last_version(item), item);
    }
    cr_expect_eq(told, p.record.stores[0].writes, "world %lu", seed);
    cr_expect_eq(told, fates[0] + fates[1] + fates[2] + fates[3], "world %lu", seed);
    cr_expect_eq(present, fates[FATE_PRESENT], "world %lu: %lu and %lu", seed, present,
                 fates[FATE_PRESENT]);
}

// Writes that were told, newer than what is left of their item.
static uint64_t count_vanished(void)
{
    uint64_t n = 0;
    for (size_t i = 0; i < p.recorder.history.operations.n; i++) {
        const struct history_operation *o = &p.recorder.history.operations.items[i];
        n += o->kind == HISTORY_WRITE && o->ok && o->value > last_version(o->key);
    }
    return n;
}

Test(fates, sum_to_what_clients_were_told)
{
    static const enum store_mode modes[] = {STORE_MULTI_LEADER, STORE_SINGLE_LEADER, STORE_QUORUM};
    uint64_t lost = 0, vanished = 0;
    for (uint32_t k = 0; k < ARRAY_LEN(modes); k++)
        for (uint64_t seed = 1; seed <= n_worlds(); seed++) {
            struct stream s = stream_open(seed, k, "test", "fates");
            make(modes[k], &s);
            for (int i = 0; i < TINY_FAULTS - 1; i++)
                randomplay_add_fault(&p, &s);
            if (n_left(seed) < 3)
                tiny_add_fault_at(&p.tiny, FAULT_REGION, randomplay_regions[2], 79.5, 1000);
            run(&s);
            expect_sum(seed);
            cr_expect_geq(p.record.stores[0].fates[FATE_LOST], count_vanished(), "world %lu", seed);
            lost += p.record.stores[0].fates[FATE_LOST];
            vanished += count_vanished();
            randomplay_close(&p);
        }
    cr_expect(lost > 0 && vanished > 0, "%lu lost, %lu vanished", lost, vanished);
}

// Told writes that met a conflict with a later one.
static uint64_t count_overwritten(void)
{
    uint64_t n = 0;
    for (uint32_t item = 0; item < ITEMS; item++)
        for (uint32_t i = 0; i < seen.n[item]; i++) {
            const struct logged *w = &seen.writes[item][i], *x = seen.writes[item];
            const struct logged *end = x + seen.n[item];
            while (x < end && (x->version <= w->version ||
                               version_member(x->version) == version_member(w->version) ||
                               w->arrived[version_member(x->version)] < x->taken))
                x++;
            n += x < end && is_told(w->version, item);
        }
    return n;
}

Test(fates, overwritten_by_who_had_not_got_it)
{
    uint64_t overwritten = 0, superseded = 0;
    for (uint64_t seed = 1; seed <= n_worlds(); seed++) {
        struct stream s = stream_open(seed, 0, "test", "fates of conflicts");
        make(STORE_MULTI_LEADER, &s);
        for (int i = 0; i < TINY_FAULTS; i++) {
            randomplay_add_fault(&p, &s);
            if (p.tiny.faults[i].target != FAULT_LINK)
                p.tiny.faults[i].effect = FAULT_SLOW, p.tiny.faults[i].level = 3;
        }
        run(&s);
        expect_sum(2 * seed);
        const uint64_t *fates = p.record.stores[0].fates;
        cr_expect_eq(fates[FATE_LOST], 0, "world %lu", seed);
        cr_expect_eq(fates[FATE_OVERWRITTEN], count_overwritten(), "world %lu: %lu and %lu", seed,
                     fates[FATE_OVERWRITTEN], count_overwritten());
        overwritten += fates[FATE_OVERWRITTEN];
        superseded += fates[FATE_SUPERSEDED];
        randomplay_close(&p);
    }
    cr_expect(overwritten > 500 && superseded > 500, "%lu, %lu", overwritten, superseded);
}

// ---- quorums

static bool was_taken_by_who_had_less(uint64_t version, uint32_t item)
{
    bool was = false;
    for (uint32_t i = 0; i < seen.n_taken[item]; i++) {
        const struct taken *x = &seen.taken[item][i];
        was |= x->version > version && x->had < version &&
               version_member(x->version) != version_member(version);
    }
    return was;
}

// Told writes by fate.
static void count_fates(uint64_t *fates)
{
    memset(fates, 0, FATES * sizeof *fates);
    for (size_t i = 0; i < p.recorder.history.operations.n; i++) {
        const struct history_operation *o = &p.recorder.history.operations.items[i];
        if (o->kind != HISTORY_WRITE || !o->ok)
            continue;
        if (o->value > seen.left[o->key])
            fates[FATE_LOST]++;
        else if (o->value == seen.left[o->key])
            fates[FATE_PRESENT]++;
        else if (was_taken_by_who_had_less(o->value, o->key))
            fates[FATE_OVERWRITTEN]++;
        else
            fates[FATE_SUPERSEDED]++;
    }
}

static void make_quorum(struct stream *s, int write, enum quorum_scope scope)
{
    make(STORE_QUORUM, s);
    p.tiny.stores[0].quorum.write = write;
    p.tiny.stores[0].quorum.write_scope = p.tiny.stores[0].quorum.read_scope = scope;
    p.tiny.stores[0].quorum.hint_window_s = 5;
    p.tiny.stores[0].quorum.anti_entropy_s = stream_below(s, 2) == 0 ? 7 : 0;
    for (int i = 0; i < TINY_FAULTS - 3; i++)
        randomplay_add_fault(&p, s);
    gone = stream_below(s, 7); // none, or some, but not all
    const double at_s = randomplay_between(s, 78, 81);
    for (int region = 0; region < 3; region++)
        if (gone >> region & 1) {
            tiny_add_fault_at(&p.tiny, FAULT_REGION, randomplay_regions[region], at_s, 1000);
        }
    tiny_add_fault_at(&p.tiny, FAULT_LINK, "us-east-1", 30, 55)->peer = "*";
}

// A write whose notice comes when others have come between two of a coordinator's is taken for
// superseded (rival.h).
static uint64_t expect_fates(uint64_t seed, bool may_miss)
{
    uint64_t expected[FATES];
    const uint64_t *fates = p.record.stores[0].fates;
    count_fates(expected);
    cr_expect_eq(fates[FATE_LOST], expected[FATE_LOST], "world %lu: %lu and %lu lost", seed,
                 fates[FATE_LOST], expected[FATE_LOST]);
    cr_expect_eq(fates[FATE_PRESENT], expected[FATE_PRESENT], "world %lu: %lu and %lu present",
                 seed, fates[FATE_PRESENT], expected[FATE_PRESENT]);
    if (!may_miss)
        expected[FATE_OVERWRITTEN] = 0;
    cr_expect_leq(fates[FATE_OVERWRITTEN], expected[FATE_OVERWRITTEN], "world %lu", seed);
    return expected[FATE_OVERWRITTEN];
}

static void play_quorums(int write, enum quorum_scope scope, bool may_miss)
{
    uint64_t expected = 0, overwritten = 0, lost = 0;
    for (uint64_t seed = 1; seed <= 3 * n_worlds(); seed++) {
        struct stream s = stream_open(seed, (uint32_t)write, "test", "fates of quorums");
        make_quorum(&s, write, scope);
        run(&s);
        expected += expect_fates(seed, may_miss);
        overwritten += p.record.stores[0].fates[FATE_OVERWRITTEN];
        lost += p.record.stores[0].fates[FATE_LOST];
        randomplay_close(&p);
    }
    cr_expect(lost > (may_miss ? 20 : 0) || n_worlds() < 20, "%lu lost", lost);
    cr_expect(overwritten >= expected * 99 / 100, "%lu of %lu overwritten", overwritten, expected);
    cr_expect_eq(overwritten > 0, may_miss, "%lu overwritten", overwritten);
}

Test(fates, of_quorums_of_one)
{
    play_quorums(1, QUORUM_OF_ALL, true);
}

Test(fates, of_quorums_in_a_region)
{
    play_quorums(1, QUORUM_OF_REGION, true);
}

Test(fates, of_quorums_that_meet)
{
    play_quorums(2, QUORUM_OF_ALL, false);
}
