// Tables of variates and popularities, compiled once for all models that need them.
//
// Compiling a model is mostly computing quantile tables; the models of a study differ in a value or
// two. Models that were compiled with the same tables must not outlive them. Thread class: one
// thread at a time.
#pragma once

#include "base/array.h"
#include "base/distribution.h"
#include "base/variate.h"
#include "model/popularity.h"

struct tables_variate {
    struct distribution distribution;
    double scale;
    struct variate variate;
};

struct tables_popularity {
    uint32_t n;
    double exponent;
    struct popularity popularity;
};

// Zero-initialised is empty.
struct tables {
    struct arena arena;
    ARRAY(struct tables_variate) variates;
    ARRAY(struct tables_popularity) popularities;
};

// As variate_compile and popularity_compile.
struct variate tables_variate(struct tables *t, const struct distribution *d, double scale);
struct popularity tables_popularity(struct tables *t, uint32_t n, double exponent);
void tables_free(struct tables *t);
