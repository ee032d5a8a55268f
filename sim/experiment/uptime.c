#include "experiment/uptime.h"

#include <math.h>

#include "base/array.h"
#include "base/base.h"

static const double lengths_s[UPTIME_LENGTHS] = {60, 15 * 60, 6 * 3600, 7 * 86400};

static size_t first_window(const struct workload *w)
{
    return (size_t)ceil(w->warmup_s / w->window_s);
}

// Of all populations, in a window of the series.
static struct uptime window_of(const struct record *record, size_t window)
{
    uint64_t up_us = 0, down_us = 0;
    for (int p = 0; p < record->n_populations; ++p) {
        const uint64_t *us = record->user_time +
                             ((size_t)p * record->n_windows + window) * USERUPTIME_KINDS;
        up_us += us[USERUPTIME_UP];
        down_us += us[USERUPTIME_DOWN];
    }
    return (struct uptime){(up_us + 500) / 1000, (down_us + 500) / 1000};
}

struct uptime uptime_of(const struct record *record, const struct workload *workload)
{
    struct uptime sum = {0};
    for (size_t i = first_window(workload); i < record->n_windows; ++i) {
        const struct uptime u = window_of(record, i);
        sum.up_ms += u.up_ms;
        sum.down_ms += u.down_ms;
    }
    return sum;
}

double uptime_share(struct uptime u)
{
    const uint64_t all = u.up_ms + u.down_ms;
    return all > 0 ? (double)u.up_ms / (double)all : (double)NAN;
}

size_t uptime_lengths(const struct workload *w, double length_s[UPTIME_LENGTHS])
{
    const double measured_s = w->duration_s - (double)first_window(w) * w->window_s;
    size_t n = 0;
    for (size_t i = 0; i < UPTIME_LENGTHS; ++i) {
        const double length = ceil(lengths_s[i] / w->window_s) * w->window_s;
        const bool is_new = n == 0 || length > length_s[n - 1];
        if (is_new && length < measured_s)
            length_s[n++] = length;
    }
    return n;
}

double uptime_worst(const struct record *record, const struct workload *workload, double length_s)
{
    const size_t first = first_window(workload), n = record->n_windows;
    const size_t length = (size_t)llround(length_s / workload->window_s);
    struct uptime *windows = array_new(struct uptime, n), sum = {0};
    double worst = (double)NAN;
    for (size_t i = first; i < n; ++i) {
        windows[i] = window_of(record, i);
        sum.up_ms += windows[i].up_ms;
        sum.down_ms += windows[i].down_ms;
        if (i >= first + length) {
            sum.up_ms -= windows[i - length].up_ms;
            sum.down_ms -= windows[i - length].down_ms;
        }
        if (i + 1 >= first + length)
            worst = fmin(worst, uptime_share(sum)); // of NaN and a number: the number
    }
    array_release(windows);
    return worst;
}
