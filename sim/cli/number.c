#include "cli/number.h"

#include <math.h>
#include <stdio.h>

enum { MOST_DECIMALS = 7 };

// Decimals that show `digits` significant digits of `size`.
static int decimals_for(double size, int digits)
{
    if (!(size > 0) || isinf(size))
        return 0;
    int decimals = digits - 1 - (int)floor(log10(size));
    return decimals < 0 ? 0 : decimals > MOST_DECIMALS ? MOST_DECIMALS : decimals;
}

// Two digits of the half-width; without one, three of the value.
static int decimals_of(const struct estimate *e, double factor)
{
    double half = (e->high - e->low) / 2 * fabs(factor);
    return half > 0 ? decimals_for(half, 2) : decimals_for(fabs(e->value * factor), 3);
}

// Two digits behind the nines of a share in percent: 99.98 of 0.9998, 97.2 of 0.972.
static int decimals_of_nines(const struct estimate *e)
{
    double half = (e->high - e->low) / 2 * 100;
    double missing = 100 * (1 - e->value);
    int nines = decimals_for(missing, 2);
    int interval = half > 0 ? decimals_for(half, 2) : 0;
    return interval > nines ? interval : nines;
}

// A number with d decimals; 0 and 100 are exact when they stand alone ("100 %", not "100.000 %").
static char *fixed(double value, int d, char out[NUMBER_SIZE])
{
    bool is_exact = value == 0 || value == 100;
    snprintf(out, NUMBER_SIZE, "%.*f", is_exact ? 0 : d, value);
    return out;
}

static char *bracket(double low, double high, int d, char out[NUMBER_SIZE])
{
    char a[NUMBER_SIZE], b[NUMBER_SIZE];
    snprintf(out, NUMBER_SIZE, "[%.28s, %.28s]", fixed(low, d, a), fixed(high, d, b));
    return out;
}

char *number_share(const struct estimate *e, char out[NUMBER_SIZE])
{
    char value[NUMBER_SIZE], interval[NUMBER_SIZE];
    int d = decimals_of_nines(e);
    if (isnan(e->value))
        snprintf(out, NUMBER_SIZE, "n/a");
    else if (isnan(e->low))
        snprintf(out, NUMBER_SIZE, "%.30s %%", fixed(100 * e->value, d, value));
    else
        snprintf(out, NUMBER_SIZE, "%.16s %%  %.40s", fixed(100 * e->value, d, value),
                 bracket(100 * e->low, 100 * e->high, d, interval));
    return out;
}

char *number_short(double value, char out[NUMBER_SIZE])
{
    int d = decimals_for(fabs(value), 3);
    double unit = pow(10, -d), rounded = round(value / unit) * unit;
    if (isnan(value))
        snprintf(out, NUMBER_SIZE, "n/a");
    else if (fabs(value) < 1e15 && value == round(value))
        snprintf(out, NUMBER_SIZE, "%.0f", value);
    else // 9.999 has become 10.0 and needs a digit less
        snprintf(out, NUMBER_SIZE, "%.*f", rounded != 0 ? decimals_for(fabs(rounded), 3) : d,
                 value);
    return out;
}

// Near enough for "±" with two digits.
static bool is_symmetric(const struct estimate *e)
{
    double up = e->high - e->value, down = e->value - e->low;
    return fabs(up - down) <= 0.05 * (up + down);
}

char *number_estimate(const struct estimate *e, double factor, char out[NUMBER_SIZE])
{
    char text[NUMBER_SIZE], interval[NUMBER_SIZE];
    int d = decimals_of(e, factor);
    double value = e->value * factor, low = e->low * factor, high = e->high * factor;
    if (isnan(value))
        snprintf(out, NUMBER_SIZE, "n/a");
    else if (isnan(low) || !(high > low))
        number_short(value, out);
    else if (is_symmetric(e))
        snprintf(out, NUMBER_SIZE, "%.*f ± %.*f", d, value, d, (high - low) / 2);
    else
        snprintf(out, NUMBER_SIZE, "%.20s %.40s", fixed(value, d, text),
                 bracket(low, high, d, interval));
    return out;
}

char *number_difference(const struct estimate *e, double factor, char out[NUMBER_SIZE])
{
    if (isnan(e->value))
        snprintf(out, NUMBER_SIZE, "n/a");
    else if (e->value == 0)
        snprintf(out, NUMBER_SIZE, "0");
    else
        snprintf(out, NUMBER_SIZE, "%+.*f", decimals_of(e, factor), e->value * factor);
    return out;
}

char *number_interval(const struct estimate *e, double factor, char out[NUMBER_SIZE])
{
    int d = decimals_of(e, factor);
    if (isnan(e->low))
        snprintf(out, NUMBER_SIZE, "n/a");
    else if (!(e->high > e->low)) // the same in every replication: says nothing about others
        snprintf(out, NUMBER_SIZE, "no spread");
    else
        snprintf(out, NUMBER_SIZE, "[%+.*f, %+.*f]", d, e->low * factor, d, e->high * factor);
    return out;
}

char *number_level(double level, char out[NUMBER_SIZE])
{
    snprintf(out, NUMBER_SIZE, "%.4g %%", 100 * level);
    return out;
}
