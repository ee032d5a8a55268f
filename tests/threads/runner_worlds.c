// The runner on real worlds, for the thread sanitizer: replications of two designs side by side,
// sharing models, with progress reports and a cancel from another thread; then a single run in
// windows. Records must equal those of one thread.
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/base.h"
#include "experiment/runner.h"
#include "support/rich.h"

enum { DESIGNS = 2, REPLICATIONS = 4 };

struct fixture {
    struct tiny worlds[DESIGNS];
    struct model *models[DESIGNS];
    struct plan plan;
};

struct results {
    struct record records[DESIGNS][REPLICATIONS];
    bool is_complete;
};

static void run(const struct fixture *f, int n_threads, const volatile int *cancel,
                struct results *out)
{
    struct design_result designs[DESIGNS] = {{.records = out->records[0]},
                                             {.records = out->records[1]}};
    struct resultset set = {.n_designs = f->plan.n_designs, .designs = designs};
    static char text[1 << 16];
    FILE *screen = fmemopen(text, sizeof text, "w");
    struct progress *progress = progress_create(&(struct progress_conf){
        .out = screen, .is_terminal = true, .n_jobs = plan_jobs(&f->plan), .simulated_s = 6});
    *out = (struct results){0};
    out->is_complete = runner_run(
        &(struct runner_conf){
            .plan = &f->plan, .n_threads = n_threads, .cancel = cancel, .progress = progress},
        &set);
    progress_free(progress);
    fclose(screen);
}

static void drop(struct results *out)
{
    for (int d = 0; d < DESIGNS; d++)
        for (int r = 0; r < REPLICATIONS; r++)
            record_free(&out->records[d][r]);
}

// Counts records that differ; empty ones, of jobs that were cancelled, do not.
static int differences(const struct fixture *f, const struct results *a, const struct results *b)
{
    int n = 0;
    for (size_t d = 0; d < f->plan.n_designs; d++)
        for (uint32_t r = 0; r < f->plan.conf.n_replications; r++)
            if (b->records[d][r].events > 0 || b->is_complete)
                n += a->records[d][r].digest != b->records[d][r].digest;
    return n;
}

static void *set_flag(void *flag)
{
    __atomic_store_n((volatile int *)flag, 1, __ATOMIC_RELAXED);
    return NULL;
}

static int check(const struct fixture *f)
{
    static struct results one, many, cancelled;
    volatile int cancel = 0;
    pthread_t thread;
    run(f, 1, NULL, &one);
    run(f, 4, NULL, &many);
    pthread_create(&thread, NULL, set_flag, (void *)&cancel);
    run(f, 3, &cancel, &cancelled);
    pthread_join(thread, NULL);
    int n = differences(f, &one, &many) + differences(f, &one, &cancelled);
    drop(&one);
    drop(&many);
    drop(&cancelled);
    return n;
}

int main(void)
{
    static struct fixture f;
    for (uint64_t d = 0; d < DESIGNS; d++) {
        rich_make(&f.worlds[d], d + 1);
        f.models[d] = tiny_compile(&f.worlds[d], PARTITION_DEFAULT);
    }
    f.plan = (struct plan){.conf = {.seed = TINY_SEED, .n_replications = REPLICATIONS, .scale = 1},
                           .n_designs = DESIGNS,
                           .models = f.models};
    int n = check(&f);
    f.plan.n_designs = f.plan.conf.n_replications = 1;
    f.plan.demand_rps = 1e9; // windows are worth it
    n += runner_mode_for(&f.plan, 4) != RUNNER_WINDOWS;
    n += check(&f);
    for (size_t d = 0; d < DESIGNS; d++)
        model_free(f.models[d]);
    if (n > 0)
        fprintf(stderr, "%d records differ between one thread and several\n", n);
    return n > 0;
}
