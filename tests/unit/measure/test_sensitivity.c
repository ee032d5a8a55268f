// Pins: Sobol indices of functions whose indices are known in closed form lie in their intervals
// (Ishigami; Sobol's G-function; a sum), shifted outputs change nothing, an output that does not
// vary has none; the design changes one column at a time; Morris screening ranks the parameters of
// a linear function by their coefficients and finds interactions.
#include <criterion/criterion.h>
#include <gsl/gsl_math.h>
#include <math.h>
#include <stdlib.h>

#include "base/base.h"
#include "measure/sensitivity.h"

enum { ROWS = 2048, MOST = 8 };

static double points[ROWS * (MOST + 2) * MOST], y[ROWS * (MOST + 2)];
static struct sensitivity found[MOST];

static void analyse(double (*f)(const double *x), size_t d, double shift)
{
    struct stream s = stream_open(1, 0, "test", "sensitivity");
    sensitivity_sobol_design(ROWS, d, points);
    for (size_t k = 0; k < sensitivity_sobol_points(ROWS, d); k++)
        y[k] = shift + f(&points[k * d]);
    sensitivity_sobol(&(struct sobol_data){y, ROWS, d}, 0.95, &s, found);
}

// Intervals of 95 % around, widened a little: of many, some may just miss.
static void expect_index(const char *name, size_t i, const struct estimate *e, double truth)
{
    const double slack = (e->high - e->low) / 4 + 1e-3;
    cr_expect(e->low - slack <= truth && truth <= e->high + slack, "%s %zu: %g in [%g, %g]", name,
              i, truth, e->low, e->high);
    cr_expect_float_eq(e->value, truth, 0.03, "%s %zu: %g, not %g", name, i, e->value, truth);
    cr_expect(e->high - e->low < 0.2, "%s %zu: [%g, %g]", name, i, e->low, e->high);
}

// Ishigami and Homma 1990, a = 7, b = 0.1.
static double ishigami(const double *u)
{
    double x[3];
    for (int i = 0; i < 3; i++)
        x[i] = M_PI * (2 * u[i] - 1);
    return sin(x[0]) + 7 * sin(x[1]) * sin(x[1]) + 0.1 * pow(x[2], 4) * sin(x[0]);
}

static void expect_ishigami(double shift)
{
    const double pi4 = pow(M_PI, 4), pi8 = pi4 * pi4;
    const double v1 = 0.5 * pow(1 + 0.1 * pi4 / 5, 2), v2 = 49.0 / 8, v13 = 0.01 * pi8 * 8 / 225;
    const double v = v1 + v2 + v13;
    const double first[] = {v1 / v, v2 / v, 0}, total[] = {(v1 + v13) / v, v2 / v, v13 / v};
    analyse(ishigami, 3, shift);
    for (size_t i = 0; i < 3; i++) {
        expect_index("first", i, &found[i].first, first[i]);
        expect_index("total", i, &found[i].total, total[i]);
    }
}

Test(sensitivity, ishigami)
{
    expect_ishigami(0);
    expect_ishigami(1e6);
}

static const double g_weights[MOST] = {0, 1, 4.5, 9, 99, 99, 99, 99};

static double g_function(const double *x)
{
    double product = 1;
    for (int i = 0; i < MOST; i++)
        product *= (fabs(4 * x[i] - 2) + g_weights[i]) / (1 + g_weights[i]);
    return product;
}

Test(sensitivity, g_function)
{
    double all = 1, part[MOST];
    for (int i = 0; i < MOST; i++) {
        part[i] = 1 / (3 * pow(1 + g_weights[i], 2));
        all *= 1 + part[i];
    }
    analyse(g_function, MOST, 0);
    for (size_t i = 0; i < MOST; i++) {
        expect_index("first", i, &found[i].first, part[i] / (all - 1));
        expect_index("total", i, &found[i].total, part[i] * all / (1 + part[i]) / (all - 1));
    }
}

static double nothing(const double *x)
{
    (void)x;
    return 5;
}

Test(sensitivity, an_output_that_does_not_vary)
{
    analyse(nothing, 2, 0);
    cr_expect(isnan(found[0].first.value) && isnan(found[1].total.high));
}

Test(sensitivity, the_design_changes_one_column)
{
    const size_t d = 3;
    sensitivity_sobol_design(16, d, points);
    for (size_t row = 0; row < 16; row++)
        for (size_t i = 0; i < d; i++)
            for (size_t k = 0; k < d; k++) {
                const double mixed = points[((2 + i) * 16 + row) * d + k];
                cr_expect_eq(mixed, points[((k == i ? 16 : 0) + row) * d + k]);
                cr_expect(mixed > 0 && mixed < 1);
            }
}

// ---- Morris

static double linear(const double *x)
{
    return 3 * x[0] - x[1] + 0 * x[2];
}

static double product(const double *x)
{
    return 4 * x[0] * x[1] + x[2];
}

static void screen(double (*f)(const double *x), struct morris *out)
{
    enum { TRAJECTORIES = 40, D = 3 };
    static uint8_t order[TRAJECTORIES * D];
    struct stream s = stream_open(2, 0, "test", "morris");
    sensitivity_morris_design(TRAJECTORIES, D, &s, points, order);
    for (size_t k = 0; k < sensitivity_morris_points(TRAJECTORIES, D); k++)
        y[k] = f(&points[k * D]);
    sensitivity_morris(&(struct morris_data){y, points, order, TRAJECTORIES, D}, out);
}

Test(sensitivity, screening)
{
    struct morris m[3];
    screen(linear, m);
    cr_expect_float_eq(m[0].mean, 3, 1e-9);
    cr_expect_float_eq(m[1].mean, -1, 1e-9);
    cr_expect_float_eq(m[1].strength, 1, 1e-9);
    cr_expect_float_eq(m[2].strength, 0, 1e-9);
    cr_expect_float_eq(m[0].sd, 0, 1e-6);
    screen(product, m);
    cr_expect_float_eq(m[0].mean, 2, 0.5); // 4 times the other's mean
    cr_expect(m[0].sd > 0.5 && m[1].sd > 0.5 && m[2].sd < 1e-6);
    cr_expect_eq(m[0].n, 40);
}

// Steps that rounding made longer count as long as they are, those that it took away do not count.
Test(sensitivity, screening_of_rounded_values)
{
    static const double rounded[][2] = {{0, 0.5}, {1, 0.5}, {1, 0.5}};
    static const double outcomes[] = {5, 9, 9};
    static const uint8_t order[] = {0, 1};
    struct morris m[2];
    sensitivity_morris(&(struct morris_data){outcomes, rounded[0], order, 1, 2}, m);
    cr_expect(m[0].n == 1 && m[0].mean == 4 && m[0].strength == 4 && isnan(m[0].sd));
    cr_expect(m[1].n == 0 && isnan(m[1].mean) && isnan(m[1].strength) && isnan(m[1].sd));
}
