// A plan of a study made by several threads, which load scenarios and compile models side by side,
// for the thread sanitizer: it is the plan that one thread makes. Run from the top folder.
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/base.h"
#include "experiment/sweepplan.h"

static char directory[] = "/tmp/aasim_plan_XXXXXX";

static bool make(struct sweepplan *plan, const char *name, int n_threads)
{
    char path[64];
    struct diag_list diags = {0};
    struct status status = {0};
    snprintf(path, sizeof path, "%s/%s", directory, name);
    const struct sweepplan_request request = {.study = "tests/cli/tiny/study.yaml",
                                              .tables_dir = "topologies/tables",
                                              .directory = path,
                                              .n_shards = 3,
                                              .n_threads = n_threads};
    const bool is_good = sweepplan_make(plan, &request, &diags, &status);
    diag_print(&diags, stderr, false);
    diag_free(&diags);
    return is_good;
}

int main(void)
{
    struct sweepplan one, many;
    char command[64];
    int n = 0;
    REQUIRE(mkdtemp(directory) != NULL, "no directory");
    REQUIRE(make(&one, "one", 1) && make(&many, "many", 4), "no plan");
    for (size_t i = 0; i < one.n_points; i++)
        n += !identity_is_same(one.points[i].id, many.points[i].id) ||
             one.points[i].shard != many.points[i].shard ||
             one.points[i].events != many.points[i].events;
    if (n > 0 || one.n_points != many.n_points)
        fprintf(stderr, "%d points differ between one thread and several\n", n);
    n += one.n_points != many.n_points;
    sweepplan_free(&one);
    sweepplan_free(&many);
    snprintf(command, sizeof command, "rm -rf %s", directory);
    return n > 0 || system(command) != 0;
}
