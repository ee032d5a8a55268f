#include "model/alarm.h"

#include <math.h>

#include "base/base.h"
#include "base/distribution.h"

struct alarm_plan alarm_compile(struct arena *arena, const struct alarm_spec *spec)
{
    double late = ceil(distribution_upper_quantile(&spec->delay, 1e-3) / spec->period_s);
    double range = fmin(spec->periods + 2 + late, ALARM_MOST_PERIODS);
    return (struct alarm_plan){.period = simtime_from_seconds(spec->period_s),
                               .periods = (uint32_t)spec->periods,
                               .range = (uint32_t)range,
                               .comparison = spec->comparison,
                               .limit = spec->limit,
                               .delay = variate_compile(arena, &spec->delay, 1e9)};
}

static void alarm_advance(const struct alarm_plan *plan, struct alarm *a, simtime now)
{
    int64_t latest = now / plan->period - 1, by = latest - a->latest;
    a->known = by < 64 ? a->known << by : 0;
    a->breaching = by < 64 ? a->breaching << by : 0;
    a->latest = latest;
}

void alarm_reset(const struct alarm_plan *plan, struct alarm *a, simtime now)
{
    *a = (struct alarm){.latest = now / plan->period - 1, .first = now / plan->period};
}

static bool alarm_is_breaching(const struct alarm_plan *plan, double value)
{
    switch (plan->comparison) {
    case ALARM_ABOVE:
        return value > plan->limit;
    case ALARM_AT_LEAST:
        return value >= plan->limit;
    case ALARM_BELOW:
        return value < plan->limit;
    case ALARM_AT_MOST:
        return value <= plan->limit;
    }
    return false;
}

void alarm_note(const struct alarm_plan *plan, struct alarm *a, simtime now, int64_t period,
                double value)
{
    alarm_advance(plan, a, now);
    int64_t age = a->latest - period;
    CHECK(age >= 0);
    if (age >= (int64_t)plan->range || period < a->first)
        return;
    a->known |= UINT64_C(1) << age;
    a->breaching |= (uint64_t)alarm_is_breaching(plan, value) << age;
}

enum alarm_verdict alarm_judge(const struct alarm_plan *plan, struct alarm *a, simtime now)
{
    alarm_advance(plan, a, now);
    uint64_t range = plan->range < 64 ? (UINT64_C(1) << plan->range) - 1 : ~UINT64_C(0);
    uint64_t known = a->known & range;
    if (known == 0)
        return a->latest - a->first + 1 < (int64_t)plan->range ? ALARM_SAYS_NOTHING
                                                               : ALARM_LACKS_DATA;
    // New checks are healthy until there is enough data.
    bool is_new = a->latest - a->first + 1 < (int64_t)plan->periods;
    for (uint32_t n = 0; n < plan->periods && known != 0; n++, known &= known - 1)
        if (!(a->breaching & known & -known))
            return ALARM_SAYS_HEALTHY;
    return is_new ? ALARM_SAYS_NOTHING : ALARM_SAYS_UNHEALTHY;
}
