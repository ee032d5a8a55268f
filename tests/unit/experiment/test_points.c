// Pins: the points of a study. A grid has every combination, a zip pairs, a tornado one change at a
// time; draws are uniform within their laws and keyed by the parameter's name, so that another
// parameter or more points change none of them; a Latin hypercube has one value an interval, for
// each parameter; constraints leave out what they exclude; derived values follow. A point's
// scenario has its values; its identity changes with what it depends on and with nothing else.
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "experiment/identity.h"
#include "experiment/study.h"
#include "unit/scenario/studyfiles.h"

static struct studyfiles f;
static struct study study;

static const char *const head = "title: T\ntopologies: [one.yaml, two.yaml]\nworkloads: load.yaml\n"
                                "faults: [none, plan.yaml]\n";

static bool is_made(const char *rest)
{
    char text[2000];
    snprintf(text, sizeof text, "%s%s", head, rest);
    studyfiles_write(&f, text);
    return study_load(&study,
                      &(struct study_request){.path = f.path, .tables_dir = "topologies/tables"},
                      &f.diags);
}

static void done(void)
{
    study_free(&study);
    studyfiles_free(&f);
}

static void make(const char *rest)
{
    const bool is_good = is_made(rest);
    if (!is_good)
        diag_print(&f.diags, stderr, false);
    cr_assert(is_good);
}

static double number(size_t row, size_t i)
{
    return study.points.numbers[row * study.points.n_values + i];
}

// ---- rows

Test(points, grid, .fini = done)
{
    make("parameters:\n"
         "  ttl: {path: steering.ttl, values: [5 s, 60 s]}\n"
         "  n: {path: services.web.servers_per_zone, from: 1, to: 3, steps: 3}\n");
    cr_assert_eq(study.points.n_rows, 6);
    cr_assert_eq(points_count(&study.points), 6 * 2 * 2);
    for (size_t row = 0; row < 6; row++) {
        cr_expect_eq(number(row, 0), row < 3 ? 5 : 60);
        cr_expect_eq(number(row, 1), 1 + (double)(row % 3));
    }
    const struct point p = points_at(&study.points, 23);
    cr_expect(p.topology == 1 && p.workload == 0 && p.faults == 1 && p.row == 5);
}

Test(points, no_parameters, .fini = done)
{
    make("");
    cr_assert_eq(points_count(&study.points), 4);
}

Test(points, zip, .fini = done)
{
    make("design: {kind: zip}\n"
         "parameters:\n"
         "  ttl: {path: steering.ttl, values: [5 s, 60 s]}\n"
         "  n: {path: services.web.servers_per_zone, values: [7, 8]}\n");
    cr_assert_eq(study.points.n_rows, 2);
    cr_expect(number(1, 0) == 60 && number(1, 1) == 8);
}

Test(points, one_at_a_time, .fini = done)
{
    make("design: {kind: one-at-a-time}\n"
         "parameters:\n"
         "  ttl: {path: steering.ttl, values: [30 s, 5 s, 60 s]}\n"
         "  n: {path: services.web.servers_per_zone, from: 1, to: 3, steps: 3}\n");
    const double wanted[][2] = {{30, 2}, {5, 2}, {60, 2}, {30, 1}, {30, 3}};
    cr_assert_eq(study.points.n_rows, 5);
    for (size_t row = 0; row < 5; row++)
        cr_expect(number(row, 0) == wanted[row][0] && number(row, 1) == wanted[row][1], "row %zu",
                  row);
}

Test(points, constraints_and_derived_values, .fini = done)
{
    make("parameters:\n"
         "  a: {path: services.web.servers_per_zone, values: [1, 2, 3, 4]}\n"
         "derived:\n"
         "  queue: {path: services.web.queue, value: '10 * a'}\n"
         "constraints: [queue > 10, a != 3]\n");
    cr_assert_eq(study.points.n_rows, 2);
    cr_expect_eq(study.points.n_excluded, 2);
    cr_expect(number(0, 0) == 2 && number(0, 1) == 20 && number(1, 0) == 4 && number(1, 1) == 40);
    cr_expect_str_eq(study.points.texts[1], "20");
}

Test(points, nothing_left, .fini = done)
{
    cr_assert_not(is_made("parameters: {a: {path: services.web.queue, values: [1]}}\n"
                          "constraints: a > 1\n"));
    cr_expect_not_null(strstr(f.diags.items.items[0].message, "no point of 1"));
    cr_expect_eq(f.diags.items.items[0].place.line, 6);
}

Test(points, the_constraint_that_leaves_nothing_is_shown, .fini = done)
{
    cr_assert_not(is_made("parameters: {a: {path: services.web.queue, values: [1, 2, 3]}}\n"
                          "constraints:\n  - a > 1\n  - a > 100\n  - a < 3\n"));
    cr_expect_not_null(strstr(f.diags.items.items[0].message, "this leaves no point of 3"));
    cr_expect_eq(f.diags.items.items[0].place.line, 8);
    done();
    cr_assert_not(is_made("parameters: {a: {path: services.web.queue, values: [1, 2, 3]}}\n"
                          "constraints:\n  - a > 1\n  - a < 2\n"));
    cr_expect_not_null(strstr(f.diags.items.items[0].message, "together leave no point of 3"));
    cr_expect_eq(f.diags.items.items[0].place.line, 8);
}

Test(points, a_constraint_that_has_no_value, .fini = done)
{
    cr_assert_not(is_made("parameters: {a: {path: services.web.queue, values: [4, 2]}}\n"
                          "constraints: 5 / (a - 2) > 1\n"));
    cr_expect_not_null(strstr(f.diags.items.items[0].message, "has no value where a 2"));
}

Test(points, a_derived_value_that_is_none, .fini = done)
{
    cr_assert_not(is_made("parameters: {a: {path: services.web.servers_per_zone, values: [1]}}\n"
                          "derived: {q: {path: services.web.queue, value: '1 / (a - 1)'}}\n"));
    cr_expect_not_null(strstr(f.diags.items.items[0].message, "'q' has no value"));
}

Test(points, too_many, .fini = done)
{
    cr_assert_not(
        is_made("parameters:\n"
                "  a: {path: steering.ttl, from: 1 s, to: 1000 s, steps: 2000}\n"
                "  b: {path: populations.europe.rate, from: 1 req/s, to: 2 req/s, steps: 2000}\n"));
    cr_expect_not_null(strstr(f.diags.items.items[0].message, "more than 1000000 points"));
}

// ---- draws

static const char *const two = "parameters:\n"
                               "  ttl: {path: steering.ttl, from: 10 s, to: 20 s}\n"
                               "  rate: {path: populations.europe.rate, distribution: {uniform: "
                               "{low: 1 req/s, high: 3 req/s}}}\n";

static void make_drawn(const char *design, const char *parameters)
{
    char text[1500];
    snprintf(text, sizeof text, "design: {%s}\n%s", design, parameters);
    make(text);
}

// Largest distance of the empirical distribution of a column from the uniform one of 10 to 20.
static double distance(size_t n)
{
    double most = 0;
    for (size_t i = 0; i < n; i++) {
        size_t below = 0;
        for (size_t k = 0; k < n; k++)
            below += number(k, 0) <= number(i, 0);
        most = fmax(most, fabs((double)below / (double)n - (number(i, 0) - 10) / 10));
    }
    return most;
}

Test(points, samples_follow_their_laws)
{
    static const struct {
        const char *design;
        double most; // Kolmogorov's distance: random at 1e-6 for 500 draws, others by construction
    } designs[] = {{"kind: random, points: 500", 2.7 / 22.4},
                   {"kind: latin-hypercube, points: 500", 2.1 / 500},
                   {"kind: sobol, points: 511", 12.0 / 511}};
    for (size_t i = 0; i < 3; i++) {
        make_drawn(designs[i].design, two);
        const size_t n = study.points.n_rows;
        cr_expect_lt(distance(n), designs[i].most, "%s: %g", designs[i].design, distance(n));
        double sum = 0;
        for (size_t row = 0; row < n; row++) {
            cr_assert(number(row, 1) >= 1 && number(row, 1) <= 3);
            sum += (number(row, 0) - 15) * (number(row, 1) - 2);
        }
        const double correlation = sum / (double)n / (10 / sqrt(12) * 2 / sqrt(12));
        cr_expect_lt(fabs(correlation), 4.9 / sqrt((double)n), "%s: %g", designs[i].design,
                     correlation);
        done();
    }
}

Test(points, each_interval_of_a_hypercube_has_a_value, .fini = done)
{
    make_drawn("kind: latin-hypercube, points: 64", two);
    uint64_t met[2] = {0};
    for (size_t row = 0; row < 64; row++) {
        met[0] |= UINT64_C(1) << (int)((number(row, 0) - 10) / 10 * 64);
        met[1] |= UINT64_C(1) << (int)((number(row, 1) - 1) / 2 * 64);
    }
    cr_expect(met[0] == UINT64_MAX && met[1] == UINT64_MAX);
}

static void copy_column(double *out, size_t n)
{
    for (size_t row = 0; row < n; row++)
        out[row] = number(row, 0);
    done();
}

Test(points, more_points_or_parameters_change_no_draw)
{
    double few[50], many[50], alone[50];
    const char *one = "parameters:\n  ttl: {path: steering.ttl, from: 10 s, to: 20 s}\n";
    make_drawn("kind: random, points: 50", two);
    copy_column(few, 50);
    make_drawn("kind: random, points: 500", two);
    copy_column(many, 50);
    make_drawn("kind: random, points: 50", one);
    copy_column(alone, 50);
    for (size_t i = 0; i < 50; i++)
        cr_expect(few[i] == many[i] && few[i] == alone[i]);
    make_drawn("kind: sobol, points: 50", two);
    copy_column(few, 50);
    make_drawn("kind: sobol, points: 500", two);
    copy_column(many, 50);
    cr_expect_arr_eq(few, many, sizeof few);
}

Test(points, designs_for_sensitivity, .fini = done)
{
    make_drawn("kind: morris, points: 5", two);
    cr_assert_eq(study.points.n_rows, 5 * 3);
    for (size_t t = 0; t < 5; t++)
        for (size_t step = 0; step < 2; step++) {
            const size_t row = 3 * t + step, i = study.points.order[2 * t + step];
            cr_expect_neq(number(row, i), number(row + 1, i));
            cr_expect_eq(number(row, 1 - i), number(row + 1, 1 - i));
        }
    done();
    make_drawn("kind: saltelli, points: 16", two);
    cr_assert_eq(study.points.n_rows, 16 * 4);
    for (size_t row = 0; row < 16; row++) {
        cr_expect_eq(number(32 + row, 1), number(row, 1)); // A with its first column from B
        cr_expect_eq(number(32 + row, 0), number(16 + row, 0));
    }
}

// ---- scenarios and identities

static struct identity identity(size_t point, uint64_t seed)
{
    struct scenario s = {0};
    struct diag_list diags = {0};
    const bool is_good = study_scenario(&study, point, &s, &diags);
    if (!is_good)
        diag_print(&diags, stderr, false);
    cr_assert(is_good);
    const struct identity id = identity_of(&s, seed);
    diag_free(&diags);
    scenario_free(&s);
    return id;
}

Test(points, scenarios_have_the_values, .fini = done)
{
    struct scenario s = {0};
    struct diag_list diags = {0};
    make("parameters:\n"
         "  ttl: {path: steering.ttl, values: [5 s, 61 s]}\n"
         "  n: {path: [services.web.servers_per_zone, services.web.queue], values: [3, 17]}\n"
         "  lasts: {path: faults.power.lasts, values: [6 min]}\n"
         "set: [duration=2 h]\n");
    cr_assert(study_scenario(&study, points_count(&study.points) - 1, &s, &diags));
    cr_expect_eq(s.topologies[0].steering.root.ttl_s, 61);
    cr_expect_eq(s.topologies[0].services[0].servers_per_zone, 17);
    cr_expect_eq(s.topologies[0].services[0].queue, 17);
    cr_expect_eq(s.workload->duration_s, 7200);
    cr_expect_eq(s.faults->faults[0].duration.a, 360);
    cr_expect_not_null(strstr(s.topologies[0].text, "# study: steering.ttl=61 s"));
    diag_free(&diags);
    scenario_free(&s);
}

Test(points, a_value_that_is_wrong_in_its_place, .fini = done)
{
    struct scenario s = {0};
    struct diag_list diags = {0};
    make("parameters:\n"
         "  warmup: {path: warmup, values: [1 min, 2 h]}\n");
    cr_assert_not(study_scenario(&study, 1 + 2 * 0, &s, &diags));
    const struct diag *d = &diags.items.items[0];
    cr_expect_str_eq(d->place.file, f.path);
    cr_expect_eq(d->place.line, 6);
    cr_expect_not_null(strstr(d->related.file, "load.yaml"));
    diag_free(&diags);
    scenario_free(&s);
}

Test(points, a_change_of_all_points_that_is_wrong_in_its_place, .fini = done)
{
    struct scenario s = {0};
    struct diag_list diags = {0};
    make("parameters:\n"
         "  warmup: {path: warmup, values: [1 min]}\n"
         "set:\n"
         "  - steering.tl=1 s\n"
         "  - steering.ttl=61\n");
    cr_assert_not(study_scenario(&study, 0, &s, &diags));
    cr_assert_eq(diag_errors(&diags), 2);
    for (int i = 0; i < 2; i++) {
        const struct diag *d = &diags.items.items[i];
        cr_expect_str_eq(d->place.file, f.path);
        cr_expect_eq(d->place.line, 8 + i);
        cr_expect_eq(d->place.column, i == 0 ? 5 : 5 + (int)strlen("steering.ttl="));
    }
    diag_free(&diags);
    scenario_free(&s);
}

Test(points, identities_are_of_what_results_depend_on)
{
    const char *const parameters = "parameters: {ttl: {path: steering.ttl, values: [5 s, 60 s]}}\n";
    make(parameters);
    struct identity ids[8];
    for (size_t i = 0; i < 8; i++)
        ids[i] = identity(i, 1);
    for (size_t i = 0; i < 8; i++)
        for (size_t k = 0; k < i; k++)
            cr_expect_not(identity_is_same(ids[i], ids[k]), "%zu and %zu", i, k);
    cr_expect_not(identity_is_same(identity(0, 2), ids[0]), "another seed");
    done();
    make("replications: 77\nparameters:\n"
         "  other: {path: services.web.servers_per_zone, values: [2, 9]}\n"
         "  ttl: {path: steering.ttl, values: [7 s, 5 s, 60 s]}\n");
    // Two servers are what the first design has: the point that was the first is the second now.
    cr_expect(identity_is_same(identity(1, 1), ids[0]));
    done();
    make(parameters);
    char text[3000];
    snprintf(text, sizeof text, "# a comment\n%s   # and blanks\n", files_good[FILES_WORKLOAD]);
    studyfiles_put(&f, "load.yaml", text);
    cr_expect(identity_is_same(identity(0, 1), ids[0]));
    done();
}

Test(points, identities_as_text)
{
    const struct identity id = {UINT64_C(0x0123456789abcdef), 42};
    struct identity again;
    char text[IDENTITY_TEXT];
    identity_write(id, text);
    cr_expect_str_eq(text, "0123456789abcdef000000000000002a");
    cr_assert(identity_read(text, &again));
    cr_expect(identity_is_same(id, again));
    text[3] = 'x';
    cr_expect_not(identity_read(text, &again));
    cr_expect_not(identity_read("0123", &again));
}

// Effects are over the range of the values that were simulated, not of the draws behind them.
Test(points, screening_knows_the_values_as_rounded, .fini = done)
{
    make("design: {kind: morris, points: 20}\n"
         "parameters:\n"
         "  pair: {path: balancer.cross_zone, values: [true, false]}\n"
         "  whole: {path: services.web.queue, from: 1, to: 2}\n"
         "  four: {path: services.web.servers_per_zone, values: [2, 3, 4, 9]}\n"
         "  ttl: {path: steering.ttl, from: 1 s, to: 100 s, scale: log}\n");
    const struct points *p = &study.points;
    for (size_t row = 0; row < p->n_rows; row++) {
        const double *unit = &p->unit[row * 4];
        cr_expect_eq(unit[0], strcmp(p->texts[row * p->n_values], "true") == 0 ? 0 : 1);
        cr_expect_eq(unit[1], number(row, 1) - 1);
        const double four = number(row, 2);
        cr_expect_float_eq(unit[2], four == 9 ? 1 : (four - 2) / 3, 1e-12);
        cr_expect_float_eq(unit[3], log(number(row, 3)) / log(100), 1e-12);
    }
}
