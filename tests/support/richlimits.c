#include "support/richlimits.h"

#include "base/stream.h"

static double richlimits_between(struct stream *s, double low, double high)
{
    return low + (high - low) * stream_uniform(s);
}

static int richlimits_below(struct stream *s, uint32_t n)
{
    return (int)stream_below(s, n);
}

static struct throughput_spec richlimits_throughput(struct stream *s)
{
    const double rate = richlimits_between(s, 3, 30);
    struct throughput_spec v = {.read_per_s = rate,
                                .write_per_s = richlimits_between(s, 0.3, 1) * rate,
                                .growth_s = richlimits_between(s, 1, 5),
                                .item_bytes = richlimits_between(s, 1, 3000)};
    v.capacity = (enum capacity_mode)richlimits_below(s, 3);
    v.most_read_per_s = v.most_write_per_s = rate * richlimits_between(s, 1, 4);
    v.burst_s = richlimits_between(s, 0, 3);
    v.adaptive = richlimits_below(s, 3) > 0;
    v.partitions = richlimits_below(s, 4);
    v.partition_read_per_s = rate * richlimits_between(s, 0.3, 1);
    v.partition_write_per_s = rate * richlimits_between(s, 0.3, 1);
    v.split_after_s = richlimits_below(s, 2) * richlimits_between(s, 0.3, 2);
    return v;
}

static void richlimits_calls(struct tiny *t, struct stream *s)
{
    struct service_spec *web = &t->services[0];
    for (int k = 0; k < web->n_calls; k++) {
        struct call_retry_spec *r = &web->calls[k].retry;
        if (web->calls[k].target != CALL_STORE)
            continue;
        web->calls[k].consistency = (enum call_consistency)richlimits_below(s, CONSISTENCIES);
        r->attempts = 1 + richlimits_below(s, 5);
        r->attempt_timeout_s = richlimits_below(s, 2) * richlimits_between(s, 0.02, 0.3);
        r->base_s = richlimits_between(s, 0, 0.1);
        r->throttled_base_s = richlimits_between(s, 0, 0.5);
        r->cap_s = richlimits_between(s, 0.05, 1);
        r->quota = richlimits_below(s, 3) * richlimits_between(s, 5, 100);
    }
}

void richlimits_add(struct tiny *t, uint64_t seed)
{
    struct stream s = stream_open(seed, 0, "test", "rich limits");
    for (int i = 0; i < t->topology.n_stores; i++) {
        struct store_spec *v = &t->stores[i];
        const struct throughput_spec limits = richlimits_throughput(&s);
        const double share = richlimits_between(&s, 0, 1);
        v->conditional.read_before = tiny_exponential(richlimits_between(&s, 0.01, 0.5));
        if (v->replicas_per_region == 1 && v->mode != STORE_SINGLE_LEADER)
            v->throughput = limits;
        if (v->quorum.read == 0) // asked by nobody so far
            v->quorum.read = 1;
        if (v->mode != STORE_QUORUM)
            v->conditional.share = share;
    }
    richlimits_calls(t, &s);
}
