// One store of a design in all replications, and estimates of what its records say.
#pragma once

#include "base/arena.h"
#include "results/resultset.h"

enum { STOREPART_QUANTILES = 2 };
extern const double storepart_quantiles[STOREPART_QUANTILES]; // 0.5 0.99

struct storepart {
    const struct resultset *set;
    const struct design_result *design;
    int store;           // index in the design's topology
    struct arena *arena; // for what is put together on the way
};

extern const struct estimate storepart_none; // NaN: there is nothing to say

// What a record says; `which` is for the use of the function.
typedef uint64_t storepart_value(const struct store_record *record, size_t which);
// Part and whole of a ratio.
typedef void storepart_ratio(const struct store_record *record, size_t which, uint64_t *part,
                             uint64_t *whole);
typedef const struct histogram *storepart_histogram(const struct store_record *record,
                                                    size_t which);

const struct store_record *storepart_record(const struct storepart *p, uint32_t replication);
// Mean a run.
struct estimate storepart_mean(const struct storepart *p, storepart_value *value, size_t which);
// Of all replications together.
struct estimate storepart_share(const struct storepart *p, storepart_ratio *ratio, size_t which);
// Times a factor: out[STOREPART_QUANTILES].
void storepart_pool(const struct storepart *p, storepart_histogram *histogram, size_t which,
                    double factor, struct estimate *out);
