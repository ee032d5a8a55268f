#include "queue.h"

#include <math.h>

#include "base/base.h"
#include "support/stat.h"

enum { QUEUE_RUNS = 32, QUEUE_REFERENCES = 16 };

struct distribution queue_exponential(double mean)
{
    return tiny_exponential(mean * QUEUE_UNIT_S);
}

struct distribution queue_constant(double mean)
{
    return distribution_constant(mean * QUEUE_UNIT_S);
}

struct distribution queue_erlang(int k, double mean)
{
    return (struct distribution){.kind = DISTRIBUTION_GAMMA, .a = k, .b = mean * QUEUE_UNIT_S / k};
}

struct distribution queue_hyperexponential(double mean)
{
    double p = (1 + sqrt(3.0 / 5)) / 2; // (1 + sqrt((scv - 1) / (scv + 1))) / 2
    return (struct distribution){.kind = DISTRIBUTION_HYPEREXPONENTIAL,
                                 .p = p,
                                 .a = mean * QUEUE_UNIT_S / (2 * p),
                                 .b = mean * QUEUE_UNIT_S / (2 * (1 - p))};
}

struct distribution queue_lognormal(double mean)
{
    double variance = log(1 + 4.0);
    return (struct distribution){.kind = DISTRIBUTION_LOGNORMAL,
                                 .a = log(mean * QUEUE_UNIT_S) - variance / 2,
                                 .b = sqrt(variance)};
}

void queue_demand(struct tiny *t, double rate, double n_requests)
{
    struct workload *w = &t->workload;
    t->populations[0].rate_rps = rate / QUEUE_UNIT_S;
    w->warmup_s = 0.2 * n_requests / t->populations[0].rate_rps;
    w->duration_s = 6 * w->warmup_s;
    w->window_s = w->duration_s;
}

// Standard deviation of the sojourn from the histogram: each value taken at the middle of its bin
// (at most 0.8 % wide).
static double queue_sd(const struct histogram *h)
{
    double mean = histogram_mean(h), sum = 0;
    for (size_t b = 0; b < HISTOGRAM_BINS; b++)
        if (h->count[b] > 0) {
            double middle = ((double)histogram_lower(b) + (double)histogram_lower(b + 1)) / 2;
            sum += (double)h->count[b] * (middle - mean) * (middle - mean);
        }
    return sqrt(sum / (double)h->n);
}

static double queue_measure(const struct record *r, const struct queue_reference *ref,
                            double network_s)
{
    const struct histogram *h = &r->latency[0];
    double shed = (double)r->outcomes[OUTCOME_SHED];
    switch (ref->metric) {
    case QUEUE_T:
        return (histogram_mean(h) * 1e-9 - network_s) / QUEUE_UNIT_S;
    case QUEUE_T_SD:
        return queue_sd(h) * 1e-9 / QUEUE_UNIT_S;
    case QUEUE_P:
        return histogram_share_below(h, (uint64_t)((ref->value * QUEUE_UNIT_S + network_s) * 1e9));
    case QUEUE_SHED:
        return shed / (shed + (double)r->outcomes[OUTCOME_OK]);
    }
    return (double)NAN;
}

bool queue_agrees(const struct tiny *t, int n_services, const struct queue_reference *references,
                  size_t n)
{
    double x[QUEUE_REFERENCES][QUEUE_RUNS];
    struct model *m = tiny_compile(t, PARTITION_ONE);
    double network_s = tiny_network_mean(m) + (n_services - 1) * tiny_call_network_mean(m);
    bool all = true;
    REQUIRE(n <= QUEUE_REFERENCES, "%zu references", n);
    for (uint32_t run = 0; run < QUEUE_RUNS; run++) {
        struct record r;
        tiny_run_model(m, run, &r);
        for (size_t i = 0; i < n; i++)
            x[i][run] = queue_measure(&r, &references[i], network_s);
        record_free(&r);
    }
    for (size_t i = 0; i < n; i++) {
        const struct queue_reference *ref = &references[i];
        double value = ref->metric == QUEUE_P ? ref->p : ref->value;
        all &= stat_mean_agrees(ref->id, x[i], QUEUE_RUNS, value, 0);
    }
    model_free(m);
    return all;
}
