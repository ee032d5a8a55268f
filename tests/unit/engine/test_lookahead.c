// Pins: the least entry off the diagonal, "never" entries, the horizon and its limits, the trap for
// a lookahead of zero.
#include <criterion/criterion.h>
#include <signal.h>

#include "engine/lookahead.h"

enum { N = 3 };

Test(lookahead, least_entry_off_the_diagonal)
{
    const simtime matrix[N * N] = {0, 70, 50, 90, -5, 40, SIMTIME_NEVER, 60, 1};
    cr_assert_eq(lookahead_least(matrix, N), 40);
}

Test(lookahead, cells_that_never_talk)
{
    const simtime matrix[N * N] = {0, SIMTIME_NEVER, SIMTIME_NEVER, SIMTIME_NEVER,
                                   0, SIMTIME_NEVER, SIMTIME_NEVER, SIMTIME_NEVER,
                                   0};
    cr_assert_eq(lookahead_least(matrix, N), SIMTIME_NEVER);
    cr_assert_eq(lookahead_least(matrix, 1), SIMTIME_NEVER);
}

Test(lookahead, horizon)
{
    cr_assert_eq(lookahead_horizon(100, 40, 1000), 140);
    cr_assert_eq(lookahead_horizon(970, 40, 1000), 1000);
    cr_assert_eq(lookahead_horizon(100, SIMTIME_NEVER, 1000), 1000);
    cr_assert_eq(lookahead_horizon(SIMTIME_NEVER, 40, 1000), 1000);
    cr_assert_eq(lookahead_horizon(SIMTIME_NEVER - 5, 40, SIMTIME_NEVER), SIMTIME_NEVER);
}

Test(lookahead, none_between_two_cells_stops, .signal = SIGABRT)
{
    const simtime matrix[N * N] = {0, 70, 50, 90, 0, 0, 10, 60, 0};
    lookahead_least(matrix, N);
}
