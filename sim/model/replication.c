#include "model/replication.h"

#include "model/cachefeed.h"
#include "model/context.h"
#include "model/version.h"

static const struct timeline *replication_link(const struct context *x, uint32_t from, uint32_t to)
{
    const struct path *path = model_path(x->model, context_place(x, from), context_place(x, to));
    return &x->world->links[path->link];
}

static const struct timeline *replication_faults(const struct context *x, uint32_t lp)
{
    return &x->world->replica_faults[x->model->lps[lp].index];
}

// First time >= from at which sender, link and receiver are all up.
static simtime replication_clear(const struct context *x, uint32_t from_lp, uint32_t to_lp,
                                 simtime from)
{
    const struct timeline *ways[] = {replication_faults(x, from_lp),
                                     replication_link(x, from_lp, to_lp),
                                     replication_faults(x, to_lp)};
    for (size_t clear = 0; clear < ARRAY_LEN(ways);) {
        simtime at = timeline_alive_from(ways[clear], from);
        clear = at == from ? clear + 1 : 0;
        from = at;
        if (at == SIMTIME_NEVER)
            return SIMTIME_NEVER;
    }
    return from;
}

// When the change leaves and how long it is under way; resent until it gets through.
static simtime replication_travel(const struct context *x, struct replica *r, uint32_t peer,
                                  struct net_size size, simtime *leaves)
{
    const struct path *path = model_path(x->model, context_place(x, x->lp), context_place(x, peer));
    const struct timeline *link = &x->world->links[path->link];
    for (;;) {
        simtime clear = replication_clear(x, x->lp, peer, *leaves);
        if (clear == SIMTIME_NEVER)
            return SIMTIME_NEVER;
        if (clear > *leaves) // the retry that finds the way open
            clear += (simtime)(stream_uniform(&r->shipping) * (double)SIMTIME_S);
        simtime delay = net_delay(path, link, &r->shipping, clear, size);
        *leaves = clear;
        if (delay != NET_LOST && replication_clear(x, x->lp, peer, clear) == clear &&
            timeline_alive_from(replication_faults(x, peer), clear + delay) == clear + delay)
            return clear + delay;
        *leaves += SIMTIME_S;
    }
}

struct shipment {
    uint32_t peer;
    simtime leaves, arrives;
};

static struct shipment replication_plan_shipment(const struct context *x, struct replica *r,
                                                 uint32_t peer, struct net_size size, simtime from)
{
    struct shipment s = {.peer = peer, .leaves = from};
    uint16_t region = x->model->lps[peer].region;
    s.arrives = replication_travel(x, r, peer, size, &s.leaves);
    if (s.arrives == SIMTIME_NEVER) // stays under way beyond the end of the run
        s.arrives = x->model->duration + SIMTIME_DAY, s.leaves = SIMTIME_NEVER;
    if (r->spec->mode == STORE_SINGLE_LEADER && s.arrives <= r->last_arrival[region])
        s.arrives = r->last_arrival[region] + 1;
    r->last_arrival[region] = s.arrives;
    return s;
}

void replication_hint(const struct context *x, struct replica *r, uint32_t peer,
                      struct payload_write write)
{
    struct shipment s = replication_plan_shipment(x, r, peer, net_small, x->now);
    context_send(x, peer, s.arrives - x->now, EV_REPLICATE, &write, sizeof write);
}

// Sends the copies, marking the one that will be there first.
static void replication_dispatch(const struct context *x, const struct shipment *shipments,
                                 size_t n, struct payload_write write)
{
    size_t first = 0;
    for (size_t i = 1; i < n; i++)
        if (shipments[i].arrives < shipments[first].arrives)
            first = i;
    for (size_t i = 0; i < n; i++) {
        write.is_first = i == first;
        context_send(x, shipments[i].peer, shipments[i].arrives - x->now, EV_REPLICATE, &write,
                     sizeof write);
    }
}

void replication_commit(const struct context *x, struct replica *r, const struct operation *o)
{
    const struct store_plan *plan = r->plan;
    const uint32_t item = o->item;
    struct net_size size = context_request_size(x, o->class_index, o->flags);
    struct shipment shipments[TOPOLOGY_MAX_REGIONS];
    size_t n = 0;
    simtime leaves = SIMTIME_NEVER;
    replica_set_version(r, x->now, item,
                        version_make(r->lead.epoch, x->now, r->region, replica_version(r, item)));
    if (r->own != NULL)
        r->own[item] = replica_version(r, item);
    for (int region = 0; region < x->model->topology->n_regions; region++) {
        uint32_t peer = replica_peer(x, r, region);
        if (peer == UINT32_MAX)
            continue;
        simtime delay = context_duration(variate_draw(&plan->replication_delay, &r->shipping));
        shipments[n] = replication_plan_shipment(x, r, peer, size, x->now + delay);
        leaves = shipments[n].leaves < leaves ? shipments[n].leaves : leaves;
        n++;
    }
    if (n > 0 && x->now >= x->model->warmup &&
        leaves > timeline_next_failure(&x->world->replica_faults[r->index], x->now))
        r->counts.unreplicated_at_fault++;
    const struct payload_write write = {
        .version = replica_version(r, item), .committed = x->now, .item = item};
    replication_dispatch(x, shipments, n, write);
    cachefeed_note(x, r, &write);
}

static bool replication_counts(const struct context *x, const struct payload_write *p)
{
    return p->committed >= x->model->warmup;
}

// A write that lost: counted where the winner was written, so once for two replicas. With more,
// each replica that overwrote it unseen counts it.
static void replication_conflict(struct replica *r, const struct payload_write *p)
{
    if (p->version < r->own[p->item])
        r->counts.overwritten++;
}

void replication_on_write(const struct context *x, struct replica *r, const struct event *e)
{
    const struct payload_write *p = &payload_of(e, payload_write);
    const struct store_spec *spec = r->spec;
    if (r->fault->is_dead) { // died in the very moment: the sender tries again
        simtime alive = timeline_alive_from(&x->world->replica_faults[r->index], x->now);
        if (alive == SIMTIME_NEVER)
            alive = x->model->duration + SIMTIME_DAY;
        context_send(x, x->lp, alive - x->now, EV_REPLICATE, p, sizeof *p);
        return;
    }
    if (spec->mode == STORE_SINGLE_LEADER && version_epoch(p->version) < r->lead.epoch) {
        if (r->lead.leader == r->region && replication_counts(x, p))
            r->counts.discarded++; // written by a leader that had been replaced
        return;
    }
    if (spec->mode == STORE_MULTI_LEADER && replication_counts(x, p))
        replication_conflict(r, p);
    if (p->committed != SIMTIME_NEVER && replication_counts(x, p)) // never: not acknowledged yet
        histogram_add(&r->counts.lag, (uint64_t)(x->now - p->committed));
    // Also if a newer write came first: reads before that one missed this one.
    r->counts.stale_reads += readlog_learn(&r->reads, x->now, p);
    if (p->version > replica_version(r, p->item))
        replica_set_version(r, x->now, p->item, p->version);
    cachefeed_note(x, r, p);
}

simtime replication_settled(const struct context *x, uint32_t lp)
{
    const struct model *m = x->model;
    const uint16_t store = m->lps[lp].object;
    const simtime horizon = m->stores[store].horizon;
    simtime quiet_since = 0;
    for (int region = 0; region < m->topology->n_regions; region++) {
        int32_t index = m->replica_of[store * m->topology->n_regions + region];
        if (index < 0 || model_lp(m, LP_REPLICA, (uint32_t)index) == lp)
            continue;
        uint32_t peer = model_lp(m, LP_REPLICA, (uint32_t)index);
        const struct timeline *ways[] = {replication_faults(x, peer), replication_link(x, peer, lp),
                                         replication_faults(x, lp)};
        for (size_t i = 0; i < ARRAY_LEN(ways); i++) {
            simtime since = timeline_since(ways[i], x->now);
            if (timeline_alive_from(ways[i], x->now) != x->now)
                return 0; // writes pile up on the other side
            quiet_since = since > quiet_since ? since : quiet_since;
        }
    }
    return x->now - quiet_since > horizon || quiet_since == 0 ? x->now - horizon : 0;
}

void replication_forget(const struct context *x, struct replica *r)
{
    readlog_forget(&r->reads, replication_settled(x, x->lp));
}

void replication_settle(struct world *w, uint32_t lp, const struct payload_write *p)
{
    struct replica *r = &w->replicas[w->model->lps[lp].index];
    r->counts.stale_reads += readlog_learn(&r->reads, w->model->duration, p);
    cachefeed_settle(w, r, p);
    if (!p->is_first)
        return;
    if (version_epoch(p->version) < r->lead.epoch)
        r->counts.discarded++;
    else
        r->counts.unreplicated_at_end++;
}
