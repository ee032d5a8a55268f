// Pins: a drawn duration becomes a time whatever the tail it comes from. Not pinned: sending, see
// the modules' own tests.
#include <criterion/criterion.h>
#include <math.h>

#include "model/context.h"

Test(context, durations_are_times)
{
    cr_expect_eq(context_duration(0.4), 0);
    cr_expect_eq(context_duration(1.5e9), 1500 * SIMTIME_MS);
    simtime most = context_duration(1e300);
    cr_expect_eq(context_duration((double)INFINITY), most);
    cr_expect(most > 4 * 365 * SIMTIME_DAY && most < SIMTIME_NEVER / 32);
}
