// Pins: the least entry off the diagonal, "never" entries, horizons against a search of all ways in
// random matrices, the common bound where horizons of their own do not pay, saturation at the end
// of time, the trap for a lookahead of zero. Not pinned: that windows respect horizons
// (tests/determinism).
#include <criterion/criterion.h>
#include <signal.h>

#include "base/stream.h"
#include "engine/lookahead.h"

enum { N = 3 };

Test(lookahead, least_entry_off_the_diagonal)
{
    struct lookahead l;
    lookahead_init(&l, (simtime[]){0, 70, 50, 90, -5, 40, SIMTIME_NEVER, 60, 1}, N);
    cr_assert_eq(l.least, 40);
    lookahead_free(&l);
}

Test(lookahead, cells_that_never_talk)
{
    const simtime never = SIMTIME_NEVER;
    const simtime next[N] = {5, 6, 7};
    struct lookahead l;
    lookahead_init(&l, (simtime[]){0, never, never, never, 0, never, never, never, 0}, N);
    cr_assert_eq(l.least, never);
    cr_assert_eq(lookahead_horizon(&l, 0, next, 5), never);
    lookahead_free(&l);
}

Test(lookahead, one_bound_where_all_are_equal)
{
    const simtime next[N] = {100, 120, SIMTIME_NEVER};
    struct lookahead l;
    lookahead_init(&l, (simtime[]){0, 40, 40, 40, 0, 40, 40, 40, 0}, N);
    cr_assert_null(l.ways);
    for (uint32_t cell = 0; cell < N; cell++)
        cr_assert_eq(lookahead_horizon(&l, cell, next, 100), 140);
    lookahead_free(&l);
}

Test(lookahead, ways_lead_through_other_cells)
{
    // 0 -> 1 -> 2 -> 0: nothing else talks. From 0 to 2 is 30, back to itself 60.
    const simtime never = SIMTIME_NEVER;
    const simtime matrix[N * N] = {0, 10, never, never, 0, 20, 30, never, 0};
    struct lookahead l;
    lookahead_init(&l, matrix, N);
    const simtime only_0[N] = {100, never, never}, all[N] = {100, 100, 50};
    cr_assert_eq(lookahead_horizon(&l, 0, only_0, 100), 160);
    cr_assert_eq(lookahead_horizon(&l, 1, only_0, 100), 110);
    cr_assert_eq(lookahead_horizon(&l, 2, only_0, 100), 130);
    cr_assert_eq(lookahead_horizon(&l, 0, all, 50), 80);
    cr_assert_eq(lookahead_horizon(&l, 1, all, 50), 90);
    cr_assert_eq(lookahead_horizon(&l, 2, all, 50), 110);
    lookahead_free(&l);
}

// Earliest arrival at `to` of what the pending events may set off: relaxed until nothing changes.
static simtime naive_horizon(const simtime *matrix, uint32_t n, uint32_t to, const simtime *next)
{
    simtime arrives[8];
    for (uint32_t i = 0; i < n; i++)
        arrives[i] = SIMTIME_NEVER;
    for (uint32_t round = 0; round <= n; round++)
        for (uint32_t from = 0; from < n; from++)
            for (uint32_t via = 0; via < n; via++) {
                simtime start = next[from] < arrives[from] ? next[from] : arrives[from];
                simtime way = matrix[from * n + via];
                if (from == via || start >= SIMTIME_NEVER - way)
                    continue;
                arrives[via] = start + way < arrives[via] ? start + way : arrives[via];
            }
    return arrives[to];
}

Test(lookahead, horizons_against_a_search)
{
    for (uint64_t seed = 0; seed < 300; seed++) {
        struct stream s = stream_open(seed, 0, "test", "lookahead");
        uint32_t n = 2 + stream_below(&s, 7);
        simtime matrix[64], next[8], earliest = SIMTIME_NEVER;
        for (uint32_t i = 0; i < n * n; i++)
            matrix[i] = stream_below(&s, 3) == 0 ? SIMTIME_NEVER : 1 + stream_below(&s, 100);
        for (uint32_t i = 0; i < n; i++) {
            next[i] = stream_below(&s, 4) == 0 ? SIMTIME_NEVER : (simtime)stream_below(&s, 200);
            earliest = next[i] < earliest ? next[i] : earliest;
        }
        struct lookahead l;
        lookahead_init(&l, matrix, n);
        for (uint32_t to = 0; to < n; to++) {
            simtime want = naive_horizon(matrix, n, to, next);
            simtime got = lookahead_horizon(&l, to, next, earliest);
            cr_assert(l.ways != NULL ? got == want : got <= want, "seed %lu, cell %u", seed, to);
        }
        lookahead_free(&l);
    }
}

Test(lookahead, the_end_of_time)
{
    const simtime next[N] = {SIMTIME_NEVER - 5, SIMTIME_NEVER, SIMTIME_NEVER};
    struct lookahead l;
    lookahead_init(&l, (simtime[]){0, 70, 50, 90, 0, 40, 60, 60, 0}, N);
    for (uint32_t cell = 0; cell < N; cell++)
        cr_assert_eq(lookahead_horizon(&l, cell, next, next[0]), SIMTIME_NEVER);
    lookahead_free(&l);
}

Test(lookahead, none_between_two_cells_stops, .signal = SIGABRT)
{
    struct lookahead l;
    lookahead_init(&l, (simtime[]){0, 70, 50, 90, 0, 0, 10, 60, 0}, N);
}
