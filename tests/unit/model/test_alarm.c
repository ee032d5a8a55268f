// Pins: the judgement of an alarm against a naive twin that keeps every datapoint, by random
// datapoints in random order, and that the twin would notice; comparisons at the limit; the range
// that is looked at.
#include <criterion/criterion.h>

#include "base/base.h"
#include "base/stream.h"
#include "model/alarm.h"

enum { PERIODS = 200, STEPS = 2000 };

static struct arena arena;

static struct alarm_plan plan_of(int periods, double late_s, enum alarm_comparison comparison)
{
    struct alarm_spec spec = {.comparison = comparison,
                              .limit = 5,
                              .period_s = 60,
                              .periods = periods,
                              .delay = distribution_constant(late_s)};
    return alarm_compile(&arena, &spec);
}

// All datapoints that have come, and when what counts began.
struct twin {
    double value[PERIODS]; // 0: none
    int64_t first;
};

static enum alarm_verdict twin_judge(const struct twin *t, const struct alarm_plan *plan,
                                     simtime now)
{
    int64_t latest = now / plan->period - 1;
    uint32_t n = 0, n_bad = 0;
    for (int64_t k = latest; k > latest - (int64_t)plan->range && k >= t->first; k--)
        if (n < plan->periods && t->value[k] != 0) {
            n++;
            n_bad += t->value[k] > plan->limit;
        }
    int64_t age = latest - t->first + 1;
    if (n == 0)
        return age < (int64_t)plan->range ? ALARM_SAYS_NOTHING : ALARM_LACKS_DATA;
    if (n_bad < n)
        return ALARM_SAYS_HEALTHY;
    return age < (int64_t)plan->periods ? ALARM_SAYS_NOTHING : ALARM_SAYS_UNHEALTHY;
}

static void play(uint64_t seed, uint32_t *seen)
{
    struct stream s = stream_open(seed, 0, "test", "alarm");
    struct alarm_plan plan = plan_of(1 + (int)stream_below(&s, 4), 60.0 * stream_below(&s, 4),
                                     ALARM_ABOVE);
    struct twin twin = {.first = 0};
    struct alarm a;
    alarm_reset(&plan, &a, 0);
    for (int step = 0; step < STEPS; step++) {
        simtime now = (60 + step * 5) * SIMTIME_S;
        int64_t latest = now / plan.period - 1, period = latest - (int64_t)stream_below(&s, 9);
        if (stream_below(&s, 700) == 0) {
            twin = (struct twin){.first = now / plan.period};
            alarm_reset(&plan, &a, now);
        } else if (period >= 0 && stream_below(&s, 8) == 0 && twin.value[period] == 0) {
            twin.value[period] = stream_below(&s, 4) == 0 ? 4 : 6;
            alarm_note(&plan, &a, now, period, twin.value[period]);
        }
        enum alarm_verdict verdict = alarm_judge(&plan, &a, now);
        cr_assert_eq(verdict, twin_judge(&twin, &plan, now), "seed %d, step %d", (int)seed, step);
        seen[verdict]++;
    }
}

Test(alarm, agrees_with_a_naive_twin)
{
    uint32_t seen[4] = {0};
    for (uint64_t seed = 0; seed < 40; seed++)
        play(seed, seen);
    for (int i = 0; i < 4; i++)
        cr_expect_geq(seen[i], 40, "verdict %d was seen %u times", i, seen[i]);
    arena_free(&arena);
}

static bool is_ill(enum alarm_comparison comparison, double value)
{
    struct alarm_plan plan = plan_of(1, 0, comparison);
    struct alarm a;
    alarm_reset(&plan, &a, 0);
    alarm_note(&plan, &a, 60 * SIMTIME_S, 0, value);
    return alarm_judge(&plan, &a, 60 * SIMTIME_S) == ALARM_SAYS_UNHEALTHY;
}

Test(alarm, comparisons)
{
    cr_expect(is_ill(ALARM_ABOVE, 5.1) && !is_ill(ALARM_ABOVE, 5));
    cr_expect(is_ill(ALARM_AT_LEAST, 5) && !is_ill(ALARM_AT_LEAST, 4.9));
    cr_expect(is_ill(ALARM_BELOW, 4.9) && !is_ill(ALARM_BELOW, 5));
    cr_expect(is_ill(ALARM_AT_MOST, 5) && !is_ill(ALARM_AT_MOST, 5.1));
    arena_free(&arena);
}

Test(alarm, range)
{
    cr_expect_eq(plan_of(3, 0, ALARM_ABOVE).range, 5);
    cr_expect_eq(plan_of(3, 61, ALARM_ABOVE).range, 7);
    cr_expect_eq(plan_of(24, 3600, ALARM_ABOVE).range, ALARM_MOST_PERIODS);
    arena_free(&arena);
}
