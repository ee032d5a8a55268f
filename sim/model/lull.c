#include "model/lull.h"

#include "model/context.h"
#include "model/heartbeat.h"

// Until when all members, and the links between them, are well; now, if they are not.
static simtime lull_horizon(const struct context *x, const struct replica *r)
{
    const struct lp_info *lps = x->model->lps;
    simtime horizon = SIMTIME_NEVER;
    for (int a = 0; a < r->plan->n_members && horizon > x->now; a++) {
        const struct lp_info *from = &lps[replica_member(x, r, a)];
        const struct timeline *own = &x->world->replica_faults[from->index];
        horizon = simtime_least(horizon, timeline_fine_until(own, x->now));
        for (int b = 0; b < r->plan->n_members; b++) {
            const struct lp_info *to = &lps[replica_member(x, r, b)];
            const struct path *path = model_path(x->model, from->place, to->place);
            const struct timeline *link = &x->world->links[path->link];
            if (a != b)
                horizon = simtime_least(horizon, timeline_fine_until(link, x->now));
        }
    }
    return horizon;
}

// It is heard within half of what it may be silent for.
static bool lull_is_heard(const struct replica *r, const struct consensus_group *g, simtime now)
{
    const struct consensus *c = r->consensus;
    simtime most = c->election_timeout / 2;
    if (c->lease > 0)
        most = simtime_least(most, (c->lease - c->tolerance) / 2);
    for (int m = 0; m < r->plan->n_members; m++)
        if (m != r->member && (g->peers[m].acked < 0 || now - g->peers[m].acked > most))
            return false;
    return true;
}

static bool lull_is_settled(const struct replica *r, const struct consensus_group *g, simtime now)
{
    if (g->role != CONSENSUS_LEADER)
        return true;
    const bool stays = g->wished == r->member || !r->consensus->transfers_back;
    return stays && g->successor == CONSENSUS_NOBODY && g->commit >= g->ready &&
           lull_is_heard(r, g, now);
}

// All hear of it before they miss the heartbeats that follow: none is held up by a lost packet.
static bool lull_is_told(const struct context *x, const struct replica *r)
{
    for (uint8_t m = 0; m < r->plan->n_members; m++) {
        const simtime delay = m == r->member ? 0 : heartbeat_delay(x, r, m);
        if (delay == NET_LOST || delay > r->consensus->election_timeout / 2)
            return false;
    }
    return true;
}

uint32_t lull_begin(const struct context *x, struct replica *r)
{
    struct consensus *c = r->consensus;
    if (x->world->probes != PROBES_FORESEEN || c->broken != 0)
        return 0;
    for (uint32_t i = 0; i < c->n_groups; i++)
        if (!lull_is_settled(r, &c->groups[i], x->now))
            return 0;
    const simtime end = simtime_least(lull_horizon(x, r), x->model->duration + SIMTIME_DAY);
    const simtime fit = (end - c->election_timeout - x->now) / c->heartbeat;
    if (fit < 2 || !lull_is_told(x, r))
        return 0;
    const simtime n = simtime_least(fit, UINT32_MAX);
    c->lull_ends = x->now + n * c->heartbeat;
    return (uint32_t)(n - 1);
}

void lull_end(const struct context *x, struct replica *r)
{
    struct consensus *c = r->consensus;
    if (LIKELY(c->lull_ends == 0))
        return;
    c->lull_ends = 0;
    for (uint32_t i = 0; i < c->n_groups; i++) {
        struct consensus_group *g = &c->groups[i];
        for (int m = 0; m < r->plan->n_members && g->role == CONSENSUS_LEADER; m++)
            g->peers[m].acked = simtime_most(g->peers[m].acked, x->now - c->heartbeat);
    }
}
