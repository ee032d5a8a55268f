#include "model/storerecord.h"

#include "model/storecounts.h"

void storerecord_init(struct store_record *r)
{
    *r = (struct store_record){0};
    copy_counts_init(&r->staleness);
    histogram_init(&r->session_wait);
    histogram_init(&r->lag);
    for (int i = 0; i < STORE_OPERATIONS; i++)
        histogram_init(&r->latency[i]);
}

void storerecord_free(struct store_record *r)
{
    copy_counts_free(&r->staleness);
    histogram_free(&r->session_wait);
    histogram_free(&r->lag);
    for (int i = 0; i < STORE_OPERATIONS; i++)
        histogram_free(&r->latency[i]);
    array_release(r->commits);
    array_release(r->lags);
    array_free(&r->exposures);
    array_free(&r->convergences);
}

void storerecord_add(struct store_record *into, const struct store_record *from)
{
    storecounts_add(into, from);
    copy_counts_merge(&into->staleness, &from->staleness);
    histogram_merge(&into->session_wait, &from->session_wait);
    histogram_merge(&into->lag, &from->lag);
    for (int i = 0; i < STORE_OPERATIONS; i++)
        histogram_merge(&into->latency[i], &from->latency[i]);
}
