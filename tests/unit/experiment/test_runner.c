// Pins, on a made-up world: every job runs once and its record lies at its index whatever the
// number of threads; which way of being parallel is chosen; cancelling. Not pinned: real worlds,
// see determinism/.
#include <criterion/criterion.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "experiment/runner.h"
#include "unit/experiment/sample.h"

// ---- the made-up model and world: take the place of the library's
// -----------------------------------------

struct model {
    int design;
    atomic_int runs;
    atomic_int threads_inside;
};

struct model *model_compile(const struct topology *topology, const struct workload *workload,
                            const struct fault_plan *plan, const struct geography *geography,
                            const struct model_options *options)
{
    (void)workload, (void)plan, (void)geography, (void)options;
    struct model *model = calloc(1, sizeof *model);
    model->design = topology->name[1];
    return model;
}

void model_free(struct model *model)
{
    free(model);
}

simtime model_duration(const struct model *model)
{
    (void)model;
    return 3600 * SIMTIME_S;
}

bool world_run(const struct model *model, const struct world_run_conf *conf, struct record *record)
{
    struct model *counted = (struct model *)(uintptr_t)model;
    atomic_fetch_add(&counted->runs, 1);
    atomic_store(&counted->threads_inside, conf->n_threads);
    if (conf->progress != NULL)
        conf->progress(conf->progress_argument, 0.5);
    if (conf->cancel != NULL && *conf->cancel)
        return false;
    record->replication = conf->replication;
    record->digest = conf->seed * 1000000 + (uint64_t)model->design * 1000 + conf->replication;
    return true;
}

// ---- tests
// ---------------------------------------------------------------------------------------------

struct fixture {
    struct sample sample;
    struct arena arena;
    struct plan plan;
    struct resultset set;
};

static void make(struct fixture *f, uint32_t n_replications)
{
    struct plan_conf plan = {.seed = 3, .n_replications = n_replications, .scale = 1};
    struct compare_conf conf = {3, n_replications, 0.95, 1};
    *f = (struct fixture){0};
    sample_init(&f->sample, 3);
    plan_init(&f->plan, &f->sample.scenario, &plan);
    compare_init(&f->set, &f->arena, &f->sample.scenario, &conf);
}

static void unmake(struct fixture *f)
{
    compare_free(&f->set);
    plan_free(&f->plan);
    arena_free(&f->arena);
}

Test(runner, records_lie_at_their_index_for_any_number_of_threads)
{
    for (int threads = 1; threads <= 8; ++threads) {
        struct fixture f;
        make(&f, 5);
        struct progress_conf quiet = {.n_jobs = plan_jobs(&f.plan)};
        struct progress *progress = progress_create(&quiet);
        struct runner_conf conf = {.plan = &f.plan, .n_threads = threads, .progress = progress};
        cr_assert(runner_run(&conf, &f.set));
        for (size_t d = 0; d < 3; ++d)
            for (uint32_t r = 0; r < 5; ++r) {
                const struct record *record = &f.set.designs[d].records[r];
                uint64_t design = (uint64_t)f.sample.topologies[d].name[1];
                cr_assert_eq(record->replication, r);
                cr_assert_eq(record->digest, 3000000 + design * 1000 + r);
            }
        for (size_t d = 0; d < 3; ++d)
            cr_assert_eq(atomic_load(&f.plan.models[d]->runs), 5);
        progress_free(progress);
        unmake(&f);
    }
}

Test(runner, several_jobs_run_side_by_side)
{
    struct fixture f;
    char text[128];
    make(&f, 1); // three jobs
    f.plan.demand_rps = 1e6;
    struct runner_conf conf = {.plan = &f.plan};
    for (conf.n_threads = 1; conf.n_threads <= 4; ++conf.n_threads) {
        cr_assert_eq(runner_mode_for(&f.plan, conf.n_threads), RUNNER_REPLICATIONS);
        cr_assert_eq(runner_threads_for(&f.plan, conf.n_threads),
                     conf.n_threads < 3 ? conf.n_threads : 3);
        cr_assert(runner_run(&conf, &f.set));
        cr_assert_eq(atomic_load(&f.plan.models[0]->threads_inside), 1);
    }
    runner_describe(&f.plan, 1, text, sizeof text);
    cr_assert_str_eq(text, "3 runs on 1 thread, one after another");
    runner_describe(&f.plan, 4, text, sizeof text);
    cr_assert_str_eq(text, "3 runs on 3 threads, replications in parallel");
    unmake(&f);
}

// 40 requests in 5 ms are 8,000 a second.
Test(runner, a_single_job_runs_in_windows_when_they_hold_enough_work)
{
    struct fixture f;
    char text[128];
    make(&f, 1);
    f.plan.n_designs = f.set.n_designs = 1;
    struct runner_conf conf = {.plan = &f.plan, .n_threads = 4};
    f.plan.demand_rps = 8001;
    cr_assert_eq(runner_mode_for(&f.plan, 4), RUNNER_WINDOWS);
    cr_assert_eq(runner_mode_for(&f.plan, 1), RUNNER_REPLICATIONS);
    cr_assert(runner_run(&conf, &f.set));
    cr_assert_eq(atomic_load(&f.plan.models[0]->threads_inside), 4);
    runner_describe(&f.plan, 4, text, sizeof text);
    cr_assert_str_eq(text, "1 run on 4 threads, windows in parallel inside the run");

    f.plan.demand_rps = 7999;
    cr_assert_eq(runner_mode_for(&f.plan, 4), RUNNER_REPLICATIONS);
    cr_assert(runner_run(&conf, &f.set));
    cr_assert_eq(atomic_load(&f.plan.models[0]->threads_inside), 1);
    runner_describe(&f.plan, 4, text, sizeof text);
    cr_assert_str_eq(text, "1 run on 1 thread, too little work a window for more");
    f.plan.n_designs = f.set.n_designs = 3;
    unmake(&f);
}

Test(runner, cancelling_stops_and_says_so)
{
    struct fixture f;
    volatile int cancel = 1;
    make(&f, 4);
    struct runner_conf conf = {.plan = &f.plan, .n_threads = 2, .cancel = &cancel};
    cr_assert_not(runner_run(&conf, &f.set));
    cr_assert_eq(atomic_load(&f.plan.models[0]->runs), 0);
    unmake(&f);
}

Test(plan, jobs_go_replication_by_replication)
{
    struct fixture f;
    make(&f, 4);
    cr_assert_eq(plan_jobs(&f.plan), 12);
    bool seen[3][4] = {{false}};
    for (size_t job = 0; job < 12; ++job) {
        size_t d = plan_design(&f.plan, job);
        uint32_t r = plan_replication(&f.plan, job);
        cr_assert_not(seen[d][r]);
        seen[d][r] = true;
        cr_assert_eq(r, job / 3);
    }
    cr_assert_float_eq(f.plan.demand_rps, 4, 1e-12);
    cr_assert_float_eq(plan_simulated_s(&f.plan), 12 * 3600, 1e-9);
    unmake(&f);
}
