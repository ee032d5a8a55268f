#define _XOPEN_SOURCE 700 // realpath

#include "cli/sbatch.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SBATCH_MAX_ARRAY = 1001 }; // slurm.conf(5): MaxArraySize unless raised

static const double events_per_s = 2e6; // of one core, on the safe side

// The longest shard at a modest speed, twice; an hour at least. A task that needs longer is put
// back into the queue.
static int hours_of(const struct sweepplan *plan, int cpus)
{
    double most = 0;
    for (uint32_t s = 0; s < plan->n_shards; ++s) {
        double events = 0;
        for (size_t i = 0; i < plan->n_points; ++i)
            if (plan->points[i].shard == s)
                events += (double)plan->points[i].events * plan->replications;
        most = fmax(most, events);
    }
    return (int)fmin(fmax(ceil(2 * most / events_per_s / cpus / 3600), 1), 24);
}

// In single quotes, for the shell.
static void print_quoted(const char *text, FILE *out)
{
    fputc('\'', out);
    for (; *text != '\0'; ++text) {
        if (*text == '\'')
            fputs("'\\''", out);
        else
            fputc(*text, out);
    }
    fputc('\'', out);
}

static void print_head(const struct sweepplan *plan, const struct sbatch_conf *conf,
                       const char *folder, FILE *out)
{
    fprintf(out,
            "#!/bin/bash\n"
            "# %zu points, %u replications, %u shards. Submit with sbatch; a shard that was not "
            "done is put back\n"
            "# into the queue. Afterwards: aasim sweep merge.\n",
            plan->n_points, plan->replications, plan->n_shards);
    if (plan->n_shards > SBATCH_MAX_ARRAY)
        fprintf(out,
                "# Most clusters allow %d tasks an array: raise MaxArraySize, or submit parts "
                "with --array.\n",
                SBATCH_MAX_ARRAY);
    fprintf(out,
            "#SBATCH --job-name=aasim-%s\n"
            "#SBATCH --array=0-%u\n"
            "#SBATCH --ntasks=1\n"
            "#SBATCH --cpus-per-task=%d\n"
            "#SBATCH --time=%d:00:00\n"
            "#SBATCH --signal=B:USR1@120\n"
            "#SBATCH --requeue\n"
            "#SBATCH --open-mode=append\n"
            "#SBATCH --output=%s/results/slurm-%%a.out\n"
            "\n",
            plan->study.spec->name, plan->n_shards - 1, conf->cpus, hours_of(plan, conf->cpus),
            folder);
}

void sbatch_print(const struct sweepplan *plan, const struct sbatch_conf *conf, FILE *out)
{
    char folder[PATH_MAX], program[PATH_MAX];
    const ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    program[length > 0 ? length : 0] = '\0';
    if (realpath(conf->directory, folder) == NULL)
        snprintf(folder, sizeof folder, "%s", conf->directory);
    print_head(plan, conf, folder, out);
    print_quoted(length > 0 ? program : "aasim", out);
    fputs(" sweep run ", out);
    print_quoted(folder, out);
    fputs(" --shard \"$SLURM_ARRAY_TASK_ID\" --threads \"${SLURM_CPUS_PER_TASK:-1}\" "
          "--grace '90 s' &\n"
          "sweep=$!\n"
          "trap 'kill -USR1 \"$sweep\"' USR1 TERM\n"
          "code=0\n"
          "while true; do # a trap ends the wait, not the sweep\n"
          "    wait \"$sweep\" && code=0 || code=$?\n"
          "    kill -0 \"$sweep\" 2>/dev/null || break\n"
          "done\n"
          "if [ \"$code\" -eq 75 ]; then\n"
          "    scontrol requeue \"${SLURM_ARRAY_JOB_ID}_${SLURM_ARRAY_TASK_ID}\"\n"
          "fi\n"
          "exit \"$code\"\n",
          out);
}
