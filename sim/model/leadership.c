#include "model/leadership.h"

#include "model/commit.h"
#include "model/context.h"
#include "model/handover.h"
#include "model/position.h"

const simtime leadership_forward_timeout = 30 * SIMTIME_S;
static const simtime leadership_control_retry = 10 * SIMTIME_S;
static const simtime leadership_pause_time = 10 * SIMTIME_MIN;

static bool leadership_is_leader(const struct replica *r)
{
    return r->lead.leader == r->member;
}

static uint32_t leadership_region(const struct replica *r, uint8_t member)
{
    return r->plan->member_region[member];
}

// ---- writes

// Until its successor takes over, or does not.
void leadership_pause(const struct context *x, struct replica *r)
{
    r->lead.paused_until = x->now + leadership_pause_time;
}

static void leadership_lead(const struct context *x, struct replica *r, uint32_t operation)
{
    const struct operation *o = &r->operations.items[operation];
    if (x->now < r->lead.paused_until)
        replica_finish(x, r, operation, ANSWER_ERROR);
    else if (o->flags & REQUEST_PROBE)
        replica_finish(x, r, operation, ANSWER_OK);
    else
        commit_begin(x, r, operation);
}

void leadership_write(const struct context *x, struct replica *r, uint32_t operation)
{
    const struct operation *o = &r->operations.items[operation];
    if (leadership_is_leader(r)) {
        leadership_lead(x, r, operation);
        return;
    }
    // Sent here by one whose knowledge is out of date, or by a client who must write elsewhere.
    if (o->kind == OPERATION_FORWARDED || r->spec->leading.forwarding == FORWARD_NONE) {
        replica_finish(x, r, operation, ANSWER_ERROR);
        return;
    }
    const uint32_t leader = replica_member(x, r, r->lead.leader);
    const struct payload_request q = {.call = slots_token(&r->operations, operation),
                                      .item_word = o->item_word,
                                      .class_index = o->class_index,
                                      .flags = o->flags};
    replica_arm(x, r, operation);
    simtime delay = replica_delay(x, r, leader, context_request_size(x, o->class_index, o->flags));
    context_send(x, leader, delay, EV_FORWARD_WRITE, &q, sizeof q);
}

// A leader that has forgotten most items keeps those with a write that may not be acknowledged.
static void leadership_confirm(const struct context *x, const struct replica *r,
                               const struct operation *o)
{
    const struct payload_write told = {.committed = x->now, .item = o->item, .serial = o->serial};
    const uint32_t lp = replica_member(x, r, o->origin);
    if (LIKELY(r->plan->item_slots == 0) || (o->flags & REQUEST_PROBE))
        return;
    context_send(x, lp, r->paths[context_place(x, lp)].floor, EV_TOLD, &told, sizeof told);
}

void leadership_on_told(struct replica *r, const struct event *e)
{
    const struct payload_write told = payload_of(e, payload_write);
    copy_told(&r->copy, &told);
}

void leadership_on_answer(const struct context *x, struct replica *r, const struct event *e)
{
    const struct payload_answer a = payload_of(e, payload_answer);
    if (!slots_is_live(&r->operations, a.call))
        return; // given up: the write may have been taken all the same
    struct operation *o = &r->operations.items[slots_index(a.call)];
    o->serial = a.serial;
    if (o->flags & REQUEST_OWN)
        o->version = guarantee_version(x, r, e);
    o->origin = (uint8_t)(event_src(e) - replica_member(x, r, 0));
    if (UNLIKELY(o->flags & REQUEST_CACHED))
        o->version = payload_of(e, payload_fill).version;
    if (a.status == ANSWER_OK)
        leadership_confirm(x, r, o);
    if (a.status == ANSWER_OK && r->readings[CONSISTENCY_OF_STORE].waits_for_log &&
        o->origin == r->lead.leader)
        position_await(r, o->item, a.serial + 1);
    replica_finish(x, r, slots_index(a.call), (enum answer_status)a.status);
}

// ---- who leads

static void leadership_set(struct replica *r, uint32_t epoch, uint8_t member, uint32_t base)
{
    r->lead.epoch = epoch;
    r->lead.leader = member;
    r->lead.base = r->lead.received = r->lead.applied = base;
    r->lead.received_until = 0;
    r->lead.paused_until = 0;
    r->copy.epoch = epoch;
}

void leadership_follow(const struct context *x, struct replica *r, uint32_t epoch, uint8_t member,
                       uint32_t base)
{
    if (leadership_is_leader(r))
        commit_abandon(x, r);
    if (leadership_is_leader(r) && member != r->member)
        context_journal(x, JOURNAL_LEADER_STEPPED_DOWN, x->model->lps[x->lp].name,
                        leadership_region(r, member));
    leadership_set(r, epoch, member, base);
    r->handover.is_on = r->handover.is_agreed = false;
    position_restart(x, r);
}

static void leadership_announce(const struct context *x, struct replica *r)
{
    const struct payload_leader beat = {.epoch = r->lead.epoch,
                                        .suspicion = r->lead.base,
                                        .member = r->lead.leader,
                                        .position = r->fates.n,
                                        .sent = x->now};
    for (int m = 0; m < r->plan->n_members; m++) {
        const uint32_t lp = replica_member(x, r, m);
        if (m != r->member)
            context_send(x, lp, replica_delay(x, r, lp, net_small), EV_HEARTBEAT, &beat,
                         sizeof beat);
    }
}

// Two that take over and do not know of each other lead different epochs: the later one holds.
static uint32_t leadership_next_epoch(const struct replica *r)
{
    const uint32_t n = (uint32_t)r->plan->n_members;
    const uint32_t next = (r->lead.epoch / n + 1) * n + r->member;
    REQUIRE(next < VERSION_EPOCHS, "epoch %u: too many changes of the leader", next);
    return next;
}

simtime leadership_applied_at(const struct replica *r)
{
    return r->plan->has_appliers ? r->appliers[r->spec->replication.appliers] : 0;
}

void leadership_take_over(const struct context *x, struct replica *r)
{
    r->lead.is_suspecting = false;
    leadership_follow(x, r, leadership_next_epoch(r), r->member, r->fates.n);
    context_journal(x, JOURNAL_LEADER_PROMOTED, x->model->lps[x->lp].name, r->region);
    leadership_announce(x, r);
}

// ---- automatic failover

// The follower that takes over: the first in order of regions that does not lead.
static bool leadership_is_successor(const struct replica *r)
{
    return r->member == (r->lead.leader == 0 ? 1 : 0);
}

static void leadership_suspect(const struct context *x, struct replica *r)
{
    const struct store_plan *plan = r->plan;
    struct payload_leader promote = {.suspicion = ++r->lead.suspicion};
    double wait = variate_draw(&plan->decide, &r->failover);
    wait += variate_draw(&plan->promote, &r->failover);
    r->lead.is_suspecting = true;
    context_journal(x, JOURNAL_LEADER_LOST, x->model->lps[x->lp].name,
                    leadership_region(r, r->lead.leader));
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
    else if (spec->failover && !r->lead.is_suspecting && leadership_is_successor(r) &&
             x->now - r->lead.last_heard > simtime_from_seconds(spec->detect_s))
        leadership_suspect(x, r);
}

void leadership_on_promote(const struct context *x, struct replica *r, const struct event *e)
{
    struct payload_leader p = payload_of(e, payload_leader);
    const simtime applied = leadership_applied_at(r);
    if (!r->lead.is_suspecting || p.suspicion != r->lead.suspicion)
        return; // the old leader was heard again
    if (replica_is_silent(r) || !r->fault->has_control_plane) {
        context_send(x, x->lp, leadership_control_retry, EV_PROMOTE, &p, sizeof p);
    } else if (applied > x->now && p.position == 0) {
        p.position = 1; // once: what still comes from the old leader is not waited for
        context_send(x, x->lp, applied - x->now, EV_PROMOTE, &p, sizeof p);
    } else {
        leadership_take_over(x, r);
    }
}

// ---- followers

// Tells the leader how far its log has come.
static void leadership_report(const struct context *x, struct replica *r)
{
    const struct payload_position p = {
        .until = r->lead.received_until, .epoch = r->lead.epoch, .position = r->lead.received};
    const uint32_t leader = replica_member(x, r, r->lead.leader);
    context_send(x, leader, replica_delay(x, r, leader, net_small), EV_RECEIVED, &p, sizeof p);
}

void leadership_on_heartbeat(const struct context *x, struct replica *r, const struct event *e)
{
    const struct payload_leader p = payload_of(e, payload_leader);
    if (replica_is_silent(r) || p.epoch < r->lead.epoch)
        return;
    if (p.epoch > r->lead.epoch)
        leadership_follow(x, r, p.epoch, p.member, p.suspicion);
    r->lead.last_heard = x->now;
    r->lead.is_suspecting = false;
    if (r->lead.received >= p.position)
        r->lead.received_until = p.sent;
    if (r->plan->rpo > 0)
        leadership_report(x, r);
}

void leadership_received(const struct context *x, struct replica *r, const struct payload_write *p)
{
    if (version_epoch(p->version) > r->lead.epoch)
        leadership_follow(x, r, version_epoch(p->version), (uint8_t)version_member(p->version),
                          p->serial);
    if (version_epoch(p->version) != r->lead.epoch)
        return; // of a former leader
    r->lead.received = p->serial + 1;
    if (p->committed != SIMTIME_NEVER)
        r->lead.received_until = simtime_most(r->lead.received_until, p->committed);
    if (r->spec->leading.sync_followers > 0)
        leadership_report(x, r);
    handover_received(x, r);
}

void leadership_applied(const struct context *x, struct replica *r, const struct payload_write *p)
{
    if (version_epoch(p->version) != r->lead.epoch)
        return;
    r->lead.applied = p->serial + 1;
    if (UNLIKELY(r->position_waits.n > 0))
        position_reached(x, r);
}

void leadership_open(struct world *w, struct replica *r)
{
    const struct store_spec *spec = r->spec;
    const uint32_t lp = model_lp(w->model, LP_REPLICA, r->index);
    leadership_set(r, 1, r->plan->leader, 0);
    r->sync_lane = engine_lane(w->engine, lp, r->plan->sync_timeout, EV_SYNC_TIMEOUT);
    if (spec->failover || spec->leading.rpo_s > 0)
        engine_post(w->engine, lp, lp, simtime_from_seconds(spec->heartbeat_s), EV_LEADER_TICK,
                    NULL, 0);
}
