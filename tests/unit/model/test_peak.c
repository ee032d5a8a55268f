// Pins: the highest use of a thirtieth of the time counts once all of that time has passed since
// its end; rates are averages over such a part; long pauses are stepped over.
#include <criterion/criterion.h>

#include "model/peak.h"

static const simtime minute = SIMTIME_MIN;

Test(peak, counts_half_an_hour_after_its_minute)
{
    struct peak p = peak_open(30 * minute);
    cr_expect_not(peak_advance(&p, 0));
    p.used = 600; // in minute 0
    cr_expect_not(peak_advance(&p, minute));
    p.used = 900;
    for (int m = 2; m <= 30; m++)
        cr_expect_not(peak_advance(&p, m * minute), "minute %d", m);
    cr_expect_not(peak_advance(&p, 31 * minute - 1));
    cr_expect_eq(peak_rate(&p), 0);
    cr_expect(peak_advance(&p, 31 * minute));
    cr_expect_float_eq(peak_rate(&p), 10, 1e-12);
    cr_expect(peak_advance(&p, 32 * minute));
    cr_expect_float_eq(peak_rate(&p), 15, 1e-12);
    cr_expect_not(peak_advance(&p, 100 * minute));
    cr_expect_float_eq(peak_rate(&p), 15, 1e-12); // stays
}

Test(peak, pauses_of_any_length)
{
    for (int pause = 1; pause < 200; pause++) {
        struct peak p = peak_open(30 * minute);
        p.used = 60;
        cr_expect_eq(peak_advance(&p, pause * minute), pause > 30, "%d minutes", pause);
        cr_expect_eq(p.used, 0);
        p.used = 120;
        cr_expect(peak_advance(&p, (pause + 31) * minute), "%d minutes", pause);
        cr_expect_float_eq(peak_rate(&p), 2, 1e-12);
    }
    struct peak p = peak_open(30 * minute);
    p.used = 7;
    cr_expect(peak_advance(&p, 3000 * SIMTIME_DAY));
    cr_expect_eq(p.highest, 7);
}
