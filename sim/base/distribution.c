// Quantiles and moments, from GSL where it has them.
//
// Set-up code: a quantile costs up to microseconds (mixtures, hyperexponential and some gamma ones
// are root searches). Both tails are computed from their own small probability, so that neither
// loses digits to 1-u.
#include "base/distribution.h"

#include <float.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_math.h>
#include <gsl/gsl_roots.h>
#include <gsl/gsl_sf_gamma.h>
#include <math.h>

#include "base/base.h"
#include "base/cumulative.h"

// A cumulative probability, held as its small side.
struct tail {
    double p;
    bool is_upper; // p is 1-u
};

struct distribution distribution_constant(double value)
{
    return (struct distribution){.kind = DISTRIBUTION_CONSTANT, .a = value};
}

struct distribution distribution_lognormal_fit(double median, double p, double value_at_p)
{
    REQUIRE(median > 0 && value_at_p >= median && p > 0.5 && p < 1,
            "lognormal with median %g and %g at p = %g", median, value_at_p, p);
    return (struct distribution){
        .kind = DISTRIBUTION_LOGNORMAL,
        .a = log(median),
        .b = log(value_at_p / median) / gsl_cdf_ugaussian_Pinv(p),
    };
}

static bool distribution_points_are_valid(const struct distribution *d)
{
    if (d->points == NULL || d->n_points < 2)
        return false;
    if (d->points[0].p != 0 || d->points[d->n_points - 1].p != 1)
        return false;
    for (size_t i = 0; i < d->n_points; i++) {
        if (!isfinite(d->points[i].value))
            return false;
        if (i > 0 &&
            !(d->points[i].p > d->points[i - 1].p && d->points[i].value >= d->points[i - 1].value))
            return false;
    }
    return true;
}

static bool is_positive(double x)
{
    return isfinite(x) && x > 0;
}

static bool distribution_parts_are_valid(const struct distribution *d)
{
    if (d->parts == NULL || d->n_parts < 2)
        return false;
    double sum = 0;
    for (size_t i = 0; i < d->n_parts; i++) {
        const struct distribution_part *part = &d->parts[i];
        if (!(part->share > 0) || part->distribution.kind == DISTRIBUTION_MIXTURE ||
            !distribution_is_valid(&part->distribution))
            return false;
        sum += part->share;
    }
    return fabs(sum - 1) <= DISTRIBUTION_SHARES;
}

static bool distribution_parameters_are_valid(const struct distribution *d)
{
    if (!isfinite(d->shift))
        return false;
    switch (d->kind) {
    case DISTRIBUTION_CONSTANT:
        return isfinite(d->a);
    case DISTRIBUTION_UNIFORM:
        return isfinite(d->a) && isfinite(d->b) && d->a <= d->b;
    case DISTRIBUTION_EXPONENTIAL:
        return is_positive(d->a);
    case DISTRIBUTION_LOGNORMAL:
        return isfinite(d->a) && isfinite(d->b) && d->b >= 0;
    case DISTRIBUTION_GAMMA:
    case DISTRIBUTION_WEIBULL:
    case DISTRIBUTION_PARETO:
        return is_positive(d->a) && is_positive(d->b);
    case DISTRIBUTION_HYPEREXPONENTIAL:
        return is_positive(d->a) && is_positive(d->b) && d->p >= 0 && d->p <= 1;
    case DISTRIBUTION_EMPIRICAL:
        return distribution_points_are_valid(d);
    case DISTRIBUTION_MIXTURE:
        return distribution_parts_are_valid(d);
    }
    return false;
}

static double uniform_quantile(const struct distribution *d, struct tail t)
{
    double width = d->b - d->a;
    return t.is_upper ? d->b - t.p * width : d->a + t.p * width;
}

static double lognormal_quantile(const struct distribution *d, struct tail t)
{
    if (d->b == 0)
        return exp(d->a);
    double z = t.is_upper ? gsl_cdf_ugaussian_Qinv(t.p) : gsl_cdf_ugaussian_Pinv(t.p);
    return exp(d->a + d->b * z);
}

// A quantile to be found by its distribution function.
struct search {
    const struct distribution *d;
    struct tail tail;
    double origin, scale; // of mixtures: what is searched for is log((x - origin) / scale)
};

// The root of f between low and high, to 13 digits, by Brent's method; an end if f has no change of
// sign.
static double search_root(double (*f)(double x, void *search), struct search *search, double low,
                          double high)
{
    if (!(low < high) || f(low, search) >= 0)
        return low;
    if (f(high, search) <= 0)
        return high;
    gsl_function function = {.function = f, .params = search};
    gsl_root_fsolver *solver = gsl_root_fsolver_alloc(gsl_root_fsolver_brent);
    REQUIRE(solver != NULL, "out of memory: root solver");
    gsl_root_fsolver_set(solver, &function, low, high);
    for (int i = 0; i < 200; i++) {
        gsl_root_fsolver_iterate(solver);
        low = gsl_root_fsolver_x_lower(solver);
        high = gsl_root_fsolver_x_upper(solver);
        if (gsl_root_test_interval(low, high, 0, 1e-13) == GSL_SUCCESS)
            break;
    }
    double root = gsl_root_fsolver_root(solver);
    gsl_root_fsolver_free(solver);
    return root;
}

static double hyperexponential_excess(double x, void *argument)
{
    const struct search *s = argument;
    double p = s->d->p;
    if (s->tail.is_upper)
        return s->tail.p - (p * exp(-x / s->d->a) + (1 - p) * exp(-x / s->d->b));
    return -(p * expm1(-x / s->d->a) + (1 - p) * expm1(-x / s->d->b)) - s->tail.p;
}

// The mixture's quantile lies between those of its two exponentials.
static double hyperexponential_quantile(const struct distribution *d, struct tail t)
{
    double x = t.is_upper ? -log(t.p) : -log1p(-t.p);
    double low = x * fmin(d->a, d->b), high = x * fmax(d->a, d->b);
    if (!isfinite(high))
        return high;
    return search_root(hyperexponential_excess, &(struct search){.d = d, .tail = t}, low, high);
}

static double gamma_excess(double log_x, void *argument)
{
    const struct search *s = argument;
    double x = exp(log_x);
    return s->tail.is_upper ? s->tail.p - gsl_cdf_gamma_Q(x, s->d->a, 1)
                            : gsl_cdf_gamma_P(x, s->d->a, 1) - s->tail.p;
}

// By search in log x, where GSL's own inverse gives up: small shapes, whose values span hundreds of
// orders of magnitude, and large ones. P(x) lies between e^-x and 1 times x^a / gamma(a+1), which
// gives the lower bound, an upper one for small x, and near zero the quantile itself.
static double gamma_search(const struct distribution *d, struct tail t)
{
    static const double log_tiny = -37; // 1e-16
    double p = t.is_upper ? 1 - t.p : t.p;
    double low = (log(p) + gsl_sf_lngamma(d->a + 1)) / d->a;
    if (low < log_tiny)
        return d->b * exp(low);
    double share = exp(low) / d->a; // y e^-y <= share, hence y <= share e^(2 share) up to 1/4
    double high = share < 0.25 ? low + 2 * share : fmax(log(d->a), low) + 1;
    struct search search = {.d = d, .tail = t};
    while (gamma_excess(high, &search) < 0)
        high += 1;
    return d->b * exp(search_root(gamma_excess, &search, low, high));
}

// GSL's inverse, checked: at shape 1000 and 1-u = 0.01775, for one, it is off by 16 %.
static double gamma_quantile(const struct distribution *d, struct tail t)
{
    if (t.p == 0 || t.p == 1)
        return t.is_upper == (t.p == 0) ? HUGE_VAL : 0;
    if (d->a >= 0.3 && d->a <= 1000) {
        double x = t.is_upper ? gsl_cdf_gamma_Qinv(t.p, d->a, 1) : gsl_cdf_gamma_Pinv(t.p, d->a, 1);
        double back = t.is_upper ? gsl_cdf_gamma_Q(x, d->a, 1) : gsl_cdf_gamma_P(x, d->a, 1);
        if (isfinite(x) && fabs(back - t.p) <= 1e-9 * t.p)
            return d->b * x;
    }
    return gamma_search(d, t);
}

// Position of point i on the scale of the tail; 1-p is exact for the points that matter (p >= 0.5).
static double point_at(const struct distribution *d, size_t i, struct tail t)
{
    return t.is_upper ? 1 - d->points[i].p : d->points[i].p;
}

static double empirical_quantile(const struct distribution *d, struct tail t)
{
    size_t low = 0, high = d->n_points - 1;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        bool is_left = t.is_upper ? point_at(d, middle, t) >= t.p : point_at(d, middle, t) <= t.p;
        if (is_left)
            low = middle;
        else
            high = middle;
    }
    double from = point_at(d, low, t), to = point_at(d, high, t);
    double share = (t.p - from) / (to - from);
    return d->points[low].value + share * (d->points[high].value - d->points[low].value);
}

// Searches for the quantile of a mixture end within this of it, relative.
static const double MIXTURE_NEAR = 1e-11;

static double part_quantile(const struct distribution *d, size_t part, struct tail t)
{
    const struct distribution *of = &d->parts[part].distribution;
    return t.is_upper ? distribution_upper_quantile(of, t.p) : distribution_quantile(of, t.p);
}

// How far the mixture's cumulative probability, or what is left of it, is off the one wanted: as a
// logarithm, which makes nearly straight lines of power and exponential tails.
static double mixture_excess(double z, void *argument)
{
    const struct search *s = argument;
    double x = s->origin + s->scale * exp(z);
    if (s->tail.is_upper)
        return log(s->tail.p / fmax(cumulative_upper(s->d, x), DBL_MIN));
    return log(fmax(cumulative_lower(s->d, x), DBL_MIN) / s->tail.p);
}

static bool mixture_reaches(const struct distribution *d, double x, struct tail t)
{
    return t.is_upper ? cumulative_upper(d, x) <= t.p : cumulative_lower(d, x) >= t.p;
}

// Where parts leave a gap all values in it are as good: its lower end, as on the other side of it.
static double mixture_gap_start(const struct distribution *d, double x, bool is_upper)
{
    double start = -HUGE_VAL;
    for (size_t i = 0; i < d->n_parts; i++) {
        const struct distribution *of = &d->parts[i].distribution;
        double p = is_upper ? cumulative_upper(of, x) : cumulative_lower(of, x);
        if (p != (is_upper ? 1 : 0))
            start = fmax(start, fmin(x, part_quantile(d, i, (struct tail){p, is_upper})));
    }
    return start;
}

// A search ends beside a jump: on it, where a part is a constant.
static double mixture_on_constant(const struct distribution *d, double x)
{
    for (size_t i = 0; i < d->n_parts; i++) {
        const struct distribution *of = &d->parts[i].distribution;
        double value = of->shift + of->a;
        if (of->kind == DISTRIBUTION_CONSTANT && fabs(x - value) <= MIXTURE_NEAR * fabs(value))
            return value;
    }
    return x;
}

// Between the least and the largest of the parts' own quantiles. Values may span many orders of
// magnitude above the least one of all, hence logarithms; a scale that keeps them below -1 makes
// their relative precision that of the value.
static double mixture_quantile(struct distribution d, struct tail t)
{
    double low = HUGE_VAL, high = -HUGE_VAL, origin = HUGE_VAL;
    for (size_t i = 0; i < d.n_parts; i++) {
        double x = part_quantile(&d, i, t);
        low = fmin(low, x);
        high = fmax(high, x);
        origin = fmin(origin, part_quantile(&d, i, (struct tail){0, false}));
    }
    d.shift = 0;
    if (t.p == 0 || t.p == 1)
        return t.is_upper == (t.p == 0) ? high : low;
    if (!(low < high) || mixture_reaches(&d, low, t))
        return low;
    struct search search = {&d, t, origin, M_E * (high - origin)};
    double nearest = fmax(low - origin, fmax(fabs(origin) * DBL_EPSILON / 2, DBL_MIN));
    double z = search_root(mixture_excess, &search, log(nearest / search.scale), -1);
    double x = fmin(origin + search.scale * exp(z), high);
    if (mixture_reaches(&d, x - MIXTURE_NEAR * fabs(x), t))
        x = mixture_gap_start(&d, x, t.is_upper);
    return mixture_on_constant(&d, x);
}

static double distribution_at(const struct distribution *d, struct tail t)
{
    bool up = t.is_upper;
    switch (d->kind) {
    case DISTRIBUTION_CONSTANT:
        return d->a;
    case DISTRIBUTION_UNIFORM:
        return uniform_quantile(d, t);
    case DISTRIBUTION_EXPONENTIAL:
        return d->a * (up ? -log(t.p) : -log1p(-t.p));
    case DISTRIBUTION_LOGNORMAL:
        return lognormal_quantile(d, t);
    case DISTRIBUTION_GAMMA:
        return gamma_quantile(d, t);
    case DISTRIBUTION_WEIBULL:
        return up ? gsl_cdf_weibull_Qinv(t.p, d->a, d->b) : gsl_cdf_weibull_Pinv(t.p, d->a, d->b);
    case DISTRIBUTION_PARETO:
        return up ? gsl_cdf_pareto_Qinv(t.p, d->b, d->a) : gsl_cdf_pareto_Pinv(t.p, d->b, d->a);
    case DISTRIBUTION_HYPEREXPONENTIAL:
        return hyperexponential_quantile(d, t);
    case DISTRIBUTION_EMPIRICAL:
        return empirical_quantile(d, t);
    case DISTRIBUTION_MIXTURE:
        return mixture_quantile(*d, t);
    }
    REQUIRE(false, "distribution kind %d", (int)d->kind);
    return 0;
}

double distribution_quantile(const struct distribution *d, double u)
{
    REQUIRE(u >= 0 && u <= 1, "quantile at u = %g", u);
    return d->shift + distribution_at(d, (struct tail){u, false});
}

double distribution_upper_quantile(const struct distribution *d, double one_minus_u)
{
    REQUIRE(one_minus_u >= 0 && one_minus_u <= 1, "quantile at 1-u = %g", one_minus_u);
    return d->shift + distribution_at(d, (struct tail){one_minus_u, true});
}

bool distribution_is_valid(const struct distribution *d)
{
    return distribution_parameters_are_valid(d) && isfinite(distribution_quantile(d, 0x1p-50)) &&
           isfinite(distribution_upper_quantile(d, 0x1p-50));
}

static double empirical_mean(const struct distribution *d)
{
    double sum = 0;
    for (size_t i = 1; i < d->n_points; i++) {
        const struct distribution_point *from = &d->points[i - 1], *to = &d->points[i];
        sum += (to->p - from->p) * (from->value + to->value) / 2;
    }
    return sum;
}

static double mixture_mean(const struct distribution *d)
{
    double sum = 0;
    for (size_t i = 0; i < d->n_parts; i++)
        sum += d->parts[i].share * distribution_mean(&d->parts[i].distribution);
    return sum;
}

static double unshifted_mean(const struct distribution *d)
{
    switch (d->kind) {
    case DISTRIBUTION_CONSTANT:
    case DISTRIBUTION_EXPONENTIAL:
        return d->a;
    case DISTRIBUTION_UNIFORM:
        return (d->a + d->b) / 2;
    case DISTRIBUTION_LOGNORMAL:
        return exp(d->a + d->b * d->b / 2);
    case DISTRIBUTION_GAMMA:
        return d->a * d->b;
    case DISTRIBUTION_WEIBULL:
        return d->a * gsl_sf_gamma(1 + 1 / d->b);
    case DISTRIBUTION_PARETO:
        return d->b > 1 ? d->a * d->b / (d->b - 1) : HUGE_VAL;
    case DISTRIBUTION_HYPEREXPONENTIAL:
        return d->p * d->a + (1 - d->p) * d->b;
    case DISTRIBUTION_EMPIRICAL:
        return empirical_mean(d);
    case DISTRIBUTION_MIXTURE:
        return mixture_mean(d);
    }
    REQUIRE(false, "distribution kind %d", (int)d->kind);
    return 0;
}

double distribution_mean(const struct distribution *d)
{
    return d->shift + unshifted_mean(d);
}
