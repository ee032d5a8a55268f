#include <stdio.h>

#include "base/status.h"
#include "cli/conduct.h"
#include "cli/judgement.h"
#include "cli/verb.h"

static int compare(const struct options *options)
{
    if (options->files.n < 2 || options->files.n > JUDGEMENT_DESIGNS) {
        fprintf(stderr, "aasim compare: 2 to %d topologies are needed, %zu given\n",
                JUDGEMENT_DESIGNS, options->files.n);
        return STATUS_USAGE;
    }
    return conduct_usage(options, "compare") ? conduct(options, "compare") : STATUS_USAGE;
}

const struct verb verb_compare = {
    .name = "compare",
    .arguments = "TOPOLOGY TOPOLOGY...",
    .summary = "simulate several designs under the same random numbers and tell them apart",
    .examples =
        "  aasim compare topologies/one-region.yaml topologies/active-active.yaml \\\n"
        "      --workload workloads/global-shop.yaml\n"
        "  aasim compare topologies/*.yaml --workload workloads/global-shop.yaml \\\n"
        "      --faults workloads/regional-service-loss.yaml --replications 20 -o results.h5\n",
    .text = "Every design meets the same users, faults and random numbers, so that differences are "
            "sharp.\n"
            "Prints the decision table (availability with its interval, downtime minutes a year, "
            "stale\n"
            "reads, lost writes), what followed each fault, what became of stores' data, latencies "
            "by\n"
            "population, and each design's differences to the first one named: better, worse, or "
            "not\n"
            "distinguishable. Differences are paired by replication; their intervals and verdicts "
            "hold for\n"
            "all designs together (Bonferroni, Holm).\n",
    .options = CONDUCT_OPTIONS | OPTIONS_BIT(OPTIONS_SELECT),
    .run = compare,
};
