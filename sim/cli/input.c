#include "cli/input.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int input_readable(const char *const *paths, size_t n)
{
    int code = STATUS_OK;
    for (size_t i = 0; i < n; ++i) {
        struct stat info;
        if (paths[i] == NULL)
            continue;
        if (access(paths[i], R_OK) != 0) {
            fprintf(stderr, "aasim: cannot read '%s': %s\n", paths[i], strerror(errno));
            code = STATUS_NO_INPUT;
        } else if (stat(paths[i], &info) == 0 && S_ISDIR(info.st_mode)) {
            fprintf(stderr, "aasim: cannot read '%s': it is a directory\n", paths[i]);
            code = STATUS_NO_INPUT;
        }
    }
    return code;
}

const char *input_tables_dir(char *out, size_t size)
{
    // Beside the program when it is installed (PREFIX/bin), and in the tree it was built in
    // (build/VARIANT).
    static const char *const places[] = {"/../share/aasim/topologies/tables",
                                         "/../../topologies/tables"};
    char program[512];
    ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    if (length <= 0)
        return NULL;
    program[length] = '\0';
    *strrchr(program, '/') = '\0';
    for (size_t i = 0; i < sizeof places / sizeof places[0]; ++i) {
        int written = snprintf(out, size, "%s%s", program, places[i]);
        if (written > 0 && (size_t)written < size && access(out, R_OK) == 0)
            return out;
    }
    return NULL;
}

static int check_readable(const struct scenario_request *request)
{
    const char *const others[2] = {request->workload, request->faults};
    int code = input_readable(request->topologies, request->n_topologies);
    int other = input_readable(others, 2);
    return code != STATUS_OK ? code : other;
}

int input_load(struct scenario *scenario, struct scenario_request request,
               const struct options *options)
{
    char tables[640];
    struct diag_list diags = {0};
    *scenario = (struct scenario){0};
    int code = check_readable(&request);
    if (code != STATUS_OK)
        return code;
    request.sets = options->sets.items;
    request.n_sets = options->sets.n;
    request.tables_dir = input_tables_dir(tables, sizeof tables);
    if (!scenario_load(scenario, &request, &diags))
        code = STATUS_BAD_INPUT;
    diag_print(&diags, stderr, options_colour(options, stderr));
    diag_free(&diags);
    return code;
}
