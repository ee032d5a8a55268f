#include "experiment/sweepsensitivity.h"

#include <math.h>

#include "base/base.h"

struct task {
    struct sweepset *set;
    const struct points *points;
    double *y; // [rows]
};

// The outputs of a combination of files; false when a point has none.
static bool take_outputs(const struct task *t, size_t files, size_t metric)
{
    for (size_t row = 0; row < t->points->n_rows; ++row) {
        const size_t point = files * t->points->n_rows + row;
        t->y[row] = t->set->estimates[point * METRICS + metric].value;
        if (isnan(t->y[row]))
            return false;
    }
    return true;
}

static void find_indices(const struct task *t, size_t files, size_t metric)
{
    struct sweepset *set = t->set;
    const size_t d = set->n_varied, at = (files * METRICS + metric) * d;
    const struct sobol_data data = {t->y, (size_t)t->points->spec->points, d};
    struct stream draws = stream_open(set->seed, (uint32_t)files, metric_name((enum metric)metric),
                                      "bootstrap");
    struct sensitivity indices[SENSITIVITY_MOST];
    if (!take_outputs(t, files, metric))
        return;
    sensitivity_sobol(&data, set->level, &draws, indices);
    for (size_t i = 0; i < d; ++i) {
        set->first[at + i] = indices[i].first;
        set->total[at + i] = indices[i].total;
    }
}

static void screen(const struct task *t, size_t files, size_t metric)
{
    struct sweepset *set = t->set;
    const struct morris_data data = {t->y, t->points->unit, t->points->order,
                                     (size_t)t->points->spec->points, set->n_varied};
    if (take_outputs(t, files, metric))
        sensitivity_morris(&data, &set->morris[(files * METRICS + metric) * set->n_varied]);
}

void sweepsensitivity_of(struct sweepset *set, struct arena *arena, const struct points *points)
{
    const enum study_kind kind = points->spec->kind;
    const struct task t = {set, points, arena_push(arena, double, points->n_rows)};
    const struct estimate none = {
        .value = (double)NAN, .low = (double)NAN, .high = (double)NAN, .sd = (double)NAN};
    set->n_files = points->n_files;
    set->n_varied = (size_t)points->spec->n_parameters;
    const size_t n = set->n_files * METRICS * set->n_varied;
    if (kind == STUDY_SALTELLI) {
        set->first = arena_push(arena, struct estimate, n);
        set->total = arena_push(arena, struct estimate, n);
    } else if (kind == STUDY_MORRIS) {
        set->morris = arena_push(arena, struct morris, n);
    } else {
        return;
    }
    for (size_t i = 0; i < n; ++i) {
        if (set->morris != NULL)
            set->morris[i] = (struct morris){(double)NAN, (double)NAN, (double)NAN, 0};
        else
            set->first[i] = set->total[i] = none;
    }
    for (size_t files = 0; files < set->n_files; ++files)
        for (size_t metric = 0; metric < METRICS; ++metric) {
            if (kind == STUDY_SALTELLI)
                find_indices(&t, files, metric);
            else
                screen(&t, files, metric);
        }
}
