// Scenarios: designs, demand and faults as YAML files, loaded, checked and ready to run.
//
//   struct scenario scenario = {0};
//   struct diag_list diags = {0};
//   if (!scenario_load(&scenario, &(struct scenario_request){.topologies = paths, ...}, &diags))
//   ... diag_print(&diags, stderr, colour);
//   ...
//   scenario_free(&scenario);   // everything below lives in its arena
//   diag_free(&diags);          // after it, or before: the list's lines are printed from the
//   scenario's texts
//
// Every mistake of every file ends up in the diagnostics list, sorted by place when printed. A
// loaded scenario is read-only and may be shared by all threads.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/diag.h"
#include "model/geography.h"
#include "model/topology.h"
#include "model/workload.h"

// What a YAML file is, told by its top-level keys.
enum scenario_kind {
    SCENARIO_TOPOLOGY,
    SCENARIO_WORKLOAD,
    SCENARIO_FAULTS,
    SCENARIO_STUDY,
    SCENARIO_OTHER, // not a scenario file, or unreadable
};

// A value that a study gives: YAML, for a path as in --set, and where it stands there.
struct scenario_value {
    const char *path, *text;
    struct diag_place place;
};

struct scenario_request {
    const char *const *topologies; // paths, in the order of the comparison; may be none
    size_t n_topologies;
    const char *workload; // path, or NULL
    const char *faults;   // path, or NULL
    // "path=value" changes, applied to every file whose schema has the path, before checking.
    const char *const *sets;
    size_t n_sets;
    const struct diag_place *set_places; // [n_sets], of a study; NULL: of the command line
    // What a study changes besides, after these.
    const struct scenario_value *values;
    size_t n_values;
    // Where regions.yaml and rtt.yaml are when neither <dir of the topology>/tables nor
    // $AASIM_TABLES has them; NULL: nowhere else.
    const char *tables_dir;
    struct geography *geography; // that was loaded before, must outlive the scenario; NULL: load it
};

struct settings;

struct scenario {
    struct arena arena;          // owns all that follows
    struct geography *geography; // NULL without topologies
    struct topology *topologies; // [n_topologies]
    size_t n_topologies;
    struct workload *workload; // NULL: none was asked for
    struct fault_plan *faults; // NULL: none was asked for
    // Every value with its origin: one ledger a file, see scenario_show and ledger.h.
    struct settings *topology_settings; // [n_topologies]
    struct settings *workload_settings;
    struct settings *fault_settings;
    // The files with all changes, without comments, as one line each: topologies, workload, plan.
    const char **resolved; // [n_resolved]
    size_t n_resolved;
};

// Loads and cross-checks everything the request names. True when there was no error; otherwise the
// diagnostics say why and the scenario may only be freed. A file that cannot be read is a
// diagnostic too. The request's strings must outlive the scenario.
bool scenario_load(struct scenario *scenario, const struct scenario_request *request,
                   struct diag_list *diags);
void scenario_free(struct scenario *scenario);

// Tells what a file is without loading it; unreadable files are SCENARIO_OTHER.
enum scenario_kind scenario_kind_of(const char *path);
// Reads the file of a loading whose arena, diags and file are set. One of another kind is an error,
// one instead of one for each of its keys; its root is then NULL.
struct loading;
void scenario_read(struct loading *l, enum scenario_kind kind);
const char *scenario_kind_name(
    enum scenario_kind kind); // "topology", "workload", "fault plan", "study", "other"

// Prints every value of the loaded files with unit, origin (default or file:line) and the source of
// each default, as aligned tables of at most 100 columns (`aasim show`); then the figures that
// values stand for: round trips between the topologies' regions, access types of the workload.
void scenario_show(const struct scenario *scenario, FILE *out);
// JSON Schema of one kind of file, for editors (`aasim schema`).
void scenario_write_schema(enum scenario_kind kind, FILE *out);
// Reference of every key of all three kinds in Markdown: the second half of docs/scenario-files.md.
void scenario_write_reference(FILE *out);
