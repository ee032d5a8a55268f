// Pins: user-uptime over a run is that of the windows after the warm-up, and the worst stretch of a
// length that of all stretches, tried one by one; lengths suit the run; nobody there: not a number.
#include "experiment/uptime.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "base/base.h"
#include "base/stream.h"

enum { WINDOWS = 60, POPULATIONS = 2 };

static uint64_t user_time[POPULATIONS][WINDOWS][USERUPTIME_KINDS];
static struct record record = {
    .n_populations = POPULATIONS, .n_windows = WINDOWS, .user_time = &user_time[0][0][0]};
static const struct workload workload = {
    .duration_s = 10 * WINDOWS, .warmup_s = 45, .window_s = 10};

static double share_between(size_t from, size_t to)
{
    double up = 0, all = 0;
    for (int p = 0; p < POPULATIONS; p++)
        for (size_t i = from; i < to; i++) {
            up += (double)user_time[p][i][USERUPTIME_UP];
            all += (double)(user_time[p][i][USERUPTIME_UP] + user_time[p][i][USERUPTIME_DOWN]);
        }
    return all > 0 ? up / all : (double)NAN;
}

Test(uptime, of_a_run_and_its_worst_stretches)
{
    struct stream s = stream_open(1, 2, "uptime", "test");
    for (int round = 0; round < 200; round++) {
        for (int p = 0; p < POPULATIONS; p++)
            for (size_t i = 0; i < WINDOWS; i++)
                for (int k = 0; k < USERUPTIME_KINDS; k++)
                    user_time[p][i][k] = stream_below(&s, 4) == 0
                                             ? 0
                                             : 1000 * (uint64_t)stream_below(&s, 10000);
        cr_assert_float_eq(uptime_share(uptime_of(&record, &workload)), share_between(5, WINDOWS),
                           1e-12);
        for (size_t length = 1; length <= WINDOWS - 5; length += 7) {
            double worst = 2;
            for (size_t from = 5; from + length <= WINDOWS; from++)
                worst = fmin(worst, share_between(from, from + length));
            cr_assert_float_eq(uptime_worst(&record, &workload, 10. * (double)length), worst,
                               1e-12);
        }
    }
}

Test(uptime, nobody_there)
{
    memset(user_time, 0, sizeof user_time);
    cr_expect(isnan(uptime_share(uptime_of(&record, &workload))));
    cr_expect(isnan(uptime_worst(&record, &workload, 60)));
}

Test(uptime, lengths_suit_the_run)
{
    double length_s[UPTIME_LENGTHS];
    struct workload w = workload;
    cr_expect_eq(uptime_lengths(&w, length_s), 1);
    cr_expect_eq(length_s[0], 60);
    w.window_s = 3600; // an hour and six: the shorter ones come to the same
    w.duration_s = 86400;
    cr_expect_eq(uptime_lengths(&w, length_s), 2);
    cr_expect(length_s[0] == 3600 && length_s[1] == 6 * 3600);
    w.window_s = 7 * 3600;
    cr_expect_eq(uptime_lengths(&w, length_s), 1);
    cr_expect_eq(length_s[0], 7 * 3600);
    w.warmup_s = 86000;
    cr_expect_eq(uptime_lengths(&w, length_s), 0);
}
