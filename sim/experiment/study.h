// A study: its file, loaded with those that it names, and its points.
//
//   struct study study = {0};
//   if (study_load(&study, &(struct study_request){.path = path}, &diags)) ...
//   for (size_t i = 0; i < points_count(&study.points); ++i)
//       if (study_scenario(&study, i, &scenario, &diags)) ... scenario_free(&scenario);
//   study_free(&study);     // diag_free(&diags) before: its lines are in the study's files
#pragma once

#include "experiment/points.h"

struct study {
    struct arena arena;
    const struct study_spec *spec;
    struct study_files files;
    struct points points;
    struct geography *geography;
};

struct study_request {
    const char *path;
    const char *tables_dir;     // as scenario_request
    struct study_copies copies; // of the files that it names; none: those
};

// False after diagnostics; then the study may only be freed.
bool study_load(struct study *study, const struct study_request *request, struct diag_list *diags);
void study_free(struct study *study);
// "designs/a.yaml, ttl 60 s, per_zone 4", cut to the size.
void study_describe(const struct study *study, size_t point, char *out, size_t size);
// The scenario of a point: one topology, one workload, a fault plan perhaps. False after
// diagnostics, with the point's values where they stand in the study; the scenario may then only be
// freed. It must not outlive the study. Give a list of its own: what it shows is in the scenario.
bool study_scenario(const struct study *study, size_t point, struct scenario *scenario,
                    struct diag_list *diags);
