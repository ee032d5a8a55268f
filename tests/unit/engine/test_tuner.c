// Pins: the direction a calendar's width moves in for each kind of work, that reviews are far
// enough apart to pay for a change, and that a tuned calendar finds a good width from bad ones. Not
// pinned: prices and thresholds.
#include <criterion/criterion.h>
#include <math.h>

#include "base/stream.h"
#include "engine/calendar.h"

static int review(struct tuner_work work, size_t pending)
{
    struct tuner tuner = tuner_start();
    uint64_t pops = tuner.interval;
    // Work is given per hundred pops.
    work.opened = work.opened * pops / 100;
    work.born = work.born * pops / 100;
    work.far = work.far * pops / 100;
    work.beyond = work.beyond * pops / 100;
    return tuner_review(&tuner, &work, pending, 0);
}

Test(tuner, direction)
{
    cr_assert_eq(review((struct tuner_work){.opened = 100}, 1000), 1, "an event a bucket");
    cr_assert_eq(review((struct tuner_work){.opened = 2, .beyond = 50}, 1000), 1,
                 "rings too short");
    cr_assert_eq(review((struct tuner_work){.opened = 1, .born = 80}, 1000), -1, "all born inside");
    cr_assert_eq(review((struct tuner_work){.opened = 2}, 1000), 1, "fifty a bucket waste memory");
    cr_assert_eq(review((struct tuner_work){.opened = 2, .born = 2}, 1000), 0, "both are little");
    cr_assert_eq(review((struct tuner_work){.opened = 60, .born = 60}, 10), 0, "both sides cost");
}

Test(tuner, reviews_pay_for_changes)
{
    struct tuner tuner = tuner_start();
    cr_assert_eq(tuner_review(&tuner, &(struct tuner_work){.opened = 100000}, 1000000, 0), 1);
    cr_assert_geq(tuner.left, 500000u);
    struct tuner_work wide = {.opened = 100000, .born = 10000000};
    uint64_t before = tuner.patience;
    cr_assert_eq(tuner_review(&tuner, &wide, 10, 0), -1);
    cr_assert_gt(tuner.patience, before, "a choice that is taken back makes it wait longer");
}

// Events that each send one more, exponentially later, on a calendar that starts at `shift`.
static struct calendar settle(int shift, uint32_t pending, double mean_ns)
{
    struct stream s = stream_open(1, 0, "test", "tuner");
    struct calendar c;
    uint64_t key = 0;
    calendar_init(&c, shift, true);
    for (uint32_t i = 0; i < pending; i++)
        calendar_push(
            &c, &(struct event){.time = (simtime)(mean_ns * stream_uniform(&s)), .key = ++key});
    for (int i = 0; i < 400000; i++) {
        simtime now = calendar_pop(&c, SIMTIME_NEVER)->time;
        simtime delay = 1 + (simtime)(-mean_ns * log(stream_uniform(&s)));
        calendar_push(&c, &(struct event){.time = now + delay, .key = ++key});
    }
    return c;
}

Test(tuner, finds_a_good_width_from_bad_ones)
{
    const int shifts[] = {4, 14, 24, 40};
    for (size_t i = 0; i < sizeof shifts / sizeof shifts[0]; i++) {
        struct calendar c = settle(shifts[i], 5000, 1e6);
        struct tuner_work before = c.work;
        uint64_t key = UINT64_C(1) << 40;
        for (int n = 0; n < 10000; n++) {
            simtime now = calendar_pop(&c, SIMTIME_NEVER)->time;
            calendar_push(&c, &(struct event){.time = now + 1000000, .key = ++key});
        }
        cr_assert_lt(c.work.beyond - before.beyond, 5000, "from shift %d to %d", shifts[i],
                     c.shift);
        cr_assert_lt(c.work.born - before.born, 5000, "from shift %d to %d", shifts[i], c.shift);
        cr_assert_lt(c.work.opened - before.opened, 5000, "from shift %d to %d", shifts[i],
                     c.shift);
        calendar_free(&c);
    }
}
