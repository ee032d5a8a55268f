// Scenario files for tests: three small correct texts, and loads of texts through real files.
#pragma once

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "scenario/scenario.h"

enum files_kind { FILES_TOPOLOGY, FILES_WORKLOAD, FILES_FAULTS, FILES_KINDS };

static const char *const files_good[FILES_KINDS] = {
    [FILES_TOPOLOGY] = "title: Test design\n"                                 // 1
                       "entry: web\n"                                         // 2
                       "regions:\n"                                           // 3
                       "  us-east-1: {zones: 3}\n"                            // 4
                       "  eu-west-1: {zones: 3}\n"                            // 5
                       "services:\n"                                          // 6
                       "  web:\n"                                             // 7
                       "    servers_per_zone: 2\n"                            // 8
                       "    work: 10 ms\n"                                    // 9
                       "    steps:\n"                                         // 10
                       "      - {call: cart, timeout: 1 s}\n"                 // 11
                       "  cart:\n"                                            // 12
                       "    servers_per_zone: 2\n"                            // 13
                       "    work: {lognormal: {median: 12 ms, p99: 80 ms}}\n" // 14
                       "    steps:\n"                                         // 15
                       "      - {call: orders, timeout: 500 ms}\n"            // 16
                       "stores:\n"                                            // 17
                       "  orders:\n"                                          // 18
                       "    mode: multi-leader\n"                             // 19
                       "    servers: 4\n"                                     // 20
                       "balancer: {policy: round-robin}\n"                    // 21
                       "steering:\n"                                          // 22
                       "  policy: latency\n"                                  // 23
                       "  ttl: 60 s\n"                                        // 24
                       "  health_check: {interval: 10 s}\n"                   // 25
                       "  alias: false\n",                                    // 26
    [FILES_WORKLOAD] = "title: Test load\n"                                   // 1
                       "duration: 1 h\n"                                      // 2
                       "warmup: 1 min\n"                                      // 3
                       "classes:\n"                                           // 4
                       "  browse: {kind: read, weight: 9, deadline: 2 s}\n"   // 5
                       "  order: {kind: write, weight: 1, deadline: 4 s}\n"   // 6
                       "populations:\n"                                       // 7
                       "  europe:\n"                                          // 8
                       "    latitude: 50 deg\n"                               // 9
                       "    longitude: 8 deg\n"                               // 10
                       "    access: cable\n"                                  // 11
                       "    rate: 5 req/s\n"                                  // 12
                       "    clients: 100\n"                                   // 13
                       "    diurnal: {first: 30 %, first_peak: 20 h}\n"       // 14
                       "    client: {attempts: 2}\n",                         // 15
    [FILES_FAULTS] = "title: Test faults\n"                                   // 1
                     "faults:\n"                                              // 2
                     "  power:\n"                                             // 3
                     "    target: zone\n"                                     // 4
                     "    region: us-east-1\n"                                // 5
                     "    zone: b\n"                                          // 6
                     "    effect: down\n"                                     // 7
                     "    at: 10 min\n"                                       // 8
                     "    lasts: 5 min\n"                                     // 9
                     "  partition:\n"                                         // 10
                     "    target: link\n"                                     // 11
                     "    region: us-east-1\n"                                // 12
                     "    peer: eu-west-1\n"                                  // 13
                     "    effect: lossy\n"                                    // 14
                     "    ratio: 10 %\n"                                      // 15
                     "    at: 20 min\n"                                       // 16
                     "    lasts: {exponential: {mean: 5 min}}\n",             // 17
};

struct files {
    char directory[64];
    char paths[FILES_KINDS][128];
    struct scenario scenario;
    struct diag_list diags;
    bool is_good; // what scenario_load said
};

static inline void files_write(const char *path, const char *text, size_t length)
{
    FILE *file = fopen(path, "wb");
    cr_assert_not_null(file, "%s", path);
    cr_assert_eq(fwrite(text, 1, length, file), length);
    fclose(file);
}

// Loads the three texts (NULL: the good one) with changes by --set, against the shipped tables.
static inline void files_load(struct files *f, const char *const texts[FILES_KINDS],
                              const char *const *sets, size_t n_sets)
{
    static const char *const names[] = {"design.yaml", "load.yaml", "plan.yaml"};
    *f = (struct files){.directory = "/tmp/aasim_test_XXXXXX"};
    cr_assert_not_null(mkdtemp(f->directory));
    for (int i = 0; i < FILES_KINDS; i++) {
        const char *text = texts != NULL && texts[i] != NULL ? texts[i] : files_good[i];
        snprintf(f->paths[i], sizeof f->paths[i], "%s/%s", f->directory, names[i]);
        files_write(f->paths[i], text, strlen(text));
    }
    const char *topologies[] = {f->paths[FILES_TOPOLOGY]};
    struct scenario_request request = {.topologies = topologies,
                                       .n_topologies = 1,
                                       .workload = f->paths[FILES_WORKLOAD],
                                       .faults = f->paths[FILES_FAULTS],
                                       .sets = sets,
                                       .n_sets = n_sets,
                                       .tables_dir = "topologies/tables"};
    unsetenv("AASIM_TABLES");
    f->is_good = scenario_load(&f->scenario, &request, &f->diags);
}

static inline void files_free(struct files *f)
{
    scenario_free(&f->scenario);
    diag_free(&f->diags);
    for (int i = 0; i < FILES_KINDS; i++)
        unlink(f->paths[i]);
    rmdir(f->directory);
}
