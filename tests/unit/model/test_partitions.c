// Pins: items are dealt evenly, each to one partition for good; splits halve ranges that are too
// wide, or one that has been hot for long enough without a pause; an item that makes up enough of
// that gets a partition of its own, found again among all others.
#include <criterion/criterion.h>

#include "base/base.h"
#include "base/stream.h"
#include "model/partitions.h"
#include "support/stat.h"

static struct partitions p;

static void open(uint32_t n, simtime split_after)
{
    const struct partition model = {.limits = {bucket_full(SIMTIME_S), bucket_full(SIMTIME_S)}};
    partitions_open(&p, n, &model, split_after);
}

static void note(uint32_t item, double at_s)
{
    partitions_note(&p, partitions_of(&p, item), item, simtime_from_seconds(at_s));
}

static void expect_sorted(void)
{
    cr_expect_eq(p.ranges.items[0].first, 0);
    for (size_t i = 1; i < p.ranges.n; i++)
        cr_expect_lt(p.ranges.items[i - 1].first, p.ranges.items[i].first);
    for (size_t i = 1; i < p.single.n; i++)
        cr_expect_lt(p.single.items[i - 1].first, p.single.items[i].first);
}

// Chi-square at level 1e-4, of items in order, as popular ones are.
Test(partitions, items_are_dealt_evenly)
{
    static const uint32_t sizes[] = {1, 2, 3, 7, 40};
    for (size_t k = 0; k < ARRAY_LEN(sizes); k++) {
        uint64_t counts[40] = {0};
        double shares[40];
        open(sizes[k], 0);
        expect_sorted();
        for (uint32_t item = 0; item < 10000; item++)
            counts[partitions_of(&p, item) - p.ranges.items]++;
        for (uint32_t i = 0; i < sizes[k]; i++)
            shares[i] = 1.0 / sizes[k];
        if (sizes[k] > 1)
            cr_expect(stat_counts_agree("items by partition", counts, shares, sizes[k]));
        partitions_free(&p);
    }
}

Test(partitions, growth_splits_what_is_too_wide)
{
    open(3, 0);
    partitions_grow(&p, 24);
    cr_expect_eq(p.ranges.n, 24);
    expect_sorted();
    for (size_t i = 1; i < p.ranges.n; i++) {
        const uint32_t width = p.ranges.items[i].first - p.ranges.items[i - 1].first;
        cr_expect(width >= 178956970 - 8 && width <= 178956970 + 8, "%u", width); // 2^32 / 24
    }
    partitions_grow(&p, 5); // never merged
    cr_expect_eq(p.ranges.n, 24);
    partitions_grow(&p, 25); // all alike are too wide
    cr_expect_eq(p.ranges.n, 48);
    expect_sorted();
    partitions_free(&p);
}

// Both halves go on with the tokens that there were.
Test(partitions, tokens_stay)
{
    open(1, 0);
    bucket_take(&p.ranges.items[0].limits[THROUGHPUT_WRITE], 0, bucket_cost(900, 1000));
    partitions_grow(&p, 2);
    for (int i = 0; i < 2; i++)
        cr_expect_eq(
            bucket_due(&p.ranges.items[i].limits[THROUGHPUT_WRITE], 0, bucket_cost(200, 1000)),
            SIMTIME_S / 10);
    partitions_free(&p);
}

Test(partitions, one_hot_item_gets_its_own)
{
    open(4, 60 * SIMTIME_S);
    uint32_t other = 8;
    while (partitions_of(&p, other) != partitions_of(&p, 7))
        other++;
    for (int i = 0; i <= 60; i++) {
        cr_expect_eq(p.single.n, 0);
        note(i % 3 == 0 ? 7 : other + (uint32_t)i * 1000, i); // a third of it
    }
    cr_expect_eq(p.single.n, 1);
    cr_expect(partitions_of(&p, 7)->is_single);
    cr_expect_not(partitions_of(&p, other)->is_single);
    for (int i = 100; i < 400; i++) // no more of it than one item
        note(7, i);
    cr_expect_eq(p.single.n + p.ranges.n, 5);
    partitions_free(&p);
}

Test(partitions, many_hot_items_halve_it)
{
    open(1, 60 * SIMTIME_S);
    for (int i = 0; i <= 60; i++)
        for (uint32_t item = 0; item < 20; item++)
            note(item, i);
    cr_expect_eq(p.single.n, 0);
    cr_expect_eq(p.ranges.n, 2);
    cr_expect_eq(p.ranges.items[1].first, 1u << 31);
    partitions_free(&p);
}

Test(partitions, pauses_begin_anew)
{
    open(1, 60 * SIMTIME_S);
    for (int i = 0; i < 100; i++)
        note((uint32_t)i, 7 * i); // pauses of more than a tenth of the time
    cr_expect_eq(p.ranges.n, 1);
    for (int i = 0; i < 100; i++)
        note((uint32_t)i, 700 + 6 * i);
    cr_expect_gt(p.ranges.n, 1);
    partitions_free(&p);
    open(1, 0); // never
    for (int i = 0; i < 1000; i++)
        note(0, i);
    cr_expect_eq(p.ranges.n + p.single.n, 1);
    partitions_free(&p);
}

// A naive twin: who has a partition of his own is in a table.
Test(partitions, single_items_are_found_among_others)
{
    static bool is_single[500];
    struct stream s = stream_open(1, 0, "test", "single");
    open(5, SIMTIME_S);
    for (int i = 0; i < 200; i++) {
        const uint32_t item = stream_below(&s, 500);
        for (int k = 0; k <= 10; k++)
            note(item, 100 * i + 0.1 * k);
        is_single[item] = true;
        expect_sorted();
        for (uint32_t other = 0; other < 500; other++) {
            const struct partition *at = partitions_of(&p, other);
            cr_assert_eq(at->is_single, is_single[other], "item %u", other);
            cr_assert(!at->is_single || at->first == other);
        }
    }
    partitions_free(&p);
}
