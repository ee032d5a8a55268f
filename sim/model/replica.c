#include "model/replica.h"

#include "model/appending.h"
#include "model/cachefeed.h"
#include "model/cluster.h"
#include "model/commit.h"
#include "model/consensus.h"
#include "model/context.h"
#include "model/leadership.h"
#include "model/popularity.h"
#include "model/position.h"
#include "model/quorum.h"
#include "model/replication.h"
#include "model/rival.h"
#include "model/storehistory.h"

uint32_t replica_member(const struct context *x, const struct replica *r, int member)
{
    return model_lp(x->model, LP_REPLICA, r->plan->first + (uint32_t)member);
}

simtime replica_delay(const struct context *x, struct replica *r, uint32_t lp, struct net_size size)
{
    return context_path_delay(x, &r->paths[context_place(x, lp)], &r->network, size);
}

void replica_arm(const struct context *x, struct replica *r, uint32_t operation)
{
    r->operations.items[operation].timer = cell_arm(x->cell, r->timeout_lane,
                                                    slots_token(&r->operations, operation));
}

simtime replica_timeout(const struct store_spec *s)
{
    switch (s->mode) {
    case STORE_QUORUM:
        return simtime_from_seconds(s->quorum.timeout_s);
    case STORE_CONSENSUS:
        return simtime_from_seconds(s->consensus.timeout_s);
    case STORE_MULTI_LEADER:
    case STORE_SINGLE_LEADER:
        break;
    }
    return leadership_forward_timeout;
}

// ---- answers

bool replica_counts(const struct context *x, const struct operation *o, simtime at)
{
    return o->kind == OPERATION_CLIENT && !(o->flags & REQUEST_PROBE) && at >= x->model->warmup;
}

// Answers a pool, or the follower that sent a write on, at `at`, now or later; a cache, now.
static inline void replica_answer(const struct context *x, struct replica *r,
                                  const struct operation *o, simtime at, enum answer_status status)
{
    if (UNLIKELY(o->flags & REQUEST_CACHED)) {
        cachefeed_answer(x, r, o, status);
        return;
    }
    const struct lp_info *caller = &x->model->lps[o->caller];
    const struct payload_answer answer = {.call = o->call,
                                          .status = (uint8_t)status,
                                          .region = (uint8_t)r->region,
                                          .serial = o->kind == OPERATION_FORWARDED ? o->serial : 0};
    uint16_t kind = o->kind == OPERATION_FORWARDED ? (uint16_t)EV_FORWARD_ANSWER
                                                   : caller->reply_kind;
    simtime delay = context_delay_at(x, &r->paths[caller->place], &r->network, at, net_small);
    if (UNLIKELY(o->flags & REQUEST_OWN) && status == ANSWER_OK)
        guarantee_tell(x, r, o, delay);
    context_send(x, o->caller, delay, kind, &answer, sizeof answer);
}

static inline void replica_tell_history(const struct context *x, const struct replica *r,
                                        const struct operation *o, simtime at,
                                        enum store_history_outcome outcome)
{
    if (UNLIKELY(x->world->history != NULL) && o->kind == OPERATION_CLIENT)
        storehistory_note(x, r, o, at, outcome);
}

static enum store_operation replica_operation(const struct replica *r, const struct operation *o)
{
    if (o->flags & REQUEST_WRITE)
        return STORE_WRITE;
    return (enum store_operation)replica_reading(r, o->flags)->operation;
}

// What a condition was not met for has been counted when it was judged.
static void replica_count_failure(struct replica *r, const struct operation *o,
                                  enum answer_status status)
{
    r->counts.throttled += status == ANSWER_THROTTLED;
    r->counts.throttled_writes += status == ANSWER_THROTTLED && (o->flags & REQUEST_WRITE);
    if (status != ANSWER_THROTTLED && status != ANSWER_UNMET)
        r->counts.unavailable++;
}

static inline void replica_count(const struct context *x, struct replica *r,
                                 const struct operation *o, simtime at, enum answer_status status)
{
    replica_tell_history(x, r, o, at, storehistory_outcome(o, status));
    if (!replica_counts(x, o, at))
        return;
    if (UNLIKELY(status != ANSWER_OK)) {
        replica_count_failure(r, o, status);
        return;
    }
    if (o->flags & REQUEST_WRITE) {
        r->counts.writes++;
        marks_set(&r->fates.acknowledged[o->origin], o->serial);
    }
    histogram_add(&r->counts.latency[replica_operation(r, o)], (uint64_t)(at - o->started));
}

void replica_finish(const struct context *x, struct replica *r, uint32_t operation,
                    enum answer_status status)
{
    const struct operation *o = &r->operations.items[operation];
    if (o->timer != 0)
        cell_disarm(x->cell, r->timeout_lane, o->timer);
    replica_count(x, r, o, x->now, status);
    slots_release(&r->operations, operation); // a free frame keeps what it says
    if (o->kind == OPERATION_PART)
        quorum_answer(x, r, o, status);
    else if (o->kind == OPERATION_FORWARDED && r->consensus != NULL)
        consensus_answer(x, r, o, status);
    else
        replica_answer(x, r, o, x->now, status);
}

void replica_count_read(struct replica *r, const struct operation *o)
{
    r->counts.reads++;
    r->counts.strong_reads += replica_operation(r, o) == STORE_READ_STRONG;
}

void replica_log_read(const struct context *x, struct replica *r, const struct operation *o,
                      simtime time, uint64_t version)
{
    const struct copy_asked asked = {
        .time = time, .item = o->item, .is_strong = replica_operation(r, o) == STORE_READ_STRONG};
    copy_read(&r->copy, x->now, &asked, version);
}

void replica_served_read(const struct context *x, struct replica *r, const struct operation *o,
                         simtime time, uint64_t version)
{
    if (!replica_counts(x, o, x->now > time ? x->now : time))
        return;
    replica_count_read(r, o);
    replica_log_read(x, r, o, time, version);
}

// ---- acknowledged writes

uint64_t replica_new_version(const struct context *x, struct replica *r, uint32_t item)
{
    const uint64_t present = replica_version(r, item);
    return version_make(r->lead.epoch, x->now + r->clock, r->member,
                        present > r->commit.latest ? present : r->commit.latest);
}

void replica_tell(const struct context *x, const struct replica *r, uint16_t kind,
                  const void *payload, size_t size)
{
    for (int m = 0; m < r->plan->n_members; m++) {
        const uint32_t lp = replica_member(x, r, m);
        if (m != r->member)
            context_send(x, lp, r->paths[context_place(x, lp)].floor, kind, payload, size);
    }
}

void replica_acknowledge(const struct context *x, struct replica *r,
                         const struct payload_write *write)
{
    r->commits[x->now / x->model->window]++;
    replica_tell(x, r, EV_COMMITTED, write, sizeof *write);
    cachefeed_notice(x, r, write);
}

void replica_write_copy(const struct context *x, struct replica *r,
                        const struct payload_write *write)
{
    copy_write(&r->copy, x->now, write);
    cachefeed_note(x, r, write);
}

void replica_overwrites(struct replica *r, const struct payload_write *write)
{
    marks_set(&r->fates.overwritten[version_member(write->version)], write->serial);
}

void replica_notice(struct replica *r, simtime now, const struct payload_write *write)
{
    copy_notice(&r->copy, write);
    horizon_notice(r, now, write);
    if (r->spec->mode == STORE_QUORUM && r->spec->quorum.conflict != QUORUM_REJECTS)
        rival_notice(r, write);
}

// One that will never be back has nothing to miss.
static bool replica_is_gone(const struct context *x, const struct replica *r, simtime since)
{
    return UNLIKELY(r->fault->is_dead) &&
           timeline_alive_from(&x->world->replica_faults[r->index], since) >= x->model->duration;
}

void replica_on_committed(const struct context *x, struct replica *r, const struct event *e)
{
    const struct payload_write w = payload_of(e, payload_write);
    replication_note_early(x, r, &w);
    if (replica_is_gone(x, r, w.committed))
        return;
    replica_notice(r, x->now, &w);
    if (r->spec->mode == STORE_MULTI_LEADER)
        copy_comes(&r->copy, w.item);
}

// ---- operations

static bool replica_reads_copy(const struct replica *r, const struct operation *o)
{
    return replica_reading(r, o->flags)->is_of_copy && o->kind == OPERATION_CLIENT &&
           !(o->flags & REQUEST_WRITE);
}

// Whether its end can be known ahead. The answer to a read of an own item, or of a cache, says what
// it has found.
static bool replica_plans_read(const struct replica *r, const struct operation *o)
{
    return replica_reads_copy(r, o) && replica_reading(r, o->flags)->is_ahead &&
           !(o->flags & (REQUEST_OWN | REQUEST_CACHED));
}

// The leader's readers are a little behind.
uint64_t replica_read_version(const struct context *x, struct replica *r, const struct operation *o)
{
    if (LIKELY(!replica_reading(r, o->flags)->is_late) || r->lead.leader != r->member)
        return replica_version(r, o->item);
    const simtime lag = context_duration(variate_draw(&r->plan->reader_lag, &r->work));
    return copy_version_at(&r->copy, o->item, x->now - lag);
}

void replica_serve(const struct context *x, struct replica *r, uint32_t index, simtime at)
{
    struct operation *o = &r->operations.items[index];
    if (at < x->model->duration) { // else it is not served in this run
        replica_count(x, r, o, at, ANSWER_OK);
        // One that had to wait owes its client what had been written when it began.
        const bool has_waited = replica_reading(r, o->flags)->waits_for_log;
        replica_served_read(x, r, o, has_waited ? o->started : at, o->version);
    }
    if (UNLIKELY(o->timer != 0))
        cell_disarm(x->cell, r->timeout_lane, o->timer);
    replica_answer(x, r, o, at, ANSWER_OK);
    slots_release(&r->operations, index);
}

// A read of the local copy at `at`, now or later. What is written to the copy until then, the log
// is told (copy_write); the answer does not depend on it, unless it says the version. So a read
// needs no event for its end, unless a fault comes before.
static inline void replica_read_copy(const struct context *x, struct replica *r, uint32_t index,
                                     simtime at)
{
    struct operation *o = &r->operations.items[index];
    o->version = replica_read_version(x, r, o);
    replica_serve(x, r, index, at);
}

void replica_read_now(const struct context *x, struct replica *r, uint32_t index)
{
    struct operation *o = &r->operations.items[index];
    if (LIKELY(!(o->flags & REQUEST_OWN))) {
        replica_read_copy(x, r, index, x->now);
        return;
    }
    if (o->timer != 0)
        cell_disarm(x->cell, r->timeout_lane, o->timer);
    o->timer = 0;
    guarantee_read(x, r, index);
}

static void replica_start(const struct context *x, struct replica *r, uint32_t index, simtime start)
{
    const struct operation *o = &r->operations.items[index];
    const struct variate *time = o->flags & REQUEST_WRITE ? &r->plan->write_time
                                                          : &r->plan->read_time;
    double work_ns = variate_draw(time, &r->work) * (double)r->fault->slow * r->stretch;
    simtime finish = start + 1 + context_duration(work_ns);
    station_occupy(&r->station, x->now, start, finish);
    if (LIKELY(replica_plans_read(r, o) && finish < r->change)) {
        replica_read_copy(x, r, index, finish);
        return;
    }
    const struct payload_token done = {slots_token(&r->operations, index)};
    context_send(x, x->lp, finish - x->now, EV_OPERATION_DONE, &done, sizeof done);
}

// Starts those that were held, as far as can be planned.
static void replica_start_held(const struct context *x, struct replica *r)
{
    uint32_t next;
    simtime start;
    while (station_next(&r->station, x->now, r->change, &next, &start))
        replica_start(x, r, next, start);
}

bool replica_lacks(const struct replica *r, const struct operation *o)
{
    return cluster_lacks(r->fault, o->flags & REQUEST_WRITE,
                         r->spec->mode != STORE_SINGLE_LEADER || r->lead.leader == r->member);
}

static inline bool replica_turns_away(const struct context *x, struct replica *r, uint32_t index)
{
    enum answer_status status = ANSWER_OK;
    if (UNLIKELY(r->fault->is_refusing) || replica_lacks(r, &r->operations.items[index]))
        status = ANSWER_REFUSED;
    else if (UNLIKELY(context_is_erring(r->fault, &r->errors)))
        status = ANSWER_ERROR;
    if (LIKELY(status == ANSWER_OK))
        return false;
    replica_finish(x, r, index, status);
    return true;
}

static inline void replica_admit(const struct context *x, struct replica *r, uint32_t index)
{
    simtime start;
    switch (station_admit(&r->station, x->now, r->change, &start)) {
    case STATION_START:
        replica_start(x, r, index, start);
        break;
    case STATION_HOLD:
        station_hold(&r->station, index);
        break;
    case STATION_FULL:
        replica_finish(x, r, index, ANSWER_SHED);
        break;
    }
}

void replica_work(const struct context *x, struct replica *r, uint32_t index)
{
    replica_admit(x, r, index);
}

// Takes in the operation of a new frame: it is started, held, or turned away.
static inline void replica_enter(const struct context *x, struct replica *r, uint32_t index)
{
    if (LIKELY(!replica_turns_away(x, r, index)))
        replica_admit(x, r, index);
}

uint32_t replica_new_frame(const struct context *x, struct replica *r,
                           const struct operation *operation)
{
    uint32_t index = slots_take(&r->operations);
    struct operation *o = &r->operations.items[index];
    uint32_t generation = o->generation;
    *o = *operation;
    o->generation = generation;
    o->started = x->now;
    o->timer = 0;
    return index;
}

void replica_take(const struct context *x, struct replica *r, const struct operation *operation)
{
    if (!r->fault->is_dead)
        replica_enter(x, r, replica_new_frame(x, r, operation));
}

// The members work on it, this one among them, or the one that leads.
static void replica_coordinate(const struct context *x, struct replica *r, uint32_t index)
{
    if (replica_turns_away(x, r, index))
        return;
    if (r->consensus != NULL)
        consensus_begin(x, r, index);
    else
        quorum_begin(x, r, index);
}

static inline uint32_t replica_item(const struct replica *r, const struct payload_request *q)
{
    return LIKELY(!(q->flags & REQUEST_OWN)) ? popularity_item(&r->plan->popularity, q->item_word)
                                             : session_item(r->plan, q->item_word);
}

// Who is refused takes no units.
static bool replica_is_throttled(const struct context *x, struct replica *r,
                                 const struct operation *o)
{
    return r->throughput != NULL && !r->fault->is_refusing &&
           !throughput_admit(r->throughput, x->now, o->item, replica_operation(r, o));
}

// Lets in the operation of a new frame where more has to be looked at than room and faults.
static void replica_let_in(const struct context *x, struct replica *r, uint32_t index)
{
    const struct operation *o = &r->operations.items[index];
    if (replica_is_throttled(x, r, o))
        replica_finish(x, r, index, ANSWER_THROTTLED);
    else if (!replica_is_alone(r) && !replica_reads_copy(r, o))
        replica_coordinate(x, r, index);
    else
        replica_enter(x, r, index);
}

static inline void replica_take_request(const struct context *x, struct replica *r,
                                        const struct event *e, enum operation_kind kind,
                                        uint8_t added_flags)
{
    const struct payload_request q = payload_of(e, payload_request);
    if (UNLIKELY(r->fault->is_dead))
        return;
    uint32_t index = slots_take(&r->operations);
    struct operation *o = &r->operations.items[index];
    o->call = q.call;
    o->caller = event_src(e);
    o->item = replica_item(r, &q);
    o->item_word = q.item_word;
    o->class_index = q.class_index;
    o->kind = (uint8_t)kind;
    o->flags = q.flags | added_flags;
    o->origin = r->member;
    o->serial = 0;
    o->version = 0;
    o->answered = 0;
    o->started = x->now;
    o->timer = 0;
    if (UNLIKELY(q.flags & REQUEST_OWN))
        guarantee_note(x, r, index, e);
    if (LIKELY(r->is_plain))
        replica_enter(x, r, index);
    else
        replica_let_in(x, r, index);
}

void replica_on_request(const struct context *x, struct replica *r, const struct event *e)
{
    replica_take_request(x, r, e, OPERATION_CLIENT, 0);
}

void replica_on_cache(const struct context *x, struct replica *r, const struct event *e)
{
    replica_take_request(x, r, e, OPERATION_CLIENT, REQUEST_CACHED);
}

void replica_on_forwarded(const struct context *x, struct replica *r, const struct event *e)
{
    replica_take_request(x, r, e, OPERATION_FORWARDED, 0);
}

void replica_on_redirected(const struct context *x, struct replica *r, const struct event *e)
{
    replica_take_request(x, r, e, OPERATION_REDIRECTED, 0);
}

static void replica_write(const struct context *x, struct replica *r, uint32_t index)
{
    struct operation *o = &r->operations.items[index];
    switch (r->spec->mode) {
    case STORE_MULTI_LEADER:
        if (o->flags & REQUEST_PROBE) { // goes all the way but changes nothing
            replica_finish(x, r, index, ANSWER_OK);
        } else if (replication_refuses(x, r, o)) {
            replica_finish(x, r, index, ANSWER_UNMET);
        } else {
            replication_commit(x, r, o);
            replica_finish(x, r, index, ANSWER_OK);
        }
        break;
    case STORE_SINGLE_LEADER:
        leadership_write(x, r, index);
        break;
    case STORE_QUORUM:
    case STORE_CONSENSUS:
        REQUIRE(false, "the write of mode %d has parts only", (int)r->spec->mode);
        break;
    }
}

void replica_on_operation_done(const struct context *x, struct replica *r, const struct event *e)
{
    uint64_t token = event_token(e);
    uint32_t index = slots_index(token);
    if (!slots_is_live(&r->operations, token))
        return; // the region lost power meanwhile
    replica_start_held(x, r);
    const struct operation *o = &r->operations.items[index];
    if (UNLIKELY(replica_lacks(r, o))) // what was under way is cut off
        replica_finish(x, r, index, ANSWER_ERROR);
    else if (o->kind == OPERATION_PART)
        quorum_part(x, r, index);
    else if (o->kind == OPERATION_ENTRY)
        appending_stored(x, r, index);
    else if (o->kind == OPERATION_LOOKUP)
        consensus_looked_up(x, r, index);
    else if (o->flags & REQUEST_WRITE)
        replica_write(x, r, index);
    else if (replica_reading(r, o->flags)->waits_for_log)
        position_read(x, r, index);
    else if (replica_reading(r, o->flags)->is_leased)
        quorum_read_leased(x, r, index);
    else
        replica_read_now(x, r, index);
}

void replica_on_operation_timeout(const struct context *x, struct replica *r, const struct event *e)
{
    uint64_t token = event_token(e);
    CHECK(slots_is_live(&r->operations, token));
    uint32_t index = slots_index(token);
    r->operations.items[index].timer = 0;
    if (r->spec->mode == STORE_QUORUM)
        quorum_give_up(x, r, index);
    replica_finish(x, r, index, ANSWER_ERROR);
}

// ---- faults

static void replica_lose_power(const struct context *x, struct replica *r)
{
    station_clear(&r->station);
    guarantee_lose_power(x, r);
    intent_forget_waiting(r);
    array_clear(&r->position_waits);
    if (r->spec->mode == STORE_SINGLE_LEADER)
        commit_lose_power(x, r);
    for (uint32_t i = 0; i < r->operations.n; i++) {
        if (!slots_is_taken(&r->operations, i))
            continue;
        const struct operation *o = &r->operations.items[i];
        if (o->timer != 0)
            cell_disarm(x->cell, r->timeout_lane, o->timer);
        replica_tell_history(x, r, o, SIMTIME_NEVER, STORE_HISTORY_UNKNOWN);
        if (r->spec->mode == STORE_QUORUM)
            quorum_lose(x, r, o);
        slots_release(&r->operations, i);
    }
}

static void replica_note_failure(const struct context *x, struct replica *r)
{
    const struct exposure_record where = {.time = x->now, .region = r->region};
    if (r->plan->n_members > 1 && x->now >= x->model->warmup && r->spec->mode != STORE_CONSENSUS)
        recovery_fail(&r->recovery, where);
}

void replica_on_fault(const struct context *x, struct replica *r, const struct event *e)
{
    const struct payload_fault *f = &payload_of(e, payload_fault);
    bool was_dead = r->fault->is_dead, was_silent = replica_is_silent(r);
    const struct timeline *line = &x->world->replica_faults[r->index];
    r->fault = &line->changes.items[f->change].state;
    r->change = timeline_next_change(line, x->now);
    r->stretch = station_set_capacity(&r->station, r->plan->servers, (double)r->fault->capacity);
    if (r->fault->is_dead && !was_dead)
        replica_lose_power(x, r);
    if (replica_is_silent(r) && !was_silent)
        replica_note_failure(x, r);
    if (was_silent && !replica_is_silent(r))
        r->lead.last_heard = x->now; // it has not listened meanwhile
    if (r->consensus != NULL)
        consensus_on_fault(x, r, was_dead, was_silent);
    replica_start_held(x, r);
}
