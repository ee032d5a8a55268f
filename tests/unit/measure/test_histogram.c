#include <math.h>
#include <stdlib.h>

#include <criterion/criterion.h>

#include "base/array.h"
#include "base/stream.h"
#include "measure/histogram.h"

// Every value at which something about the bins changes, and its neighbours.
static size_t edge_values(uint64_t *out)
{
    size_t n = 0;
    for (int k = 0; k < 64; k++) {
        uint64_t power = UINT64_C(1) << k;
        out[n++] = power - 1;
        out[n++] = power;
        out[n++] = power + 1;
        out[n++] = power + (power >> 1);
        out[n++] = power + (power >> HISTOGRAM_SUB_BITS);
        out[n++] = power + (power >> HISTOGRAM_SUB_BITS) - 1;
    }
    out[n++] = UINT64_MAX - 1;
    out[n++] = UINT64_MAX;
    return n;
}

Test(histogram, a_value_lies_between_the_edges_of_its_bin)
{
    uint64_t values[500];
    size_t n = edge_values(values);
    for (size_t i = 0; i < n; i++) {
        size_t bin = histogram_bin(values[i]);
        cr_assert_lt(bin, (size_t)HISTOGRAM_BINS);
        cr_assert_leq(histogram_lower(bin), values[i]);
        if (values[i] < UINT64_C(1) << 63)
            cr_assert_lt(values[i], histogram_lower(bin + 1));
        else
            cr_assert_eq(bin, (size_t)HISTOGRAM_BINS - 1);
    }
}

Test(histogram, bins_follow_each_other_and_are_narrow)
{
    for (size_t b = 0; b < HISTOGRAM_BINS; b++) {
        uint64_t lower = histogram_lower(b), upper = histogram_lower(b + 1);
        cr_assert_lt(lower, upper);
        cr_assert_eq(histogram_bin(lower), b);
        cr_assert_eq(histogram_bin(upper - 1), b);
        cr_assert(upper - lower == 1 || (upper - lower) * HISTOGRAM_SUB_BINS <= lower,
                  "bin %zu is too wide", b);
    }
    cr_assert_eq(histogram_lower(HISTOGRAM_BINS), UINT64_C(1) << 63);
}

// ---- against a sorted array ----

struct twin {
    ARRAY(uint64_t) values;
};

static int by_value(const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return (a > b) - (a < b);
}

// Values over the whole range, thick around powers of two, and some of them many times.
static uint64_t random_value(struct stream *s)
{
    uint64_t edges[500];
    switch (stream_below(s, 4)) {
    case 0:
        return edges[stream_below(s, (uint32_t)edge_values(edges))];
    case 1:
        return stream_below(s, 300);
    case 2:
        return 12345678;
    default:
        return stream_word(s) >> stream_below(s, 64);
    }
}

static uint64_t saturating_sum(const struct twin *twin)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < twin->values.n; i++)
        sum = sum + twin->values.items[i] < sum ? UINT64_MAX : sum + twin->values.items[i];
    return sum;
}

static void compare_quantile(const struct histogram *h, const struct twin *twin, double q)
{
    size_t n = twin->values.n, rank = (size_t)ceil(q * (double)n);
    uint64_t truth = twin->values.items[rank == 0 ? 0 : rank - 1];
    double value = histogram_quantile(h, q);
    cr_assert_leq(value, (double)h->most);
    if (truth >= UINT64_C(1) << 63) {
        cr_assert_geq(value, 0x1p62); // beyond the bins only the order of size is kept
        return;
    }
    cr_assert_leq(fabs(value - (double)truth), 0.01 * (double)truth, "q %g: %g, not %g", q, value,
                  (double)truth);
    if (truth < 256)
        cr_assert_eq(value, (double)truth);
}

static void compare(const struct histogram *h, struct twin *twin)
{
    static const double qs[] = {0, 0.001, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99, 0.999, 1};
    size_t n = twin->values.n;
    cr_assert_eq(h->n, n);
    cr_assert_eq(h->sum, saturating_sum(twin));
    if (n == 0) {
        cr_assert(isnan(histogram_quantile(h, 0.5)) && isnan(histogram_mean(h)) &&
                  isnan(histogram_share_below(h, 7)));
        cr_assert_eq(h->most, 0u);
        return;
    }
    qsort(twin->values.items, n, sizeof *twin->values.items, by_value);
    cr_assert_eq(h->most, twin->values.items[n - 1]);
    for (size_t i = 0; i < sizeof qs / sizeof *qs; i++)
        compare_quantile(h, twin, qs[i]);
    for (size_t i = 0; i < n; i += 1 + n / 20) {
        // Values <= x lie between those in bins below x's and those up to its end.
        uint64_t x = twin->values.items[i];
        size_t below = 0, upto = 0, bin = histogram_bin(x);
        for (size_t k = 0; k < n; k++) {
            below += histogram_bin(twin->values.items[k]) < bin;
            upto += histogram_bin(twin->values.items[k]) <= bin;
        }
        double share = histogram_share_below(h, x) * (double)n;
        cr_assert(share > (double)below - 1e-6 && share < (double)upto + 1e-6);
    }
}

static void run_program(uint64_t seed)
{
    struct stream s = stream_open(seed, 0, "histogram", "program");
    struct histogram h, other;
    struct twin twin = {0};
    histogram_init(&h);
    for (int step = 0; step < 60; step++) {
        uint32_t what = stream_below(&s, 20);
        if (what == 0) {
            histogram_clear(&h);
            array_clear(&twin.values);
        } else if (what == 1) {
            histogram_init(&other);
            for (uint32_t i = stream_below(&s, 50); i > 0; i--) {
                uint64_t value = random_value(&s);
                histogram_add(&other, value);
                array_push(&twin.values, value);
            }
            histogram_merge(&h, &other);
            histogram_free(&other);
        } else {
            uint64_t value = random_value(&s);
            histogram_add(&h, value);
            array_push(&twin.values, value);
        }
        compare(&h, &twin);
    }
    array_free(&twin.values);
    histogram_free(&h);
}

Test(histogram, agrees_with_a_sorted_array)
{
    for (uint64_t seed = 0; seed < 60; seed++)
        run_program(seed);
}

Test(histogram, many_values_keep_the_relative_error)
{
    struct stream s = stream_open(1, 0, "histogram", "many");
    struct histogram h;
    struct twin twin = {0};
    histogram_init(&h);
    for (int i = 0; i < 200000; i++) {
        uint64_t value = (uint64_t)(-log(stream_uniform(&s)) * 8e7); // 80 ms in ns, exponential
        histogram_add(&h, value);
        array_push(&twin.values, value);
    }
    qsort(twin.values.items, twin.values.n, sizeof *twin.values.items, by_value);
    for (int i = 0; i <= 10000; i++)
        compare_quantile(&h, &twin, i / 10000.0);
    cr_assert_float_eq(histogram_share_below(&h, 80000000), 1 - exp(-1), 0.005);
    array_free(&twin.values);
    histogram_free(&h);
}

// ---- merging ----

static void fill(struct histogram *h, uint64_t seed)
{
    struct stream s = stream_open(seed, 0, "histogram", "fill");
    histogram_init(h);
    for (int i = 0; i < 300; i++)
        histogram_add(h, random_value(&s));
}

static void assert_equal(const struct histogram *a, const struct histogram *b)
{
    cr_assert_arr_eq(a->count, b->count, HISTOGRAM_BINS * sizeof *a->count);
    cr_assert_eq(a->n, b->n);
    cr_assert_eq(a->sum, b->sum);
    cr_assert_eq(a->most, b->most);
}

Test(histogram, merging_in_any_order_gives_the_same)
{
    struct histogram parts[3], left, right;
    for (uint64_t i = 0; i < 3; i++)
        fill(&parts[i], i);
    histogram_init(&left); // (0 + 1) + 2
    for (int i = 0; i < 3; i++)
        histogram_merge(&left, &parts[i]);
    histogram_merge(&parts[2], &parts[1]); // 0 + (2 + 1)
    histogram_init(&right);
    histogram_merge(&right, &parts[2]);
    histogram_merge(&right, &parts[0]);
    assert_equal(&left, &right);
    for (int i = 0; i < 3; i++)
        histogram_free(&parts[i]);
    histogram_free(&left);
    histogram_free(&right);
}

Test(histogram, the_sum_saturates)
{
    struct histogram a, b;
    histogram_init(&a);
    histogram_init(&b);
    histogram_add(&a, UINT64_MAX);
    histogram_add(&a, 1);
    cr_assert_eq(a.sum, UINT64_MAX);
    histogram_add(&b, 5);
    histogram_merge(&b, &a);
    cr_assert_eq(b.sum, UINT64_MAX);
    cr_assert_eq(b.n, 3u);
    histogram_free(&a);
    histogram_free(&b);
}
