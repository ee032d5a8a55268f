// Users with items of their own, in a rich world, and stores that keep guarantees for them.
#include "rich.h"

#include "base/base.h"
#include "base/stream.h"

static void rich_session(struct store_spec *s, struct stream *draws)
{
    s->session = (struct session_spec){
        .guarantee = (enum session_guarantee)stream_below(draws, 4),
        .sends_on = stream_below(draws, 2),
        .timeout_s = 0.1 + stream_uniform(draws),
        .serves_stale = stream_below(draws, 2),
    };
}

// A few users each, who may meet another region with every request.
static void rich_wander(struct tiny *t)
{
    struct record_set_spec *root = &t->topology.steering.root;
    t->topology.steering.n_sets = 0;
    root->policy = STEERING_WEIGHTED;
    root->ttl_s = 0;
    root->n_records = t->topology.n_regions;
    for (int r = 0; r < root->n_records; r++)
        root->records[r] = (struct record_spec){
            .region = r, .set = -1, .weight = 1, .health_check = RECORD_UNCHECKED};
    for (int i = 0; i < t->workload.n_populations; i++) {
        t->populations[i].clients = 3;
        t->populations[i].client.idle_timeout_s = 0;
    }
}

void rich_add_sessions(struct tiny *t, uint64_t seed)
{
    struct stream draws = stream_open(seed, 0, "test", "rich sessions");
    struct workload *w = &t->workload;
    rich_wander(t);
    for (int c = 0; c < w->n_classes; c++)
        w->classes[c].has_own_items = stream_below(&draws, 4) != 0;
    w->classes[w->n_classes - 1].has_own_items = true;
    for (int i = 0; i < t->topology.n_stores; i++)
        if (t->stores[i].mode != STORE_QUORUM)
            rich_session(&t->stores[i], &draws);
}
