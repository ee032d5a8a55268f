// Pins: the governor keeps to the mode that executes more events a second, tries the other one at
// once and then ever more seldom, notices when the better one changes, and never spends more than a
// few percent on trials; and that it learns from runs that are shorter than a stretch. Time is
// simulated: no clock is read. Not pinned: lengths of stretches.
#include <criterion/criterion.h>

#include "engine/governor.h"

struct play {
    struct governor governor;
    int64_t now_ns;
    double events;
    double rate[GOVERNOR_MODES]; // events a microsecond
    int64_t spent_ns[GOVERNOR_MODES];
};

static struct play play_open(double alone, double team)
{
    return (struct play){.governor = governor_create(),
                         .rate = {[GOVERNOR_ALONE] = alone, [GOVERNOR_TEAM] = team}};
}

// Runs windows of 20 us for `ns`.
static void play_for(struct play *p, int64_t ns)
{
    for (int64_t end = p->now_ns + ns; p->now_ns < end; p->now_ns += 20000) {
        p->events += 20 * p->rate[p->governor.mode];
        p->spent_ns[p->governor.mode] += 20000;
        if (governor_is_due(&p->governor, p->now_ns))
            governor_choose(&p->governor, p->now_ns, (uint64_t)p->events);
    }
}

static const int64_t SECOND = 1000000000;

Test(governor, keeps_to_the_faster_mode)
{
    struct play p = play_open(10, 15);
    play_for(&p, 5 * SECOND);
    cr_assert_gt(p.spent_ns[GOVERNOR_TEAM], p.spent_ns[GOVERNOR_ALONE] * 50);
    cr_assert_gt(p.spent_ns[GOVERNOR_ALONE], 0, "the other mode was never tried");
    p = play_open(10, 1);
    play_for(&p, 5 * SECOND);
    cr_assert_gt(p.spent_ns[GOVERNOR_ALONE], p.spent_ns[GOVERNOR_TEAM] * 50);
}

Test(governor, short_runs_add_up)
{
    struct play p = play_open(10, 1);
    for (int i = 0; i < 1000; i++) {
        governor_start(&p.governor, p.now_ns, (uint64_t)p.events);
        play_for(&p, SECOND / 1000);
        governor_stop(&p.governor, p.now_ns, (uint64_t)p.events);
        p.now_ns += SECOND; // between the runs, or by runs of one thread: counts for neither mode
        p.events += 1e9;
    }
    cr_assert_eq(p.governor.best, GOVERNOR_ALONE);
    cr_assert_gt(p.spent_ns[GOVERNOR_ALONE], p.spent_ns[GOVERNOR_TEAM] * 10);
    cr_assert_float_eq(p.governor.rate[GOVERNOR_ALONE], 10e-3, 1e-3, "%g events/ns",
                       p.governor.rate[GOVERNOR_ALONE]);
}

Test(governor, a_useless_team_costs_little)
{
    struct play p = play_open(10, 0.01);
    play_for(&p, 2 * SECOND);
    cr_assert_gt(p.events, 0.97 * 10 * 2e6);
}

Test(governor, notices_a_change)
{
    struct play p = play_open(10, 18);
    play_for(&p, SECOND);
    p.rate[GOVERNOR_TEAM] = 2; // somebody else took a processor
    play_for(&p, 2 * SECOND);
    cr_assert_eq(p.governor.best, GOVERNOR_ALONE);
    p.rate[GOVERNOR_TEAM] = 18;
    play_for(&p, 2 * SECOND);
    cr_assert_eq(p.governor.best, GOVERNOR_TEAM);
}
