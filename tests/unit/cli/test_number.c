// Pins: digits follow the interval, nines are shown, n/a for what does not exist.
#include <criterion/criterion.h>
#include <math.h>

#include "cli/number.h"

#define NONE ((double)NAN)

static void expect(const char *got, const char *wanted)
{
    cr_assert_str_eq(got, wanted, "'%s', wanted '%s'", got, wanted);
}

Test(number, shares_show_the_nines)
{
    char out[NUMBER_SIZE];
    struct estimate none = {NONE, NONE, NONE, 0, NONE};
    expect(number_share(&none, out), "n/a");
    struct estimate alone = {0.99987, NONE, NONE, 1, NONE};
    expect(number_share(&alone, out), "99.987 %");
    struct estimate tight = {0.9998734, 0.9998611, 0.9998852, 10, 0};
    expect(number_share(&tight, out), "99.9873 %  [99.9861, 99.9885]");
    struct estimate wide = {0.72, 0.61, 0.81, 10, 0};
    expect(number_share(&wide, out), "72 %  [61, 81]");
    struct estimate perfect = {1, 0.9999963, 1, 10, 0};
    expect(number_share(&perfect, out), "100 %  [99.99963, 100]");
}

Test(number, estimates)
{
    char out[NUMBER_SIZE];
    struct estimate e = {412.3, 400.1, 424.5, 10, 0};
    expect(number_estimate(&e, 1, out), "412 ± 12");
    struct estimate small = {0.0123, 0.0093, 0.0153, 10, 0};
    expect(number_estimate(&small, 100, out), "1.23 ± 0.30");
    struct estimate skewed = {0, 0, 3.1, 10, 0};
    expect(number_estimate(&skewed, 1, out), "0 [0, 3.1]");
    struct estimate alone = {12.345, NONE, NONE, 1, NONE};
    expect(number_estimate(&alone, 1, out), "12.3");
    struct estimate flat = {7, 7, 7, 4, 0};
    expect(number_estimate(&flat, 1, out), "7");
    struct estimate none = {NONE, NONE, NONE, 0, NONE};
    expect(number_estimate(&none, 1, out), "n/a");
}

Test(number, differences_carry_their_sign)
{
    char out[NUMBER_SIZE];
    struct estimate e = {0.00412, 0.00391, 0.00433, 10, 0};
    expect(number_difference(&e, 100, out), "+0.412");
    expect(number_interval(&e, 100, out), "[+0.391, +0.433]");
    struct estimate zero = {0, 0, 0, 10, 0};
    expect(number_difference(&zero, 100, out), "0");
    expect(number_interval(&zero, 100, out), "no spread");
    struct estimate alone = {-3, NONE, NONE, 1, NONE};
    expect(number_difference(&alone, 1, out), "-3.00");
    expect(number_interval(&alone, 1, out), "n/a");
}

Test(number, short_numbers)
{
    char out[NUMBER_SIZE];
    expect(number_short(0, out), "0");
    expect(number_short(0.01234, out), "0.0123");
    expect(number_short(9.999, out), "10.0");
    expect(number_short(12345.6, out), "12346");
    expect(number_short(1e-12, out), "0.0000000");
    expect(number_level(0.95, out), "95 %");
    expect(number_level(0.999, out), "99.9 %");
}
