#include "experiment/points.h"

#include <gsl/gsl_qrng.h>
#include <math.h>
#include <string.h>

#include "base/base.h"
#include "base/stream.h"
#include "measure/sensitivity.h"

struct points_making {
    struct points *p;
    const struct study_spec *s;
    struct arena *arena;
    struct diag_list *diags;
    size_t d; // parameters
};

// ---- how many rows

// Of a grid, a zip, a tornado; 0: too many.
static size_t points_listed_rows(const struct study_spec *s)
{
    size_t product = 1, others = 1;
    for (int i = 0; i < s->n_parameters; i++) {
        if (s->parameters[i].n > POINTS_MOST / product)
            return 0;
        product *= s->parameters[i].n;
        others += s->parameters[i].n - 1;
    }
    if (s->kind == STUDY_GRID)
        return product;
    return s->kind == STUDY_ONE_AT_A_TIME ? others : s->n_parameters > 0 ? s->parameters[0].n : 1;
}

static size_t points_rows(const struct study_spec *s)
{
    const size_t n = (size_t)s->points, d = (size_t)s->n_parameters;
    if (!study_file_is_sampled(s->kind))
        return points_listed_rows(s);
    if (s->kind == STUDY_SALTELLI)
        return sensitivity_sobol_points(n, d);
    return s->kind == STUDY_MORRIS ? sensitivity_morris_points(n, d) : n;
}

// ---- rows of lists

// Which value of each parameter a row has.
static void points_levels(const struct study_spec *s, size_t row, size_t *level)
{
    for (int i = s->n_parameters - 1; i >= 0; i--) {
        const struct study_parameter *a = &s->parameters[i];
        if (s->kind == STUDY_GRID) { // the last parameter varies fastest
            level[i] = row % a->n;
            row /= a->n;
        } else {
            level[i] = row;
        }
    }
}

static size_t points_base(const struct study_parameter *a)
{
    return a->from != NULL ? (a->n - 1) / 2 : 0;
}

// The base first, then the others of the first parameter, and so on.
static void points_tornado_levels(const struct study_spec *s, size_t row, size_t *level)
{
    size_t begin = 1;
    for (int i = 0; i < s->n_parameters; i++) {
        const struct study_parameter *a = &s->parameters[i];
        level[i] = points_base(a);
        if (row >= begin && row < begin + a->n - 1)
            level[i] = row - begin + (row - begin >= level[i] ? 1 : 0);
        begin += a->n - 1;
    }
}

static void points_set(const struct points_making *m, size_t row, size_t i, const char *text)
{
    const size_t at = row * m->p->n_values + i;
    m->p->texts[at] = text;
    if (!study_file_number(m->s->parameters[i].field, text, &m->p->numbers[at]))
        m->p->numbers[at] = (double)NAN;
}

static void points_list(const struct points_making *m, size_t n_rows)
{
    size_t level[STUDY_MAX_PARAMETERS];
    for (size_t row = 0; row < n_rows; row++) {
        if (m->s->kind == STUDY_ONE_AT_A_TIME)
            points_tornado_levels(m->s, row, level);
        else
            points_levels(m->s, row, level);
        for (size_t i = 0; i < m->d; i++)
            points_set(m, row, i, m->s->parameters[i].texts[level[i]]);
    }
}

// ---- rows of draws

static struct stream points_stream(const struct points_making *m, const char *name)
{
    return stream_open((uint64_t)m->s->seed, 0, "study", name);
}

static void points_random(const struct points_making *m, size_t n, double *u)
{
    for (size_t i = 0; i < m->d; i++) {
        struct stream s = points_stream(m, m->s->parameters[i].name);
        for (size_t row = 0; row < n; row++)
            u[row * m->d + i] = stream_uniform(&s);
    }
}

static void points_latin(const struct points_making *m, size_t n, double *u)
{
    size_t *cells = arena_push(m->arena, size_t, n);
    for (size_t i = 0; i < m->d; i++) {
        struct stream s = points_stream(m, m->s->parameters[i].name);
        for (size_t row = 0; row < n; row++)
            cells[row] = row;
        for (size_t row = n; row > 1; row--) { // Fisher-Yates
            const size_t other = stream_below(&s, (uint32_t)row), swap = cells[row - 1];
            cells[row - 1] = cells[other];
            cells[other] = swap;
        }
        for (size_t row = 0; row < n; row++)
            u[row * m->d + i] = ((double)cells[row] + stream_uniform(&s)) / (double)n;
    }
}

static void points_sobol(const struct points_making *m, size_t n, double *u)
{
    gsl_qrng *q = gsl_qrng_alloc(gsl_qrng_sobol, (unsigned)m->d);
    REQUIRE(q != NULL, "no Sobol sequence of %zu dimensions", m->d);
    for (size_t row = 0; row < n; row++)
        gsl_qrng_get(q, &u[row * m->d]);
    gsl_qrng_free(q);
}

static void points_draw(const struct points_making *m, size_t n_rows, double *u)
{
    const size_t n = (size_t)m->s->points;
    if (m->s->kind == STUDY_RANDOM)
        points_random(m, n_rows, u);
    else if (m->s->kind == STUDY_LATIN_HYPERCUBE)
        points_latin(m, n_rows, u);
    else if (m->s->kind == STUDY_SOBOL)
        points_sobol(m, n_rows, u);
    else if (m->s->kind == STUDY_SALTELLI)
        sensitivity_sobol_design(n, m->d, u);
    if (m->s->kind != STUDY_MORRIS)
        return;
    struct stream s = points_stream(m, "trajectories");
    uint8_t *order = arena_push(m->arena, uint8_t, n * m->d);
    sensitivity_morris_design(n, m->d, &s, u, order);
    m->p->order = order;
}

// The value at a cumulative probability; of a list each is as likely.
static const char *points_quantile(const struct points_making *m, const struct study_parameter *a,
                                   double u)
{
    if (a->has_law)
        return study_file_text(m->arena, a->field, distribution_quantile(&a->law, u),
                               STUDY_DRAWN_DIGITS);
    const size_t i = (size_t)(u * (double)a->n);
    return a->texts[i < a->n ? i : a->n - 1];
}

// A design may have the ends themselves, where some distributions have no value.
static double points_inside(double u)
{
    return fmin(fmax(u, 1e-3), 1 - 1e-3);
}

static double points_end(const struct study_parameter *a, const struct node *end)
{
    double value = (double)NAN;
    study_file_number(a->field, end->text, &value);
    return value;
}

// Where in its range the value is that a row has after rounding, and so what a step to it was: of
// a list its place, of distributions the quantile that was asked for.
static double points_place(const struct points_making *m, size_t row, size_t i, double u)
{
    const struct study_parameter *a = &m->s->parameters[i];
    if (!a->has_law)
        return a->n < 2 ? 0 : floor(fmin(u * (double)a->n, (double)a->n - 1)) / ((double)a->n - 1);
    if (a->from == NULL)
        return u;
    const double low = points_end(a, a->from), high = points_end(a, a->to);
    const double x = m->p->numbers[row * m->p->n_values + i];
    return a->is_log ? log(x / low) / log(high / low) : (x - low) / (high - low);
}

static void points_sample(const struct points_making *m, size_t n_rows)
{
    double *u = arena_push(m->arena, double, n_rows * m->d);
    points_draw(m, n_rows, u);
    for (size_t row = 0; row < n_rows; row++)
        for (size_t i = 0; i < m->d; i++) {
            const struct study_parameter *a = &m->s->parameters[i];
            const bool is_open = a->has_law && a->from == NULL;
            const double at = u[row * m->d + i];
            points_set(m, row, i, points_quantile(m, a, is_open ? points_inside(at) : at));
            if (m->s->kind == STUDY_MORRIS)
                u[row * m->d + i] = points_place(m, row, i, at);
        }
    if (m->s->kind == STUDY_MORRIS)
        m->p->unit = u;
}

// ---- what follows from the parameters

// Says of which values something is said.
static const char *points_where(const struct points_making *m, size_t row)
{
    const char *all = "", *const *texts = &m->p->texts[row * m->p->n_values];
    for (size_t i = 0; i < m->d; i++)
        all = arena_printf(m->arena, "%s%s%s %s", all, i == 0 ? " where " : ", ",
                           m->s->parameters[i].name, texts[i]);
    return all;
}

static bool points_derive(const struct points_making *m, size_t row)
{
    double *numbers = &m->p->numbers[row * m->p->n_values];
    for (int i = 0; i < m->s->n_derived; i++) {
        const struct study_derived *d = &m->s->derived[i];
        const double value = expression_value(d->value, numbers);
        const size_t at = row * m->p->n_values + m->d + (size_t)i;
        if (!isfinite(value)) {
            diag_error(m->diags, d->text.places[0], "'%s' has no value%.120s", d->name,
                       points_where(m, row));
            return false;
        }
        m->p->texts[at] = study_file_text(m->arena, d->field, value, STUDY_ALL_DIGITS);
        if (!study_file_number(d->field, m->p->texts[at], &numbers[m->d + (size_t)i]))
            numbers[m->d + (size_t)i] = value;
    }
    return true;
}

// Counts the constraints that the row does not meet; false: one has no value.
static bool points_judge(const struct points_making *m, size_t row, size_t *excluded,
                         bool *is_allowed)
{
    *is_allowed = true;
    for (size_t i = 0; i < m->s->constraints.n; i++) {
        const double value = expression_value(m->s->conditions[i],
                                              &m->p->numbers[row * m->p->n_values]);
        if (!isfinite(value)) {
            diag_error(m->diags, m->s->constraints.places[i], "this has no value%.120s",
                       points_where(m, row));
            return false;
        }
        excluded[i] += value == 0;
        *is_allowed &= value != 0;
    }
    return true;
}

// At the constraint that excludes the most.
static bool points_none_left(const struct points_making *m, size_t n_rows, const size_t *excluded)
{
    size_t worst = 0;
    for (size_t i = 1; i < m->s->constraints.n; i++)
        if (excluded[i] > excluded[worst])
            worst = i;
    diag_error(m->diags, m->s->constraints.places[worst],
               excluded[worst] == n_rows ? "this leaves no point of %zu"
                                         : "the constraints together leave no point of %zu",
               n_rows);
    return false;
}

static bool points_finish(const struct points_making *m, size_t n_rows)
{
    struct points *p = m->p;
    const size_t n = p->n_values;
    size_t *excluded = arena_push(m->arena, size_t, m->s->constraints.n + 1);
    for (size_t row = 0; row < n_rows; row++) {
        bool is_allowed;
        if (!points_derive(m, row) || !points_judge(m, row, excluded, &is_allowed))
            return false;
        if (!is_allowed) {
            p->n_excluded++;
            continue;
        }
        memmove(&p->texts[p->n_rows * n], &p->texts[row * n], n * sizeof *p->texts);
        memmove(&p->numbers[p->n_rows * n], &p->numbers[row * n], n * sizeof *p->numbers);
        p->n_rows++;
    }
    return p->n_rows > 0 || points_none_left(m, n_rows, excluded);
}

bool points_make(struct points *points, struct arena *arena, const struct study_spec *spec,
                 struct diag_list *diags)
{
    const struct points_making m = {points, spec, arena, diags, (size_t)spec->n_parameters};
    const size_t n_rows = points_rows(spec);
    *points = (struct points){.spec = spec,
                              .n_values = m.d + (size_t)spec->n_derived,
                              .n_files = spec->topologies.n * spec->workloads.n * spec->faults.n};
    if (n_rows == 0 || n_rows > POINTS_MOST / points->n_files) {
        diag_error(diags, (struct diag_place){.file = spec->file}, "there are more than %d points",
                   POINTS_MOST);
        return false;
    }
    points->texts = arena_push(arena, const char *, n_rows * points->n_values + 1);
    points->numbers = arena_push(arena, double, n_rows * points->n_values + 1);
    if (study_file_is_sampled(spec->kind))
        points_sample(&m, n_rows);
    else
        points_list(&m, n_rows);
    return points_finish(&m, n_rows);
}

// ---- points

size_t points_count(const struct points *p)
{
    return p->n_files * p->n_rows;
}

struct point points_at(const struct points *p, size_t i)
{
    const struct study_spec *s = p->spec;
    struct point at = {.row = i % p->n_rows};
    i /= p->n_rows;
    at.faults = i % s->faults.n;
    i /= s->faults.n;
    at.workload = i % s->workloads.n;
    at.topology = i / s->workloads.n;
    return at;
}

static void points_add(const struct text_lines *paths, struct scenario_value value,
                       struct scenario_value *values, size_t capacity, size_t *n)
{
    for (size_t i = 0; i < paths->n; i++, ++*n) {
        value.path = paths->items[i];
        if (*n < capacity)
            values[*n] = value;
    }
}

size_t points_values(const struct points *p, size_t row, struct scenario_value *values,
                     size_t capacity)
{
    const struct study_spec *s = p->spec;
    const char *const *texts = &p->texts[row * p->n_values];
    size_t n = 0;
    for (int i = 0; i < s->n_parameters; i++) {
        const struct study_parameter *a = &s->parameters[i];
        struct diag_place place = a->paths.places[0];
        for (size_t k = 0; k < a->n; k++)
            if (strcmp(a->texts[k], texts[i]) == 0)
                place = a->nodes[k]->place;
        points_add(&a->paths, (struct scenario_value){.text = texts[i], .place = place}, values,
                   capacity, &n);
    }
    for (int i = 0; i < s->n_derived; i++)
        points_add(&s->derived[i].paths,
                   (struct scenario_value){.text = texts[s->n_parameters + i],
                                           .place = s->derived[i].text.places[0]},
                   values, capacity, &n);
    return n;
}
