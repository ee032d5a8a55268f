#include "support/wars.h"

#include <math.h>

#include "base/base.h"

static const struct distribution_part ssd[] = {
    {0.9122, {.kind = DISTRIBUTION_PARETO, .a = 0.235, .b = 10}},
    {0.0878, {.kind = DISTRIBUTION_EXPONENTIAL, .a = 1 / 1.66}},
};
static const struct distribution_part disk[] = {
    {0.38, {.kind = DISTRIBUTION_PARETO, .a = 1.05, .b = 1.51}},
    {0.62, {.kind = DISTRIBUTION_EXPONENTIAL, .a = 1 / 0.183}},
};
static const struct distribution_part yammer_write[] = {
    {0.939, {.kind = DISTRIBUTION_PARETO, .a = 3, .b = 3.35}},
    {0.061, {.kind = DISTRIBUTION_EXPONENTIAL, .a = 1 / 0.0028}},
};
static const struct distribution_part yammer_other[] = {
    {0.982, {.kind = DISTRIBUTION_PARETO, .a = 1.5, .b = 3.8}},
    {0.018, {.kind = DISTRIBUTION_EXPONENTIAL, .a = 1 / 0.0217}},
};
static const struct distribution_part far_ssd[] = {
    {0.9122, {.kind = DISTRIBUTION_PARETO, .a = 0.235, .b = 10, .shift = 75}},
    {0.0878, {.kind = DISTRIBUTION_EXPONENTIAL, .a = 1 / 1.66, .shift = 75}},
};
static const struct distribution_part far_disk[] = {
    {0.38, {.kind = DISTRIBUTION_PARETO, .a = 1.05, .b = 1.51, .shift = 75}},
    {0.62, {.kind = DISTRIBUTION_EXPONENTIAL, .a = 1 / 0.183, .shift = 75}},
};

// clang-format off
#define MIXTURE(of) {.kind = DISTRIBUTION_MIXTURE, .parts = (of), .n_parts = ARRAY_LEN(of)}
// clang-format on

const struct wars_fit wars_fits[WARS_FITS] = {
    [WARS_SSD] = {"LNKD-SSD", MIXTURE(ssd), MIXTURE(ssd)},
    [WARS_DISK] = {"LNKD-DISK", MIXTURE(disk), MIXTURE(ssd)},
    [WARS_YAMMER] = {"YMMR", MIXTURE(yammer_write), MIXTURE(yammer_other)},
};

const struct distribution wars_wan_write = MIXTURE(far_disk), wars_wan_other = MIXTURE(far_ssd);

double wars_probability(const struct distribution *mixture, double x, bool is_upper)
{
    const struct distribution_part *body = &mixture->parts[0], *tail = &mixture->parts[1];
    const struct distribution *pareto = &body->distribution, *exponential = &tail->distribution;
    double of_body = pareto->b * log(fmin(pareto->a / (x - pareto->shift), 1));
    double of_tail = -fmax(x - exponential->shift, 0) / exponential->a;
    if (is_upper)
        return body->share * exp(of_body) + tail->share * exp(of_tail);
    return -(body->share * expm1(of_body) + tail->share * expm1(of_tail));
}

double wars_quantile(const struct distribution *mixture, double p, bool is_upper)
{
    double start = mixture->parts[1].distribution.shift, low = 1e-30, high = 1e30;
    while (high > low * (1 + 1e-14)) {
        double middle = sqrt(low) * sqrt(high); // low and high are above the start
        double at = wars_probability(mixture, start + middle, is_upper);
        if (is_upper ? at > p : at < p)
            low = middle;
        else
            high = middle;
    }
    return start + high;
}
