#include "experiment/storepart.h"

#include <math.h>

#include "experiment/pooled.h"
#include "experiment/summary.h"

const double storepart_quantiles[STOREPART_QUANTILES] = {0.5, 0.99};

const struct estimate storepart_none = {(double)NAN, (double)NAN, (double)NAN, 0, (double)NAN};

const struct store_record *storepart_record(const struct storepart *p, uint32_t replication)
{
    return &p->design->records[replication].stores[p->store];
}

struct estimate storepart_mean(const struct storepart *p, storepart_value *value, size_t which)
{
    double *values = arena_push(p->arena, double, p->set->n_replications);
    for (uint32_t r = 0; r < p->set->n_replications; ++r)
        values[r] = (double)value(storepart_record(p, r), which);
    return estimate_mean(values, p->set->n_replications, p->set->level);
}

struct estimate storepart_share(const struct storepart *p, storepart_ratio *ratio, size_t which)
{
    uint64_t *part = arena_push(p->arena, uint64_t, p->set->n_replications);
    uint64_t *whole = arena_push(p->arena, uint64_t, p->set->n_replications);
    for (uint32_t r = 0; r < p->set->n_replications; ++r)
        ratio(storepart_record(p, r), which, &part[r], &whole[r]);
    return summary_ratio(p->set, part, whole);
}

// The pool borrows the histograms.
void storepart_pool(const struct storepart *p, storepart_histogram *histogram, size_t which,
                    double factor, struct estimate *out)
{
    const struct pooled pool = {
        .n = p->set->n_replications,
        .parts = arena_push(p->arena, struct histogram, p->set->n_replications)};
    for (uint32_t r = 0; r < p->set->n_replications; ++r)
        pool.parts[r] = *histogram(storepart_record(p, r), which);
    pooled_quantiles(&pool, storepart_quantiles, STOREPART_QUANTILES, p->set->level, out);
    for (size_t q = 0; q < STOREPART_QUANTILES; ++q)
        out[q] = (struct estimate){out[q].value * factor, out[q].low * factor, out[q].high * factor,
                                   out[q].n, out[q].sd * factor};
}
