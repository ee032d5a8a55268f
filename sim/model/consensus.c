#include "model/consensus.h"

#include "model/appending.h"
#include "model/context.h"
#include "model/election.h"
#include "model/guarantee.h"
#include "model/heartbeat.h"
#include "model/readindex.h"

// How an operation waits that is not being worked on here (operation.answered).
enum consensus_wait {
    CONSENSUS_WAITS = 1,  // for a leader to be known
    CONSENSUS_SENT = 2,   // for the answer of another member, which is told by the bits above
    CONSENSUS_DOUBTS = 3, // a write: for what is committed in the place of its entry
};

// ---- messages

// A connection whose packets are not acknowledged for this long is given up (etcd, rafthttp: 5 s).
static const simtime consensus_patience = 5 * SIMTIME_S;

// Both ends are known ahead, as for pipes: a sender learns what its connection could not bring.
static bool consensus_reaches(const struct context *x, uint32_t lp, simtime arrives)
{
    const struct timeline *faults = &x->world->replica_faults[x->model->lps[lp].index];
    return timeline_alive_from(faults, arrives) == arrives;
}

bool consensus_send(const struct context *x, struct replica *r, uint8_t member,
                    const struct consensus_message *m)
{
    const uint32_t lp = replica_member(x, r, member);
    const simtime delay = replica_delay(x, r, lp, m->weight);
    simtime *last = &r->pipes[member].last;
    if (delay != NET_LOST) {
        const simtime arrives = simtime_most(x->now + delay, *last + 1);
        if (arrives - x->now < consensus_patience && consensus_reaches(x, lp, arrives)) {
            *last = arrives;
            context_send(x, lp, arrives - x->now, m->kind, m->payload, m->size);
            return true;
        }
    }
    *last = x->now; // the next one is new
    r->consensus->broken |= UINT32_C(1) << member;
    return false;
}

// ---- operations at a member that does not lead

static void consensus_wait(struct replica *r, struct operation *o)
{
    o->answered = CONSENSUS_WAITS;
    r->consensus->waiting |= consensus_bit(r, consensus_group_of(r, o->item));
}

static void consensus_forward(const struct context *x, struct replica *r, uint32_t index,
                              uint8_t member)
{
    struct operation *o = &r->operations.items[index];
    const struct payload_request q = {.call = slots_token(&r->operations, index),
                                      .item_word = o->item_word,
                                      .class_index = o->class_index,
                                      .flags = o->flags};
    const struct consensus_message m = {EV_FORWARD_WRITE, &q, sizeof q,
                                        context_request_size(x, o->class_index, o->flags)};
    if (consensus_send(x, r, member, &m))
        o->answered = CONSENSUS_SENT | (uint32_t)member << 8;
    else
        consensus_wait(r, o);
}

static void consensus_tell_result(const struct context *x, struct replica *r,
                                  const struct operation *o, struct payload_result *result)
{
    result->call = o->call;
    const struct consensus_message m = {EV_LEADER_ANSWER, result, sizeof *result, net_small};
    consensus_send(x, r, (uint8_t)(o->caller - replica_member(x, r, 0)), &m);
}

void consensus_answer(const struct context *x, struct replica *r, const struct operation *o,
                      enum answer_status status)
{
    struct payload_result result = {
        .version = o->version, .serial = o->serial, .status = (uint8_t)status};
    consensus_tell_result(x, r, o, &result);
}

// Tells the member that has sent it here who leads.
static void consensus_point(const struct context *x, struct replica *r, uint32_t index,
                            uint8_t leader)
{
    const struct operation *o = &r->operations.items[index];
    struct payload_result result = {.is_elsewhere = true, .leader = leader};
    if (o->timer != 0)
        cell_disarm(x->cell, r->timeout_lane, o->timer);
    slots_release(&r->operations, index);
    consensus_tell_result(x, r, o, &result);
}

// Where it is done depends on who leads at present.
static void consensus_route(const struct context *x, struct replica *r, uint32_t index)
{
    struct operation *o = &r->operations.items[index];
    struct consensus_group *g = consensus_group_of(r, o->item);
    const bool leads = g->role == CONSENSUS_LEADER;
    o->answered = 0;
    if (leads && g->successor != CONSENSUS_NOBODY)
        consensus_wait(r, o);
    else if (leads && o->flags & REQUEST_WRITE)
        appending_propose(x, r, g, index);
    else if (leads)
        readindex_ask(x, r, g, index);
    else if (o->kind == OPERATION_FORWARDED)
        consensus_point(x, r, index, g->leader);
    else if (g->leader != CONSENSUS_NOBODY)
        consensus_forward(x, r, index, g->leader);
    else
        consensus_wait(r, o);
}

void consensus_pass_on(const struct context *x, struct replica *r, uint32_t index)
{
    r->operations.items[index].version = 0;
    consensus_route(x, r, index);
}

void consensus_begin(const struct context *x, struct replica *r, uint32_t index)
{
    replica_arm(x, r, index);
    consensus_pass_on(x, r, index);
}

// A read of this member's client is answered with its version.
static void consensus_serve(const struct context *x, struct replica *r, const struct operation *o)
{
    replica_served_read(x, r, o, o->started, o->version);
    if (UNLIKELY(o->flags & REQUEST_OWN))
        guarantee_judge(x, r, o, o->version);
}

// By a frame of its own: the read may be given up meanwhile.
void consensus_look_up(const struct context *x, struct replica *r, uint32_t index)
{
    const struct operation lookup = {.call = slots_token(&r->operations, index),
                                     .item = r->operations.items[index].item,
                                     .kind = OPERATION_LOOKUP};
    if (station_is_full(&r->station, x->now))
        replica_finish(x, r, index, ANSWER_SHED);
    else
        replica_work(x, r, replica_new_frame(x, r, &lookup));
}

void consensus_looked_up(const struct context *x, struct replica *r, uint32_t lookup)
{
    const uint64_t call = r->operations.items[lookup].call;
    slots_release(&r->operations, lookup);
    if (!slots_is_live(&r->operations, call))
        return;
    const uint32_t index = slots_index(call);
    struct operation *o = &r->operations.items[index];
    o->version = replica_version(r, o->item);
    consensus_serve(x, r, o);
    replica_finish(x, r, index, ANSWER_OK);
}

// The other did not do it: on to where it points, if it knows better than this member.
static void consensus_turned_away(const struct context *x, struct replica *r, uint32_t index,
                                  uint8_t leader)
{
    const struct operation *o = &r->operations.items[index];
    const uint8_t asked = (uint8_t)(o->answered >> 8);
    const struct consensus_group *g = consensus_group_of(r, o->item);
    if (g->role != CONSENSUS_LEADER && (g->leader == asked || g->leader == CONSENSUS_NOBODY)) {
        if (leader == CONSENSUS_NOBODY || leader == r->member || leader == asked)
            consensus_wait(r, &r->operations.items[index]);
        else
            consensus_forward(x, r, index, leader);
        return;
    }
    consensus_route(x, r, index);
}

void consensus_on_answer(const struct context *x, struct replica *r, const struct event *e)
{
    const struct payload_result p = payload_of(e, payload_result);
    const uint8_t from = consensus_sender(x, r, e);
    if (!slots_is_live(&r->operations, p.call))
        return; // given up: a write may have been taken all the same
    const uint32_t index = slots_index(p.call);
    struct operation *o = &r->operations.items[index];
    const bool is_current = o->answered == (CONSENSUS_SENT | (uint32_t)from << 8);
    if (p.is_elsewhere) {
        if (is_current)
            consensus_turned_away(x, r, index, p.leader);
        return;
    }
    o->version = p.version;
    o->serial = p.serial;
    o->origin = from;
    if (p.status == ANSWER_OK && !(o->flags & REQUEST_WRITE))
        consensus_serve(x, r, o);
    replica_finish(x, r, index, (enum answer_status)p.status);
}

// ---- writes whose entries were cut off

// Another member may have the entry, and commit it yet: written again, it would take effect twice.
void consensus_doubt(struct replica *r, uint32_t index)
{
    struct operation *o = &r->operations.items[index];
    o->answered = CONSENSUS_DOUBTS;
    r->consensus->doubts |= consensus_bit(r, consensus_group_of(r, o->item));
}

static void consensus_decide_one(const struct context *x, struct replica *r, uint32_t index,
                                 uint64_t version)
{
    if (r->operations.items[index].version == version)
        replica_finish(x, r, index, ANSWER_OK);
    else
        consensus_pass_on(x, r, index);
}

void consensus_decide(const struct context *x, struct replica *r, struct consensus_group *g,
                      uint64_t version)
{
    struct consensus *c = r->consensus;
    if (LIKELY(!(c->doubts & consensus_bit(r, g))))
        return;
    bool are_left = false;
    for (uint32_t i = 0; i < r->operations.n; i++) {
        const struct operation *o = &r->operations.items[i];
        if (!slots_is_taken(&r->operations, i) || o->kind > OPERATION_FORWARDED ||
            o->answered != CONSENSUS_DOUBTS || consensus_group_of(r, o->item) != g)
            continue;
        if (version_index(o->version) > version_index(version))
            are_left = true;
        else
            consensus_decide_one(x, r, i, version);
    }
    if (!are_left)
        c->doubts &= ~consensus_bit(r, g);
}

// ---- a leader is known

// Reads may be asked again elsewhere; a write that was brought to the old leader may have been
// taken.
static bool consensus_is_due(const struct operation *o, bool is_new)
{
    if (o->kind > OPERATION_FORWARDED)
        return false;
    return o->answered == CONSENSUS_WAITS ||
           (is_new && !(o->flags & REQUEST_WRITE) && (o->answered & 0xFF) == CONSENSUS_SENT);
}

void consensus_resume(const struct context *x, struct replica *r, struct consensus_group *g,
                      bool is_new)
{
    struct consensus *c = r->consensus;
    const uint64_t bit = consensus_bit(r, g);
    if (LIKELY(!(c->waiting & bit) && !is_new))
        return;
    c->waiting &= ~bit;
    for (uint32_t i = 0; i < r->operations.n; i++) {
        const struct operation *o = &r->operations.items[i];
        if (slots_is_taken(&r->operations, i) && consensus_is_due(o, is_new) &&
            consensus_group_of(r, o->item) == g)
            consensus_route(x, r, i);
    }
}

// ---- faults and life

static void consensus_fall_silent(const struct context *x, struct replica *r)
{
    for (uint32_t i = 0; i < r->consensus->n_groups; i++) {
        struct consensus_group *g = &r->consensus->groups[i];
        g->role = CONSENSUS_FOLLOWER;
        g->leader = CONSENSUS_NOBODY;
        g->successor = CONSENSUS_NOBODY;
        readindex_leave(x, r, g);
    }
}

static void consensus_come_back(const struct context *x, struct replica *r)
{
    for (uint32_t i = 0; i < r->consensus->n_groups; i++) {
        r->consensus->groups[i].is_lagging = true;
        r->consensus->groups[i].asked = x->now - r->consensus->election_timeout;
    }
    election_return(x, r);
}

void consensus_on_fault(const struct context *x, struct replica *r, bool was_dead, bool was_silent)
{
    const bool is_silent = replica_is_silent(r);
    if (r->fault->is_dead && !was_dead)
        for (uint32_t i = 0; i < r->consensus->n_groups; i++)
            appending_lose_power(&r->consensus->groups[i]);
    if (is_silent && !was_silent)
        consensus_fall_silent(x, r);
    if (!is_silent && was_silent)
        consensus_come_back(x, r);
}

// The member of a group that is wished to lead: groups are dealt to those in the wished region, or
// to all.
static uint8_t consensus_wished(const struct replica *r, uint32_t group)
{
    const int region = r->spec->consensus.leaders;
    uint8_t members[STORE_MAX_MEMBERS];
    uint32_t n = 0;
    for (int m = 0; m < r->plan->n_members; m++)
        if (region == STORE_LEADERS_SPREAD || r->plan->member_region[m] == region)
            members[n++] = (uint8_t)m;
    return members[group % n];
}

static void consensus_open_group(struct world *w, struct replica *r, uint32_t index)
{
    struct consensus_group *g = &r->consensus->groups[index];
    const uint8_t wished = consensus_wished(r, index);
    *g = (struct consensus_group){.term = 1,
                                  .vote = wished,
                                  .promised_to = CONSENSUS_NOBODY,
                                  .role = wished == r->member ? CONSENSUS_LEADER
                                                              : CONSENSUS_FOLLOWER,
                                  .leader = wished,
                                  .wished = wished,
                                  .successor = CONSENSUS_NOBODY,
                                  .round = SIMTIME_NEVER};
    g->promise = -VERSION_CLOCK_BIAS;
    g->peers = arena_push(&w->arena, struct consensus_peer, (size_t)r->plan->n_members);
    for (int m = 0; m < r->plan->n_members; m++)
        g->peers[m] = (struct consensus_peer){.next = 1, .acked = -1, .since = SIMTIME_NEVER};
    raftlog_init(&g->log);
}

void consensus_open(struct world *w, struct replica *r)
{
    const struct consensus_spec *spec = &r->spec->consensus;
    const bool has_lease = spec->read == CONSENSUS_READ_LEASE;
    struct consensus *c = r->consensus = arena_push(&w->arena, struct consensus, 1);
    c->n_groups = (uint32_t)spec->groups;
    c->majority = (uint32_t)r->plan->n_members / 2 + 1;
    c->election_timeout = simtime_from_seconds(spec->election_timeout_s);
    c->heartbeat = simtime_from_seconds(spec->heartbeat_s);
    c->transfers_back = spec->transfer_back;
    c->transfer_after = simtime_from_seconds(spec->transfer_after_s);
    c->lease = has_lease ? simtime_from_seconds(spec->lease_s) : 0;
    c->tolerance = has_lease ? simtime_from_seconds(spec->clock_tolerance_s) : 0;
    c->look = c->due = SIMTIME_NEVER;
    for (size_t i = 0; i < ARRAY_LEN(c->marked); i++)
        c->marked[i] = -SIMTIME_DAY;
    const char *name = w->model->lps[model_lp(w->model, LP_REPLICA, r->index)].name;
    c->elections = stream_open(w->seed, w->replication, name, "elections");
    c->beats = stream_open(w->seed, w->replication, name, "heartbeats");
    c->groups = arena_push(&w->arena, struct consensus_group, c->n_groups);
    for (uint32_t i = 0; i < c->n_groups; i++)
        consensus_open_group(w, r, i);
    for (int m = 0; m < r->plan->n_members; m++)
        marks_reserve(&r->fates.committed[m], 1 << 16);
    election_open(w, r);
    heartbeat_open(w, r);
}

void consensus_close(struct replica *r)
{
    for (uint32_t i = 0; r->consensus != NULL && i < r->consensus->n_groups; i++) {
        struct consensus_group *g = &r->consensus->groups[i];
        raftlog_free(&g->log);
        array_free(&g->reads);
        array_free(&g->later_reads);
    }
}
