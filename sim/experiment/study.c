#include "experiment/study.h"

#include <stdio.h>

#include "scenario/geography_file.h"

bool study_load(struct study *study, const struct study_request *request, struct diag_list *diags)
{
    *study = (struct study){0};
    study->spec = study_file_load(&study->arena, request->path, &request->copies, &study->files,
                                  diags);
    if (study->spec == NULL)
        return false;
    const struct geography_search search = {study->spec->topologies.items,
                                            study->spec->topologies.n, request->tables_dir};
    study->geography = geography_file_load(&study->arena, &search, diags);
    return study->geography != NULL &&
           points_make(&study->points, &study->arena, study->spec, diags);
}

void study_free(struct study *study)
{
    arena_free(&study->arena);
    *study = (struct study){0};
}

void study_describe(const struct study *study, size_t point, char *out, size_t size)
{
    const struct study_spec *s = study->spec;
    const struct point at = points_at(&study->points, point);
    const char *const *texts = &study->points.texts[at.row * study->points.n_values];
    size_t n = (size_t)snprintf(out, size, "%s", s->topologies.items[at.topology]);
    for (int i = 0; i < s->n_parameters && n < size; ++i)
        n += (size_t)snprintf(out + n, size - n, ", %s %s", s->parameters[i].name, texts[i]);
}

bool study_scenario(const struct study *study, size_t point, struct scenario *scenario,
                    struct diag_list *diags)
{
    const struct study_spec *s = study->spec;
    const struct point at = points_at(&study->points, point);
    struct scenario_value values[STUDY_MAX_PATHS];
    const struct scenario_request request = {
        .topologies = &s->topologies.items[at.topology],
        .n_topologies = 1,
        .workload = s->workloads.items[at.workload],
        .faults = s->faults.items[at.faults],
        .sets = s->set.items,
        .n_sets = s->set.n,
        .set_places = s->set.places,
        .values = values,
        .n_values = points_values(&study->points, at.row, values, STUDY_MAX_PATHS),
        .geography = study->geography};
    diag_add_source(diags, s->file, s->text);
    return scenario_load(scenario, &request, diags);
}
