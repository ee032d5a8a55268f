// Pins: Random123's Philox2x64-7 against its published vectors, alone and through a stream; the
// words of our streams, their key and counter layout (stored results depend on them); a pair
// against two words; independence of names, of halves of words and of the two words of a block
// (fixed seeds; each check at level 1e-4, or 1e-4 divided by the number of its comparisons);
// uniform and bounded draws. Not pinned: the statistical quality of Philox itself, which is
// published (Salmon et al. 2011).
#include <criterion/criterion.h>
#include <gsl/gsl_cdf.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>

#include "base/stream.h"

// Random123's kat_vectors, lines "philox2x64 7": counter, key, output.
static const struct {
    uint64_t counter[2], key, out[2];
} vectors[] = {
    {{0, 0}, 0, {UINT64_C(0xb41da69fbfefc666), UINT64_C(0x511e9ce1a5534056)}},
    {{UINT64_MAX, UINT64_MAX},
     UINT64_MAX,
     {UINT64_C(0xa4696cc04462015d), UINT64_C(0x724782dae17169e9)}},
    {{UINT64_C(0x243f6a8885a308d3), UINT64_C(0x13198a2e03707344)},
     UINT64_C(0xa4093822299f31d0),
     {UINT64_C(0x98ed1534392bf372), UINT64_C(0x67528b1568882fd5)}},
};

Test(stream, published_vectors_of_philox2x64_7)
{
    for (size_t i = 0; i < ARRAY_LEN(vectors); i++) {
        philox2x64_ctr_t counter = {{vectors[i].counter[0], vectors[i].counter[1]}};
        philox2x64_ctr_t got = philox2x64_R(STREAM_ROUNDS, counter,
                                            (philox2x64_key_t){{vectors[i].key}});
        cr_assert_arr_eq(got.v, vectors[i].out, 16);
    }
}

Test(stream, published_vectors_through_a_stream)
{
    // The counter is (block, lane); the block is half the position.
    for (size_t i = 0; i < ARRAY_LEN(vectors); i++) {
        struct stream s = {.key = vectors[i].key, .lane = vectors[i].counter[1]};
        struct stream_words words = stream_block(&s, vectors[i].counter[0]);
        cr_assert_eq(words.first, vectors[i].out[0]);
        cr_assert_eq(words.second, vectors[i].out[1]);
        s.position = 2 * vectors[i].counter[0];
        if (s.position / 2 != vectors[i].counter[0])
            continue; // beyond the blocks that a stream reaches
        cr_assert_eq(stream_word(&s), vectors[i].out[0]);
        cr_assert_eq(stream_word(&s), vectors[i].out[1]);
        cr_assert_eq(s.position, 2 * vectors[i].counter[0] + 2);
    }
}

Test(stream, first_words_are_pinned)
{
    struct stream s = stream_open(1, 2, "population/tokyo", "arrivals");
    const uint64_t want[] = {UINT64_C(0xbe8383a7291370d7), UINT64_C(0x378f37a628a2d617),
                             UINT64_C(0x577f6eeec7ea6271), UINT64_C(0xd0baa9bfd4344b86)};
    for (int i = 0; i < 4; i++) {
        uint64_t got = stream_word(&s);
        cr_assert_eq(got, want[i], "word %d is %016lx", i, got);
    }
}

Test(stream, is_half_a_cache_line)
{
    cr_assert_leq(sizeof(struct stream), 32);
}

Test(stream, each_part_of_the_name_counts)
{
    const struct stream streams[] = {
        stream_open(1, 2, "ab", "c"), stream_open(2, 2, "ab", "c"),
        stream_open(1, 3, "ab", "c"), stream_open(1, 2, "a", "bc"),
        stream_open(1, 2, "abc", ""), stream_open(1, 2, "", "abc"),
        stream_open(1, 2, "ab", "d"), stream_open(UINT64_C(1) << 32 | 1, 2, "ab", "c"),
    };
    for (size_t i = 0; i < ARRAY_LEN(streams); i++)
        for (size_t j = 0; j < i; j++)
            cr_assert(streams[i].key != streams[j].key && streams[i].lane != streams[j].lane,
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

Test(stream, a_pair_is_two_words)
{
    struct stream s = stream_open(1, 0, "test", "pair"), twin = s;
    for (int i = 0; i < 1000; i++) {
        // Words and pairs in turn, so that both meet what the other leaves behind.
        struct stream_words pair = stream_pair(&s);
        cr_assert_eq(pair.first, stream_word(&twin));
        cr_assert_eq(pair.second, stream_word(&twin));
        cr_assert_eq(stream_word(&s), stream_word(&twin));
        cr_assert_eq(stream_word(&s), stream_word(&twin));
        cr_assert_eq(s.position, twin.position);
    }
}

Test(stream, a_pair_at_an_odd_position_drops_a_word)
{
    struct stream s = stream_open(1, 0, "test", "pair"), twin = s;
    stream_word(&s);
    for (int i = 0; i < 2; i++)
        stream_word(&twin);
    struct stream_words pair = stream_pair(&s);
    cr_assert_eq(pair.first, stream_word(&twin));
    cr_assert_eq(pair.second, stream_word(&twin));
    cr_assert_eq(stream_word(&s), stream_word(&twin));
}

// Level 1e-4, two-sided.
static const double z_limit = 3.89;

static double chi2_excess(const double *counts, size_t n, double total)
{
    double chi2 = 0;
    for (size_t i = 0; i < n; i++)
        chi2 += pow(counts[i] - total / (double)n, 2) / (total / (double)n);
    return gsl_cdf_chisq_Q(chi2, (double)(n - 1));
}

Test(stream, bytes_are_even)
{
    // 65,536 draws of each of the eight bytes; level 1e-4 for all eight together.
    struct stream s = stream_open(1, 0, "test", "bytes");
    enum { N = 65536 };
    static double counts[8][256];
    for (int i = 0; i < N; i++) {
        uint64_t word = stream_word(&s);
        for (int byte = 0; byte < 8; byte++)
            counts[byte][word >> (8 * byte) & 255]++;
    }
    for (int byte = 0; byte < 8; byte++) {
        double p = chi2_excess(counts[byte], 256, N);
        cr_assert(p > 1e-4 / 16 && p < 1 - 1e-4 / 16, "byte %d: p = %g", byte, p);
    }
}

// Correlation of two sequences of uniforms, in standard deviations; and the chi-squared of their
// pairs on an 8 x 8 grid.
static void check_independent(const char *what, const double *x, const double *y, size_t n)
{
    double sum = 0, counts[64] = {0};
    for (size_t i = 0; i < n; i++) {
        sum += (x[i] - 0.5) * (y[i] - 0.5) * 12;
        counts[(size_t)(x[i] * 8) * 8 + (size_t)(y[i] * 8)]++;
    }
    cr_assert_lt(fabs(sum / sqrt((double)n)), z_limit, "%s: correlation", what);
    cr_assert_gt(chi2_excess(counts, 64, (double)n), 1e-4, "%s: pairs", what);
}

enum { PAIRS = 100000 };

static double half_uniform(uint64_t half)
{
    return ((double)(uint32_t)half + 0.5) * 0x1p-32;
}

Test(stream, parts_of_a_block_are_independent)
{
    static double first[PAIRS], second[PAIRS], next[PAIRS], high[PAIRS], low[PAIRS];
    struct stream s = stream_open(1, 0, "test", "parts");
    for (int i = 0; i < PAIRS; i++) {
        struct stream_words words = stream_pair(&s), following = stream_pair(&s);
        first[i] = half_uniform(words.first >> 32);
        second[i] = half_uniform(words.second >> 32);
        next[i] = half_uniform(following.first >> 32);
        high[i] = half_uniform(following.second >> 32);
        low[i] = half_uniform(following.second);
    }
    check_independent("words of a block", first, second, PAIRS);
    check_independent("halves of a word", high, low, PAIRS);
    check_independent("first words of successive blocks", first, next, PAIRS);
    check_independent("end and beginning of blocks", second, next, PAIRS);
}

Test(stream, neighbours_are_independent)
{
    // Streams that differ by one in seed or replication, or in a letter; the first words of
    // successive seeds.
    static double x[PAIRS], y[PAIRS];
    const struct stream others[] = {stream_open(2, 0, "test", "a"), stream_open(1, 1, "test", "a"),
                                    stream_open(1, 0, "tesu", "a"), stream_open(1, 0, "test", "b")};
    for (size_t k = 0; k < ARRAY_LEN(others); k++) {
        struct stream s = stream_open(1, 0, "test", "a"), other = others[k];
        for (int i = 0; i < PAIRS; i++) {
            x[i] = stream_uniform(&s);
            y[i] = stream_uniform(&other);
        }
        check_independent("neighbours", x, y, PAIRS);
    }
    for (int i = 0; i < PAIRS; i++) {
        struct stream even = stream_open(2 * (uint64_t)i, 0, "test", "a");
        struct stream odd = stream_open(2 * (uint64_t)i + 1, 0, "test", "a");
        x[i] = stream_uniform(&even);
        y[i] = stream_uniform(&odd);
    }
    check_independent("successive seeds", x, y, PAIRS);
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

// A branch is another stream: equal for equal branches, unlike the original and other branches.
Test(stream, branches)
{
    struct stream root = stream_open(1, 2, "pool", "work");
    stream_word(&root);
    struct stream a = root, b = root, c = root;
    stream_branch(&a, 1);
    stream_branch(&b, 1);
    stream_branch(&c, 2);
    cr_expect_eq(a.position, 2, "the word that was kept is gone");
    uint32_t bits = 0;
    for (int i = 0; i < 1000; i++) {
        const uint64_t one = stream_word(&a), other = stream_word(&c);
        cr_assert_eq(one, stream_word(&b));
        bits += (uint32_t)__builtin_popcountll(one ^ other);
        cr_assert_neq(one, stream_word(&root));
    }
    cr_expect(abs((int)bits - 32000) < 4 * 127, "%u of 64,000 bits differ",
              bits); // 4 of sqrt(16,000)
}
