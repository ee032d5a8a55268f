// Pins: a study is read with its files, from its own folder; parameters find the fields they vary
// and take lists, ranges and distributions in those fields' units; every mistake is shown where it
// stands, with what it changes.
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "unit/scenario/studyfiles.h"

static struct studyfiles f;

static const struct study_spec *load(const char *study)
{
    studyfiles_load(&f, study);
    if (f.spec == NULL)
        diag_print(&f.diags, stderr, false);
    cr_assert_not_null(f.spec);
    return f.spec;
}

Test(study_file, reads_a_study)
{
    const struct study_spec *s = load(studyfiles_good);
    cr_expect_str_eq(s->name, "study");
    cr_expect_eq(s->topologies.n, 2);
    cr_expect_eq(s->faults.n, 2);
    cr_expect_null(s->faults.items[0]);
    cr_expect_eq(s->kind, STUDY_GRID);
    cr_expect_eq(s->replications, 10);
    cr_assert_eq(s->n_parameters, 1);
    cr_expect_str_eq(s->parameters[0].field->key, "ttl");
    cr_assert_eq(s->parameters[0].n, 2);
    cr_expect_str_eq(s->parameters[0].texts[1], "60 s");
    studyfiles_free(&f);
}

static const char *const head = "title: T\ntopologies: [one.yaml, two.yaml]\nworkloads: load.yaml\n"
                                "faults: plan.yaml\n";

static const struct study_spec *load_rest(const char *rest)
{
    char text[2000];
    snprintf(text, sizeof text, "%s%s", head, rest);
    return load(text);
}

Test(study_file, ranges_have_levels)
{
    const struct study_spec *s = load_rest(
        "parameters:\n"
        "  ttl: {path: steering.ttl, from: 10 s, to: 1000 s, steps: 3, scale: log}\n"
        "  n: {path: services.web.servers_per_zone, from: 1, to: 3, steps: 9}\n"
        "  share: {path: faults.partition.ratio, from: 10 %, to: 20 %, steps: 3}\n");
    cr_assert_eq(s->parameters[0].n, 3);
    cr_expect_str_eq(s->parameters[0].texts[1], "100 s");
    cr_assert_eq(s->parameters[1].n, 3, "whole numbers, each once");
    cr_expect_str_eq(s->parameters[1].texts[1], "2");
    cr_expect_str_eq(s->parameters[2].texts[1], "0.15");
    studyfiles_free(&f);
}

Test(study_file, samples_have_laws)
{
    const struct study_spec *s = load_rest(
        "design: {kind: sobol, points: 8}\n"
        "parameters:\n"
        "  ttl: {path: steering.ttl, from: 10 s, to: 1000 s, scale: log}\n"
        "  rate: {path: populations.europe.rate, distribution: {uniform: {low: 1 req/s, high: 3 "
        "req/s}}}\n"
        "  policy: {path: balancer.policy, values: [round-robin, least-outstanding]}\n");
    cr_expect(s->parameters[0].has_law);
    cr_expect_float_eq(distribution_quantile(&s->parameters[0].law, 0.5), 100, 1e-6);
    cr_expect_float_eq(distribution_quantile(&s->parameters[1].law, 0.25), 1.5, 1e-12);
    cr_expect_eq(s->parameters[2].n, 2);
    studyfiles_free(&f);
}

Test(study_file, expressions_and_objectives)
{
    const struct study_spec *s = load_rest(
        "parameters:\n"
        "  n: {path: services.web.servers_per_zone, values: [1, 2]}\n"
        "derived:\n"
        "  queue: {path: services.web.queue, value: 'max(10, 4 * n)'}\n"
        "constraints: [n * queue < 30, queue > 1]\n"
        "objectives:\n"
        "  good: {metric: availability, population: europe, at_least: 99.5 %}\n"
        "  fast: {metric: latency_p99_s, at_most: 400 ms}\n");
    const double values[] = {2, 10};
    cr_expect_eq(expression_value(s->derived[0].value, values), 10);
    cr_expect_eq(expression_value(s->conditions[0], values), 1);
    cr_expect_float_eq(s->objectives[0].low, 0.995, 1e-15);
    cr_expect_eq(s->objectives[0].high, INFINITY);
    cr_expect_float_eq(s->objectives[1].high, 0.4, 1e-15);
    studyfiles_free(&f);
}

Test(study_file, values_can_be_read_again)
{
    struct arena arena = {0};
    const struct study_spec *s = load(studyfiles_good);
    const double numbers[] = {0.1, 1.0 / 3, 12345.678901234567, 1e-6, 7e8};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        const char *text = study_file_text(&arena, s->parameters[0].field, numbers[i],
                                           STUDY_ALL_DIGITS);
        double value;
        cr_assert(study_file_number(s->parameters[0].field, text, &value), "%s", text);
        cr_expect_float_eq(value, numbers[i], 1e-14 * numbers[i], "%s", text);
    }
    arena_free(&arena);
    studyfiles_free(&f);
}

// ---- mistakes

// The first mistake of a study, with what must be said, at which line of the study.
static const struct {
    const char *rest;
    int line;
    const char *message;
    const char *suggestion; // or NULL
} mistakes[] = {
    {"parameters: {x: {path: steering.tll, values: [1 s]}}\n", 5, "there is no value at",
     "steering.ttl"},
    {"parameters: {x: {path: services.cart.work, values: [1 ms]}}\n", 5,
     "two.yaml has no value at 'services.cart.work'", NULL},
    {"parameters: {x: {path: steering.ttl}}\n", 5, "'x' has no values", NULL},
    {"parameters: {x: {path: steering.ttl, values: []}}\n", 5, "is empty", NULL},
    {"parameters: {x: {path: steering.ttl, values: [5]}}\n", 5, "'ttl'", NULL},
    {"parameters: {x: {path: steering.ttl, values: [5 s, 90 weeks]}}\n", 5, "'ttl'", NULL},
    {"parameters: {x: {path: services.web.servers_per_zone, values: [0]}}\n", 5,
     "'servers_per_zone'", NULL},
    {"parameters: {x: {path: steering.ttl, values: [1 s], from: 2 s, to: 3 s}}\n", 5,
     "in more than one way", NULL},
    {"parameters: {x: {path: steering.ttl, from: 2 s}}\n", 5, "'to' of 'x' is missing", NULL},
    {"parameters: {x: {path: steering.ttl, from: 3 s, to: 2 s, steps: 2}}\n", 5, "greater than",
     NULL},
    {"parameters: {x: {path: steering.ttl, from: 2 s, to: 3 s}}\n", 5, "needs 'steps'", NULL},
    {"parameters: {x: {path: steering.ttl, from: 0 s, to: 3 s, steps: 2, scale: log}}\n", 5,
     "begins above 0", NULL},
    {"parameters: {x: {path: steering.ttl, values: [1 s], scale: log}}\n", 5, "no effect", NULL},
    {"parameters: {x: {path: balancer.policy, from: 1, to: 2, steps: 2}}\n", 5, "is no number",
     NULL},
    {"parameters: {x: {path: steering.ttl, distribution: {exponential: {mean: 5 s}}}}\n", 5,
     "needs a design that draws", NULL},
    {"design: {kind: sobol, points: 4}\n", 5, "no parameters to draw", NULL},
    {"design: {kind: sobol}\n", 5, "'points' is missing", NULL},
    {"design: {points: 4}\n", 5, "no effect", NULL},
    {"design: {kind: zip}\nparameters:\n  a: {path: steering.ttl, values: [1 s]}\n"
     "  b: {path: services.web.queue, values: [1, 2]}\n",
     8, "zip takes them together", NULL},
    {"parameters:\n  a: {path: steering.ttl, values: [1 s]}\n"
     "  b: {path: [services.web.queue, steering.ttl], values: [1]}\n",
     7, "of another kind", NULL},
    {"parameters:\n  a: {path: steering.ttl, values: [1 s]}\n"
     "  b: {path: steering.ttl, values: [2 s]}\n",
     7, "varied twice", NULL},
    {"parameters: {a: {path: steering.ttl, values: [1 s]}}\nconstraints: [tll < 3]\n", 6,
     "no parameter 'tll'", NULL},
    {"parameters: {a: {path: balancer.policy, values: [round-robin]}}\nconstraints: [a < 3]\n", 6,
     "'a' is no number", NULL},
    {"objectives: {o: {metric: availability}}\n", 5, "at_least or at_most is missing", NULL},
    {"objectives: {o: {metric: availability, at_least: 5 s}}\n", 5, "'at_least'", NULL},
    {"objectives: {o: {metric: user_uptime, at_least: 195 %}}\n", 5, "from 0 to 100 %", NULL},
    {"objectives: {o: {metric: availability, at_least: 95}}\n", 5, "from 0 to 100 %", NULL},
    {"parameters: {a: {path: steering.ttl, values: [1 s]}}\nconstraints: [a]\n", 6,
     "a value, not a condition", NULL},
    {"parameters: {a: {path: steering.ttl, values: [1 s]}}\n"
     "derived: {a: {path: services.web.queue, value: 5}}\n",
     6, "a parameter is named 'a', too", NULL},
    {"objectives: {o: {metric: latency_p99_s, at_most: 1 s, population: asia}}\n", 5,
     "no population 'asia'", NULL},
    {"objectives: {o: {metric: latency_p99_s, at_most: 1 s, population: europ}}\n", 5,
     "no population 'europ'", "europe"},
    {"objectives: {o: {metric: rpo_s, at_most: 1 s, population: europe}}\n", 5, "no effect", NULL},
    {"parameters: {s: {path: steering.ttl, values: [1 s]}}\n", 5, "means something else", NULL},
    {"parameters: {n: {path: services.web.queue, values: [100, \"100\"]}}\n", 5,
     "has this value twice", NULL},
    {"parameters:\n  a: {path: steering.health_check.interval, values: [10 s]}\n"
     "  b: {path: steering.health_check, values: [{interval: 10 s}]}\n",
     7, "varied twice", NULL},
    {"parameters: {a: {path: steering.health_check, values: [{interval: 10 s}]}}\n"
     "set: [steering.health_check.interval=30 s]\n",
     6, "is varied", NULL},
    {"parameters: {max: {path: steering.ttl, values: [1 s]}}\n", 5, "means something else", NULL},
    {"parameters: {a: {path: steering.ttl, values: [1 s, 2 s, 1000 ms]}}\n", 5,
     "has this value twice", NULL},
    {"parameters: {a: {path: steering.ttl, values: [1 s]}}\nset: [duration=2 h, steering.ttl=3 "
     "s]\n",
     6, "is varied", NULL},
    {"parameters: {a: {path: services.web.servers_per_zone, values: [1]}}\n"
     "derived: {q: {path: services.web.queue, value: 'a * 1 s'}}\n",
     6, "this is a duration, 'services.web.queue' a number", NULL},
    {"parameters: {a: {path: steering.ttl, values: [1 s]}}\nconstraints: ['a <= 3']\n", 6,
     "a duration and a number", NULL},
};

Test(study_file, mistakes_are_shown_where_they_stand)
{
    for (size_t i = 0; i < sizeof mistakes / sizeof *mistakes; i++) {
        char text[2000];
        snprintf(text, sizeof text, "%s%s", head, mistakes[i].rest);
        studyfiles_load(&f, text);
        cr_assert_null(f.spec, "%s", mistakes[i].rest);
        diag_sort(&f.diags);
        const struct diag *d = &f.diags.items.items[0];
        cr_expect_not_null(strstr(d->message, mistakes[i].message), "%s: %s", mistakes[i].rest,
                           d->message);
        cr_expect_eq(d->place.line, mistakes[i].line, "%s: line %d", mistakes[i].rest,
                     d->place.line);
        cr_expect_str_eq(d->place.file, f.path);
        if (mistakes[i].suggestion != NULL)
            cr_expect_str_eq(d->suggestion, mistakes[i].suggestion);
        studyfiles_free(&f);
    }
}

Test(study_file, no_fault_plan_twice)
{
    studyfiles_load(&f,
                    "title: T\ntopologies: one.yaml\nworkloads: load.yaml\nfaults: [none, none]\n");
    cr_assert_null(f.spec);
    cr_expect_not_null(strstr(f.diags.items.items[0].message, "two files are named 'none'"));
    cr_expect_eq(f.diags.items.items[0].place.column, 16);
    studyfiles_free(&f);
}

// Quotes are no part of the text: columns are those of the file.
Test(study_file, mistakes_in_quoted_expressions_are_shown_where_they_stand)
{
    char text[1000];
    for (int is_quoted = 0; is_quoted < 2; is_quoted++) {
        snprintf(text, sizeof text,
                 "%sparameters: {a: {path: steering.ttl, values: [1 s]}}\n"
                 "constraints: [%s]\n",
                 head, is_quoted ? "\"tll <= 1 s\"" : "tll <= 1 s");
        studyfiles_load(&f, text);
        cr_assert_null(f.spec);
        cr_expect_eq(f.diags.items.items[0].place.column, 15 + is_quoted);
        cr_expect_eq(f.diags.items.items[0].place.length, 3);
        studyfiles_free(&f);
    }
}

Test(study_file, a_value_out_of_range_is_shown_with_what_it_changes)
{
    char text[1000];
    snprintf(text, sizeof text,
             "%sparameters:\n  n: {path: services.web.servers_per_zone, values: [1, 0]}\n", head);
    studyfiles_load(&f, text);
    cr_assert_null(f.spec);
    const struct diag *d = &f.diags.items.items[0];
    cr_expect_eq(d->place.line, 6);
    cr_expect_eq(d->place.column, 56);
    cr_assert_not_null(d->related.file);
    cr_expect_not_null(strstr(d->related.file, "one.yaml"));
    cr_expect_eq(d->related.line, 8);
    studyfiles_free(&f);
}

Test(study_file, missing_files_are_named)
{
    studyfiles_load(&f, "title: T\ntopologies: [none.yaml]\nworkloads: load.yaml\n");
    cr_assert_null(f.spec);
    cr_expect_eq(f.diags.items.items[0].place.line, 2);
    cr_expect_not_null(strstr(f.diags.items.items[0].message, "there is no file"));
    studyfiles_free(&f);
}

// Of the lists of files: the first mistake, in the study or in a file of the wrong kind.
Test(study_file, lists_of_files_are_checked)
{
    static const struct {
        const char *study, *message;
    } bad[] = {
        {"title: T\ntopologies: []\nworkloads: load.yaml\n", "'topologies' names no file"},
        {"title: T\ntopologies: [one.yaml, one.yaml]\nworkloads: load.yaml\n",
         "two files are named 'one'"},
        {"title: T\ntopologies: load.yaml\nworkloads: load.yaml\n",
         "this is a workload, not a topology"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        studyfiles_load(&f, bad[i].study);
        cr_assert_null(f.spec, "%s", bad[i].study);
        cr_assert_eq(f.diags.items.n, 1, "%s", bad[i].study);
        cr_expect_not_null(strstr(f.diags.items.items[0].message, bad[i].message), "%s",
                           f.diags.items.items[0].message);
        studyfiles_free(&f);
    }
}
