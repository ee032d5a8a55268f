// Pins: rare overflow of a queue by splitting, in the real model: the share of requests that find n
// or more waiting in M/M/1, rho^(n+1) (arrivals see time averages: Wolff, Operations Research 30,
// 1982), at 1e-6 and 1e-9, within their intervals and within 10 %; weighted and plain counts agree;
// a root is the same twice; plain
// simulation is dearer. A world that takes another branch at every request still is an M/G/1 queue.
// Short: 1e-6 within four standard errors. AASIM_LONG=1: some five minutes.
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/base.h"
#include "base/walltime.h"
#include "experiment/splitting.h"
#include "model/world.h"
#include "support/queue.h"
#include "support/stat.h"

enum { MOST_ROOTS = 8000, WORKERS = 2 };

static struct splitting_sums roots[MOST_ROOTS];

// Seconds of plain simulation a request, here and now.
static double plain_s(const struct splitting_plan *plan)
{
    struct splitting_plan plain = *plan;
    struct splitting_sums sums;
    const double began_s = walltime_s();
    plain.n_thresholds = 0;
    splitting_run(&plain, 9, &sums);
    return (walltime_s() - began_s) / sums.root_seen;
}

static void overflow(uint32_t target, size_t n, double least_speedup)
{
    struct tiny t;
    tiny_init(&t);
    t.services[0].work = queue_exponential(1);
    t.services[0].queue = 10 * (int)target;
    queue_demand(&t, 0.5, 20000);
    struct model *m = tiny_compile(&t, PARTITION_DEFAULT);
    struct splitting_plan plan = {.model = m, .seed = 1, .target = target};
    struct status status = {0};
    const double rho = 0.5, truth = pow(rho, target + 1);
    cr_assert(splitting_prepare(&plan, 0, &status), "%s", status.text);
    const struct splitting_crew crew = {.n_workers = WORKERS};
    const double began_s = walltime_s();
    cr_assert(splitting_run_roots(&plan, &crew, &(struct splitting_roots){10, n, roots}, &status),
              "%s", status.text);
    const double took_s = WORKERS * (walltime_s() - began_s);
    const struct splitting_result r =
        splitting_result(&plan, &(struct splitting_roots){10, n, roots}, 0.95);
    fprintf(stderr,
            "rho %.1f, %u waiting: %.4g [%.4g, %.4g], closed form %.4g: off by %.1f %%; %zu roots, "
            "%.0f effective, %u thresholds, imbalance %.2f, speed-up %.3g, %.3g by the clock\n",
            rho, target, r.share.value, r.share.low, r.share.high, truth,
            100 * (r.share.value / truth - 1), n, r.effective_roots, plan.n_thresholds, r.imbalance,
            r.speedup,
            truth * (1 - truth) * plain_s(&plan) / took_s / (r.share.sd * r.share.sd / (double)n));
    const double error = r.share.sd / sqrt((double)n);
    cr_expect_leq(fabs(r.share.value - truth), 4 * error);
    cr_expect_leq(fabs(r.imbalance), 4);
    cr_expect_gt(r.speedup, least_speedup);
    if (stat_is_long())
        cr_expect_leq(fabs(r.share.value / truth - 1), 0.1);
    model_free(m);
}

Test(rare, overflow_of_mm1)
{
    if (!stat_is_long()) {
        overflow(19, 300, 4);
        return;
    }
    overflow(19, 4000, 5);
    overflow(29, 8000, 1000);
}

// ---- a branch is a future like any other

struct census {
    double waiting, n;
    bool has_met;
};

static void count(void *argument, uint32_t waiting)
{
    struct census *c = argument;
    c->waiting += waiting;
    ++c->n;
    c->has_met = true;
}

// Mean number that requests find waiting when the world takes another branch behind each of them.
static double waiting_of_branches(const struct model *m, uint32_t root)
{
    struct census c = {0};
    const struct world_watch watch = {.meet = count, .argument = &c};
    const struct world_run_conf conf = {
        .seed = 1, .replication = root, .n_threads = 1, .probes = PROBES_ORDINARY, .watch = &watch};
    struct world *w = world_begin(m, &conf);
    for (uint64_t branch = 1; world_step(w); c.has_met = false)
        if (c.has_met)
            world_branch(w, branch++);
    world_end(w);
    return c.waiting / c.n;
}

// M/G/1: rho^2 (1 + cv^2) / 2 (1 - rho) (Pollaczek-Khinchine); four standard errors.
static void branch(struct distribution work, double cv2)
{
    enum { RUNS = 40 };
    double means[RUNS];
    struct tiny t;
    tiny_init(&t);
    t.services[0].work = work;
    queue_demand(&t, 0.5, 5000);
    struct model *m = tiny_compile(&t, PARTITION_DEFAULT);
    for (uint32_t i = 0; i < RUNS; ++i)
        means[i] = waiting_of_branches(m, i);
    const struct estimate e = estimate_mean(means, RUNS, 0.95);
    const double truth = 0.25 * (1 + cv2);
    cr_expect_leq(fabs(e.value - truth), 4 * e.sd / sqrt(RUNS), "%g, not %g", e.value, truth);
    model_free(m);
}

Test(rare, branches_have_the_law_of_the_queue)
{
    branch(queue_constant(1), 0);
    branch(queue_exponential(1), 1);
    branch(queue_hyperexponential(1), 4);
}

Test(rare, a_root_is_the_same_twice)
{
    struct tiny t;
    struct splitting_sums first, again;
    tiny_init(&t);
    t.services[0].work = queue_exponential(1);
    queue_demand(&t, 0.5, 3000);
    struct model *m = tiny_compile(&t, PARTITION_DEFAULT);
    struct splitting_plan plan = {.model = m, .seed = 1, .target = 19};
    struct status status = {0};
    cr_assert(splitting_prepare(&plan, 0, &status), "%s", status.text);
    splitting_run(&plan, 5, &first);
    splitting_run(&plan, 5, &again);
    cr_expect_eq(memcmp(&first, &again, sizeof first), 0);
    cr_expect_gt(first.n_trials, 10);
    model_free(m);
}

// Leaving it out would leave out what met the most: all ends, and says which root and why.
Test(rare, a_root_that_is_broken_off_is_named)
{
    struct tiny t;
    struct splitting_sums sums[4];
    struct status status = {0};
    tiny_init(&t);
    t.services[0].work = queue_exponential(1);
    queue_demand(&t, 0.5, 3000);
    struct model *m = tiny_compile(&t, PARTITION_DEFAULT);
    struct splitting_plan plan = {.model = m, .seed = 1, .target = 19};
    const struct splitting_crew crew = {.n_workers = 1};
    cr_assert(splitting_prepare(&plan, 0, &status));
    plan.most = 100;
    cr_expect_not(
        splitting_run_roots(&plan, &crew, &(struct splitting_roots){7, 4, sums}, &status));
    cr_expect_eq(status.code, STATUS_SOME_FAILED);
    cr_expect_not_null(strstr(status.text, "root 7 takes far more copies"), "%s", status.text);
    model_free(m);
}
