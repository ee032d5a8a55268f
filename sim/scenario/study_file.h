// Study files: topologies x workloads x fault plans x values of parameters x replications, and what
// is asked of them (analysis/studies/*.yaml).
//
// A parameter is one value of a scenario, or several that change together, given by paths as in
// --set ("steering.ttl", "services.web.per_zone"). Its values are a list, levels between two
// bounds, or a distribution that points are drawn from. Derived values are expressions of the
// parameters (expression.h), put in at paths of their own; constraints leave points out. The points
// themselves are made by experiment/points.h.
#pragma once

#include <stddef.h>

#include "base/distribution.h"
#include "scenario/expression.h"
#include "scenario/loading.h"
#include "scenario/schema.h"

enum { STUDY_MAX_PARAMETERS = 20, STUDY_MAX_PATHS = 512 };

enum study_kind {
    STUDY_GRID,   // every value of each with every value of all others
    STUDY_ZIP,    // first values together, then second values, ...
    STUDY_RANDOM, // independent draws
    STUDY_LATIN_HYPERCUBE,
    STUDY_SOBOL,    // quasi-random sequence
    STUDY_SALTELLI, // for Sobol indices (measure/sensitivity.h)
    STUDY_MORRIS,   // screening (the same)
    STUDY_ONE_AT_A_TIME,
};

struct study_parameter {
    const char *name;
    struct text_lines paths;
    const struct node *values, *from, *to, *distribution; // as given; NULL: not
    int steps;
    bool is_log;
    // Found out by study_file_load.
    const struct field *field;       // that the first path leads to; NULL: not known
    const char **texts;              // [n] listed values, or levels of a grid
    const struct node *const *nodes; // [n] where they stand
    size_t n;
    struct distribution law; // of numbers, when there is no list; in the program's unit
    bool has_law;
};

struct study_derived {
    const char *name;
    struct text_lines paths;
    struct text_lines text;
    const struct field *field;
    const struct expression *value;
};

struct study_objective {
    const char *name;
    int metric;             // enum metric (results/metric.h)
    const char *population; // "all", or a name
    const struct node *at_least, *at_most;
    double low, high; // in the metric's unit; infinite: no bound
};

struct study_spec {
    const char *name, *title, *file, *text;
    struct text_lines topologies, workloads, faults; // paths, from the file's folder
    struct text_lines set;                           // changes of all points
    int replications, seed;
    double level;
    enum study_kind kind;
    int points; // rows of a sample, or trajectories
    int n_parameters, n_derived, n_objectives;
    struct study_parameter parameters[STUDY_MAX_PARAMETERS];
    struct study_derived derived[STUDY_MAX_PARAMETERS];
    struct study_objective objectives[STUDY_MAX_PARAMETERS];
    struct text_lines constraints;
    const struct expression *const *conditions; // [constraints.n]
};

// The files that a study names, as read: for checks of paths, and for whoever makes its points.
struct study_files {
    struct loading *all; // topologies, then workloads, then fault plans; a plan 'none' has no root
    size_t n, n_topologies, n_workloads, n_faults;
};

// Files to read in place of those that the study names, in its order; all NULL: those.
struct study_copies {
    const char *const *topologies, *const *workloads, *const *faults;
};

// Reads and checks a study and the keys, not the sense, of the files that it names; everything
// lives in the arena. NULL after adding diagnostics.
const struct study_spec *study_file_load(struct arena *arena, const char *path,
                                         const struct study_copies *copies,
                                         struct study_files *files, struct diag_list *diags);
// As studies write it: "latin-hypercube".
const char *schema_study_kind_name(enum study_kind kind);
// Whether points are drawn, so that ranges need no levels.
bool study_file_is_sampled(enum study_kind kind);
// A number as a value of a field, in the arena: "60 s"; whole where the field is.
// Of a value that was drawn, or lies between two ends, few digits are enough: more tell nobody
// anything.
enum { STUDY_DRAWN_DIGITS = 6, STUDY_ALL_DIGITS = 15 };
const char *study_file_text(struct arena *arena, const struct field *field, double number,
                            int digits);
// A value of a field as a number, in the unit of the program; false: it is none.
bool study_file_number(const struct field *field, const char *text, double *number);
