#include "model/horizon.h"

#include "base/array.h"
#include "model/context.h"
#include "model/quorumset.h"
#include "model/remains.h"

enum { HORIZON_FIRST_CAPACITY = 64 };

// ---- notices

void horizon_notice(struct replica *r, simtime now, const struct payload_write *write)
{
    struct horizon *h = &r->horizon;
    if (LIKELY(!h->is_on))
        return;
    if (UNLIKELY(h->next - h->first > h->mask))
        h->ring = array_double_ring(h->ring, &h->mask, h->first, h->next, sizeof *h->ring);
    h->ring[h->next++ & h->mask] = (struct horizon_notice){
        .version = write->version, .told = now, .item = write->item, .serial = write->serial};
}

// A write that was lost with its leader never comes: reads go on missing it.
static bool horizon_dies(const struct replica *r, const struct horizon_notice *n)
{
    return r->spec->mode == STORE_SINGLE_LEADER &&
           n->serial >= r->horizon.dies[version_member(n->version)];
}

// Whether it is to arrive here, and has not: of a quorum store neither it nor a later one.
static bool horizon_is_under_way(const struct replica *r, const struct horizon_notice *n)
{
    const uint32_t from = version_member(n->version);
    if (r->spec->mode == STORE_SINGLE_LEADER)
        return from != r->member && n->serial >= r->horizon.met[from] && !horizon_dies(r, n);
    return n->version > items_find(&r->copy.items, n->item)->version && quorumset_has(r, n->item);
}

// Since when something has been under way to here: `now`, if nothing is.
static simtime horizon_since(struct replica *r, simtime now)
{
    struct horizon *h = &r->horizon;
    while (h->waiting < h->next && !horizon_is_under_way(r, &h->ring[h->waiting & h->mask]))
        h->waiting++;
    return h->waiting < h->next ? h->ring[h->waiting & h->mask].told : now;
}

// ---- writes that failed

static void horizon_note_failure(struct replica *r, const struct payload_write *write)
{
    if (quorumset_has(r, write->item))
        copy_fail(&r->copy, write);
}

void horizon_fail(const struct context *x, struct replica *r, const struct operation *o)
{
    const struct payload_write write = {
        .version = o->version, .committed = SIMTIME_NEVER, .item = o->item, .serial = o->serial};
    if (LIKELY(!r->horizon.is_on))
        return;
    horizon_note_failure(r, &write);
    replica_tell(x, r, EV_WRITE_FAILED, &write, sizeof write);
}

void horizon_on_failed(struct replica *r, const struct event *e)
{
    const struct payload_write write = payload_of(e, payload_write);
    horizon_note_failure(r, &write);
}

// ---- a single leader's log

void horizon_meet(struct replica *r, const struct payload_write *write)
{
    uint32_t *met = &r->horizon.met[version_member(write->version)];
    if (write->serial >= *met)
        *met = write->serial + 1;
}

void horizon_die(const struct context *x, const struct replica *r,
                 const struct payload_write *write)
{
    if (UNLIKELY(r->horizon.is_on))
        replica_tell(x, r, EV_WILL_DIE, write, sizeof *write);
}

void horizon_on_death(struct replica *r, const struct event *e)
{
    const struct payload_write write = payload_of(e, payload_write);
    uint32_t *dies = &r->horizon.dies[version_member(write.version)];
    if (write.serial < *dies)
        *dies = write.serial;
}

// ---- agreement

// Since when something had been under way at the last look, to a member that may be back one day.
static simtime horizon_agreed(const struct context *x, const struct replica *r)
{
    const simtime last = x->now - r->horizon.period;
    simtime since = last;
    for (int m = 0; m < r->plan->n_members; m++)
        if (timeline_alive_from(&x->world->replica_faults[r->plan->first + (uint32_t)m], last) <
            x->model->duration)
            since = simtime_least(since, r->horizon.told[m]);
    return since;
}

static void horizon_settle(struct replica *r, uint64_t settled)
{
    struct horizon *h = &r->horizon;
    struct copy *c = &r->copy;
    c->settled = settled;
    items_settle(&c->items, settled, c->first);
    for (; h->first < h->waiting; h->first++) {
        const struct horizon_notice *n = &h->ring[h->first & h->mask];
        if (!items_has_settled(&c->items, n->version))
            break;
        if (!horizon_dies(r, n))
            copy_forget_history(c, n->item, n->version);
    }
}

void horizon_on_look(const struct context *x, struct replica *r)
{
    struct horizon *h = &r->horizon;
    horizon_settle(r, version_before(horizon_agreed(x, r) - h->margin));
    const struct payload_settled here = {horizon_since(r, x->now)};
    h->told[r->member] = here.since;
    replica_tell(x, r, EV_SETTLED, &here, sizeof here);
    context_send(x, x->lp, h->period, EV_HORIZON_LOOK, NULL, 0);
}

void horizon_on_told(const struct context *x, struct replica *r, const struct event *e)
{
    r->horizon.told[event_src(e) - replica_member(x, r, 0)] = payload_of(e, payload_settled).since;
}

// ---- life

// The longest time that a notice may take between any two members.
static simtime horizon_notice_time(const struct model *m, const struct store_plan *plan)
{
    simtime most = 0;
    for (uint32_t i = 0; i < (uint32_t)plan->n_members; i++) {
        const uint32_t member = model_lp(m, LP_REPLICA, plan->first + i);
        most = simtime_most(most, model_notice_time(m, plan, m->lps[member].place));
    }
    return most;
}

static simtime horizon_slowest_clock(const struct world *w, const struct store_plan *plan)
{
    simtime slowest = SIMTIME_NEVER;
    for (int m = 0; m < plan->n_members; m++)
        slowest = simtime_least(slowest, w->clocks[plan->member_region[m]]);
    return slowest;
}

// From a write's version to its acknowledgement, or never.
static simtime horizon_pending_time(const struct replica *r)
{
    if (r->spec->mode == STORE_QUORUM)
        return simtime_from_seconds(r->spec->quorum.timeout_s);
    return r->spec->mode == STORE_SINGLE_LEADER && r->spec->leading.sync_followers > 0
               ? r->plan->sync_timeout
               : 0;
}

// Whether all copies of an item may be gone when the run ends, while other members are not.
static bool horizon_may_lose_all(const struct world *w, const struct replica *r)
{
    const int copies = r->spec->quorum.copies, n = r->plan->n_members;
    return r->spec->mode == STORE_QUORUM && 0 < copies && copies < n &&
           copies <= n - __builtin_popcount(remains_left(w, r->store));
}

// Whether its versions are compared with what caches hold, or a quorum's with what users have seen;
// those of logs do not say when they were made.
static bool horizon_never_settles(const struct world *w, const struct replica *r)
{
    const struct model *m = w->model;
    if (horizon_may_lose_all(w, r))
        return true;
    return m->caches[r->store].n > 0 || r->spec->mode == STORE_CONSENSUS ||
           (r->spec->mode == STORE_QUORUM && r->plan->items > r->plan->first_own);
}

void horizon_open(struct world *w, struct replica *r)
{
    struct horizon *h = &r->horizon;
    const uint32_t lp = model_lp(w->model, LP_REPLICA, r->index);
    const simtime notice = horizon_notice_time(w->model, r->plan);
    const simtime pending = horizon_pending_time(r);
    h->margin = notice + pending + r->copy.history - horizon_slowest_clock(w, r->plan);
    if (r->plan->item_slots == 0 || horizon_never_settles(w, r))
        return;
    const bool is_alone = r->spec->mode == STORE_SINGLE_LEADER && r->plan->n_members == 1;
    if (r->spec->mode == STORE_MULTI_LEADER || (is_alone && r->copy.history == 0)) {
        r->copy.settling = (struct copy_settling){.is_own = true, .after = h->margin};
        return;
    }
    h->is_on = true;
    for (int m = 0; m < r->plan->n_members; m++)
        h->dies[m] = UINT32_MAX;
    h->period = SIMTIME_S + notice + pending;
    h->ring = array_new(struct horizon_notice, HORIZON_FIRST_CAPACITY);
    h->mask = HORIZON_FIRST_CAPACITY - 1;
    engine_post(w->engine, lp, lp, h->period, EV_HORIZON_LOOK, NULL, 0);
}

void horizon_free(struct horizon *h)
{
    array_release(h->ring);
    *h = (struct horizon){0};
}
