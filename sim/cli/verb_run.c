#include <stdio.h>

#include "base/status.h"
#include "cli/conduct.h"
#include "cli/verb.h"

static int run(const struct options *options)
{
    if (options->files.n != 1) {
        fprintf(stderr,
                "aasim run: one topology is needed, %zu given (aasim compare takes several)\n",
                options->files.n);
        return STATUS_USAGE;
    }
    return conduct_usage(options, "run") ? conduct(options, "run") : STATUS_USAGE;
}

const struct verb verb_run = {
    .name = "run",
    .arguments = "TOPOLOGY",
    .summary = "simulate one design: availability, downtime, latency, outcomes",
    .examples =
        "  aasim run topologies/active-active.yaml --workload workloads/global-shop.yaml\n"
        "  aasim run topologies/active-active.yaml --workload workloads/global-shop.yaml \\\n"
        "      --faults workloads/regional-service-loss.yaml \\\n"
        "      --set steering.health_check.interval='30 s' -o slow-checks.h5\n",
    .text = "Simulates the design under the workload, several times with different random numbers, "
            "and\n"
            "prints what its users met, with intervals over these replications. Availability is "
            "the share\n"
            "of requests answered in time. Progress goes to stderr, results to stdout.\n",
    .options = CONDUCT_OPTIONS,
    .run = run,
};
