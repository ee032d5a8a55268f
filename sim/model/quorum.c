#include "model/quorum.h"

#include "model/context.h"
#include "model/handoff.h"
#include "model/holders.h"
#include "model/intent.h"
#include "model/lease.h"
#include "model/pipe.h"
#include "model/quorumset.h"
#include "model/replication.h"
#include "model/rival.h"
#include "model/storehistory.h"

// ---- leased reads

static bool quorum_leases(const struct replica *r)
{
    return r->spec->quorum.read_mode == QUORUM_READ_LEASED;
}

void quorum_read_leased(const struct context *x, struct replica *r, uint32_t index)
{
    const uint32_t item = r->operations.items[index].item;
    if (!lease_is_held(x, r))
        replica_finish(x, r, index, ANSWER_ERROR);
    else if (intent_of(r, item) != NULL)
        intent_wait(r, index);
    else if (lease_lacks(r, item))
        replica_finish(x, r, index, ANSWER_ERROR);
    else
        replica_read_now(x, r, index);
}

// ---- coordination

// A probe goes all the way but changes nothing.
static bool quorum_writes(const struct operation *o)
{
    return (o->flags & (REQUEST_WRITE | REQUEST_PROBE)) == REQUEST_WRITE;
}

static bool quorum_rejects(const struct replica *r)
{
    return r->spec->quorum.conflict == QUORUM_REJECTS;
}

// ---- messages

static simtime quorum_leg(struct replica *r, enum quorum_leg leg)
{
    if (LIKELY(!r->plan->has_legs))
        return 0;
    return context_duration(variate_draw(&r->plan->legs[leg], &r->legs));
}

// Draws the delay of a message to a member; false if it will not be received.
static bool quorum_reaches(const struct context *x, struct replica *r, int member,
                           struct net_size size, simtime *delay)
{
    const uint32_t lp = replica_member(x, r, member);
    const struct timeline *faults = &x->world->replica_faults[x->model->lps[lp].index];
    *delay = member == r->member ? 1 : replica_delay(x, r, lp, size);
    return *delay != NET_LOST && timeline_alive_from(faults, x->now + *delay) == x->now + *delay;
}

// An operation on its way to all members.
struct quorum_round {
    struct payload_quorum ask;
    struct net_size size;
    uint32_t copies;           // members that have the item
    uint32_t asked, stand_ins; // members that it has been sent to; in place of others
};

// Where writes are refused in a conflict, an outcome follows its ask on the same connection.
static simtime quorum_in_order(const struct context *x, struct replica *r, int to, simtime delay)
{
    if (!quorum_rejects(r))
        return delay;
    r->told[to] = simtime_most(x->now + delay, r->told[to] + 1);
    return r->told[to] - x->now;
}

static void quorum_send_ask(const struct context *x, struct replica *r, struct quorum_round *round,
                            int to, simtime delay)
{
    round->asked |= UINT32_C(1) << to;
    delay += quorum_leg(r, round->ask.is_write ? QUORUM_LEG_WRITE : QUORUM_LEG_READ);
    context_send(x, replica_member(x, r, to), quorum_in_order(x, r, to, delay), EV_QUORUM_ASK,
                 &round->ask, sizeof round->ask);
}

// Another takes the write for a member that cannot be reached, and hands it over later.
static bool quorum_stand_in(const struct context *x, struct replica *r, struct quorum_round *round)
{
    const int n = r->plan->n_members;
    for (int k = 1; k < n; k++) {
        const int m = (round->ask.member + k) % n;
        simtime delay;
        if ((round->copies | round->stand_ins) >> m & 1 ||
            !quorum_reaches(x, r, m, round->size, &delay))
            continue;
        round->stand_ins |= UINT32_C(1) << m;
        quorum_send_ask(x, r, round, m, delay);
        return true;
    }
    return false;
}

static void quorum_ask(const struct context *x, struct replica *r, int member,
                       struct quorum_round *round)
{
    simtime delay;
    round->ask.member = (uint8_t)member;
    if (quorum_reaches(x, r, member, round->size, &delay))
        quorum_send_ask(x, r, round, member, delay);
    else if (round->ask.is_write && !quorum_rejects(r) &&
             !(r->spec->quorum.sloppy && quorum_stand_in(x, r, round)))
        handoff_hint(x, r, member, round->ask.version, round->ask.item);
}

// A read that is counted in this region asks there only.
static uint32_t quorum_asked(const struct replica *r, const struct operation *o, uint32_t copies)
{
    const bool is_local = !(o->flags & REQUEST_WRITE) &&
                          r->spec->quorum.read_scope == QUORUM_OF_REGION;
    return is_local ? copies & r->plan->in_region[r->region] : copies;
}

// ---- silence

static struct payload_quorum quorum_payload(const struct operation *part, enum answer_status status)
{
    return (struct payload_quorum){.call = part->call,
                                   .version = part->version,
                                   .item = part->item,
                                   .is_write = part->flags & REQUEST_WRITE,
                                   .status = (uint8_t)status,
                                   .member = part->origin,
                                   .is_safe = part->is_safe != 0};
}

// A part of a write will not be answered: its coordinator notices when it has waited in vain, and
// keeps the write for the member.
static void quorum_stay_silent(const struct context *x, const struct replica *r,
                               const struct operation *part)
{
    const struct payload_quorum silence = quorum_payload(part, ANSWER_ERROR);
    const simtime until = part->started + replica_timeout(r->spec);
    const simtime least = part->caller == x->lp ? 1
                                                : r->paths[context_place(x, part->caller)].floor;
    if (silence.is_write && !quorum_rejects(r))
        context_send(x, part->caller, simtime_most(until - x->now, least), EV_QUORUM_ANSWER,
                     &silence, sizeof silence);
}

static void quorum_take_part(const struct context *x, struct replica *r, uint32_t caller,
                             const struct payload_quorum *q)
{
    const struct operation part = {.call = q->call,
                                   .version = q->version,
                                   .started = x->now,
                                   .caller = caller,
                                   .item = q->item,
                                   .kind = OPERATION_PART,
                                   .class_index = q->class_index,
                                   .flags = q->is_write ? REQUEST_WRITE : 0,
                                   .origin = q->member};
    if (r->fault->is_dead) // a leg has taken long
        quorum_stay_silent(x, r, &part);
    else
        replica_take(x, r, &part);
}

// ---- coordinator

// Where the newest wins, the coordinator's clock alone says which that is, whatever is there.
static uint64_t quorum_new_version(const struct context *x, const struct replica *r, uint32_t item)
{
    uint64_t previous = items_find(&r->copy.items, item)->own;
    if (quorum_rejects(r) && replica_version(r, item) > previous)
        previous = replica_version(r, item);
    return version_make(r->lead.epoch, x->now + r->clock, r->member, previous);
}

static void quorum_begin_write(const struct context *x, struct replica *r, struct operation *o)
{
    o->version = quorum_new_version(x, r, o->item);
    o->serial = fates_begin(&r->fates, x->now >= x->model->warmup);
    if (quorum_rejects(r))
        items_at(&r->copy.items, o->item)->own = o->version;
    else
        rival_begin(r, o);
    storehistory_took(x, r, o);
}

void quorum_begin(const struct context *x, struct replica *r, uint32_t index)
{
    struct operation *o = &r->operations.items[index];
    const bool writes = quorum_writes(o);
    o->answered = 0;
    o->version = 0;
    o->up_to_date = 0;
    o->refused = 0;
    if (quorum_leases(r) && !lease_is_held(x, r)) {
        replica_finish(x, r, index, ANSWER_ERROR);
        return;
    }
    if (writes)
        quorum_begin_write(x, r, o);
    struct quorum_round round = {
        .ask = {.call = slots_token(&r->operations, index),
                .version = o->version,
                .item = o->item,
                .is_write = writes,
                .class_index = o->class_index,
                .member = r->member},
        .size = context_request_size(x, o->class_index, writes ? REQUEST_WRITE : 0),
        .copies = quorumset_copies(r, o->item)};
    const uint32_t asked = quorum_asked(r, o, round.copies);
    replica_arm(x, r, index);
    for (int m = 0; m < r->plan->n_members; m++)
        if ((asked >> m & 1) && (m != r->member || r->plan->has_legs))
            quorum_ask(x, r, m, &round);
    const bool is_here = (asked >> r->member & 1) && !r->plan->has_legs;
    if (writes && !quorum_rejects(r))
        o->held = round.asked | (uint32_t)is_here << r->member;
    round.ask.member = r->member;
    if (is_here)
        quorum_take_part(x, r, x->lp, &round.ask);
}

// Where writes are refused in a conflict, members wait to be told what became of one.
static void quorum_tell_outcome(const struct context *x, struct replica *r,
                                const struct operation *o, enum answer_status status)
{
    struct payload_quorum outcome = {
        .version = o->version, .item = o->item, .is_write = true, .status = (uint8_t)status};
    const uint32_t copies = quorumset_copies(r, o->item);
    for (int m = 0; m < r->plan->n_members; m++) {
        simtime delay;
        if (!(copies >> m & 1))
            continue;
        if (quorum_reaches(x, r, m, net_small, &delay)) {
            context_send(x, replica_member(x, r, m), quorum_in_order(x, r, m, delay),
                         EV_QUORUM_OUTCOME, &outcome, sizeof outcome);
        } else if (status == ANSWER_OK) {
            handoff_hint(x, r, m, o->version, o->item);
        }
    }
}

// Members whose answer to a read was older than the newest get that, unless all have had it since.
static void quorum_repair(const struct context *x, struct replica *r, const struct operation *o)
{
    if (o->is_safe && o->version <= r->copy.settled)
        return;
    const uint32_t behind = o->answered & ~o->up_to_date;
    for (uint32_t left = behind; left != 0; left &= left - 1)
        handoff_hint(x, r, __builtin_ctz(left), o->version, o->item);
}

static void quorum_acknowledge(const struct context *x, struct replica *r,
                               const struct operation *o)
{
    const struct payload_write write = {
        .version = o->version, .committed = x->now, .item = o->item, .serial = o->serial};
    replica_acknowledge(x, r, &write);
    replica_notice(r, x->now, &write);
    holders_expose(x, r, o);
    if (quorum_rejects(r))
        quorum_tell_outcome(x, r, o, ANSWER_OK);
}

static void quorum_judge(const struct context *x, struct replica *r, uint32_t index)
{
    const struct operation *o = &r->operations.items[index];
    if (!quorumset_is_met(r, o))
        return;
    if (quorum_leases(r) && quorum_writes(o) &&
        (!lease_is_held(x, r) || !lease_is_with_all(x, r, o->answered)))
        return;
    if (quorum_writes(o)) {
        quorum_acknowledge(x, r, o);
    } else if (!(o->flags & REQUEST_WRITE)) {
        replica_served_read(x, r, o, o->started, o->version);
        if (o->flags & REQUEST_OWN)
            guarantee_judge(x, r, o, o->version);
        if (r->spec->quorum.read_repair)
            quorum_repair(x, r, o);
    }
    replica_finish(x, r, index, ANSWER_OK);
}

void quorum_give_up(const struct context *x, struct replica *r, uint32_t index)
{
    const struct operation *o = &r->operations.items[index];
    if (!quorum_writes(o))
        return;
    horizon_fail(x, r, o);
    if (!quorum_rejects(r))
        return;
    quorum_tell_outcome(x, r, o, ANSWER_ERROR);
    marks_set(&r->fates.died, o->serial);
}

void quorum_lose(const struct context *x, struct replica *r, const struct operation *o)
{
    if (o->kind == OPERATION_CLIENT && quorum_writes(o)) {
        horizon_fail(x, r, o);
        if (quorum_rejects(r))
            marks_set(&r->fates.died, o->serial);
    } else if (o->kind == OPERATION_PART)
        quorum_stay_silent(x, r, o);
}

// A member is writing the item for another: the client has to try again.
static void quorum_refuse(const struct context *x, struct replica *r, uint32_t index)
{
    const struct operation *o = &r->operations.items[index];
    quorum_give_up(x, r, index);
    r->counts.conflicts += x->now >= x->model->warmup && !(o->flags & REQUEST_PROBE);
    replica_finish(x, r, index, ANSWER_ERROR);
}

// So many have refused that the others are too few.
static bool quorum_is_hopeless(const struct replica *r, const struct operation *o)
{
    const uint32_t left = quorumset_copies(r, o->item) & ~o->refused;
    return quorum_leases(r) || __builtin_popcount(left) < r->spec->quorum.write;
}

static void quorum_learn_refusal(const struct context *x, struct replica *r,
                                 const struct payload_quorum *q)
{
    if (!slots_is_live(&r->operations, q->call))
        return;
    struct operation *o = &r->operations.items[slots_index(q->call)];
    o->refused |= UINT32_C(1) << q->member;
    if (quorum_is_hopeless(r, o))
        quorum_refuse(x, r, slots_index(q->call));
}

// A member has turned a part away, or lost it.
static void quorum_learn_failure(const struct context *x, struct replica *r,
                                 const struct payload_quorum *q)
{
    if (q->status == ANSWER_CONFLICT)
        quorum_learn_refusal(x, r, q);
    else if (q->is_write && !quorum_rejects(r))
        handoff_hint(x, r, q->member, q->version, q->item);
}

static void quorum_learn(const struct context *x, struct replica *r, const struct payload_quorum *q)
{
    if (q->status != ANSWER_OK) {
        quorum_learn_failure(x, r, q);
        return;
    }
    if (!slots_is_live(&r->operations, q->call))
        return; // the quorum was complete or given up before
    const uint32_t index = slots_index(q->call), member = UINT32_C(1) << q->member;
    struct operation *o = &r->operations.items[index];
    o->answered |= member;
    if (!(o->flags & REQUEST_WRITE) && q->version > o->version) {
        o->version = q->version;
        o->is_safe = q->is_safe;
        o->up_to_date = 0;
    }
    if (!(o->flags & REQUEST_WRITE) && q->version == o->version)
        o->up_to_date |= member;
    quorum_judge(x, r, index);
}

void quorum_on_answer(const struct context *x, struct replica *r, const struct event *e)
{
    const struct payload_quorum q = payload_of(e, payload_quorum);
    quorum_learn(x, r, &q);
}

// ---- member

void quorum_on_ask(const struct context *x, struct replica *r, const struct event *e)
{
    const struct payload_quorum q = payload_of(e, payload_quorum);
    quorum_take_part(x, r, event_src(e), &q);
}

// The write takes effect here. It may have been acknowledged before: by others.
static void quorum_apply(const struct context *x, struct replica *r, uint32_t item,
                         uint64_t version)
{
    struct payload_write write = {.version = version, .committed = SIMTIME_NEVER, .item = item};
    if (!copy_is_news(&r->copy, item, version))
        return;
    copy_recall(&r->copy, &write);
    replication_note(x, r, &write);
    replica_write_copy(x, r, &write);
}

static enum answer_status quorum_intend(const struct context *x, struct replica *r,
                                        const struct operation *o)
{
    if (replica_version(r, o->item) == o->version)
        return ANSWER_OK; // its outcome was faster
    if (o->refused || !copy_is_news(&r->copy, o->item, o->version) || intent_of(r, o->item) != NULL)
        return ANSWER_CONFLICT;
    intent_make(x, r, o->item, o->version);
    return ANSWER_OK;
}

static void quorum_look_up(const struct replica *r, struct operation *o)
{
    o->version = replica_version(r, o->item);
    o->is_safe = r->horizon.is_on && copy_is_acknowledged(&r->copy, o->item);
}

void quorum_part(const struct context *x, struct replica *r, uint32_t index)
{
    struct operation *o = &r->operations.items[index];
    enum answer_status status = ANSWER_OK;
    if (r->throughput != NULL && (o->flags & REQUEST_WRITE) && o->caller != x->lp &&
        o->origin == r->member)
        throughput_charge(r->throughput, x->now, o->item); // the coordinator has paid its own
    if (!(o->flags & REQUEST_WRITE)) {
        if (intent_of(r, o->item) != NULL) {
            intent_wait(r, index);
            return;
        }
        quorum_look_up(r, o);
    } else if (o->origin != r->member) { // stands in for that one
        handoff_hint(x, r, o->origin, o->version, o->item);
    } else if (quorum_rejects(r)) {
        status = quorum_intend(x, r, o);
    } else {
        quorum_apply(x, r, o->item, o->version);
    }
    replica_finish(x, r, index, status);
}

void quorum_answer(const struct context *x, struct replica *r, const struct operation *part,
                   enum answer_status status)
{
    const struct payload_quorum answer = quorum_payload(part, status);
    const uint32_t caller = part->caller;
    if (caller == x->lp && !r->plan->has_legs) {
        quorum_learn(x, r, &answer);
        return;
    }
    simtime delay = caller == x->lp ? 1 : replica_delay(x, r, caller, net_small);
    if (delay != NET_LOST)
        delay += quorum_leg(r, answer.is_write ? QUORUM_LEG_ACKNOWLEDGE : QUORUM_LEG_RESPONSE);
    else if (status != ANSWER_OK)
        quorum_stay_silent(x, r, part);
    context_send(x, caller, delay, EV_QUORUM_ANSWER, &answer, sizeof answer);
}

// Reads that waited are answered with what is here now.
static void quorum_resolve(const struct context *x, struct replica *r, uint32_t item)
{
    for (uint32_t waiting = intent_resolve(x, r, item); waiting != 0;) {
        struct operation *o = &r->operations.items[waiting - 1];
        const uint32_t next = (uint32_t)o->version;
        quorum_look_up(r, o);
        if (o->kind == OPERATION_PART)
            replica_finish(x, r, waiting - 1, ANSWER_OK);
        else
            quorum_read_leased(x, r, waiting - 1);
        waiting = next;
    }
}

// Its coordinator has given the write up before this member got round to its part.
static void quorum_withdraw(struct replica *r, const struct payload_quorum *q)
{
    for (uint32_t i = 0; i < r->operations.n; i++) {
        struct operation *o = &r->operations.items[i];
        if (slots_is_taken(&r->operations, i) && o->kind == OPERATION_PART &&
            (o->flags & REQUEST_WRITE) && o->version == q->version)
            o->refused = 1;
    }
}

void quorum_on_outcome(const struct context *x, struct replica *r, const struct event *e)
{
    const struct payload_quorum q = payload_of(e, payload_quorum);
    if (r->fault->is_dead)
        return; // the intent's timeout comes all the same
    if (q.status == ANSWER_OK)
        quorum_apply(x, r, q.item, q.version);
    const struct intent *i = intent_of(r, q.item);
    if (i != NULL && i->version == q.version)
        quorum_resolve(x, r, q.item);
    else if (q.status != ANSWER_OK)
        quorum_withdraw(r, &q);
}

// By now it is known whether the write was acknowledged: then it takes effect, and the others are
// told; else it never will.
void quorum_on_intent_timeout(const struct context *x, struct replica *r, const struct event *e)
{
    const uint64_t token = event_token(e);
    if (!slots_is_live(&r->intents, token))
        return;
    struct intent *i = &r->intents.items[slots_index(token)];
    struct payload_write write = {
        .version = i->version, .committed = SIMTIME_NEVER, .item = i->item};
    i->timer = 0;
    copy_recall(&r->copy, &write);
    if (write.committed != SIMTIME_NEVER) {
        quorum_apply(x, r, write.item, write.version);
        for (uint32_t left = quorumset_copies(r, write.item); left != 0; left &= left - 1)
            if (__builtin_ctz(left) != r->member)
                handoff_hint(x, r, __builtin_ctz(left), write.version, write.item);
    }
    quorum_resolve(x, r, write.item);
}
