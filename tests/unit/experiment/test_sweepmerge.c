// Pins: parts of a point in any division and order make the same set, to the last bit; what is
// missing or has failed says so; two parts that differ in a replication are an error that names the
// log; chances of objectives and availabilities are those of the counts.
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "experiment/sweepmerge.h"
#include "experiment/sweepsurvey.h"
#include "results/sweepfile.h"
#include "unit/scenario/studyfiles.h"

enum { REPLICATIONS = 4 };

static struct studyfiles f;
static struct sweepplan plan;
static char directory[96];
static struct status status;
static struct pointpart singles[REPLICATIONS]; // of point 0

static void make(void)
{
    struct diag_list diags = {0};
    studyfiles_write(&f, "title: T\ntopologies: [one.yaml, two.yaml]\nworkloads: load.yaml\n"
                         "set: [duration=5 min]\nreplications: 4\n"
                         "parameters: {n: {path: services.web.servers_per_zone, values: [1, 2]}}\n"
                         "objectives:\n"
                         "  good: {metric: availability, population: europe, at_least: 10 %}\n"
                         "  never: {metric: latency_p99_s, at_most: 1 ns}\n");
    snprintf(directory, sizeof directory, "%s/sweep", f.directory);
    const struct sweepplan_request request = {.study = f.path,
                                              .tables_dir = "topologies/tables",
                                              .directory = directory,
                                              .n_shards = 2,
                                              .n_threads = 1};
    const bool is_good = sweepplan_make(&plan, &request, &diags, &status);
    if (!is_good)
        diag_print(&diags, stderr, false);
    cr_assert(is_good, "%s", status.text);
    struct scenario scenario = {0};
    cr_assert(study_scenario(&plan.study, 0, &scenario, &diags));
    for (uint32_t r = 0; r < REPLICATIONS; r++) {
        singles[r] = (struct pointpart){.id = plan.points[0].id, .first = r, .n = 1};
        pointpart_run(&singles[r], &scenario, 1, NULL);
    }
    diag_free(&diags);
    scenario_free(&scenario);
}

static void drop(void)
{
    char command[200];
    for (int r = 0; r < REPLICATIONS; r++)
        pointpart_free(&singles[r]);
    sweepplan_free(&plan);
    snprintf(command, sizeof command, "rm -rf %s", directory);
    cr_assert_eq(system(command), 0);
    studyfiles_free(&f);
}

static void clear_logs(void)
{
    char command[200];
    snprintf(command, sizeof command, "rm -f %s/results/*", directory);
    cr_assert_eq(system(command), 0);
}

static void log_part(const char *name, const struct pointpart *part)
{
    char path[160];
    struct sweeplog log;
    snprintf(path, sizeof path, "%s/results/%s.log", directory, name);
    cr_assert(sweeplog_open(&log, path, &status), "%s", status.text);
    cr_assert(sweeplog_append(&log, part, &status), "%s", status.text);
    sweeplog_close(&log);
}

// The point's replications first .. first + n - 1 in one part.
static void log_together(const char *name, uint32_t first, uint32_t n)
{
    struct diag_list diags = {0};
    struct scenario scenario = {0};
    struct pointpart part = {.id = plan.points[0].id, .first = first, .n = n};
    cr_assert(study_scenario(&plan.study, 0, &scenario, &diags));
    pointpart_run(&part, &scenario, 1, NULL);
    log_part(name, &part);
    pointpart_free(&part);
    diag_free(&diags);
    scenario_free(&scenario);
}

static bool merge(struct sweepmerge *m)
{
    struct sweepresults results;
    cr_assert(sweepresults_list(&results, directory, plan.replications, &status), "%s",
              status.text);
    const bool is_good =
        sweepmerge_make(m, &(struct sweepmerge_conf){.plan = &plan, .results = &results}, &status);
    sweepresults_free(&results);
    return is_good;
}

static struct sweepsurvey survey(void)
{
    struct sweepresults results;
    struct sweepsurvey survey;
    cr_assert(sweepresults_list(&results, directory, plan.replications, &status), "%s",
              status.text);
    sweepsurvey_make(&survey, &plan, &results);
    sweepresults_free(&results);
    sweepsurvey_free(&survey);
    return survey;
}

// The bytes of the file of what is logged, to be freed.
static char *merged(size_t *n)
{
    char path[160];
    struct sweepmerge m;
    cr_assert(merge(&m), "%s", status.text);
    snprintf(path, sizeof path, "%s/merged.h5", directory);
    cr_assert(sweepfile_write(path, &m.set, &status), "%s", status.text);
    sweepmerge_free(&m);
    FILE *file = fopen(path, "rb");
    fseek(file, 0, SEEK_END);
    *n = (size_t)ftell(file);
    rewind(file);
    char *bytes = malloc(*n);
    cr_assert_eq(fread(bytes, 1, *n, file), *n);
    fclose(file);
    clear_logs();
    return bytes;
}

Test(sweepmerge, any_division_gives_the_same_bytes, .init = make, .fini = drop)
{
    size_t n, m;
    log_together("a", 0, 4);
    char *whole = merged(&n);
    for (int way = 0; way < 3; way++) {
        if (way == 0) {
            log_together("b", 2, 2);
            log_together("a", 0, 2);
        } else {
            for (int r = REPLICATIONS - 1; r >= 0; r--)
                log_part(way == 1 || r % 2 == 0 ? "c" : "a", &singles[r]);
        }
        if (way == 2)
            log_together("z", 1, 3); // once more
        char *other = merged(&m);
        cr_assert_eq(n, m);
        cr_assert_eq(memcmp(whole, other, n), 0, "way %d", way);
        free(other);
    }
    free(whole);
}

Test(sweepmerge, a_survey_counts_and_digests, .init = make, .fini = drop)
{
    const struct sweepsurvey none = survey();
    struct pointpart failed = {.id = plan.points[1].id, .first = 0, .n = 4};
    pointpart_fail(&failed, "killed by signal 9");
    log_part("a", &failed);
    log_part("a", &singles[1]);
    log_part("a", &singles[3]);
    const struct sweepsurvey some = survey();
    cr_expect(some.points_failed == 1 && some.points_missing == 3);
    cr_expect(some.all.done == 2 && some.all.failed == 4);
    cr_expect_eq(some.all.missing, plan.n_points * plan.replications - 6);
    cr_expect_neq(some.digest, none.digest);
    log_part("b", &singles[1]); // the same once more
    cr_expect_eq(survey().digest, some.digest);
    log_part("b", &singles[0]);
    cr_expect_neq(survey().digest, some.digest);
    pointpart_free(&failed);
}

Test(sweepmerge, what_is_missing_or_failed, .init = make, .fini = drop)
{
    struct sweepmerge m;
    struct pointpart failed = {.id = plan.points[1].id, .first = 0, .n = 4};
    pointpart_fail(&failed, "killed by signal 9");
    log_part("a", &failed);
    log_part("a", &singles[1]);
    log_part("a", &singles[3]);
    cr_assert(merge(&m));
    const struct sweepset *s = &m.set;
    cr_expect_eq(s->status[0], SWEEPSET_MISSING);
    cr_expect_eq(s->done[0], 2);
    cr_expect_eq(s->status[1], SWEEPSET_FAILED);
    cr_expect_str_eq(s->messages[1], "killed by signal 9");
    cr_expect_eq(s->status[2], SWEEPSET_MISSING);
    cr_expect(isnan(s->metrics[METRIC_P99_S * REPLICATIONS + 0]));
    cr_expect_eq(s->metrics[METRIC_P99_S * REPLICATIONS + 3], singles[3].metrics[METRIC_P99_S]);
    cr_expect_eq(s->events[0], singles[1].events[0] + singles[3].events[0]);
    cr_expect_eq(s->requests[0], singles[1].users[0].requests + singles[3].users[0].requests);
    cr_expect_eq(s->met[0], 2, "objective good");
    cr_expect_eq(s->met[1], 0, "objective never");
    cr_expect_eq(s->chance[0].value, 1);
    cr_expect_lt(s->chance[0].low, 0.3, "of two histories: %g", s->chance[0].low);
    cr_expect_eq(s->chance[1].value, 0);
    cr_expect_gt(s->chance[1].high, 0.6);
    pointpart_free(&failed);
    sweepmerge_free(&m);
}

Test(sweepmerge, a_failure_that_was_made_good, .init = make, .fini = drop)
{
    struct sweepmerge m;
    struct pointpart failed = {.id = plan.points[0].id, .first = 0, .n = 4};
    pointpart_fail(&failed, "killed by signal 9");
    log_part("a", &failed);
    log_together("a", 0, 4);
    cr_assert(merge(&m));
    cr_expect_eq(m.set.status[0], SWEEPSET_DONE);
    cr_expect_str_eq(m.set.messages[0], "");
    pointpart_free(&failed);
    sweepmerge_free(&m);
}

Test(sweepmerge, contradictions_are_found, .init = make, .fini = drop)
{
    struct sweepmerge m;
    log_together("a", 0, 4);
    singles[2].metrics[METRIC_P50_S] *= 1 + 1e-15;
    log_part("other", &singles[2]);
    cr_assert_not(merge(&m));
    cr_expect_eq(status.code, STATUS_BAD_INPUT);
    cr_expect_not_null(strstr(status.text, "other.log contradicts"), "%s", status.text);
    sweepmerge_free(&m);
}
