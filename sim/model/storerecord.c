#include "model/storerecord.h"

#include <stdlib.h>

void storerecord_init(struct store_record *r)
{
    *r = (struct store_record){0};
    copy_counts_init(&r->staleness);
    histogram_init(&r->lag);
    for (int i = 0; i < STORE_OPERATIONS; i++)
        histogram_init(&r->latency[i]);
}

void storerecord_free(struct store_record *r)
{
    copy_counts_free(&r->staleness);
    histogram_free(&r->lag);
    for (int i = 0; i < STORE_OPERATIONS; i++)
        histogram_free(&r->latency[i]);
    free(r->commits);
    free(r->lags);
    array_free(&r->exposures);
    array_free(&r->convergences);
}

void storerecord_add(struct store_record *into, const struct store_record *from)
{
    into->reads += from->reads;
    into->writes += from->writes;
    into->conflicts += from->conflicts;
    into->unacknowledged_kept += from->unacknowledged_kept;
    into->unreplicated_at_fault += from->unreplicated_at_fault;
    into->unreplicated_at_end += from->unreplicated_at_end;
    into->unavailable += from->unavailable;
    into->own_reads += from->own_reads;
    into->ryw_violations += from->ryw_violations;
    into->monotonic_violations += from->monotonic_violations;
    into->session_misses += from->session_misses;
    into->session_timeouts += from->session_timeouts;
    for (int i = 0; i < FATES; i++)
        into->fates[i] += from->fates[i];
    copy_counts_merge(&into->staleness, &from->staleness);
    histogram_merge(&into->lag, &from->lag);
    for (int i = 0; i < STORE_OPERATIONS; i++)
        histogram_merge(&into->latency[i], &from->latency[i]);
}
