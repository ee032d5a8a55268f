#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include "support/rich.h"
static struct tiny t;

Test(horizon, explore)
{
    for (uint64_t seed = (uint64_t)(getenv("S") ? atoi(getenv("S")) : 1); seed <= (uint64_t)(getenv("N") ? atoi(getenv("N")) : 60); seed++) {
        struct record a, b;
        struct world_run_conf conf = {.seed = TINY_SEED, .n_threads = 1, .serial = true};
        rich_make(&t, seed);
        if (t.topology.n_stores == 0) continue;
        if (getenv("D")) t.workload.duration_s = atof(getenv("D"));
        rich_run(&t, PARTITION_ONE, &conf, &a);
        t.item_slots = 8;
        rich_run(&t, PARTITION_ONE, &conf, &b);
        fprintf(stderr, "seed %lu n %d:", seed, t.topology.n_regions);
        for (int i = 0; i < t.topology.n_stores; i++)
            fprintf(stderr, " mode %d items %u c %d of %d each rej %d lag %d local %d rr %d r %lu w %lu st %lu;", (int)t.stores[i].mode, t.stores[i].items,
                t.stores[i].quorum.copies, t.stores[i].replicas_per_region, (int)(t.stores[i].quorum.conflict), t.stores[i].leading.reader_lag.kind != 0 || t.stores[i].leading.reader_lag.a > 0, (int)t.stores[i].quorum.read_mode, t.stores[i].quorum.read_repair, a.stores[i].reads, a.stores[i].writes, a.stores[i].staleness.stale);
        fprintf(stderr, "\n");
        for (int i = 0; i < t.topology.n_stores; i++) {
            struct store_record *x = &a.stores[i], *y = &b.stores[i];
            if (memcmp(x, y, offsetof(struct store_record, staleness)) != 0)
            fprintf(stderr, "  store %d: reads %lu %lu writes %lu %lu present %lu %lu superseded %lu %lu over %lu %lu lost %lu %lu\n", i, x->reads, y->reads, x->writes, y->writes,
              x->fates[0], y->fates[0], x->fates[1], y->fates[1], x->fates[2], y->fates[2], x->fates[3], y->fates[3]);
            if (x->staleness.stale != y->staleness.stale || x->staleness.age.sum != y->staleness.age.sum || x->staleness.behind.sum != y->staleness.behind.sum || x->staleness.since_st.sum != y->staleness.since_st.sum)
            fprintf(stderr, "  store %d: stale %lu %lu age %lu %lu behind %lu %lu sincest %lu %lu\n", i, x->staleness.stale, y->staleness.stale, x->staleness.age.sum, y->staleness.age.sum, x->staleness.behind.sum, y->staleness.behind.sum, x->staleness.since_st.sum, y->staleness.since_st.sum);
            if (getenv("V"))fprintf(stderr, "  since %lu %lu\n", x->staleness.since.n, y->staleness.since.n);
            histogram_clear(&x->staleness.since);
            histogram_clear(&y->staleness.since);
        }
        if (getenv("V"))fprintf(stderr, "  digests %d events %d\n", a.digest == b.digest, a.events == b.events);
        a.digest = b.digest = 0; a.events = b.events = 0;
        rich_same_record(&a, &b);
        if (getenv("S")) for (int i = 0; i < t.topology.n_stores; i++) { struct store_spec *q = &t.stores[i];
        fprintf(stderr, "sync %d timeout %g rpo %g appl %g fail %d leader %d fwd %d hint %g anti %g to %g\n", q->leading.sync_followers, q->leading.sync_timeout_s, q->leading.rpo_s, q->replication.apply_time.a, q->failover, q->leader, (int)q->leading.forwarding, q->quorum.hint_window_s, q->quorum.anti_entropy_s, q->quorum.timeout_s);
        struct histogram *x = &a.stores[i].lag, *y = &b.stores[i].lag;
        for (size_t k = 0; k < HISTOGRAM_BINS; k++) if (x->count[k] != y->count[k]) fprintf(stderr, "%g:%ld ", (double)histogram_lower(k)*1e-9, (long)(x->count[k]-y->count[k])); }
        if (getenv("S")) for (size_t k = 0; k < a.journal.n; k++) fprintf(stderr, "%g %s %s %u\n", (double)a.journal.items[k].time*1e-9, journal_kind_name(a.journal.items[k].kind), a.journal.items[k].component, a.journal.items[k].detail);
        rich_drop(&a);
        rich_drop(&b);
        t.item_slots = 0;
    }
}
