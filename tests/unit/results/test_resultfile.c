#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

#include <criterion/criterion.h>

#include "model/storecounts.h"
#include "results/resultfile.h"
#include "scratch.h"
#include "support/stat.h"
#include "synthetic.h"

static void write_ok(const char *path, const struct resultset *set)
{
    struct status status = {0};
    cr_assert(resultfile_write(path, set, &status), "%s", status.text);
    cr_assert(resultfile_check(path, &status), "%s", status.text);
    cr_assert_eq(status.code, STATUS_OK);
}

// Smaller than the plain set: for tests that look at the file, not at what is in it.
static struct synthetic small_set(void)
{
    struct synthetic_conf conf = synthetic_plain;
    conf.n_replications = 2;
    conf.n_windows = 30;
    conf.rate_rps = 2;
    return synthetic_make(&conf);
}

// Also the maker of the files that tests/analysis reads: AASIM_SYNTHETIC names where to,
// AASIM_SYNTHETIC_KIND which one.
Test(resultfile, export)
{
    const char *path = getenv("AASIM_SYNTHETIC"), *kind = getenv("AASIM_SYNTHETIC_KIND");
    if (path == NULL)
        return;
    struct synthetic_conf conf = synthetic_plain;
    if (kind != NULL && strcmp(kind, "silent") == 0)
        conf.rate_rps = 0, conf.has_events = false, conf.has_values = false;
    if (kind != NULL && strcmp(kind, "single") == 0)
        conf.n_designs = 1, conf.n_replications = 1;
    char prefix[300];
    memset(prefix, 'x', sizeof prefix - 1);
    prefix[sizeof prefix - 1] = '\0';
    if (kind != NULL && strcmp(kind, "names") == 0)
        conf.rate_rps = 1, conf.prefix = prefix,
        conf.title = "Zwei Regionen, 東京 & Köln – «aktiv/aktiv» 🌍";
    struct synthetic s = synthetic_make(&conf);
    write_ok(path, &s.set);
    synthetic_free(&s);
}

static void assert_same_bytes(const char *left, const char *right)
{
    size_t n_left, n_right;
    unsigned char *a = scratch_read(left, &n_left), *b = scratch_read(right, &n_right);
    cr_assert(n_left > 0 && n_left == n_right);
    cr_assert_arr_eq(a, b, n_left);
    free(a);
    free(b);
}

Test(resultfile, equal_sets_give_equal_bytes)
{
    struct scratch s = scratch_make();
    char other[600];
    snprintf(other, sizeof other, "%s/other.h5", s.directory);
    struct synthetic first = synthetic_make(&synthetic_plain);
    write_ok(s.path, &first.set);
    nanosleep(&(struct timespec){.tv_sec = 1, .tv_nsec = 100000000},
              NULL); // HDF5 would store seconds
    struct synthetic second = synthetic_make(&synthetic_plain);
    write_ok(other, &second.set);
    assert_same_bytes(s.path, other);
    write_ok(other, &first.set); // again, in a process that has written before
    assert_same_bytes(s.path, other);
    synthetic_free(&first);
    synthetic_free(&second);
    scratch_remove(&s);
}

static double *numbers(const char *path, const char *dataset, size_t expected)
{
    struct status status = {0};
    size_t n;
    double *values = resultfile_numbers(path, dataset, &n, &status);
    cr_assert_not_null(values, "%s", status.text);
    cr_assert_eq(n, expected, "%s: %zu values", dataset, n);
    return values;
}

static bool is_same(double a, double b)
{
    return isnan(a) ? isnan(b) : !(a < b) && !(a > b) && !isnan(b);
}

Test(resultfile, the_summary_comes_back)
{
    struct scratch s = scratch_make();
    struct synthetic synthetic = synthetic_make(&synthetic_plain);
    write_ok(s.path, &synthetic.set);
    double *value = numbers(s.path, "/summary/value", 3 * METRICS);
    double *high = numbers(s.path, "/summary/ci_high", 3 * METRICS);
    double *difference = numbers(s.path, "/summary/difference_ci_low", 3 * METRICS);
    double *verdict = numbers(s.path, "/summary/verdict", 3 * METRICS);
    double *latency = numbers(s.path, "/summary/latency",
                              3 * SYNTHETIC_POPULATIONS * RESULT_QUANTILES);
    for (size_t d = 0; d < 3; d++)
        for (int m = 0; m < METRICS; m++) {
            const struct design_result *design = &synthetic.set.designs[d];
            size_t at = d * METRICS + (size_t)m;
            cr_assert(is_same(value[at], design->metrics[m].value));
            cr_assert(is_same(high[at], design->metrics[m].high));
            cr_assert(is_same(difference[at], design->differences[m].low));
            cr_assert_eq((int)verdict[at], (int)design->verdicts[m]);
        }
    cr_assert(
        is_same(latency[2 * RESULT_QUANTILES + 3], synthetic.set.designs[0].quantiles[15].value));
    free(value);
    free(high);
    free(difference);
    free(verdict);
    free(latency);
    synthetic_free(&synthetic);
    scratch_remove(&s);
}

static double sum_of(const double *values, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += values[i];
    return sum;
}

// The books must balance between groups that are written by different code.
Test(resultfile, the_groups_agree_with_each_other)
{
    struct scratch s = scratch_make();
    struct synthetic synthetic = synthetic_make(&synthetic_plain);
    write_ok(s.path, &synthetic.set);
    size_t n_cells = 3 * SYNTHETIC_POPULATIONS * 180, n_runs = 3 * 4;
    double *started = numbers(s.path, "/timeseries/started", n_cells);
    double *ok = numbers(s.path, "/timeseries/ok", n_cells);
    double *runs = numbers(s.path, "/replications/started", n_runs);
    double *outcomes = numbers(s.path, "/replications/outcomes",
                               n_runs * SYNTHETIC_POPULATIONS * OUTCOMES);
    cr_assert(is_same(sum_of(started, n_cells), sum_of(runs, n_runs)));
    struct status status = {0};
    size_t n_counts;
    double *counts = resultfile_numbers(s.path, "/latency/count", &n_counts, &status);
    double answered = 0, all = 0, served_all = 0, ok_counted = 0;
    for (size_t i = 0; i < n_runs * SYNTHETIC_POPULATIONS * OUTCOMES; i++) {
        all += outcomes[i];
        answered += i % OUTCOMES == OUTCOME_OK ? outcomes[i] : 0;
    }
    cr_assert(is_same(sum_of(counts, n_counts), answered)); // nobody is late in this set
    for (size_t i = 0; i < n_cells; i++)
        ok_counted += i % 180 >= 6 ? ok[i] : 0; // six windows of warm-up
    cr_assert(is_same(ok_counted, answered));
    double *served = numbers(s.path, "/served/count", 3 * SYNTHETIC_POPULATIONS * 3);
    for (size_t i = 0; i < 3 * SYNTHETIC_POPULATIONS * 3; i++)
        served_all += served[i] < 1e18 ? served[i] : 0; // the fill value is 2^64 - 1
    cr_assert(is_same(served_all, answered));
    // Endpoints: three regions and a canary.
    const size_t n_endpoints = 3 * SYNTHETIC_POPULATIONS * 4;
    double *answers = numbers(s.path, "/served/answers", n_endpoints), by_endpoint = 0;
    double *tries = numbers(s.path, "/served/tries", n_endpoints);
    for (size_t i = 0; i < n_endpoints; i++) {
        by_endpoint += answers[i] < 1e18 ? answers[i] : 0;
        cr_assert(is_same(tries[i], answers[i] < 1e18 ? 2 * answers[i] : answers[i]));
    }
    cr_assert(is_same(by_endpoint, answered));
    cr_assert_gt(all, answered);
    double *all_rows[] = {started, ok, runs, outcomes, counts, served, answers, tries};
    for (size_t i = 0; i < ARRAY_LEN(all_rows); i++)
        free(all_rows[i]);
    synthetic_free(&synthetic);
    scratch_remove(&s);
}

// The stores are orders and carts; the last design's carts have a cache.
Test(resultfile, what_caches_did_where_there_are_any)
{
    struct scratch s = scratch_make();
    struct synthetic synthetic = synthetic_make(&synthetic_plain);
    write_ok(s.path, &synthetic.set);
    double *hits = numbers(s.path, "/stores/cache_hits", 3 * 2);
    double *refused = numbers(s.path, "/stores/cache_refused", 3 * 2);
    double *bypassed = numbers(s.path, "/stores/cache_bypassed", 3 * 2);
    double expected = 0;
    for (uint32_t r = 0; r < 4; r++)
        expected += (double)synthetic.set.designs[2].records[r].stores[0].caches.hits;
    for (size_t i = 0; i < 5; i++)
        cr_expect(hits[i] > 1e18 && refused[i] > 1e18 && bypassed[i] > 1e18);
    cr_expect(expected > 0 && is_same(hits[5], expected));
    cr_expect(is_same(refused[5], 1 + 2 + 3 + 4));
    cr_expect(is_same(bypassed[5], 0));
    double *all[] = {hits, refused, bypassed};
    for (size_t i = 0; i < ARRAY_LEN(all); i++)
        free(all[i]);
    synthetic_free(&synthetic);
    scratch_remove(&s);
}

Test(resultfile, a_set_without_requests_or_events)
{
    struct scratch s = scratch_make();
    struct synthetic_conf conf = {1, 1, 0, 0, false, false, NULL, ""};
    struct synthetic synthetic = synthetic_make(&conf);
    write_ok(s.path, &synthetic.set);
    free(numbers(s.path, "/events/time", 0));
    free(numbers(s.path, "/timeseries/ok", 0));
    free(numbers(s.path, "/latency/count", 0));
    free(numbers(s.path, "/replication/applied", 0));
    free(numbers(s.path, "/recovery/exposure_age", 0));
    double *availability = numbers(s.path, "/replications/availability", 1);
    cr_assert(isnan(availability[0]));
    free(availability);
    synthetic_free(&synthetic);
    scratch_remove(&s);
}

Test(resultfile, a_set_without_fault_plan_and_titles)
{
    struct scratch s = scratch_make();
    struct synthetic synthetic = small_set();
    struct workload workload = *synthetic.set.workload;
    workload.title = workload.text = NULL;
    synthetic.set.workload = &workload;
    synthetic.set.plan = NULL;
    write_ok(s.path, &synthetic.set);
    synthetic_free(&synthetic);
    scratch_remove(&s);
}

Test(resultfile, stores_that_a_design_lacks_are_filled)
{
    struct scratch s = scratch_make();
    struct synthetic synthetic = small_set();
    write_ok(s.path, &synthetic.set);
    double *reads = numbers(s.path, "/stores/reads", 3 * 2), none = (double)UINT64_MAX;
    bool has[6];
    for (int i = 0; i < 6; i++)
        has[i] = reads[i] < none;
    cr_assert(has[0] && !has[1]); // one-region: orders only
    cr_assert(has[2] && has[3]);
    cr_assert(!has[4] && has[5]); // active-active: carts only
    free(reads);
    synthetic_free(&synthetic);
    scratch_remove(&s);
}

// What is counted is in the file once by design and once by replication; a store that cannot have
// something has no number there.
Test(resultfile, counts_of_stores)
{
    struct scratch s = scratch_make();
    struct synthetic synthetic = small_set();
    write_ok(s.path, &synthetic.set);
    const size_t n_runs = synthetic.set.n_replications, row = 2 * storecounts_n;
    double *each = numbers(s.path, "/stores/count", 3 * n_runs * row);
    for (size_t c = 0; c < storecounts_n; c++) {
        char name[64];
        snprintf(name, sizeof name, "/stores/%s", storecounts[c].name);
        double *sums = numbers(s.path, name, 3 * 2);
        for (size_t i = 0; i < 3 * 2; i++) {
            double sum = 0;
            for (size_t r = 0; r < n_runs; r++)
                sum += each[(i / 2 * n_runs + r) * row + i % 2 * storecounts_n + c];
            cr_expect(sums[i] > 1e18 ? sum > 1e18 : is_same(sum, sums[i]), "%s", name);
        }
        cr_expect(strcmp(storecounts[c].name, "conflicts") != 0 || sums[0] > 1e18);
        cr_expect(strcmp(storecounts[c].name, "throttled") != 0 || sums[0] > 1e18);
        cr_expect(strcmp(storecounts[c].name, "lost") != 0 || sums[0] < 1e18);
        free(sums);
    }
    free(each);
    synthetic_free(&synthetic);
    scratch_remove(&s);
}

// Reads since a write by replication, in halves of doublings: their sums are the histogram's.
Test(resultfile, reads_since_a_write_by_replication)
{
    struct scratch s = scratch_make();
    struct synthetic synthetic = small_set();
    const size_t n_runs = synthetic.set.n_replications;
    for (size_t d = 0; d < 3; d++)
        for (size_t r = 0; r < n_runs; r++)
            for (int i = 0; i < synthetic.set.designs[d].topology->n_stores; i++)
                histogram_clear(&synthetic.set.designs[d].records[r].stores[i].staleness.since);
    struct histogram *first = &synthetic.set.designs[0].records[0].stores[0].staleness.since;
    struct histogram *second = &synthetic.set.designs[0].records[1].stores[0].staleness.since;
    static const uint64_t ns[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 11, 12, 767, 768, 1023, 1024};
    static const double wanted[] = {2, 1, 1, 2, 2, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 1};
    enum { HALVES = ARRAY_LEN(wanted) };
    for (size_t i = 0; i < ARRAY_LEN(ns); i++)
        histogram_add(first, ns[i]);
    histogram_add(second, 1);
    write_ok(s.path, &synthetic.set);
    double *low = numbers(s.path, "/stores/since_lo", HALVES);
    double *high = numbers(s.path, "/stores/since_hi", HALVES);
    double *counts = numbers(s.path, "/stores/since_reads", 3 * n_runs * 2 * HALVES);
    for (size_t i = 0; i < HALVES; i++) {
        cr_expect_eq(counts[i], wanted[i], "%g to %g: %g", low[i], high[i], counts[i]);
        cr_expect(i == 0 || is_same(low[i], high[i - 1]));
    }
    cr_expect(is_same(low[4], 6 * 1e-9) && is_same(high[4], 8 * 1e-9));
    cr_expect_eq(counts[2 * HALVES], 1, "the next replication's");
    free(low);
    free(high);
    free(counts);
    synthetic_free(&synthetic);
    scratch_remove(&s);
}

// Versions behind in doublings: every stale read is in one of them.
Test(resultfile, versions_behind)
{
    struct scratch s = scratch_make();
    struct synthetic synthetic = small_set();
    struct histogram *behind = &synthetic.set.designs[0].records[0].stores[0].staleness.behind;
    histogram_clear(behind);
    static const uint64_t versions[] = {1, 1, 2, 3, 4, 7, 8, 255, 256, 257, 511, 512};
    for (size_t i = 0; i < ARRAY_LEN(versions); i++)
        histogram_add(behind, versions[i]);
    histogram_clear(&synthetic.set.designs[0].records[1].stores[0].staleness.behind);
    write_ok(s.path, &synthetic.set);
    double *low = numbers(s.path, "/stores/versions", 10);
    double *high = numbers(s.path, "/stores/versions_most", 10);
    double *counts = numbers(s.path, "/stores/behind", 3 * 2 * 10);
    static const double wanted[10] = {2, 2, 2, 1, 0, 0, 0, 1, 3, 1};
    for (size_t i = 0; i < 10; i++) {
        cr_expect_eq(counts[i], wanted[i], "%g to %g: %g", low[i], high[i], counts[i]);
        cr_expect(is_same(low[i], (double)(1 << i)) && is_same(high[i], (double)(2 << i) - 1));
    }
    free(low);
    free(high);
    free(counts);
    synthetic_free(&synthetic);
    scratch_remove(&s);
}

Test(resultfile, what_failures_cost)
{
    struct scratch s = scratch_make();
    struct synthetic synthetic = small_set();
    synthetic.set.designs[2].exposures.items[1].fault = EXPOSURE_NO_FAULT;
    write_ok(s.path, &synthetic.set);
    double *design = numbers(s.path, "/recovery/exposure_design_index", 4);
    double *store = numbers(s.path, "/recovery/exposure_store_index", 4);
    double *fault = numbers(s.path, "/recovery/exposure_fault", 4);
    double *writes = numbers(s.path, "/recovery/exposure_writes", 4);
    double *age = numbers(s.path, "/recovery/exposure_age", 4);
    double *from = numbers(s.path, "/recovery/convergence_from_index", 4);
    double *converged = numbers(s.path, "/recovery/convergence_converged", 4);
    cr_expect(is_same(design[1], 1) && is_same(design[2], 2));
    cr_expect(is_same(store[1], 0) && is_same(store[2], 1)); // orders, carts
    cr_expect(is_same(fault[2], 0) && is_same(fault[3], UINT32_MAX));
    cr_expect(is_same(writes[3], 4) && is_same(age[3], 0.6));
    cr_expect(is_same(from[0], 1));
    cr_expect(is_same(converged[0], 100 + 602) && isnan(converged[1]));
    double *all[] = {design, store, fault, writes, age, from, converged};
    for (size_t i = 0; i < ARRAY_LEN(all); i++)
        free(all[i]);
    synthetic_free(&synthetic);
    scratch_remove(&s);
}

// ---- checking ----

static void assert_rejected(const char *path, enum status_code code, const char *words)
{
    struct status status = {0};
    cr_assert_not(resultfile_check(path, &status));
    cr_assert_eq(status.code, code, "%s", status.text);
    cr_assert_not_null(strstr(status.text, words), "%s", status.text);
    size_t n;
    cr_assert_null(resultfile_numbers(path, "/summary/value", &n, &status));
}

Test(resultfile, check_rejects_what_is_not_a_finished_file)
{
    struct scratch s = scratch_make();
    struct synthetic synthetic = small_set();
    assert_rejected(s.path, STATUS_NO_INPUT, "No such file");
    write_ok(s.path, &synthetic.set);
    struct stat info;
    cr_assert_eq(stat(s.path, &info), 0);
    for (int cut = 1; cut <= 8; cut++) { // cut anywhere, it is no HDF5 file any more
        cr_assert_eq(truncate(s.path, info.st_size * (8 - cut) / 8), 0);
        assert_rejected(s.path, STATUS_BAD_INPUT, "not an HDF5 file");
    }
    synthetic_free(&synthetic);
    scratch_remove(&s);
}

// ---- failures ----

Test(resultfile, an_unwritable_directory)
{
    struct synthetic synthetic = small_set();
    struct status status = {0};
    cr_assert_not(resultfile_write("/proc/results.h5", &synthetic.set, &status));
    cr_assert_eq(status.code, STATUS_CANNOT_CREATE);
    cr_assert_not_null(strstr(status.text, "/proc/results.h5"), "%s", status.text);
    cr_assert_not_null(strstr(status.text, "while writing results file"), "%s", status.text);
    synthetic_free(&synthetic);
}

// Whatever the size at which the disk is full, nothing is left, and the next attempt succeeds.
Test(resultfile, a_full_disk)
{
    struct scratch s = scratch_make();
    struct synthetic synthetic = small_set();
    struct rlimit before;
    getrlimit(RLIMIT_FSIZE, &before);
    signal(SIGXFSZ, SIG_IGN);
    for (rlim_t room = 0; room < 60000; room += 7919) {
        struct status status = {0};
        struct rlimit limit = {room, before.rlim_max};
        setrlimit(RLIMIT_FSIZE, &limit);
        bool ok = resultfile_write(s.path, &synthetic.set, &status);
        setrlimit(RLIMIT_FSIZE, &before);
        cr_assert_not(ok);
        cr_assert_eq(status.code, STATUS_IO);
        cr_assert_eq(scratch_count(&s), 0);
    }
    write_ok(s.path, &synthetic.set);
    synthetic_free(&synthetic);
    scratch_remove(&s);
}

static void nap(uint32_t microseconds)
{
    nanosleep(&(struct timespec){.tv_sec = microseconds / 1000000,
                                 .tv_nsec = (long)(microseconds % 1000000) * 1000},
              NULL);
}

// A writer is killed at random moments, again and again, over the same name: what bears the final
// name is always whole.
Test(resultfile, killed_at_any_moment)
{
    struct scratch s = scratch_make();
    struct synthetic synthetic = small_set();
    struct stream stream = stream_open(5, 0, "kill", "moments");
    int n_whole = 0, n_absent = 0;
    uint32_t span_us = 50000; // follows the machine's speed, so that both cases keep being met
    for (uint32_t i = 0; i < 20 + stat_runs(20); i++) {
        unlink(s.path);
        pid_t writer = fork();
        if (writer == 0) {
            struct status status = {0};
            for (;;)
                resultfile_write(s.path, &synthetic.set, &status);
        }
        nap(stream_below(&stream, span_us));
        kill(writer, SIGKILL);
        waitpid(writer, NULL, 0);
        struct status status = {0};
        if (scratch_exists(s.path)) {
            cr_assert(resultfile_check(s.path, &status), "%s", status.text);
            free(numbers(s.path, "/summary/value", 3 * METRICS));
            n_whole++;
            span_us -= span_us / 4;
        } else {
            n_absent++;
            span_us += span_us / 2;
        }
    }
    cr_assert(n_whole > 0 && n_absent > 0, "%d whole, %d absent: one case was not met", n_whole,
              n_absent);
    write_ok(s.path, &synthetic.set); // whatever .part is left, it is in nobody's way
    cr_assert_eq(scratch_count(&s), 1);
    synthetic_free(&synthetic);
    scratch_remove(&s);
}
