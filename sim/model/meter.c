#include "model/meter.h"

#include <math.h>

#include "base/base.h"

static void meter_begin(struct meter *m)
{
    m->n = m->errors = 0;
    m->sum = 0;
    m->low = (double)INFINITY;
    m->high = -(double)INFINITY;
}

struct meter meter_open(uint8_t check, const struct alarm_spec *spec, uint32_t n_targets)
{
    struct meter m = {.check = check,
                      .metric = spec->metric,
                      .statistic = spec->statistic,
                      .period_s = spec->period_s,
                      .targets = n_targets};
    meter_begin(&m);
    return m;
}

void meter_free(struct meter_bank *bank)
{
    array_free(&bank->started);
}

void meter_start(struct meter_bank *bank, uint32_t slot, simtime now)
{
    array_reserve(&bank->started, (size_t)slot + 1);
    bank->started.items[slot] = now;
}

static void meter_widen(struct meter *m, double value)
{
    m->low = fmin(m->low, value);
    m->high = fmax(m->high, value);
}

void meter_stop(struct meter_bank *bank, uint32_t slot, simtime now)
{
    double took_s = simtime_to_seconds(now - bank->started.items[slot]);
    for (uint32_t i = 0; i < bank->n; i++) {
        struct meter *m = &bank->meters[i];
        if (m->metric != ALARM_RESPONSE_TIME)
            continue;
        m->n++;
        m->sum += took_s;
        meter_widen(m, took_s);
    }
}

void meter_count(struct meter_bank *bank, bool is_error)
{
    for (uint32_t i = 0; i < bank->n; i++) {
        struct meter *m = &bank->meters[i];
        if (m->metric == ALARM_RESPONSE_TIME)
            continue;
        m->n++;
        m->errors += is_error;
    }
}

// The number that was healthy until now, for as long as it was.
static void meter_add_targets(struct meter *m, simtime now)
{
    m->sum += m->targets * simtime_to_seconds(now - m->since);
    m->since = now;
    meter_widen(m, m->targets);
}

void meter_set_targets(struct meter_bank *bank, uint32_t n_healthy, simtime now)
{
    for (uint32_t i = 0; i < bank->n; i++) {
        struct meter *m = &bank->meters[i];
        if (m->metric != ALARM_HEALTHY_TARGETS)
            continue;
        meter_add_targets(m, now);
        m->targets = n_healthy;
    }
}

static double meter_statistic(const struct meter *m, double weight)
{
    switch (m->statistic) {
    case ALARM_AVERAGE:
        return m->sum / weight;
    case ALARM_MINIMUM:
        return m->low;
    case ALARM_MAXIMUM:
        return m->high;
    }
    return 0;
}

static bool meter_value(const struct meter *m, double *value)
{
    switch (m->metric) {
    case ALARM_ERROR_RATIO:
        *value = (double)m->errors / (double)m->n;
        return m->n > 0;
    case ALARM_ERRORS:
        *value = (double)m->errors;
        return m->errors > 0;
    case ALARM_REQUESTS:
        *value = (double)m->n;
        return m->n > 0;
    case ALARM_RESPONSE_TIME:
        *value = meter_statistic(m, (double)m->n);
        return m->n > 0;
    case ALARM_HEALTHY_TARGETS:
        *value = meter_statistic(m, m->period_s);
        return true;
    }
    return false;
}

bool meter_close(struct meter *m, simtime now, double *value)
{
    if (m->metric == ALARM_HEALTHY_TARGETS)
        meter_add_targets(m, now);
    bool has_value = meter_value(m, value);
    m->period++;
    meter_begin(m);
    return has_value;
}
