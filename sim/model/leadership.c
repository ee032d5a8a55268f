#include "model/leadership.h"

#include "model/context.h"
#include "model/replication.h"

const simtime leadership_forward_timeout = 30 * SIMTIME_S;
static const simtime leadership_control_retry = 10 * SIMTIME_S;

static bool leadership_is_leader(const struct replica *r)
{
    return r->lead.leader == r->region;
}

void leadership_write(const struct context *x, struct replica *r, uint32_t operation)
{
    struct operation *o = &r->operations.items[operation];
    if (leadership_is_leader(r)) {
        if (!(o->flags & REQUEST_PROBE))
            replication_commit(x, r, o);
        replica_finish(x, r, operation, ANSWER_OK);
        return;
    }
    if (o->kind == OPERATION_FORWARDED) { // the sender's knowledge is out of date
        replica_finish(x, r, operation, ANSWER_ERROR);
        return;
    }
    uint32_t leader = replica_peer(x, r, r->lead.leader);
    struct payload_request q = {.call = slots_token(&r->operations, operation),
                                .item_word = o->item_word,
                                .class_index = o->class_index,
                                .flags = o->flags};
    replica_arm(x, r, operation);
    simtime delay = replica_delay(x, r, leader, context_request_size(x, o->class_index, o->flags));
    context_send(x, leader, delay, EV_FORWARD_WRITE, &q, sizeof q);
}

void leadership_on_answer(const struct context *x, struct replica *r, const struct event *e)
{
    const struct payload_answer *a = &payload_of(e, payload_answer);
    if (!slots_is_live(&r->operations, a->call))
        return;
    const uint32_t index = slots_index(a->call);
    if (r->operations.items[index].flags & REQUEST_CACHED)
        r->operations.items[index].version = payload_of(e, payload_fill).version;
    replica_finish(x, r, index, (enum answer_status)a->status);
}

static void leadership_announce(const struct context *x, struct replica *r)
{
    struct payload_leader beat = {.epoch = r->lead.epoch, .region = r->lead.leader};
    for (int region = 0; region < x->model->topology->n_regions; region++) {
        uint32_t peer = replica_peer(x, r, region);
        if (peer != UINT32_MAX)
            context_send(x, peer, replica_delay(x, r, peer, net_small), EV_HEARTBEAT, &beat,
                         sizeof beat);
    }
}

// The follower that takes over: the first in order of regions that does not lead.
static bool leadership_is_successor(const struct context *x, const struct replica *r)
{
    for (int region = 0; region < r->region; region++)
        if (region != r->lead.leader && replica_peer(x, r, region) != UINT32_MAX)
            return false;
    return !leadership_is_leader(r);
}

static void leadership_suspect(const struct context *x, struct replica *r)
{
    const struct store_plan *plan = r->plan;
    struct payload_leader promote = {.suspicion = ++r->lead.suspicion};
    double wait = variate_draw(&plan->decide, &r->failover);
    wait += variate_draw(&plan->promote, &r->failover);
    r->lead.is_suspecting = true;
    context_journal(x, JOURNAL_LEADER_LOST, x->model->lps[x->lp].name, r->lead.leader);
    context_send(x, x->lp, 1 + context_duration(wait), EV_PROMOTE, &promote, sizeof promote);
}

void leadership_on_tick(const struct context *x, struct replica *r)
{
    const struct store_spec *spec = r->spec;
    context_send(x, x->lp, simtime_from_seconds(spec->heartbeat_s), EV_LEADER_TICK, NULL, 0);
    if (replica_is_silent(r))
        return;
    if (leadership_is_leader(r))
        leadership_announce(x, r);
    else if (!r->lead.is_suspecting && leadership_is_successor(x, r) &&
             x->now - r->lead.last_heard > simtime_from_seconds(spec->detect_s))
        leadership_suspect(x, r);
}

void leadership_on_heartbeat(const struct context *x, struct replica *r, const struct event *e)
{
    const struct payload_leader *p = &payload_of(e, payload_leader);
    if (replica_is_silent(r) || p->epoch < r->lead.epoch)
        return;
    if (p->epoch > r->lead.epoch && leadership_is_leader(r))
        context_journal(x, JOURNAL_LEADER_STEPPED_DOWN, x->model->lps[x->lp].name, p->region);
    r->lead.epoch = p->epoch;
    r->lead.leader = p->region;
    r->lead.last_heard = x->now;
    r->lead.is_suspecting = false;
}

void leadership_on_promote(const struct context *x, struct replica *r, const struct event *e)
{
    const struct payload_leader *p = &payload_of(e, payload_leader);
    if (!r->lead.is_suspecting || p->suspicion != r->lead.suspicion)
        return; // the old leader was heard again
    if (replica_is_silent(r) || !r->fault->has_control_plane) {
        context_send(x, x->lp, leadership_control_retry, EV_PROMOTE, p, sizeof *p);
        return;
    }
    r->lead.is_suspecting = false;
    r->lead.epoch++;
    r->lead.leader = (uint8_t)r->region;
    context_journal(x, JOURNAL_LEADER_PROMOTED, x->model->lps[x->lp].name, r->region);
    leadership_announce(x, r);
}

void leadership_open(struct world *w, struct replica *r)
{
    const struct store_spec *spec = &w->model->topology->stores[r->store];
    uint32_t lp = model_lp(w->model, LP_REPLICA, r->index);
    r->lead = (struct leadership){.epoch = 1, .leader = (uint8_t)spec->leader};
    if (spec->failover)
        engine_post(w->engine, lp, lp, simtime_from_seconds(spec->heartbeat_s), EV_LEADER_TICK,
                    NULL, 0);
}
