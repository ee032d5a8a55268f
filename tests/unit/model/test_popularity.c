// Pins: items are drawn by Zipf's law to the grain of the random word. In a table the share of each
// item equals its weight; beyond the table each item has its number of words to within one, which
// bounds the total variation distance, whatever the exponent, 1 and its neighbours included; draws
// pass chi-square tests at level 1e-4. Up to 2^20 items are drawn as a plain alias table draws
// them; memory is that of a table, for any number of items.
#include <criterion/criterion.h>
#include <gsl/gsl_sf_zeta.h>
#include <math.h>
#include <stdio.h>

#include "base/array.h"
#include "base/stream.h"
#include "model/popularity.h"
#include "support/stat.h"

enum { MOST = 10000, MANY = 3000000, EXPONENTS = 8 };

static const double all_exponents[EXPONENTS] = {0, 0.7, 0.99, 1 - 1e-12, 1, 1 + 1e-9, 1.2, 3};

static void zipf_shares(double *shares, uint32_t n, double exponent)
{
    double sum = 0;
    for (uint32_t i = 0; i < n; i++)
        sum += shares[i] = pow(i + 1.0, -exponent);
    for (uint32_t i = 0; i < n; i++)
        shares[i] /= sum;
}

Test(popularity, table_gives_each_item_its_share)
{
    static const double exponents[] = {0, 0.5, 0.99, 1, 1.5, 3};
    static const uint32_t sizes[] = {1, 2, 3, 100, MOST};
    static double want[MOST], got[MOST];
    for (size_t e = 0; e < 6; e++)
        for (size_t k = 0; k < 5; k++) {
            struct arena arena = {0};
            uint32_t n = sizes[k];
            struct popularity p = popularity_compile(&arena, n, exponents[e]);
            zipf_shares(want, n, exponents[e]);
            for (uint32_t i = 0; i < n; i++)
                got[i] = 0;
            for (uint32_t i = 0; i < n; i++) {
                double own = p.cells[i].threshold / 4294967296.0;
                got[i] += own / n;
                got[p.cells[i].alias] += (1 - own) / n;
            }
            for (uint32_t i = 0; i < n; i++) // an item gets at most n roundings of 2^-32 / n
                cr_assert_float_eq(got[i], want[i], 1e-9, "item %u of %u, exponent %g: %g, not %g",
                                   i, n, exponents[e], got[i], want[i]);
            arena_free(&arena);
        }
}

Test(popularity, draws_are_zipf)
{
    enum { N = 50, DRAWS = 200000 };
    struct stream random = stream_open(1, 0, "test", "popularity");
    struct arena arena = {0};
    struct popularity p = popularity_compile(&arena, N, 1.1);
    uint64_t counts[N] = {0};
    double shares[N];
    for (int i = 0; i < DRAWS; i++)
        counts[popularity_item(&p, (uint32_t)(stream_word(&random) >> 32))]++;
    zipf_shares(shares, N, 1.1);
    cr_expect(stat_counts_agree("Zipf 1.1 of 50", counts, shares, N));
    arena_free(&arena);
}

Test(popularity, extreme_words_stay_inside)
{
    struct arena arena = {0};
    struct popularity p = popularity_compile(&arena, 7, 1);
    cr_expect_lt(popularity_item(&p, 0), 7);
    cr_expect_lt(popularity_item(&p, UINT32_MAX), 7);
    arena_free(&arena);
}

// ---- more items than a table holds

Test(popularity, small_numbers_of_items_are_drawn_by_one_table)
{
    static const uint32_t sizes[] = {1, 3, 1000, POPULARITY_TABLE_ITEMS - 1,
                                     POPULARITY_TABLE_ITEMS};
    struct stream random = stream_open(3, 0, "test", "popularity table");
    for (size_t k = 0; k < 5; k++) {
        struct arena arena = {0};
        struct popularity p = popularity_compile(&arena, sizes[k], 0.99);
        for (int i = 0; i < 100000; i++) {
            uint32_t word = (uint32_t)stream_word(&random);
            uint64_t product = (uint64_t)word * sizes[k];
            const struct popularity_cell *cell = &p.cells[product >> 32];
            uint32_t want = (uint32_t)product < cell->threshold ? (uint32_t)(product >> 32)
                                                                : cell->alias;
            cr_assert_eq(popularity_item(&p, word), want, "word %u", word);
        }
        arena_free(&arena);
    }
}

Test(popularity, memory_does_not_grow_with_the_number_of_items)
{
    static const uint32_t sizes[] = {POPULARITY_TABLE_ITEMS + 1, 100000000, UINT32_MAX};
    for (size_t k = 0; k < 3; k++) {
        struct arena arena = {0};
        struct popularity p = popularity_compile(&arena, sizes[k], 0.99);
        cr_expect_eq(p.n_cells, POPULARITY_HEAD_ITEMS);
        cr_expect_lt(arena.total_bytes, 2 << 20);
        arena_free(&arena);
    }
}

// The first of the tail's words that chooses `item` or a later one: by inversion, then step by
// step.
static uint32_t first_word_of(const struct popularity *p, uint32_t item)
{
    double reach = expm1(log((item + 0.5) / p->tail_start) / p->tail_power) / p->tail_step;
    uint32_t word = reach < 0 ? 0 : reach > p->tail_words ? p->tail_words : (uint32_t)reach;
    while (word > 0 && popularity_item(p, word - 1) >= item)
        word--;
    while (word < p->tail_words && popularity_item(p, word) < item)
        word++;
    return word;
}

// Share of every item of a law with a tail, by all 2^32 words.
static void all_shares(const struct popularity *p, double *shares)
{
    const double head = (0x1p32 - p->tail_words) / 0x1p32;
    for (uint32_t i = 0; i < p->n; i++)
        shares[i] = 0;
    for (uint32_t i = 0; i < p->n_cells; i++) {
        double own = p->cells[i].threshold / 0x1p32;
        shares[i] += own / p->n_cells * head;
        shares[p->cells[i].alias] += (1 - own) / p->n_cells * head;
    }
    uint32_t first = 0;
    for (uint32_t i = p->n_cells; i < p->n; i++) {
        uint32_t next = i + 1 < p->n ? first_word_of(p, i + 1) : p->tail_words;
        shares[i] = (next - first) / 0x1p32;
        first = next;
    }
}

static double distance_from_zipf(const struct popularity *p, double exponent, double *want,
                                 double *got)
{
    double distance = 0;
    zipf_shares(want, p->n, exponent);
    all_shares(p, got);
    for (uint32_t i = 0; i < p->n; i++) {
        double slack = i < p->n_cells ? 1.1 : 1.01; // the whole tail is rounded to a word, too
        cr_assert_float_eq(got[i], want[i], slack / 0x1p32, "item %u, exponent %g: %g, not %g", i,
                           exponent, got[i] * 0x1p32, want[i] * 0x1p32);
        distance += fabs(got[i] - want[i]) / 2;
    }
    return distance;
}

Test(popularity, tail_is_zipf_to_a_word)
{
    double *want = array_new(double, MANY), *got = array_new(double, MANY);
    for (size_t e = 0; e < EXPONENTS; e++) {
        struct arena arena = {0};
        struct popularity p = popularity_compile(&arena, MANY, all_exponents[e]);
        double distance = distance_from_zipf(&p, all_exponents[e], want, got);
        cr_expect_lt(distance, MANY / 0x1p33 / 2, "exponent %g: total variation %g",
                     all_exponents[e], distance);
        arena_free(&arena);
    }
    array_release(want);
    array_release(got);
}

// A planted fault: the next exponent with two digits is far away by the same yardstick.
Test(popularity, distance_tells_a_wrong_exponent)
{
    double *want = array_new(double, MANY), *got = array_new(double, MANY), distance = 0;
    struct arena arena = {0};
    struct popularity p = popularity_compile(&arena, MANY, 0.99);
    zipf_shares(want, MANY, 0.98);
    all_shares(&p, got);
    for (uint32_t i = 0; i < MANY; i++)
        distance += fabs(got[i] - want[i]) / 2;
    cr_expect_gt(distance, 20 * MANY / 0x1p33);
    arena_free(&arena);
    array_release(want);
    array_release(got);
}

// Its weight against GSL's Hurwitz zeta function, at 100 million items.
Test(popularity, tail_has_its_weight)
{
    static const double exponents[] = {1.05, 1.2, 1.5, 2, 3};
    const uint32_t n = 100000000;
    for (size_t e = 0; e < 5; e++) {
        struct arena arena = {0};
        struct popularity p = popularity_compile(&arena, n, exponents[e]);
        double beyond = gsl_sf_hzeta(exponents[e], n + 1.0);
        double tail = gsl_sf_hzeta(exponents[e], POPULARITY_HEAD_ITEMS + 1.0) - beyond;
        double words = 0x1p32 * tail / (gsl_sf_zeta(exponents[e]) - beyond);
        cr_expect_float_eq(p.tail_words, words, 0.501, "exponent %g: %u words, not %g",
                           exponents[e], p.tail_words, words);
        arena_free(&arena);
    }
}

Test(popularity, words_of_the_tail_are_in_order)
{
    static const uint32_t sizes[] = {POPULARITY_TABLE_ITEMS + 1, MANY, 100000000, UINT32_MAX};
    struct stream random = stream_open(2, 0, "test", "popularity order");
    for (size_t k = 0; k < 4; k++)
        for (size_t e = 0; e < EXPONENTS; e++) {
            struct arena arena = {0};
            struct popularity p = popularity_compile(&arena, sizes[k], all_exponents[e]);
            cr_expect_lt(popularity_item(&p, p.tail_words), POPULARITY_HEAD_ITEMS);
            cr_expect_lt(popularity_item(&p, UINT32_MAX), POPULARITY_HEAD_ITEMS);
            for (int i = 0; p.tail_words > 1 && i < 20000; i++) {
                uint32_t word = stream_below(&random, p.tail_words - 1);
                cr_assert_leq(popularity_item(&p, word), popularity_item(&p, word + 1));
            }
            if (p.tail_words > 0) {
                cr_expect_geq(popularity_item(&p, 0), POPULARITY_HEAD_ITEMS);
                cr_expect_lt(popularity_item(&p, p.tail_words - 1), sizes[k]);
            }
            arena_free(&arena);
        }
}

// Ranges of ranks: each of the first 20 items, then ever longer ranges, a tenth more each.
static size_t rank_ranges(uint32_t *ends, uint32_t n)
{
    size_t n_ranges = 0;
    for (uint32_t end = 1; end < n; end += end < 20 ? 1 : end / 10)
        ends[n_ranges++] = end;
    ends[n_ranges++] = n;
    return n_ranges;
}

static size_t range_of(const uint32_t *ends, uint32_t item)
{
    size_t range = 0;
    while (item >= ends[range])
        range++;
    return range;
}

enum { RANGES = 200, DRAWS_OF_MANY = 1000000, RESIDUES = 64 };

// Neighbours are taken together until 20 draws or more are expected.
static bool draws_agree(const char *id, uint64_t *counts, double *shares, size_t n)
{
    size_t n_pooled = 0;
    for (size_t i = 0; i < n; i++) {
        if (n_pooled == 0 || shares[n_pooled - 1] * DRAWS_OF_MANY >= 20) {
            counts[n_pooled] = counts[i];
            shares[n_pooled++] = shares[i];
        } else {
            counts[n_pooled - 1] += counts[i];
            shares[n_pooled - 1] += shares[i];
        }
    }
    return stat_counts_agree(id, counts, shares, n_pooled);
}

// Draws by rank, and by the item's last bits, which only the last bits of a word can decide.
static void draw_many(double exponent, const double *exact)
{
    struct stream random = stream_open(1, 0, "test", "popularity of many");
    struct arena arena = {0};
    struct popularity p = popularity_compile(&arena, MANY, exponent);
    uint32_t ends[RANGES];
    uint64_t counts[RANGES] = {0}, residues[RESIDUES] = {0};
    double shares[RANGES] = {0}, even[RESIDUES] = {0};
    size_t n_ranges = rank_ranges(ends, MANY);
    for (uint32_t i = 0; i < MANY; i++) {
        shares[range_of(ends, i)] += exact[i];
        even[i % RESIDUES] += exact[i];
    }
    for (int i = 0; i < DRAWS_OF_MANY; i++) {
        uint32_t item = popularity_item(&p, (uint32_t)stream_word(&random));
        counts[range_of(ends, item)]++;
        residues[item % RESIDUES]++;
    }
    char id[64];
    snprintf(id, sizeof id, "Zipf %.12g, ranks", exponent);
    cr_expect(draws_agree(id, counts, shares, n_ranges));
    snprintf(id, sizeof id, "Zipf %.12g, last bits", exponent);
    cr_expect(draws_agree(id, residues, even, RESIDUES));
    arena_free(&arena);
}

Test(popularity, draws_of_many_are_zipf)
{
    double *exact = array_new(double, MANY);
    for (size_t e = 0; e < EXPONENTS; e++) {
        zipf_shares(exact, MANY, all_exponents[e]);
        draw_many(all_exponents[e], exact);
    }
    array_release(exact);
}
