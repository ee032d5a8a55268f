#include "model/replication.h"

#include "model/context.h"
#include "model/leadership.h"
#include "model/pipe.h"
#include "model/storehistory.h"

// ---- sending

// A write that no other replica has when this one's region fails is in danger; it is lost if the
// region never comes back: then it is as if it had not been.
bool replication_expose(const struct context *x, struct replica *r, simtime leaves, uint32_t serial)
{
    const struct timeline *faults = &x->world->replica_faults[r->index];
    const simtime failure = timeline_next_failure(faults, x->now);
    if (LIKELY(leaves <= failure))
        return false;
    if (x->now >= x->model->warmup) {
        r->counts.unreplicated_at_fault++;
        recovery_endanger(&r->recovery, x->now);
    }
    const bool dies = timeline_alive_from(faults, failure) >= x->model->duration;
    if (dies)
        marks_set(&r->fates.died, serial);
    return dies;
}

bool replication_judge(const struct context *x, struct replica *r, const struct operation *o)
{
    const enum condition_verdict verdict = condition_judge(r->condition, x->now, o->item);
    if (x->now >= x->model->warmup) {
        r->counts.conditional_writes += verdict != CONDITION_NONE;
        r->counts.conditions_failed += verdict == CONDITION_FAILED;
    }
    return verdict == CONDITION_FAILED;
}

void replication_note_judged(const struct context *x, struct replica *r, const struct operation *o)
{
    condition_note(r->condition, x->now, o->item);
    if (r->condition->latest == CONDITION_MET)
        marks_set(&r->fates.conditional, o->serial);
}

struct payload_write replication_take(const struct context *x, struct replica *r,
                                      struct operation *o, simtime committed)
{
    o->serial = fates_begin(&r->fates, x->now >= x->model->warmup);
    o->version = replica_new_version(x, r, o->item);
    storehistory_took(x, r, o);
    return (struct payload_write){
        .version = o->version, .committed = committed, .item = o->item, .serial = o->serial};
}

simtime replication_ship(const struct context *x, struct replica *r, const struct operation *o,
                         const struct payload_write *write)
{
    const struct net_size size = context_request_size(x, o->class_index, o->flags);
    simtime leaves = SIMTIME_NEVER;
    for (int m = 0; m < r->plan->n_members; m++) {
        if (m == r->member)
            continue;
        const struct shipment s = pipe_plan(x, r, m, size, pipe_departure(x, r, m));
        leaves = simtime_least(leaves, s.leaves);
        context_send(x, replica_member(x, r, m), s.arrives - x->now, EV_REPLICATE, write,
                     sizeof *write);
    }
    return leaves;
}

// Whether the client will be told, only the follower knows that sent it.
void replication_await(struct replica *r, const struct operation *o)
{
    if (o->kind == OPERATION_FORWARDED && r->plan->item_slots > 0)
        copy_wait(&r->copy, o->item);
}

void replication_commit(const struct context *x, struct replica *r, struct operation *o)
{
    const struct payload_write write = replication_take(x, r, o, x->now);
    if (UNLIKELY(r->condition != NULL))
        replication_note_judged(x, r, o);
    replica_write_copy(x, r, &write);
    replica_wrote(x, r, write.item);
    if (UNLIKELY(r->copy.history > 0))
        replica_notice(r, x->now, &write);
    replica_acknowledge(x, r, &write);
    replication_await(r, o);
    if (r->plan->n_members > 1 &&
        replication_expose(x, r, replication_ship(x, r, o, &write), write.serial)) {
        copy_keep(&r->copy, o->item);
        horizon_die(x, r, &write);
        return;
    }
    if (r->spec->mode == STORE_MULTI_LEADER)
        items_at(&r->copy.items, o->item)->own = write.version;
}

void replication_hint(const struct context *x, struct replica *r, int member,
                      const struct payload_write *write, simtime ready)
{
    const struct shipment s = pipe_plan(x, r, member, net_small, (struct departure){ready, 0});
    context_send(x, replica_member(x, r, member), s.arrives - x->now, EV_REPLICATE, write,
                 sizeof *write);
}

// ---- applying

static bool replication_counts(const struct context *x, const struct payload_write *p)
{
    return p->committed >= x->model->warmup;
}

static void replication_note_lag(const struct context *x, struct replica *r,
                                 const struct payload_write *p, uint64_t lag)
{
    const uint32_t from = version_member(p->version);
    const size_t window = (size_t)(x->now / x->model->window);
    uint64_t *row =
        &r->lags[(r->plan->member_region[from] * x->model->n_windows + window) * STORE_LAG_FIELDS];
    row[STORE_LAG_APPLIED]++;
    row[STORE_LAG_US] += lag / 1000;
    if (lag / 1000 > row[STORE_LAG_MOST_US])
        row[STORE_LAG_MOST_US] = lag / 1000;
    if (replication_counts(x, p))
        histogram_add(&r->counts.lag, lag);
}

static void replication_note_recovery(const struct context *x, struct replica *r,
                                      const struct payload_write *p, simtime converged)
{
    const int from = (int)version_member(p->version);
    const simtime healed = pipe_clear_since(x, r, from);
    if (LIKELY(p->committed >= healed) || healed >= x->now) // blocked: it was on its way before
        return;
    const struct convergence_record now = {.healed = healed,
                                           .converged = converged,
                                           .from = r->plan->member_region[from],
                                           .to = r->region};
    recovery_applied(&r->recovery, from, &now);
}

void replication_note(const struct context *x, struct replica *r, const struct payload_write *p)
{
    if (p->committed == SIMTIME_NEVER)
        return; // not acknowledged yet: nobody waits for it
    replication_note_lag(x, r, p, (uint64_t)(x->now - p->committed));
    replication_note_recovery(x, r, p, x->now);
}

// Whether it was written by a leader that has been replaced since. The new leader throws it away;
// another member has to ask what the item is now.
static bool replication_is_old(const struct replica *r, const struct payload_write *p)
{
    return r->spec->mode == STORE_SINGLE_LEADER && version_epoch(p->version) < r->lead.epoch;
}

void replication_note_early(const struct context *x, struct replica *r,
                            const struct payload_write *p)
{
    const bool waits = r->spec->mode == STORE_SINGLE_LEADER && r->spec->leading.sync_followers > 0;
    if (waits && !replication_is_old(r, p) && p->version <= replica_version(r, p->item))
        replication_note_lag(x, r, p, 0);
}

static bool replication_discards(struct replica *r, const struct payload_write *p)
{
    if (!replication_is_old(r, p))
        return false;
    copy_give_up(&r->copy, p);
    if (r->lead.leader == r->member)
        marks_set(&r->fates.discarded[version_member(p->version)], p->serial);
    return true;
}

// Hints may bring a write twice, or when a later one has taken its place.
static bool replication_matters(const struct replica *r, bool is_news)
{
    return is_news || r->spec->mode != STORE_QUORUM;
}

// Has a write of this member's that did not know of it won?
static void replication_meet(struct replica *r, const struct payload_write *p)
{
    if (r->spec->mode != STORE_MULTI_LEADER)
        return;
    copy_came(&r->copy, p->item);
    if (p->version < items_find(&r->copy.items, p->item)->own)
        replica_overwrites(r, p);
}

// Tells a member what the leader has.
static void replication_repair(const struct context *x, struct replica *r, int member, uint32_t id)
{
    const struct item *item = items_find(&r->copy.items, id);
    struct payload_write repair = {
        .version = item->version, .committed = item->committed, .item = id, .serial = item->serial};
    if (item->version == 0) // not known any more
        repair.serial = items_was_written(&r->copy.items, id);
    const struct shipment s = pipe_plan(x, r, member, net_small, (struct departure){x->now, 0});
    context_send(x, replica_member(x, r, member), s.arrives - x->now, EV_REPAIR, &repair,
                 sizeof repair);
}

// For the count at the end, which must not depend on who has forgotten the item by then.
static void replication_tell_discarded(const struct context *x, const struct replica *r,
                                       const struct payload_write *p)
{
    if (UNLIKELY(r->plan->item_slots > 0))
        replica_tell(x, r, EV_DISCARDED, p, sizeof *p);
}

// The copies of the old leader, and of others that had this write of it, would be wrong for good.
static void replication_repair_all(const struct context *x, struct replica *r,
                                   const struct payload_write *p)
{
    replication_tell_discarded(x, r, p);
    if (r->lead.leader != r->member) {
        const struct shipment s = pipe_plan(x, r, r->lead.leader, net_small,
                                            (struct departure){x->now, 0});
        context_send(x, replica_member(x, r, r->lead.leader), s.arrives - x->now, EV_VERIFY, p,
                     sizeof *p);
        return;
    }
    for (int m = 0; m < r->plan->n_members; m++)
        if (m != r->member)
            replication_repair(x, r, m, p->item);
}

void replication_on_discarded(struct replica *r, const struct event *e)
{
    const struct payload_write p = payload_of(e, payload_write);
    copy_lose(&r->copy, &p);
}

// The item has a version of another member's from now on.
static inline void replication_put(const struct context *x, struct replica *r,
                                   const struct payload_write *write)
{
    replica_write_copy(x, r, write);
    if (UNLIKELY(r->condition != NULL))
        condition_note(r->condition, x->now, write->item);
    replica_wrote(x, r, write->item);
}

static void replication_apply(const struct context *x, struct replica *r, struct payload_write *p)
{
    if (p->committed == SIMTIME_NEVER) // a hint: acknowledged since?
        copy_recall(&r->copy, p);
    if (r->spec->mode == STORE_SINGLE_LEADER)
        horizon_meet(r, p);
    if (replication_discards(r, p)) {
        replication_repair_all(x, r, p);
        return;
    }
    replication_meet(r, p);
    const bool is_news = copy_is_news(&r->copy, p->item, p->version);
    if (replication_matters(r, is_news))
        replication_note(x, r, p);
    if (is_news)
        replication_put(x, r, p);
    if (r->spec->mode == STORE_SINGLE_LEADER)
        leadership_applied(x, r, p);
}

// ---- receiving

// Sends an event to itself when the replica is alive.
static void replication_postpone(const struct context *x, const struct replica *r, uint16_t kind,
                                 const struct payload_write *p)
{
    simtime alive = timeline_alive_from(&x->world->replica_faults[r->index], x->now);
    if (alive == SIMTIME_NEVER)
        alive = x->model->duration + SIMTIME_DAY;
    context_send(x, x->lp, alive - x->now, kind, p, sizeof *p);
}

// When the first applier that is free will be done with a write that it can begin at `from`. One
// that is interrupted by a failure begins anew.
static simtime replication_plan_apply(const struct context *x, struct replica *r, simtime from)
{
    const struct timeline *faults = &x->world->replica_faults[r->index];
    simtime *first = r->appliers, *last = &r->appliers[r->spec->replication.appliers];
    for (int i = 1; i < r->spec->replication.appliers; i++)
        if (r->appliers[i] < *first)
            first = &r->appliers[i];
    const double work_ns = variate_draw(&r->plan->apply_time, &r->applying);
    simtime start = timeline_alive_from(faults, simtime_most(from, *first)), done;
    for (;;) {
        if (start >= x->model->duration) // in no order that matters
            return start == SIMTIME_NEVER ? x->model->duration + SIMTIME_DAY : start;
        done = start + 1 + context_duration(work_ns * (double)timeline_at(faults, start)->slow);
        const simtime failure = timeline_next_failure(faults, start);
        if (failure >= done)
            break;
        start = timeline_alive_from(faults, failure);
    }
    *first = done;
    if (r->spec->mode == STORE_SINGLE_LEADER) // in the order of the log
        *last = done = simtime_most(done, *last + 1);
    return done;
}

// It has the units of its partition, if it needs any: waits for the table's, then for an applier.
static void replication_queue(const struct context *x, struct replica *r, struct payload_write *p)
{
    simtime done = x->now;
    if (r->throughput != NULL)
        done = throughput_await_table(r->throughput, x->now);
    if (r->plan->has_appliers)
        done = replication_plan_apply(x, r, done);
    if (done > x->now)
        context_send(x, x->lp, done - x->now, EV_APPLY, p, sizeof *p);
    else
        replication_apply(x, r, p);
}

// Partitions replicate in parallel: a write that waits for its own keeps the table from none.
static void replication_wait(const struct context *x, struct replica *r, struct payload_write *p)
{
    simtime due = x->now;
    if (r->throughput != NULL)
        due = throughput_await_partition(r->throughput, x->now, p->item);
    if (due > x->now)
        context_send(x, x->lp, due - x->now, EV_UNITS, p, sizeof *p);
    else
        replication_queue(x, r, p);
}

void replication_on_write(const struct context *x, struct replica *r, const struct event *e)
{
    struct payload_write p = payload_of(e, payload_write);
    if (r->fault->is_dead) { // died in the very moment: the sender tries again
        replication_postpone(x, r, EV_REPLICATE, &p);
        return;
    }
    if (r->spec->mode == STORE_SINGLE_LEADER)
        leadership_received(x, r, &p);
    if (r->plan->is_waited)
        replication_wait(x, r, &p);
    else
        replication_apply(x, r, &p);
}

void replication_on_units(const struct context *x, struct replica *r, const struct event *e)
{
    struct payload_write p = payload_of(e, payload_write);
    if (r->fault->is_dead)
        replication_postpone(x, r, EV_UNITS, &p);
    else
        replication_queue(x, r, &p);
}

void replication_on_apply(const struct context *x, struct replica *r, const struct event *e)
{
    struct payload_write p = payload_of(e, payload_write);
    if (r->fault->is_dead)
        replication_postpone(x, r, EV_APPLY, &p);
    else
        replication_apply(x, r, &p);
}

void replication_on_repair(const struct context *x, struct replica *r, const struct event *e)
{
    const struct payload_write p = payload_of(e, payload_write);
    if (r->fault->is_dead) {
        replication_postpone(x, r, EV_REPAIR, &p);
        return;
    }
    if (version_epoch(replica_version(r, p.item)) >= r->lead.epoch)
        return;
    replication_put(x, r, &p);
    if (p.version == 0 && r->plan->item_slots > 0)
        items_set_written(&r->copy.items, p.item, p.serial != 0);
}

void replication_on_verify(const struct context *x, struct replica *r, const struct event *e)
{
    const struct payload_write p = payload_of(e, payload_write);
    if (r->fault->is_dead)
        replication_postpone(x, r, EV_VERIFY, &p);
    else if (r->lead.leader == r->member && event_src(e) != x->lp)
        replication_repair(x, r, (int)(event_src(e) - replica_member(x, r, 0)), p.item);
}

bool replication_settle(const struct context *x, struct replica *r,
                        const struct payload_write *write)
{
    struct payload_write p = *write;
    if (p.committed == SIMTIME_NEVER)
        copy_recall(&r->copy, &p);
    if (replication_discards(r, &p))
        return false;
    replication_meet(r, &p);
    const bool is_news = copy_is_news(&r->copy, p.item, p.version);
    if (p.committed != SIMTIME_NEVER && replication_matters(r, is_news))
        replication_note_recovery(x, r, &p, SIMTIME_NEVER);
    if (is_news)
        copy_write(&r->copy, SIMTIME_NEVER, &p);
    return true;
}
