#include "model/anomaly.h"

#include <math.h>

// Our choice, see the header.
static const double anomaly_kept = 0.5, anomaly_deviations = 4, anomaly_least_errors = 5;
static const double anomaly_cut = 0.5, anomaly_least_share = 0.01, anomaly_return = 0.1;

void anomaly_open(struct anomaly *a)
{
    *a = (struct anomaly){0};
    for (int i = 0; i < BALANCER_MAX_TARGETS; i++)
        a->share[i] = 1;
}

static void anomaly_add_up(struct anomaly *a)
{
    for (int i = 0; i < BALANCER_MAX_TARGETS; i++) {
        a->seen[i] = a->seen[i] * anomaly_kept + a->answers[i];
        a->bad[i] = a->bad[i] * anomaly_kept + a->errors[i];
        a->answers[i] = a->errors[i] = 0;
    }
}

// Whether a target errs significantly more than its peers: the one-sided test of two shares.
static bool anomaly_is(const struct anomaly *a, int target, uint64_t peers)
{
    double seen = 0, bad = 0;
    for (uint64_t left = peers & ~(UINT64_C(1) << target); left != 0; left &= left - 1) {
        seen += a->seen[__builtin_ctzll(left)];
        bad += a->bad[__builtin_ctzll(left)];
    }
    if (a->bad[target] < anomaly_least_errors || seen < 1)
        return false;
    const double all = (a->bad[target] + bad) / (a->seen[target] + seen);
    const double error = sqrt(all * (1 - all) * (1 / a->seen[target] + 1 / seen));
    return a->bad[target] / a->seen[target] - bad / seen > anomaly_deviations * error;
}

static uint64_t anomaly_find(const struct anomaly *a, uint64_t healthy)
{
    uint64_t found = 0;
    if (__builtin_popcountll(healthy) < ANOMALY_LEAST_TARGETS)
        return 0;
    for (uint64_t left = healthy; left != 0; left &= left - 1) {
        const int target = __builtin_ctzll(left);
        found |= (uint64_t)anomaly_is(a, target, healthy & ~a->found) << target;
    }
    return found;
}

uint64_t anomaly_look(struct anomaly *a, uint64_t healthy, uint32_t *weight)
{
    anomaly_add_up(a);
    const uint64_t found = anomaly_find(a, healthy), changed = found ^ a->found;
    a->found = found;
    for (int i = 0; i < BALANCER_MAX_TARGETS; i++) {
        a->share[i] = found >> i & 1 ? fmax(a->share[i] * anomaly_cut, anomaly_least_share)
                                     : fmin(a->share[i] + anomaly_return, 1);
        weight[i] = (uint32_t)(a->share[i] * UINT32_MAX);
    }
    return changed;
}
