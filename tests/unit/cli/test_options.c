// Pins: every option's value and its limits, files between options, and that mistakes are refused.
// What is said about them is pinned in tests/cli.
#include <criterion/criterion.h>
#include <criterion/redirect.h>
#include <math.h>
#include <string.h>

#include "cli/conduct.h"
#include "cli/options.h"

static bool parse(struct options *options, uint32_t allowed, const char *line)
{
    static char copy[512];
    static char *argv[32];
    int argc = 0;
    snprintf(copy, sizeof copy, "aasim verb %s", line);
    for (char *word = strtok(copy, " "); word != NULL; word = strtok(NULL, " "))
        argv[argc++] = word;
    argv[argc] = NULL;
    cr_redirect_stderr();
    return options_parse(options, "verb", allowed, argc, argv);
}

Test(options, defaults)
{
    struct options o;
    cr_assert(parse(&o, CONDUCT_OPTIONS, ""));
    cr_assert_eq(o.files.n, 0);
    cr_assert_eq(o.replications, 10);
    cr_assert_eq(o.seed, 1);
    cr_assert_eq(o.scale, 1);
    cr_assert_eq(o.level, 0.95);
    cr_assert_geq(o.threads, 1);
    cr_assert_not(o.json || o.quiet || o.no_color || o.help);
    options_free(&o);
}

Test(options, values_and_files_mixed)
{
    struct options o;
    cr_assert(parse(
        &o, CONDUCT_OPTIONS,
        "a.yaml -w w.yaml --faults=f.yaml b.yaml --set x=1 -s y=2 --duration 5min -o r.h5 -r 3"
        " --seed 9223372036854775807 --scale 0.01 --level 0.9 -j 2 --json -q --no-color"));
    cr_assert_eq(o.files.n, 2);
    cr_assert_str_eq(o.files.items[1], "b.yaml");
    cr_assert_str_eq(o.workload, "w.yaml");
    cr_assert_str_eq(o.faults, "f.yaml");
    cr_assert_eq(o.sets.n, 3);
    cr_assert_str_eq(o.sets.items[1], "y=2");
    cr_assert_str_eq(o.sets.items[2], "duration=5min");
    cr_assert_str_eq(o.output, "r.h5");
    cr_assert_eq(o.replications, 3);
    cr_assert_eq(o.seed, INT64_MAX);
    cr_assert_eq(o.scale, 0.01);
    cr_assert_eq(o.level, 0.9);
    cr_assert_eq(o.threads, 2);
    cr_assert(o.json && o.quiet && o.no_color);
    options_free(&o);
}

Test(options, percent_is_a_share)
{
    struct options o;
    cr_assert(parse(&o, CONDUCT_OPTIONS, "--level 99% --scale 5%"));
    cr_assert_float_eq(o.level, 0.99, 1e-12);
    cr_assert_float_eq(o.scale, 0.05, 1e-12);
    options_free(&o);
}

Test(options, mistakes_are_refused)
{
    static const char *const lines[] = {
        "--workloda x",     "--seed -1",          "--seed 1x",       "--seed 9223372036854775808",
        "--replications 0", "--replications 1.5", "--threads 0",     "--threads 5000",
        "--scale 0",        "--scale 1.1",        "--scale 101%",    "--level 1",
        "--level x",        "--set nonsense",     "--workload",      "-z",
        "--quiet=yes",      "--schema topology",  "--replications ", "-r",
    };
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; ++i) {
        struct options o;
        cr_assert_not(parse(&o, CONDUCT_OPTIONS, lines[i]), "%s", lines[i]);
        options_free(&o);
    }
}
