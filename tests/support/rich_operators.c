// Operators who move what a rich world's stores do: leaders, and the routes of access points.
#include "rich.h"

#include "base/base.h"
#include "base/stream.h"

static void rich_move(struct tiny *t, struct stream *s, const struct store_spec *store)
{
    static const enum action_change changes[2][3] = {
        {ACTION_SWITCHOVER, ACTION_FAILOVER, ACTION_FAILOVER},
        {ACTION_ACTIVATE, ACTION_DEACTIVATE, ACTION_FAILOVER}};
    const bool is_routed = store->mode == STORE_MULTI_LEADER;
    struct action_spec *a = tiny_add_action(t, is_routed ? ACTION_ACCESS_POINT : ACTION_STORE,
                                            changes[is_routed][stream_below(s, 3)],
                                            5 * stream_uniform(s));
    a->store = store->name;
    a->region = t->topology.regions[stream_below(s, (uint32_t)t->topology.n_regions)].name;
    a->takes = distribution_constant(stream_uniform(s));
    a->endpoint_timeout_s = 0.2;
}

void rich_add_operators(struct tiny *t, uint64_t seed)
{
    struct stream s = stream_open(seed, 0, "test", "rich operators");
    for (int i = 0; i < t->topology.n_stores; i++) {
        struct store_spec *store = &t->stores[i];
        if (store->mode == STORE_MULTI_LEADER && t->topology.n_regions > 1)
            store->passive = store->regions & stream_below(&s, 1u << t->topology.n_regions);
        if (store->passive == store->regions)
            store->passive = 0;
        for (int k = 0; k < 2; k++)
            if (store->mode == STORE_MULTI_LEADER || store->mode == STORE_SINGLE_LEADER)
                rich_move(t, &s, store);
    }
}
