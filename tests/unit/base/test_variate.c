// Pins: every kind of distribution is within 0.1 % of its quantiles from p0.001 to p99.9999, at
// points inside every cell (empirical ones within 0.01 % everywhere); draws never fall when the
// word rises and are never below `least`, at random words and at every end of a cell; words whose
// low half is zero, and half words; means are right to 1e-6; few words are searched for; tables are
// small; draws follow the distribution (Kolmogorov-Smirnov at level 0.001, fixed seeds). Not
// pinned: speed, values beyond 1-u = 2^-40.
#include <criterion/criterion.h>
#include <gsl/gsl_errno.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>

#include "base/base.h"
#include "base/variate.h"
#include "support/wars.h"

// Lines with kinks at percentages; jumps at odd places; and two that are made: a smooth curve of a
// thousand points, and a thousand unequal steps.
static const struct distribution_point percentages[] = {
    {0, 1}, {0.5, 1.2}, {0.9, 10}, {0.95, 30}, {0.99, 80}, {0.999, 400}, {1, 2000}};
static const struct distribution_point jumps[] = {{0, 1},       {0.137, 1},        {0.137001, 50},
                                                  {0.9123, 50}, {0.91230001, 1e3}, {1, 1e3}};
static const struct distribution_point flat_start[] = {{0, 0}, {0.2, 0}, {0.7, 5}, {1, 9}};
static struct distribution_point measured[1001], steps[1001];

// Mixtures: of two constants; with a gap; an atom and a tail; with kinks; of many small steps and a
// smooth curve; a rare part far away.
static const struct distribution_part hit_or_miss[] = {
    {0.9, {.kind = DISTRIBUTION_CONSTANT, .a = 1}},
    {0.1, {.kind = DISTRIBUTION_CONSTANT, .a = 100}},
};
static const struct distribution_part gap[] = {
    {0.7, {.kind = DISTRIBUTION_LOGNORMAL, .a = 0, .b = 0.3}},
    {0.3, {.kind = DISTRIBUTION_UNIFORM, .a = 50, .b = 60}},
};
static const struct distribution_part atom[] = {
    {0.9, {.kind = DISTRIBUTION_CONSTANT, .a = 1}},
    {0.1, {.kind = DISTRIBUTION_WEIBULL, .a = 1, .b = 0.6, .shift = 1}},
};
static const struct distribution_part kinks[] = {
    {0.5,
     {.kind = DISTRIBUTION_EMPIRICAL, .points = percentages, .n_points = ARRAY_LEN(percentages)}},
    {0.5, {.kind = DISTRIBUTION_EMPIRICAL, .points = jumps, .n_points = ARRAY_LEN(jumps)}},
};
static const struct distribution_part half_steps[] = {
    {0.5, {.kind = DISTRIBUTION_EMPIRICAL, .points = steps, .n_points = ARRAY_LEN(steps)}},
    {0.5, {.kind = DISTRIBUTION_EXPONENTIAL, .a = 100}},
};
static const struct distribution_part far_away[] = {
    {0.999, {.kind = DISTRIBUTION_EXPONENTIAL, .a = 1}},
    {0.001, {.kind = DISTRIBUTION_GAMMA, .a = 50, .b = 1000}},
};

static const struct distribution distributions[] = {
    {.kind = DISTRIBUTION_CONSTANT, .a = 3},
    {.kind = DISTRIBUTION_UNIFORM, .a = 0, .b = 2},
    {.kind = DISTRIBUTION_UNIFORM, .a = 1, .b = 2},
    {.kind = DISTRIBUTION_UNIFORM, .a = -1, .b = 2},
    {.kind = DISTRIBUTION_EXPONENTIAL, .a = 3},
    {.kind = DISTRIBUTION_EXPONENTIAL, .a = 3, .shift = 1},
    {.kind = DISTRIBUTION_EXPONENTIAL, .a = 1e-6, .shift = 1},
    {.kind = DISTRIBUTION_LOGNORMAL, .a = 0, .b = 0.05},
    {.kind = DISTRIBUTION_LOGNORMAL, .a = 0, .b = 0.3},
    {.kind = DISTRIBUTION_LOGNORMAL, .a = 2, .b = 1},
    {.kind = DISTRIBUTION_LOGNORMAL, .a = -3, .b = 1.5},
    {.kind = DISTRIBUTION_LOGNORMAL, .a = -3, .b = 2.5},
    {.kind = DISTRIBUTION_LOGNORMAL, .a = -3, .b = 2.5, .shift = 0.01},
    {.kind = DISTRIBUTION_GAMMA, .a = 0.05, .b = 1},
    {.kind = DISTRIBUTION_GAMMA, .a = 0.2, .b = 1},
    {.kind = DISTRIBUTION_GAMMA, .a = 0.2, .b = 1, .shift = 1e-3},
    {.kind = DISTRIBUTION_GAMMA, .a = 0.5, .b = 3},
    {.kind = DISTRIBUTION_GAMMA, .a = 1, .b = 2},
    {.kind = DISTRIBUTION_GAMMA, .a = 2.5, .b = 1},
    {.kind = DISTRIBUTION_GAMMA, .a = 50, .b = 0.1},
    {.kind = DISTRIBUTION_GAMMA, .a = 1000, .b = 0.1},
    {.kind = DISTRIBUTION_WEIBULL, .a = 1, .b = 0.1},
    {.kind = DISTRIBUTION_WEIBULL, .a = 1, .b = 0.3},
    {.kind = DISTRIBUTION_WEIBULL, .a = 1, .b = 0.7},
    {.kind = DISTRIBUTION_WEIBULL, .a = 1, .b = 2},
    {.kind = DISTRIBUTION_WEIBULL, .a = 1, .b = 5},
    {.kind = DISTRIBUTION_PARETO, .a = 1, .b = 1.1},
    {.kind = DISTRIBUTION_PARETO, .a = 1, .b = 1.5},
    {.kind = DISTRIBUTION_PARETO, .a = 1, .b = 2.5},
    {.kind = DISTRIBUTION_PARETO, .a = 1, .b = 2.5, .shift = 100},
    {.kind = DISTRIBUTION_PARETO, .a = 1, .b = 9},
    {.kind = DISTRIBUTION_HYPEREXPONENTIAL, .a = 0.57, .b = 4.1, .p = 0.88}, // squared variation 4
    {.kind = DISTRIBUTION_HYPEREXPONENTIAL, .a = 1, .b = 20, .p = 0.95},
    {.kind = DISTRIBUTION_HYPEREXPONENTIAL, .a = 0.5, .b = 1000, .p = 0.9995}, // 1000
    {.kind = DISTRIBUTION_HYPEREXPONENTIAL, .a = 1, .b = 1e6, .p = 0.99},
    {.kind = DISTRIBUTION_EMPIRICAL, .points = percentages, .n_points = ARRAY_LEN(percentages)},
    {.kind = DISTRIBUTION_EMPIRICAL,
     .points = percentages,
     .n_points = ARRAY_LEN(percentages),
     .shift = 7},
    {.kind = DISTRIBUTION_EMPIRICAL, .points = jumps, .n_points = ARRAY_LEN(jumps)},
    {.kind = DISTRIBUTION_EMPIRICAL, .points = flat_start, .n_points = ARRAY_LEN(flat_start)},
    {.kind = DISTRIBUTION_EMPIRICAL, .points = measured, .n_points = ARRAY_LEN(measured)},
    {.kind = DISTRIBUTION_EMPIRICAL, .points = steps, .n_points = ARRAY_LEN(steps)},
    {.kind = DISTRIBUTION_MIXTURE, .parts = hit_or_miss, .n_parts = 2},
    {.kind = DISTRIBUTION_MIXTURE, .parts = gap, .n_parts = 2},
    {.kind = DISTRIBUTION_MIXTURE, .parts = atom, .n_parts = 2},
    {.kind = DISTRIBUTION_MIXTURE, .parts = atom, .n_parts = 2, .shift = 3},
    {.kind = DISTRIBUTION_MIXTURE, .parts = kinks, .n_parts = 2},
    {.kind = DISTRIBUTION_MIXTURE, .parts = half_steps, .n_parts = 2},
    {.kind = DISTRIBUTION_MIXTURE, .parts = far_away, .n_parts = 2},
};

static void prepare(void)
{
    gsl_set_error_handler_off();
    double value = 1;
    for (int i = 0; i <= 1000; i++) {
        measured[i].p = steps[i].p = i / 1000.0;
        measured[i].value = i < 1000 ? 5 - log1p(-i / 1000.0) : 15;
        steps[i].value = value;
        value *= i * 7919 % 13 == 0 ? 1.1 : 1.0001;
    }
}

TestSuite(variate, .init = prepare);

static double word_distance(uint64_t w)
{
    uint64_t is_upper = w >> 63;
    return ((double)(int64_t)(w ^ -is_upper) + 0.5) * 0x1p-64;
}

// The word at this distance from the side's end.
static uint64_t word_at(int side, double distance)
{
    uint64_t low = (uint64_t)(distance * 0x1p64) & INT64_MAX;
    return side == 0 ? low : ~low;
}

static double exact_at(const struct distribution *d, uint64_t w)
{
    return w >> 63 ? distribution_upper_quantile(d, word_distance(w))
                   : distribution_quantile(d, word_distance(w));
}

struct octave {
    int side, octave;
    double width;
    const struct variate_octave *table;
};

// The 80 octaves in the order of rising u.
static struct octave octave_of(const struct variate *v, int i)
{
    int side = i >= VARIATE_OCTAVES;
    int o = side == 0 ? VARIATE_OCTAVES - 1 - i : i - VARIATE_OCTAVES;
    double width = ldexp(1, o == VARIATE_OCTAVES - 1 ? -VARIATE_OCTAVES : -(o + 2));
    return (struct octave){side, o, width, &v->octaves[64 * side + 63 - o]};
}

// The word at a share of the octave; shares rise with u.
static uint64_t octave_word(struct octave o, double share)
{
    double from_end = o.side == 0 ? share : 1 - share;
    double start = o.octave == VARIATE_OCTAVES - 1 ? 0 : 1;
    return word_at(o.side, (start + from_end) * o.width);
}

static bool cell_is_searched(struct octave o, uint32_t cell)
{
    return isnan(o.table->quantile[cell]) || isnan(o.table->quantile[cell + 1]);
}

// The largest relative error between p0.001 and p99.9999, at `points` places in each cell.
static double worst_error(const struct distribution *d, const struct variate *v, int points)
{
    double worst = 0;
    for (int i = 0; i < 2 * VARIATE_OCTAVES; i++) {
        struct octave o = octave_of(v, i);
        for (int k = 0; k < points * (int)o.table->n_cells; k++) {
            uint64_t w = octave_word(o, (k + 0.5) / (points * (double)o.table->n_cells));
            if (word_distance(w) < (o.side == 0 ? 1e-5 : 1e-6))
                continue;
            double exact = 1e9 * exact_at(d, w), error = fabs(variate_at(v, w) - exact);
            if (error > 1e-291) // 1e-300: smaller values have no digits left
                worst = fmax(worst, error / fabs(exact));
        }
    }
    return worst;
}

static void check_error(const struct distribution *d, double limit)
{
    struct arena arena = {0};
    struct variate v = variate_compile(&arena, d, 1e9);
    double worst = worst_error(d, &v, 9);
    cr_assert_lt(worst, limit, "kind %d (%g, %g, %g): off by %g", (int)d->kind, d->a, d->b, d->p,
                 worst);
    arena_free(&arena);
}

Test(variate, quantiles_within_a_thousandth)
{
    for (size_t i = 0; i < ARRAY_LEN(distributions); i++)
        check_error(&distributions[i],
                    distributions[i].kind == DISTRIBUTION_EMPIRICAL ? 1.001e-4 : 1e-3);
}

Test(variate, quantiles_of_random_parameters_within_a_thousandth)
{
    struct stream s = stream_open(1, 0, "test", "parameters");
    for (int i = 0; i < 60; i++) {
        double x = stream_uniform(&s), y = stream_uniform(&s);
        const struct distribution drawn[] = {
            {.kind = DISTRIBUTION_LOGNORMAL, .a = 4 * x - 2, .b = 2.5 * y},
            {.kind = DISTRIBUTION_WEIBULL, .a = 1 + x, .b = 0.3 * pow(5 / 0.3, y)},
            {.kind = DISTRIBUTION_PARETO, .a = 1 + x, .b = 1.1 * pow(10, y)},
            {.kind = DISTRIBUTION_HYPEREXPONENTIAL, .a = 1, .b = pow(1e4, x), .p = y},
            {.kind = DISTRIBUTION_GAMMA, .a = 0.2 * pow(1000, y), .b = 1},
        };
        size_t n = i % 20 == 0 ? 5 : 4; // gammas take long
        for (size_t k = 0; k < n; k++)
            check_error(&drawn[k], 1e-3);
    }
}

Test(variate, published_mixtures_within_a_thousandth)
{
    for (int i = 0; i < WARS_FITS; i++) {
        check_error(&wars_fits[i].write, 1e-3);
        check_error(&wars_fits[i].other, 1e-3);
    }
    check_error(&wars_wan_write, 1e-3);
    check_error(&wars_wan_other, 1e-3);
}

Test(variate, the_documented_exception)
{
    check_error(&(struct distribution){.kind = DISTRIBUTION_GAMMA, .a = 1.0 / 150, .b = 1}, 1e-3);
    check_error(&(struct distribution){.kind = DISTRIBUTION_GAMMA, .a = 1.0 / 200, .b = 1}, 1.3e-3);
    check_error(&(struct distribution){.kind = DISTRIBUTION_GAMMA, .a = 1e-3, .b = 1}, 0.04);
}

Test(variate, random_empirical_within_a_ten_thousandth)
{
    struct stream s = stream_open(1, 0, "test", "points");
    for (int round = 0; round < 100; round++) {
        // Gaps from 1e-6 upwards, and rises from none to hundredfold.
        struct distribution_point points[30] = {{0, 1}};
        size_t n = 2 + stream_below(&s, ARRAY_LEN(points) - 1);
        for (size_t i = 1; i < n; i++) {
            points[i].p = points[i - 1].p + pow(1e-6, stream_uniform(&s));
            points[i].value = points[i - 1].value * pow(100, stream_uniform(&s));
            if (stream_below(&s, 4) == 0)
                points[i].value = points[i - 1].value;
        }
        for (size_t i = 0; i < n; i++)
            points[i].p = i == n - 1 ? 1 : points[i].p / points[n - 1].p;
        check_error(
            &(struct distribution){.kind = DISTRIBUTION_EMPIRICAL, .points = points, .n_points = n},
            1.001e-4);
    }
}

// The share of words that are searched for.
static double searched_share(const struct variate *v)
{
    double share = 0;
    for (int i = 0; i < 2 * VARIATE_OCTAVES; i++) {
        struct octave o = octave_of(v, i);
        for (uint32_t cell = 0; cell < o.table->n_cells; cell++)
            if (cell_is_searched(o, cell))
                share += o.width / o.table->n_cells;
    }
    return share;
}

Test(variate, few_words_are_searched_for)
{
    struct arena arena = {0};
    for (size_t i = 0; i < ARRAY_LEN(distributions); i++) {
        struct variate v = variate_compile(&arena, &distributions[i], 1);
        double share = searched_share(&v);
        if (distributions[i].points == steps)
            cr_assert_lt(share, 0.05, "a thousand steps: %g", share);
        else if (distributions[i].kind == DISTRIBUTION_EMPIRICAL ||
                 distributions[i].kind == DISTRIBUTION_MIXTURE)
            cr_assert_lt(share, 0.01, "distribution %zu: %g", i, share);
        else
            cr_assert_lt(share, 1e-4, "distribution %zu: %g", i, share);
    }
    arena_free(&arena);
}

Test(variate, tables_are_small)
{
    static const struct {
        struct distribution d;
        size_t bytes;
    } sizes[] = {{{.kind = DISTRIBUTION_CONSTANT, .a = 1}, 1300},
                 {{.kind = DISTRIBUTION_EXPONENTIAL, .a = 1}, 4000},
                 {{.kind = DISTRIBUTION_LOGNORMAL, .b = 1.2}, 8000},
                 {{.kind = DISTRIBUTION_PARETO, .a = 1, .b = 1.1}, 12000}};
    for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
        struct arena arena = {0};
        struct variate v = variate_compile(&arena, &sizes[i].d, 1);
        size_t bytes = 0;
        for (int k = 0; k < 2 * VARIATE_OCTAVES; k++)
            bytes += (octave_of(&v, k).table->n_cells + 1) * sizeof(double);
        cr_assert_lt(bytes, sizes[i].bytes, "distribution %zu: %zu", i, bytes);
        arena_free(&arena);
    }
}

static int compare_words(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

enum { RANDOM_WORDS = 20000 };

// Random words, half of them deep in a tail, and the words on both sides of every end of a cell.
static size_t make_words(const struct variate *v, uint64_t **words)
{
    size_t n = 0, capacity = RANDOM_WORDS + 2;
    for (int i = 0; i < 2 * VARIATE_OCTAVES; i++)
        capacity += 3 * (octave_of(v, i).table->n_cells + 1);
    *words = calloc(capacity, sizeof **words);
    struct stream s = stream_open(1, 0, "test", "words");
    for (int i = 0; i < RANDOM_WORDS; i++) {
        uint64_t w = stream_word(&s), deep = w & UINT64_MAX >> (1 + i / 2 % 60);
        (*words)[n++] = i % 2 == 0 ? w : w >> 63 ? ~deep : deep;
    }
    (*words)[n++] = 0;
    (*words)[n++] = UINT64_MAX;
    for (int i = 0; i < 2 * VARIATE_OCTAVES; i++) {
        struct octave o = octave_of(v, i);
        for (uint32_t cell = 0; cell <= o.table->n_cells; cell++) {
            uint64_t w = octave_word(o, (double)cell / o.table->n_cells);
            (*words)[n++] = w;
            (*words)[n++] = w - (w > 0);
            (*words)[n++] = w + (w < UINT64_MAX);
        }
    }
    qsort(*words, n, sizeof **words, compare_words);
    return n;
}

Test(variate, rises_with_the_word_and_stays_above_the_least)
{
    struct arena arena = {0};
    for (size_t i = 0; i < ARRAY_LEN(distributions); i++) {
        struct variate v = variate_compile(&arena, &distributions[i], 1e9);
        uint64_t *words;
        size_t n = make_words(&v, &words);
        // Exactly so, but where some values are searched for.
        double slack = searched_share(&v) > 0 ? 1e-7 : 0, last = v.least;
        cr_assert_eq(v.least, 1e9 * distribution_quantile(&distributions[i], 0));
        cr_assert_eq(variate_at(&v, 0), v.least);
        for (size_t k = 0; k < n; k++) {
            double x = variate_at(&v, words[k]);
            cr_assert(isfinite(x) && x >= v.least, "distribution %zu, word %lx", i, words[k]);
            cr_assert(x >= last - slack * fabs(last), "distribution %zu, word %lx: %.17g < %.17g",
                      i, words[k], x, last);
            last = x;
        }
        free(words);
    }
    arena_free(&arena);
}

Test(variate, words_without_a_low_half)
{
    struct arena arena = {0};
    struct stream s = stream_open(1, 0, "test", "halves");
    for (size_t i = 0; i < ARRAY_LEN(distributions); i++) {
        const struct distribution *d = &distributions[i];
        struct variate v = variate_compile(&arena, d, 1);
        cr_assert_eq(variate_at(&v, 0), v.least);
        // No tail beyond 1-u = 2^-32, though the low bits of a word make none of its own.
        double highest = variate_at(&v, UINT64_C(0xffffffff) << 32);
        cr_assert_float_eq(highest / distribution_upper_quantile(d, 0x1p-32), 1, 1e-3);
        for (int k = 0; k < 10000; k++) {
            uint32_t high = (uint32_t)(stream_word(&s) >> 32);
            double low_end = variate_at(&v, (uint64_t)high << 32);
            double high_end = variate_at(&v, (uint64_t)high << 32 | UINT32_MAX);
            double x = variate_at_half(&v, high);
            cr_assert(v.least <= low_end && low_end <= highest);
            cr_assert(low_end <= x && x <= high_end, "distribution %zu, half %x", i, high);
        }
        cr_assert_leq(variate_at_half(&v, UINT32_MAX),
                      distribution_upper_quantile(d, 0x1p-33) * (d->kind == 0 ? 1 : 1.001));
    }
    arena_free(&arena);
}

Test(variate, constants_and_straight_lines_are_exact)
{
    struct arena arena = {0};
    struct distribution d = distribution_constant(0.037);
    struct variate v = variate_compile(&arena, &d, 1e9);
    struct distribution line = {.kind = DISTRIBUTION_UNIFORM, .a = 1, .b = 2};
    struct variate u = variate_compile(&arena, &line, 1);
    struct stream s = stream_open(1, 0, "test", "constant");
    for (int i = 0; i < 10000; i++) {
        uint64_t w = stream_word(&s);
        cr_assert_eq(variate_at(&v, w), 1e9 * 0.037);
        cr_assert_float_eq(variate_at(&u, w), exact_at(&line, w), 1e-15);
    }
    cr_assert_eq(v.least, 1e9 * 0.037);
    arena_free(&arena);
}

// The mean of all words: the middle of a cell is its mean, but where it is searched for.
static double table_mean(const struct variate *v)
{
    double mean = 0;
    for (int i = 0; i < 2 * VARIATE_OCTAVES; i++) {
        struct octave o = octave_of(v, i);
        for (uint32_t cell = 0; cell < o.table->n_cells; cell++) {
            int parts = cell_is_searched(o, cell) ? 1000 : 1;
            for (int k = 0; k < parts; k++)
                mean += o.width / o.table->n_cells / parts *
                        variate_at(v,
                                   octave_word(o, (cell + (k + 0.5) / parts) / o.table->n_cells));
        }
    }
    return mean;
}

Test(variate, means)
{
    struct arena arena = {0};
    for (size_t i = 0; i < ARRAY_LEN(distributions); i++) {
        const struct distribution *d = &distributions[i];
        struct variate v = variate_compile(&arena, d, 1);
        double mean = table_mean(&v), want = distribution_mean(d), tolerance = 1e-6;
        if (d->kind == DISTRIBUTION_EMPIRICAL)
            tolerance = 5e-5; // kinks of less than the tolerance are cut off
        if (d->kind == DISTRIBUTION_PARETO && d->b < 2)
            tolerance = d->b < 1.5 ? 0.06 : 2e-5; // rests on what is beyond 2^-43
        cr_assert_lt(fabs(mean / want - 1), tolerance, "distribution %zu: %.9g, expected %.9g", i,
                     mean, want);
    }
    arena_free(&arena);
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

enum { DRAWS = 50000 };

// The k-th smallest lies between the quantiles at k/N -+ c/sqrt(N); c = 1.95 is p = 0.001.
static void check_follows(const struct distribution *d, double *draws)
{
    double band = 1.95 / sqrt(DRAWS);
    qsort(draws, DRAWS, sizeof *draws, compare);
    for (int k = 0; k < DRAWS; k += 97) {
        double u = (double)k / DRAWS;
        double low = u > band ? distribution_quantile(d, u - band) : 0;
        double high = u + band < 1 ? distribution_quantile(d, u + band) : HUGE_VAL;
        cr_assert(u <= band || draws[k] >= low * (1 - 1e-3), "kind %d at %g", (int)d->kind, u);
        cr_assert(draws[k] <= high * (1 + 1e-3), "kind %d at %g", (int)d->kind, u);
    }
}

Test(variate, draws_follow_the_distribution)
{
    struct arena arena = {0};
    static double draws[DRAWS], halves[DRAWS];
    for (size_t i = 0; i < ARRAY_LEN(distributions); i++) {
        const struct distribution *d = &distributions[i];
        if (distribution_quantile(d, 0) < 0)
            continue; // the margins of check_follows are for positive values
        struct variate v = variate_compile(&arena, d, 1);
        struct stream s = stream_open(i, 0, "test", "ks");
        for (int k = 0; k < DRAWS; k++) {
            draws[k] = variate_draw(&v, &s);
            halves[k] = variate_at_half(&v, (uint32_t)(stream_word(&s) >> 32));
        }
        check_follows(d, draws);
        check_follows(d, halves);
    }
    arena_free(&arena);
}

Test(variate, one_word_a_draw)
{
    struct arena arena = {0};
    struct variate v = variate_compile(&arena, &distributions[4], 1);
    struct stream s = stream_open(1, 0, "a", "b"), twin = s;
    for (int i = 0; i < 5; i++)
        cr_assert_eq(variate_draw(&v, &s), variate_at(&v, stream_word(&twin)));
    arena_free(&arena);
}

Test(variate, outlives_the_distribution)
{
    struct arena arena = {0};
    struct distribution_point points[ARRAY_LEN(jumps)];
    for (size_t i = 0; i < ARRAY_LEN(jumps); i++)
        points[i] = jumps[i];
    struct distribution d = {
        .kind = DISTRIBUTION_EMPIRICAL, .points = points, .n_points = ARRAY_LEN(jumps)};
    struct variate v = variate_compile(&arena, &d, 1);
    for (size_t i = 0; i < ARRAY_LEN(jumps); i++)
        points[i].value = -1;
    d.n_points = 0;
    uint64_t w = word_at(0, 0.1370005);
    cr_assert(isnan(octave_of(&v, VARIATE_OCTAVES - 2).table->quantile[13]), "is searched for");
    cr_assert_float_eq(variate_at(&v, w), 25.5, 1e-9);
    arena_free(&arena);
}

// All the way down: parts, and the points of a part.
Test(variate, outlives_the_parts_of_a_mixture)
{
    struct arena arena = {0};
    struct distribution_point points[] = {{0, 1}, {0.274, 1}, {0.274002, 50}, {1, 50}};
    struct distribution_part parts[] = {
        {0.5, {.kind = DISTRIBUTION_EMPIRICAL, .points = points, .n_points = ARRAY_LEN(points)}},
        {0.5, {.kind = DISTRIBUTION_CONSTANT, .a = 100}},
    };
    struct distribution d = {
        .kind = DISTRIBUTION_MIXTURE, .parts = parts, .n_parts = ARRAY_LEN(parts)};
    struct variate v = variate_compile(&arena, &d, 1);
    points[1].value = points[2].value = -1;
    parts[0].share = parts[1].share = 0;
    d.n_parts = 0;
    cr_assert_float_eq(variate_at(&v, word_at(0, 0.1370005)), 25.5, 1e-6);
    arena_free(&arena);
}

Test(variate, invalid_distribution_stops, .signal = SIGABRT)
{
    struct arena arena = {0};
    struct distribution d = {.kind = DISTRIBUTION_EXPONENTIAL, .a = -1};
    variate_compile(&arena, &d, 1);
}
