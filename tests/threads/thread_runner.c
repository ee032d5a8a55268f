// Many threads run jobs and report progress at once: for the thread sanitizer. Fails when two
// threads disagree about what came out.
#include <stdio.h>
#include <stdlib.h>

#include "base/parallel.h"
#include "experiment/progress.h"

enum { JOBS = 64, STEPS = 200 };

struct jobs {
    struct progress *progress;
    long sums[JOBS];
};

static void job(void *argument, size_t index)
{
    struct jobs *jobs = argument;
    for (int step = 0; step < STEPS; ++step) {
        jobs->sums[index] += step * (long)index;
        progress_report(jobs->progress, index, (step + 1.0) / STEPS);
    }
}

int main(void)
{
    static char text[1 << 16];
    static struct jobs jobs;
    FILE *out = fmemopen(text, sizeof text, "w");
    struct progress_conf conf = {.out = out, .is_terminal = true, .n_jobs = JOBS, .simulated_s = 1};
    jobs.progress = progress_create(&conf);
    parallel_for(4, JOBS, job, &jobs);
    progress_free(jobs.progress);
    fclose(out);
    for (size_t i = 0; i < JOBS; ++i)
        if (jobs.sums[i] != (long)i * STEPS * (STEPS - 1) / 2) {
            printf("job %zu: %ld\n", i, jobs.sums[i]);
            return EXIT_FAILURE;
        }
    return EXIT_SUCCESS;
}
