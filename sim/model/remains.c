#include "model/remains.h"

#include "model/context.h"
#include "model/quorumset.h"

// ---- members

// Until when a member was there, which it may be still.
static simtime remains_last(const struct world *w, uint32_t replica)
{
    const struct timeline *faults = &w->replica_faults[replica];
    const simtime end = w->model->duration;
    simtime failed = timeline_next_failure(faults, -1), alive;
    while (failed < end && (alive = timeline_alive_from(faults, failed)) < end)
        failed = timeline_next_failure(faults, alive);
    return simtime_least(failed, end);
}

uint32_t remains_left(const struct world *w, int store)
{
    const struct store_plan *plan = &w->model->stores[store];
    const uint32_t all = (uint32_t)((UINT64_C(1) << plan->n_members) - 1);
    uint32_t left = 0;
    simtime latest = 0;
    if (w->model->topology->stores[store].mode != STORE_QUORUM)
        return all;
    for (int m = 0; m < plan->n_members; m++) {
        const simtime last = remains_last(w, plan->first + (uint32_t)m);
        left = last > latest ? UINT32_C(1) << m : left | (uint32_t)(last == latest) << m;
        latest = simtime_most(latest, last);
    }
    return left;
}

// The replica that an event is for, or comes from.
static struct replica *remains_replica(struct world *w, uint32_t lp)
{
    return &w->replicas[w->model->lps[lp].index];
}

static bool remains_has(uint32_t left, const struct replica *r)
{
    return left >> r->member & 1;
}

// Ways are known ahead: a write that had to wait until its sender is back arrives after that.
bool remains_arrives(const struct world *w, uint32_t left, const struct event *e)
{
    const struct lp_info *from = &w->model->lps[event_src(e)], *to = &w->model->lps[e->dst];
    const struct store_plan *plan = &w->model->stores[to->object];
    const struct timeline *faults = &w->replica_faults[from->index];
    if (!(left >> (to->index - plan->first) & 1))
        return false;
    if (left >> (from->index - plan->first) & 1)
        return true;
    const simtime back = timeline_alive_from(faults, remains_last(w, from->index));
    return e->time < simtime_least(back, w->model->duration + SIMTIME_DAY);
}

// ---- under way

// Of writes that nobody was told of nothing is asked.
static void remains_bring(struct replica *r, uint32_t item, uint64_t version)
{
    struct payload_write write = {.version = version, .committed = SIMTIME_NEVER, .item = item};
    copy_recall(&r->copy, &write);
    if (write.committed != SIMTIME_NEVER && copy_is_news(&r->copy, item, version))
        copy_write(&r->copy, SIMTIME_NEVER, &write);
}

static void remains_bring_to(struct world *w, struct replica *of, uint32_t left, int member,
                             const struct payload_write *write)
{
    struct replica *r = &w->replicas[of->plan->first + (uint32_t)member];
    if (remains_has(left, r) && quorumset_has(r, write->item))
        remains_bring(r, write->item, write->version);
}

bool remains_matters(const struct event *e)
{
    if (e->kind != EV_QUORUM_ASK && e->kind != EV_QUORUM_ANSWER && e->kind != EV_QUORUM_OUTCOME)
        return false;
    return payload_of(e, payload_quorum).is_write;
}

// A member that stands in for another hands on what it gets, a coordinator what a member has not
// taken.
void remains_arrive(struct world *w, uint32_t left, const struct event *e)
{
    struct replica *r = remains_replica(w, e->dst);
    const struct payload_quorum q = payload_of(e, payload_quorum);
    const struct payload_write write = {.version = q.version, .item = q.item};
    const bool fails = q.status != ANSWER_OK;
    if (remains_has(left, r) && fails == (e->kind == EV_QUORUM_ANSWER))
        remains_bring_to(w, r, left, e->kind == EV_QUORUM_OUTCOME ? r->member : q.member, &write);
}

static void remains_finish_member(struct world *w, struct replica *r, uint32_t left)
{
    for (uint32_t i = 0; i < r->operations.n; i++) {
        const struct operation *o = &r->operations.items[i];
        const struct payload_write write = {.version = o->version, .item = o->item};
        if (slots_is_taken(&r->operations, i) && o->kind == OPERATION_PART &&
            (o->flags & REQUEST_WRITE))
            remains_bring_to(w, r, left, o->origin, &write);
    }
    for (uint32_t i = 0; i < r->intents.n; i++)
        if (slots_is_taken(&r->intents, i))
            remains_bring(r, r->intents.items[i].item, r->intents.items[i].version);
}

void remains_finish(struct world *w, int store, uint32_t left)
{
    const struct store_plan *plan = &w->model->stores[store];
    if (w->model->topology->stores[store].mode != STORE_QUORUM)
        return;
    for (uint32_t of = left; of != 0; of &= of - 1)
        remains_finish_member(w, &w->replicas[plan->first + (uint32_t)__builtin_ctz(of)], left);
}

// ---- what is lost

// The latest version that is left of an item, with its serial if it was acknowledged.
static struct item remains_latest(const struct replica *members, uint32_t left, uint32_t id)
{
    struct item latest = {.committed = SIMTIME_NEVER};
    for (; left != 0; left &= left - 1) {
        const struct replica *r = &members[__builtin_ctz(left)];
        const struct item *item = items_find(&r->copy.items, id);
        if (!quorumset_has(r, id))
            continue;
        if (item->version > latest.version ||
            (item->version == latest.version && item->committed < latest.committed))
            latest = *item;
    }
    return latest;
}

// One that is left, whoever it is: all were told of all.
static const struct replica *remains_witness(const struct replica *members, uint32_t left)
{
    return &members[__builtin_ctz(left)];
}

void remains_settle(struct replica *members, uint32_t left, uint32_t id)
{
    const struct item latest = remains_latest(members, left, id);
    const struct replica *r = remains_witness(members, left);
    const struct item *item = items_find(&r->copy.items, id);
    const struct unseen_write *w = NULL;
    while ((w = unseen_next(&r->copy.unseen, item, w)) != NULL)
        if (w->version > latest.version && w->version > r->copy.settled)
            marks_set(&members[version_member(w->version)].fates.died, w->serial);
    if (items_is_forgotten(&latest) || latest.committed == SIMTIME_NEVER)
        return;
    const uint32_t member = version_member(latest.version);
    for (int m = 0; m < r->plan->n_members; m++)
        marks_clear(&members[m].fates.overwritten[member], latest.serial);
}
