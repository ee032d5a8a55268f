// Keys of a study: what is varied, how, how often, and what is asked.
#include "base/base.h"
#include "scenario/schema.h"
#include "scenario/study_file.h"

static const struct choice kinds[] = {
    {"grid", STUDY_GRID, "every value of each parameter with every value of all others"},
    {"zip", STUDY_ZIP, "the first values of all parameters together, then the second ..."},
    {"random", STUDY_RANDOM, "independent draws"},
    {"latin-hypercube", STUDY_LATIN_HYPERCUBE,
     "draws of which each parameter has one in each of `points` equally likely intervals"},
    {"sobol", STUDY_SOBOL, "a quasi-random sequence, evenly spread in all parameters together"},
    {"saltelli", STUDY_SALTELLI,
     "for Sobol indices, the shares of variance that parameters account for: `points` rows, "
     "points x (parameters + 2) points in all"},
    {"morris", STUDY_MORRIS,
     "screening, which parameters matter at all: `points` trajectories of parameters + 1 points"},
    {"one-at-a-time", STUDY_ONE_AT_A_TIME,
     "all parameters at their first value (of a range: the middle level), then each at its "
     "others, alone: a tornado"},
    {NULL, 0, NULL},
};

const char *schema_study_kind_name(enum study_kind kind)
{
    size_t i = 0;
    while (kinds[i].word != NULL && kinds[i].value != (int)kind)
        i++;
    return kinds[i].word;
}

static const struct choice scales[] = {
    {"linear", false, "equal steps; any value between is as likely as any other"},
    {"log", true, "equal ratios"},
    {NULL, 0, NULL},
};

static const struct field parameter_fields[] = {
    {"path", FIELD_LINES, SCHEMA_MEMBER(struct study_parameter, paths),
     .doc = "What is varied: the keys of a value joined by dots, as in steering.ttl or "
            "services.web.per_zone; or a list of paths that have the same value. Each must be in "
            "every topology, or in every workload or fault plan."},
    {"values", FIELD_NODE, SCHEMA_MEMBER(struct study_parameter, values), .initial = "none",
     .source = "One of values, from and to, distribution", .doc = "A list of values, [5 s, 60 s]."},
    {"from", FIELD_NODE, SCHEMA_MEMBER(struct study_parameter, from), .initial = "none",
     .source = "See values", .doc = "Least value of a range, with its unit."},
    {"to", FIELD_NODE, SCHEMA_MEMBER(struct study_parameter, to), .initial = "none",
     .source = "See values", .doc = "Greatest value of the range."},
    {"steps", FIELD_INTEGER, SCHEMA_MEMBER(struct study_parameter, steps), .initial = "0",
     .high = 100000, .source = "A sample needs no levels",
     .doc = "How many levels of the range a grid has, both ends included."},
    {"scale", FIELD_CHOICE, SCHEMA_MEMBER(struct study_parameter, is_log), .initial = "linear",
     .choices = scales, .source = "Ranges are linear unless stated", .doc = "Of a range."},
    {"distribution", FIELD_NODE, SCHEMA_MEMBER(struct study_parameter, distribution),
     .initial = "none", .source = "See values",
     .doc = "What the values of a sample are drawn from, {uniform: {low: 5 s, high: 60 s}}."},
};
static const struct schema_record parameter_record = {
    "parameter", "What is varied.", SCHEMA_RECORD(struct study_parameter, parameter_fields)};

static const struct field derived_fields[] = {
    {"path", FIELD_LINES, SCHEMA_MEMBER(struct study_derived, paths),
     .doc = "What the value is put in for: as a parameter's path."},
    {"value", FIELD_LINES, SCHEMA_MEMBER(struct study_derived, text),
     .doc = "Expression of the parameters and of what was derived before: numbers with units, "
            "+ - * / ^, comparisons, and, or, not, min(), max(), floor(), ceil(), round(), abs(), "
            "sqrt(), log(), exp(). Durations are in seconds, sizes in bytes, rates a second, "
            "ratios from 0 to 1."},
};
static const struct schema_record derived_record = {
    "derived value", "A value that follows from others.",
    SCHEMA_RECORD(struct study_derived, derived_fields)};

// The words are those of results/metric.h, in its order; a test compares them.
static const struct choice metrics[] = {
    {"availability", 0, "share of requests answered in time"},
    {"user_uptime", 1, "share of users' time in which their latest request was answered in time"},
    {"downtime_min", 2, "minutes of a run in which a population was down, by its demand"},
    {"downtime_min_per_year", 3, "the same, a year"},
    {"latency_p50_s", 4, "median latency of answered requests"},
    {"latency_p99_s", 5, "99 % of answered requests were faster"},
    {"latency_p999_s", 6, "99.9 % of answered requests were faster"},
    {"stale_read_ratio", 7, "share of reads that missed an acknowledged write"},
    {"lost_writes", 8, "acknowledged writes overwritten or lost, a run"},
    {"lost_writes_per_million", 9, "of acknowledged writes"},
    {"unreplicated_at_fault", 10, "writes in danger when a store failed, a run"},
    {"attempts_per_request", 11, "tries that a request took"},
    {"rpo_s", 12, "worst recovery point of a run"},
    {NULL, 0, NULL},
};

static const struct field objective_fields[] = {
    {"metric", FIELD_CHOICE, SCHEMA_MEMBER(struct study_objective, metric), .choices = metrics,
     .doc = "What is judged."},
    {"population", FIELD_TEXT, SCHEMA_MEMBER(struct study_objective, population), .initial = "all",
     .source = "All users together unless stated",
     .doc = "Whose: a population's name; availability and latencies only."},
    {"at_least", FIELD_NODE, SCHEMA_MEMBER(struct study_objective, at_least), .initial = "none",
     .source = "One of at_least and at_most, or both",
     .doc = "Met by a run with this value or more: 99.95 %."},
    {"at_most", FIELD_NODE, SCHEMA_MEMBER(struct study_objective, at_most), .initial = "none",
     .source = "See at_least", .doc = "Met by a run with this value or less: 400 ms."},
};
static const struct schema_record objective_record = {
    "objective", "What a design should reach in a run.",
    SCHEMA_RECORD(struct study_objective, objective_fields)};

static const struct field design_fields[] = {
    {"kind", FIELD_CHOICE, SCHEMA_MEMBER(struct study_spec, kind), .initial = "grid",
     .choices = kinds, .source = "All combinations unless stated",
     .doc = "How values of parameters are put together."},
    {"points", FIELD_INTEGER, SCHEMA_MEMBER(struct study_spec, points), .low = 1, .high = 1000000,
     .when = "kind=random|latin-hypercube|sobol|saltelli|morris",
     .doc = "Rows of a sample, or trajectories."},
};
static const struct schema_record design_record = {"design", "How values are put together.",
                                                   SCHEMA_RECORD(struct study_spec, design_fields)};

static const struct field study_fields[] = {
    {"title", FIELD_TEXT, SCHEMA_MEMBER(struct study_spec, title), .doc = "One line for people."},
    {"name", FIELD_TEXT, SCHEMA_MEMBER(struct study_spec, name), .initial = "(stem)",
     .source = "The file's name without its ending", .doc = "Name in results."},
    {"topologies", FIELD_LINES, SCHEMA_MEMBER(struct study_spec, topologies),
     .doc = "Files of the designs, from the folder of the study."},
    {"workloads", FIELD_LINES, SCHEMA_MEMBER(struct study_spec, workloads),
     .doc = "Files of the workloads; each design meets each of them."},
    {"faults", FIELD_LINES, SCHEMA_MEMBER(struct study_spec, faults), .initial = "none",
     .source = "No faults unless a plan is given",
     .doc = "Files of fault plans, 'none' for a run without; each design meets each of them."},
    {"set", FIELD_LINES, SCHEMA_MEMBER(struct study_spec, set), .initial = "[]",
     .source = "Files count as they are",
     .doc = "Changes of all points, [duration=1 h, steering.ttl=30 s]."},
    {"replications", FIELD_INTEGER, SCHEMA_MEMBER(struct study_spec, replications), .initial = "10",
     .low = 1, .high = 1000000, .source = "As aasim run",
     .doc = "Simulated histories of each point."},
    {"seed", FIELD_INTEGER, SCHEMA_MEMBER(struct study_spec, seed), .initial = "1", .low = 0,
     .high = 2147483647, .source = "As aasim run",
     .doc = "Of all random numbers: equal seeds, equal results."},
    {"level", FIELD_QUANTITY, SCHEMA_MEMBER(struct study_spec, level), .initial = "95 %",
     .dimension = DIMENSION_RATIO, .low = 0.5, .high = 0.9999, .source = "Convention",
     .doc = "Of all intervals."},
    {"parameters", FIELD_TABLE, SCHEMA_MEMBER(struct study_spec, parameters), .initial = "{}",
     .record = &parameter_record, .capacity = STUDY_MAX_PARAMETERS,
     SCHEMA_COUNT(struct study_spec, n_parameters),
     .name_offset = offsetof(struct study_parameter, name), .source = "The files as they are",
     .doc = "What is varied, by name."},
    {"design", FIELD_BLOCK, .initial = "{}", .record = &design_record,
     .doc = "How values of parameters are put together."},
    {"derived", FIELD_TABLE, SCHEMA_MEMBER(struct study_spec, derived), .initial = "{}",
     .record = &derived_record, .capacity = STUDY_MAX_PARAMETERS,
     SCHEMA_COUNT(struct study_spec, n_derived), .source = "None",
     .name_offset = offsetof(struct study_derived, name),
     .doc = "Values that follow from the parameters, by name."},
    {"constraints", FIELD_LINES, SCHEMA_MEMBER(struct study_spec, constraints), .initial = "[]",
     .source = "All points count",
     .doc = "Expressions as of derived values: points where one is not true are left out."},
    {"objectives", FIELD_TABLE, SCHEMA_MEMBER(struct study_spec, objectives), .initial = "{}",
     .record = &objective_record, .capacity = STUDY_MAX_PARAMETERS,
     SCHEMA_COUNT(struct study_spec, n_objectives),
     .name_offset = offsetof(struct study_objective, name), .source = "None",
     .doc = "What designs should reach, by name: the share of runs that do is reported."},
};
const struct schema_record schema_study = {
    "study", "Designs, workloads, fault plans, and what is varied in them.",
    SCHEMA_RECORD(struct study_spec, study_fields)};
