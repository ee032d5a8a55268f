// Pins: each form of a distribution gives the distribution that its parameters name, checked by
// means and quantiles. Mistakes are in test_mistakes.c.
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "base/base.h"
#include "scenario/distribution_yaml.h"
#include "support/wars.h"

static const struct field duration = {"work", FIELD_DISTRIBUTION, .dimension = DIMENSION_TIME};
static struct arena arena;
static struct diag_list diags;

static void tidy(void)
{
    diag_free(&diags);
    arena_free(&arena);
}

static struct distribution read(const char *text)
{
    struct distribution d;
    struct document_input input = {"t.yaml", 1, text, strlen(text)};
    const struct node *node = document_parse(&arena, &input, &diags);
    cr_assert_not_null(node, "%s", text);
    bool is_good = distribution_yaml_read(&arena, &duration, node, &d, &diags);
    if (!is_good)
        diag_print(&diags, stderr, false);
    cr_assert(is_good, "%s", text);
    cr_assert(distribution_is_valid(&d), "%s", text);
    return d;
}

static void expect_near(double actual, double wanted, const char *what)
{
    cr_assert_leq(fabs(actual - wanted), 1e-6 * wanted, "%s: %.9g, not %.9g", what, actual, wanted);
}

Test(distribution_yaml, means, .fini = tidy)
{
    static const struct {
        const char *text;
        double mean;
    } cases[] = {
        {"12 ms", 0.012},
        {"{exponential: {mean: 12 ms}}", 0.012},
        {"{exponential: {mean: 12 ms, shift: 5 ms}}", 0.017},
        {"{uniform: {low: 5 ms, high: 15 ms}}", 0.010},
        {"{uniform: {low: 0 s, high: 15 ms}}", 0.0075},
        {"{gamma: {mean: 12 ms, shape: 0.5}}", 0.012},
        {"{erlang: {mean: 12 ms, k: 4}}", 0.012},
        {"{lognormal: {mean: 12 ms, scv: 2}}", 0.012},
        {"{hyperexponential: {mean: 12 ms, scv: 4}}", 0.012},
        {"{pareto: {least: 2 ms, alpha: 2}}", 0.004},
        {"{weibull: {scale: 12 ms, shape: 1}}", 0.012},
        {"{empirical: [[0 %, 1 ms], [50 %, 5 ms], [100 %, 9 ms]]}", 0.005},
        {"{constant: 12 ms}", 0.012},
        {"{mixture: [{share: 75 %, exponential: {mean: 4 ms}}, {constant: 20 ms, share: 0.25}]}",
         0.008},
        {"{mixture: [{share: 33.333 %, constant: 3 ms}, {share: 33.3333 %, constant: 3 ms}, "
         "{share: 33.3333 %, constant: 3 ms}]}",
         0.003},
        {"{mixture: [{share: 50 %, empirical: [[0 %, 1 ms], [100 %, 3 ms]]}, "
         "{share: 50 %, uniform: {low: 1 ms, high: 3 ms, shift: 10 ms}}]}",
         0.007},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct distribution d = read(cases[i].text);
        expect_near(distribution_mean(&d), cases[i].mean, cases[i].text);
    }
}

Test(distribution_yaml, percentiles, .fini = tidy)
{
    static const struct {
        const char *key;
        double p;
    } cases[] = {{"p90", 0.9}, {"p99", 0.99}, {"p99.9", 0.999}, {"p999", 0.999}, {"p9999", 0.9999}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char text[100];
        snprintf(text, sizeof text, "{lognormal: {median: 12 ms, %s: 80 ms}}", cases[i].key);
        struct distribution d = read(text);
        expect_near(distribution_quantile(&d, 0.5), 0.012, text);
        expect_near(distribution_upper_quantile(&d, 1 - cases[i].p), 0.080, text);
    }
}

// Both phases of balanced means contribute half of the mean; the variance follows.
Test(distribution_yaml, hyperexponential_has_balanced_means, .fini = tidy)
{
    struct distribution d = read("{hyperexponential: {mean: 2 s, scv: 4}}");
    expect_near(d.p * d.a, 1, "first half");
    expect_near((1 - d.p) * d.b, 1, "second half");
    double second = 2 * (d.p * d.a * d.a + (1 - d.p) * d.b * d.b);
    expect_near(second / 4 - 1, 4, "scv");
}

Test(distribution_yaml, lognormal_scv, .fini = tidy)
{
    struct distribution d = read("{lognormal: {mean: 2 s, scv: 3}}");
    expect_near(exp(d.b * d.b) - 1, 3, "scv");
}

// The fit of the PBS paper to LinkedIn's solid state disks, 75 ms away: to the digits given.
Test(distribution_yaml, mixtures_keep_shares_forms_and_shifts, .fini = tidy)
{
    struct distribution d = read(
        "{mixture: [{share: 91.22 %, pareto: {least: 0.235 ms, alpha: 10, shift: 75 ms}}, "
        "{share: 8.78 %, exponential: {mean: 0.60241 ms, shift: 75 ms}}]}");
    cr_assert_eq(d.n_parts, 2);
    expect_near(d.parts[0].share, 0.9122, "share");
    cr_assert_eq(d.parts[0].distribution.kind, DISTRIBUTION_PARETO);
    cr_assert_eq(d.parts[1].distribution.kind, DISTRIBUTION_EXPONENTIAL);
    for (double q = 0.5; q > 1e-9; q /= 7)
        expect_near(1e3 * distribution_upper_quantile(&d, q),
                    distribution_upper_quantile(&wars_wan_other, q), "quantile");
}

Test(distribution_yaml, shares_sum_to_one_exactly, .fini = tidy)
{
    struct distribution d = read("{mixture: [{share: 33.3333 %, constant: 1 ms}, "
                                 "{share: 66.6666 %, constant: 2 ms}]}");
    cr_assert_float_eq(d.parts[0].share, 1.0 / 3, 1e-12);
    cr_assert_float_eq(d.parts[0].share + d.parts[1].share, 1, 1e-15);
}

Test(distribution_yaml, examples_of_all_forms_are_good, .fini = tidy)
{
    const struct distribution_form *form;
    size_t n = 0;
    for (; (form = distribution_yaml_form(n)) != NULL; n++)
        read(arena_printf(&arena, "{%s: %s}", form->name, form->example));
    cr_assert_geq(n, 9);
}
