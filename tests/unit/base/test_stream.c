// Pins: Random123's Philox4x32-10 as called here against its published vectors; the words of our
// streams, their key and counter layout (stored results depend on them); independence of names;
// uniform and bounded draws. Not pinned: the statistical quality of Philox itself, which is
// published (Salmon et al. 2011).
#include <Random123/philox.h>
#include <criterion/criterion.h>
#include <gsl/gsl_cdf.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/stream.h"

static void check_vector(philox4x32_ctr_t counter, philox4x32_key_t key, const uint32_t want[4])
{
    philox4x32_ctr_t got = philox4x32(counter, key);
    cr_assert_arr_eq(got.v, want, 16);
}

Test(stream, published_vectors_of_philox4x32_10)
{
    check_vector((philox4x32_ctr_t){{0, 0, 0, 0}}, (philox4x32_key_t){{0, 0}},
                 (uint32_t[]){0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
    check_vector((philox4x32_ctr_t){{~0u, ~0u, ~0u, ~0u}}, (philox4x32_key_t){{~0u, ~0u}},
                 (uint32_t[]){0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
    check_vector((philox4x32_ctr_t){{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}},
                 (philox4x32_key_t){{0xa4093822, 0x299f31d0}},
                 (uint32_t[]){0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

Test(stream, published_vectors_through_a_stream)
{
    // The counter is (block low, block high, lane 0, lane 1); words are pairs of outputs, low one
    // first.
    struct stream s = {.key = {0xa4093822, 0x299f31d0},
                       .lane = {0x13198a2e, 0x03707344},
                       .block = UINT64_C(0x85a308d3243f6a88)};
    cr_assert_eq(stream_word(&s), UINT64_C(0x94fdccebd16cfe09));
    cr_assert_eq(stream_word(&s), UINT64_C(0x24126ea15001e420));
    cr_assert_eq(s.block, UINT64_C(0x85a308d3243f6a89));
    struct stream last = {.block = UINT64_MAX};
    stream_word(&last);
    cr_assert_eq(last.block, 0, "the counter wraps within its half");
}

Test(stream, first_words_are_pinned)
{
    struct stream s = stream_open(1, 2, "population/tokyo", "arrivals");
    const uint64_t want[] = {UINT64_C(0x7cee4a3c715c1d44), UINT64_C(0xcf70b506619cc7d7),
                             UINT64_C(0x423f427ab7ae7fbb), UINT64_C(0xea0b618fd29ec673)};
    for (int i = 0; i < 4; i++) {
        uint64_t got = stream_word(&s);
        cr_assert_eq(got, want[i], "word %d is %016lx", i, got);
    }
}

Test(stream, each_part_of_the_name_counts)
{
    const struct stream streams[] = {
        stream_open(1, 2, "ab", "c"), stream_open(2, 2, "ab", "c"),
        stream_open(1, 3, "ab", "c"), stream_open(1, 2, "a", "bc"),
        stream_open(1, 2, "abc", ""), stream_open(1, 2, "", "abc"),
        stream_open(1, 2, "ab", "d"), stream_open(UINT64_C(1) << 32 | 1, 2, "ab", "c"),
    };
    size_t n = sizeof streams / sizeof streams[0];
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < i; j++)
            cr_assert(memcmp(streams[i].key, streams[j].key, 8) != 0 &&
                          memcmp(streams[i].lane, streams[j].lane, 8) != 0,
                      "%zu and %zu", i, j);
}

Test(stream, a_copy_repeats)
{
    struct stream s = stream_open(1, 0, "a", "b");
    stream_word(&s); // in the middle of a block
    struct stream copy = s;
    for (int i = 0; i < 9; i++)
        cr_assert_eq(stream_word(&s), stream_word(&copy));
}

Test(stream, uniform_is_inside_and_even)
{
    struct stream s = stream_open(1, 0, "test", "uniform");
    enum { N = 1000000, CELLS = 100 };
    double counts[CELLS] = {0}, sum = 0, chi2 = 0;
    for (int i = 0; i < N; i++) {
        double u = stream_uniform(&s);
        cr_assert(u > 0 && u < 1);
        counts[(int)(u * CELLS)]++;
        sum += u;
    }
    for (int i = 0; i < CELLS; i++)
        chi2 += pow(counts[i] - N / CELLS, 2) / (N / CELLS);
    cr_assert_gt(gsl_cdf_chisq_Q(chi2, CELLS - 1), 1e-4, "chi2 = %g", chi2);
    cr_assert_lt(fabs(sum / N - 0.5) / sqrt(1.0 / 12 / N), 4);
}

static void check_below(uint32_t n)
{
    struct stream s = stream_open(n, 0, "test", "below");
    enum { DRAWS = 200000 };
    double *counts = calloc(n, sizeof *counts), chi2 = 0;
    for (int i = 0; i < DRAWS; i++) {
        uint32_t drawn = stream_below(&s, n);
        cr_assert_lt(drawn, n);
        counts[drawn]++;
    }
    for (uint32_t i = 0; i < n; i++)
        chi2 += pow(counts[i] - (double)DRAWS / n, 2) / ((double)DRAWS / n);
    if (n > 1)
        cr_assert_gt(gsl_cdf_chisq_Q(chi2, n - 1), 1e-4, "n = %u, chi2 = %g", n, chi2);
    free(counts);
}

Test(stream, below_is_even)
{
    const uint32_t sizes[] = {1, 2, 3, 7, 64, 1000};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        check_below(sizes[i]);
}

Test(stream, below_a_large_number_has_no_bias)
{
    // With n = 3 * 2^30 plain scaling of 32 bits would give a third of the values twice the chance
    // of others.
    struct stream s = stream_open(1, 0, "test", "large");
    enum { N = 300000 };
    uint32_t n = 3u << 30;
    double residues[3] = {0};
    for (int i = 0; i < N; i++)
        residues[stream_below(&s, n) % 3]++;
    for (int i = 0; i < 3; i++)
        cr_assert_lt(fabs(residues[i] - N / 3.0) / sqrt(N * 2.0 / 9), 4.5, "residue %d: %g", i,
                     residues[i]);
    cr_assert_lt(stream_below(&s, UINT32_MAX), UINT32_MAX);
}

Test(stream, below_zero_stops, .signal = SIGABRT)
{
    struct stream s = stream_open(1, 0, "a", "b");
    stream_below(&s, 0);
}
