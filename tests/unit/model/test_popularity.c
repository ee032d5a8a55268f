// Pins: items are drawn with exactly the Zipf law: the share that the alias table gives each item
// equals its weight to the resolution of the random word, and draws pass a chi-square test at level
// 1e-4.
#include <criterion/criterion.h>
#include <math.h>

#include "base/stream.h"
#include "model/popularity.h"
#include "support/stat.h"

enum { MOST = 10000 };

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
