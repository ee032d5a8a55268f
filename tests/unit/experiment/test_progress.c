// Pins: what a line of progress says, that a bar redraws its line and leaves none behind, that
// quiet is quiet. Not pinned: when lines appear (that is wall-clock time).
#include <criterion/criterion.h>
#include <string.h>

#include "experiment/progress.h"

static void expect_line(struct progress_state state, int width, const char *expected)
{
    char line[160];
    progress_line(&state, width, line, sizeof line);
    cr_assert_str_eq(line, expected);
}

Test(progress, lines)
{
    expect_line((struct progress_state){0, 0, 4, 7200, 0}, 0, "  0 %, 0 of 4 runs, ? left");
    expect_line((struct progress_state){0.5, 2, 4, 7200, 10}, 0,
                " 50 %, 2 of 4 runs, 0.1 simulated h/s, 10 s left");
    expect_line((struct progress_state){0.25, 1, 4, 7200, 100}, 10,
                "[##........]  25 %, 1 of 4 runs, 0.005 simulated h/s, 5 min left");
    expect_line((struct progress_state){0.1, 0, 1, 7200, 3600}, 0,
                " 10 %, 0 of 1 runs, 5.56e-05 simulated h/s, 9.0 h left");
    expect_line((struct progress_state){1, 4, 4, 7200, 10}, 10,
                "[##########] 100 %, 4 of 4 runs, 0.2 simulated h/s, 0 s left");
}

Test(progress, a_bar_leaves_nothing_behind)
{
    char text[4096] = "";
    FILE *out = fmemopen(text, sizeof text, "w");
    struct progress_conf conf = {.out = out, .is_terminal = true, .n_jobs = 2, .simulated_s = 10};
    struct progress *progress = progress_create(&conf);
    progress_report(progress, 0, 0.5);
    progress_report(progress, 1, 2); // beyond the end: taken as 1
    progress_free(progress);
    fclose(out);
    cr_assert_not_null(strstr(text, "\r["));
    cr_assert_null(strchr(text, '\n'));
    const char *erase = "\r\033[K";
    cr_assert_str_eq(text + strlen(text) - strlen(erase), erase);
}

Test(progress, quiet_prints_nothing)
{
    struct progress_conf conf = {.n_jobs = 1};
    struct progress *progress = progress_create(&conf);
    progress_report(progress, 0, 1);
    progress_free(progress);
}
