// Pins: acknowledged writes of quorums are in danger when a failure takes the last member that has
// them: those of a region whose links are cut, until hints have left; of two regions, at the second
// failure; none where W copies are in regions that do not fail, or that are back before; where all
// copies have it, be there one or be they down at once; or where somebody stands in. In random
// plays every write that is lost with a member that is gone for good had been in danger, and where
// all others are well hardly any other had.
#include <criterion/criterion.h>

#include "model/settlement.h"
#include "support/stat.h"
#include "unit/model/randomplay.h"
#include "unit/model/storeplay.h"

enum { ITEMS = 2000 };

static struct tiny t;
static struct storeplay p;
static struct record record;

// Three regions, where one copy of each is enough for an answer.
static struct store_spec *make(int write)
{
    struct store_spec *s = storeplay_make(&t, STORE_QUORUM);
    s->items = ITEMS;
    s->quorum.write = write;
    s->quorum.read = 1;
    return s;
}

static void cut(const char *region, double from_s, double to_s)
{
    tiny_add_fault_at(&t, FAULT_LINK, region, from_s, to_s - from_s)->peer = "*";
}

static void fail(const char *region, double from_s, double to_s)
{
    tiny_add_fault_at(&t, FAULT_REGION, region, from_s, to_s - from_s);
}

// Writes of items of their own every half second until 60 s, in a region.
static void play(int region)
{
    record = (struct record){.n_stores = 1};
    storeplay_open(&p, &t);
    for (uint32_t i = 0; i < 120; i++)
        storeplay_write(&p, region, 0.25 + 0.5 * i, i);
    storeplay_run(&p, 1000);
    settlement_collect(p.stage.world, &record);
    storeplay_close(&p);
}

static void expect_exposures(size_t n, const double at_s[], const double age_s[],
                             const uint64_t writes[])
{
    const struct store_record *s = &record.stores[0];
    uint64_t sum = 0;
    for (size_t i = 0, k = 0; i < s->exposures.n; i++) {
        const struct exposure_record *e = &s->exposures.items[i];
        sum += e->writes;
        if (e->writes == 0)
            continue; // the member's own
        cr_assert_lt(k, n, "%lu writes at %g s", e->writes, simtime_to_seconds(e->time));
        cr_expect_float_eq(simtime_to_seconds(e->time), at_s[k], 1e-6);
        cr_expect_float_eq(simtime_to_seconds(e->age), age_s[k], 0.05);
        cr_expect_eq(e->writes, writes[k], "at %g s: %lu", at_s[k], e->writes);
        k++;
    }
    cr_expect_eq(s->unreplicated_at_fault, sum);
}

#define EXPECT_ONE(at_s, age_s, writes)                                                            \
    expect_exposures(1, (const double[]){at_s}, (const double[]){age_s}, (const uint64_t[]){writes})

static void expect_lost(uint64_t n)
{
    cr_expect_eq(record.stores[0].fates[FATE_LOST], n, "%lu", record.stores[0].fates[FATE_LOST]);
    record_free(&record);
}

Test(holders, of_a_region_that_is_cut_off)
{
    make(1);
    cut("us-east-1", 10, 2000);
    fail("us-east-1", 30, 2000);
    play(0);
    EXPECT_ONE(30, 19.7, 40);
    expect_lost(40);
}

Test(holders, of_one_that_comes_back)
{
    make(1);
    cut("us-east-1", 10, 40);
    fail("us-east-1", 30, 50);
    play(0);
    EXPECT_ONE(30, 19.7, 40);
    expect_lost(0);
}

Test(holders, of_one_whose_hints_have_left)
{
    make(1);
    cut("us-east-1", 10, 20);
    fail("us-east-1", 30, 2000);
    play(0);
    expect_exposures(0, NULL, NULL, NULL);
    expect_lost(0);
}

// Too late for hints, which replicas that are compared at 60 s would make good.
Test(holders, of_one_whose_hints_were_too_late)
{
    struct store_spec *s = make(1);
    s->quorum.hint_window_s = 5;
    s->quorum.anti_entropy_s = 60;
    cut("us-east-1", 10, 20);
    fail("us-east-1", 40, 2000);
    play(0);
    EXPECT_ONE(40, 29.7, 10);
    expect_lost(10);
}

// Both that have the writes fail, the coordinator first. It is back when the other fails.
Test(holders, of_two_regions)
{
    make(2);
    cut("eu-west-1", 10, 2000);
    fail("us-east-1", 30, 45);
    fail("us-west-2", 40, 2000);
    play(0);
    EXPECT_ONE(40, 29.7, 40);
    expect_lost(0);
    make(2);
    cut("eu-west-1", 10, 2000);
    fail("us-east-1", 30, 35);
    fail("us-west-2", 40, 2000);
    play(0);
    expect_exposures(0, NULL, NULL, NULL);
    expect_lost(0);
}

// As of a store with one replica.
Test(holders, none_of_the_only_copy)
{
    make(1)->quorum.copies = 1;
    fail("us-west-2", 30.1, 2000);
    play(0); // of 60 writes until then those that region 1 has, by their number
    const uint64_t n = record.stores[0].fates[FATE_LOST];
    expect_exposures(0, NULL, NULL, NULL);
    cr_expect(10 < n && n < 30, "%lu", n);
    expect_lost(n);
}

// Everybody has everything.
Test(holders, none_when_all_are_down_at_once)
{
    make(2);
    fail("us-east-1", 30, 40);
    fail("us-west-2", 31, 40);
    fail("eu-west-1", 32, 40);
    play(0);
    expect_exposures(0, NULL, NULL, NULL);
    expect_lost(0);
}

// Region 2 cannot be reached from 0, and region 1 takes its part: until it has handed it over.
Test(holders, of_stand_ins)
{
    for (int i = 0; i < 2; i++) {
        struct store_spec *s = make(1);
        s->quorum.copies = 2;
        s->quorum.sloppy = true;
        s->quorum.hint_window_s = 0;
        tiny_add_fault_at(&t, FAULT_LINK, "us-east-1", 10, 2000)->peer = "eu-west-1";
        fail("us-east-1", 30, 2000);
        if (i == 1)
            cut("eu-west-1", 10, 2000);
        play(0);
        const uint64_t n = record.stores[0].unreplicated_at_fault;
        cr_expect_eq(n, 0, "somebody stands in: %lu", n);
        record_free(&record);
    }
}

Test(holders, none_where_others_have_them)
{
    make(2);
    cut("eu-west-1", 10, 2000);
    fail("us-west-2", 30, 2000);
    play(0);
    expect_exposures(0, NULL, NULL, NULL);
    cr_expect_eq(record.stores[0].exposures.n, 1);
    expect_lost(0);
}

// ---- random plays

static struct randomplay r;

static uint64_t in_danger(void)
{
    uint64_t n = 0;
    for (size_t i = 0; i < r.record.stores[0].exposures.n; i++)
        n += r.record.stores[0].exposures.items[i].writes;
    return n;
}

// Links are cut for a while; one region fails for good while, or soon after, it was cut off.
static void play_random(uint64_t seed)
{
    struct stream s = stream_open(seed, 0, "test", "holders");
    struct store_spec *store = randomplay_make(&r, STORE_QUORUM, &s);
    const char *victim = randomplay_regions[stream_below(&s, 3)];
    const double failed_s = randomplay_between(&s, 15, 50);
    store->items = 1000000; // hardly any is written twice
    store->quorum.write = 1 + (int)(stream_below(&s, 4) == 0);
    store->quorum.copies = (int)stream_below(&s, 2) * 2;
    store->quorum.sloppy = store->quorum.copies > 0;
    for (int i = 0; i < 4; i++) {
        randomplay_add_fault(&r, &s);
        r.tiny.faults[i].target = FAULT_LINK;
        r.tiny.faults[i].effect = FAULT_DOWN;
    }
    tiny_add_fault_at(&r.tiny, FAULT_LINK, victim, failed_s - randomplay_between(&s, 0, 10),
                      randomplay_between(&s, 0, 20))
        ->peer = "*";
    tiny_add_fault_at(&r.tiny, FAULT_REGION, victim, failed_s, 5000);
    randomplay_run(&r, &s);
}

Test(holders, whatever_is_lost_was_in_danger)
{
    uint64_t danger = 0, lost = 0;
    for (uint64_t seed = 1; seed <= stat_runs(stat_is_long() ? 1000 : 50); seed++) {
        play_random(seed);
        const uint64_t n = r.record.stores[0].fates[FATE_LOST];
        cr_expect_leq(n, in_danger(), "world %lu: %lu lost, %lu in danger", seed, n, in_danger());
        danger += in_danger();
        lost += n;
        randomplay_close(&r);
    }
    cr_expect_gt(lost, 100);
    cr_expect_lt((double)danger, 1.2 * (double)lost, "%lu in danger, %lu lost", danger, lost);
}
