#include "model/quorum.h"

#include "model/context.h"
#include "model/replication.h"

static int quorum_needed(const struct replica *r, const struct operation *o)
{
    return o->flags & REQUEST_WRITE ? r->spec->write_quorum : r->spec->read_quorum;
}

// A probe goes all the way but changes nothing.
static bool quorum_writes(const struct operation *o)
{
    return (o->flags & (REQUEST_WRITE | REQUEST_PROBE)) == REQUEST_WRITE;
}

// Draws the delay of a message to a replica; false if it will not be received.
static bool quorum_reaches(const struct context *x, struct replica *r, uint32_t lp,
                           struct net_size size, simtime *delay)
{
    const struct timeline *faults = &x->world->replica_faults[x->model->lps[lp].index];
    *delay = replica_delay(x, r, lp, size);
    return *delay != NET_LOST && timeline_alive_from(faults, x->now + *delay) == x->now + *delay;
}

static struct payload_write quorum_write(const struct context *x, const struct operation *o)
{
    return (struct payload_write){
        .version = o->version, .committed = x->now, .item = o->item, .serial = o->serial};
}

// Enough replicas have answered?
static void quorum_judge(const struct context *x, struct replica *r, uint32_t index)
{
    const struct operation *o = &r->operations.items[index];
    if (__builtin_popcount(o->answered) < quorum_needed(r, o))
        return;
    if (quorum_writes(o)) {
        const struct payload_write write = quorum_write(x, o);
        replica_acknowledge(x, r, &write);
        replica_notice(r, &write);
    } else if (!(o->flags & REQUEST_WRITE)) {
        replica_served_read(x, r, o, o->started, o->version);
    }
    replica_finish(x, r, index, ANSWER_OK);
}

// Brings a write to a replica later. It is not acknowledged yet, and may never be: no read has
// missed it so far.
static void quorum_hint(const struct context *x, struct replica *r, int member,
                        const struct payload_quorum *q)
{
    const struct payload_write hint = {
        .version = q->version, .committed = SIMTIME_NEVER, .item = q->item};
    replication_hint(x, r, member, &hint);
}

// Asks one replica; a write that cannot reach it is brought later.
static void quorum_ask(const struct context *x, struct replica *r, int member,
                       const struct payload_quorum *ask)
{
    const struct net_size size = context_request_size(x, ask->class_index,
                                                      ask->is_write ? REQUEST_WRITE : 0);
    const uint32_t lp = replica_member(x, r, member);
    simtime delay;
    if (quorum_reaches(x, r, lp, size, &delay))
        context_send(x, lp, delay, EV_QUORUM_ASK, ask, sizeof *ask);
    else if (ask->is_write)
        quorum_hint(x, r, member, ask);
}

static void quorum_take_part(const struct context *x, struct replica *r, uint32_t caller,
                             const struct payload_quorum *q)
{
    const struct operation part = {.call = q->call,
                                   .version = q->version,
                                   .caller = caller,
                                   .item = q->item,
                                   .kind = OPERATION_PART,
                                   .class_index = q->class_index,
                                   .flags = q->is_write ? REQUEST_WRITE : 0};
    replica_take(x, r, &part);
}

static void quorum_begin_write(const struct context *x, struct replica *r, struct operation *o)
{
    o->version = replica_new_version(x, r, o->item);
    o->serial = fates_begin(&r->fates, x->now >= x->model->warmup);
    items_at(&r->copy.items, o->item)->own = o->version;
}

void quorum_begin(const struct context *x, struct replica *r, uint32_t index)
{
    struct operation *o = &r->operations.items[index];
    const bool writes = quorum_writes(o);
    o->answered = 0;
    o->version = 0;
    if (writes)
        quorum_begin_write(x, r, o);
    const struct payload_quorum ask = {.call = slots_token(&r->operations, index),
                                       .version = o->version,
                                       .item = o->item,
                                       .is_write = writes,
                                       .class_index = o->class_index};
    replica_arm(x, r, index);
    for (int m = 0; m < r->plan->n_members; m++)
        if (m != r->member)
            quorum_ask(x, r, m, &ask);
    quorum_take_part(x, r, x->lp, &ask);
}

void quorum_on_ask(const struct context *x, struct replica *r, const struct event *e)
{
    struct payload_quorum q;
    payload_get(e, struct payload_quorum, &q);
    quorum_take_part(x, r, event_src(e), &q);
}

// It may have been acknowledged before: by others.
static void quorum_write_part(const struct context *x, struct replica *r, const struct operation *o)
{
    struct payload_write write = {
        .version = o->version, .committed = SIMTIME_NEVER, .item = o->item};
    copy_recall(&r->copy, &write);
    replication_note(x, r, &write);
    copy_write(&r->copy, x->now, &write);
}

void quorum_part(const struct context *x, struct replica *r, uint32_t index)
{
    struct operation *o = &r->operations.items[index];
    if (!(o->flags & REQUEST_WRITE))
        o->version = replica_version(r, o->item);
    else if (o->version > replica_version(r, o->item))
        quorum_write_part(x, r, o);
    replica_finish(x, r, index, ANSWER_OK);
}

// A member has answered its coordinator, which is this replica.
static void quorum_learn(const struct context *x, struct replica *r, int member,
                         const struct payload_quorum *q)
{
    if (q->status != ANSWER_OK) {
        if (q->is_write && member != r->member) // turned away: it gets the write later
            quorum_hint(x, r, member, q);
        return;
    }
    if (!slots_is_live(&r->operations, q->call))
        return; // the quorum was complete or given up before
    const uint32_t index = slots_index(q->call);
    struct operation *o = &r->operations.items[index];
    o->answered |= UINT32_C(1) << member;
    if (q->version > o->version)
        o->version = q->version;
    quorum_judge(x, r, index);
}

void quorum_answer(const struct context *x, struct replica *r, const struct operation *part,
                   enum answer_status status)
{
    const struct payload_quorum answer = {.call = part->call,
                                          .version = part->version,
                                          .item = part->item,
                                          .is_write = part->flags & REQUEST_WRITE,
                                          .status = (uint8_t)status};
    const uint32_t caller = part->caller;
    if (caller == x->lp)
        quorum_learn(x, r, r->member, &answer);
    else
        context_send(x, caller, replica_delay(x, r, caller, net_small), EV_QUORUM_ANSWER, &answer,
                     sizeof answer);
}

void quorum_on_answer(const struct context *x, struct replica *r, const struct event *e)
{
    struct payload_quorum q;
    payload_get(e, struct payload_quorum, &q);
    const uint32_t first = replica_member(x, r, 0);
    quorum_learn(x, r, (int)(event_src(e) - first), &q);
}

void quorum_noticed(struct replica *r, const struct payload_write *write)
{
    const uint64_t own = items_find(&r->copy.items, write->item)->own;
    if (own > write->version && version_clock(own) - r->clock < write->committed)
        replica_overwrites(r, write);
}
