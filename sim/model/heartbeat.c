#include "model/heartbeat.h"

#include "model/appending.h"
#include "model/context.h"
#include "model/election.h"
#include "model/readindex.h"

// ---- messages

static void heartbeat_bring(const struct context *x, struct replica *r, uint8_t member,
                            uint16_t kind, const struct payload_beat *beat)
{
    struct consensus *c = r->consensus;
    const uint32_t lp = replica_member(x, r, member);
    const struct path *path = &r->paths[context_place(x, lp)];
    const simtime delay = context_path_delay(x, path, &c->beats, net_small);
    const struct timeline *faults = &x->world->replica_faults[x->model->lps[lp].index];
    if (delay == NET_LOST || timeline_alive_from(faults, x->now + delay) != x->now + delay)
        c->broken |= UINT32_C(1) << member;
    else
        context_send(x, lp, delay, kind, beat, sizeof *beat);
}

static void heartbeat_send_groups(const struct context *x, struct replica *r,
                                  const struct payload_beat *beat)
{
    for (uint8_t m = 0; m < r->plan->n_members; m++)
        if (m != r->member)
            heartbeat_bring(x, r, m, EV_GROUP_BEAT, beat);
}

void heartbeat_send(const struct context *x, struct replica *r, const struct consensus_group *g)
{
    const struct payload_beat beat = {
        .groups = consensus_bit(r, g), .clock = x->now + r->clock, .term = g->term};
    heartbeat_send_groups(x, r, &beat);
}

// ---- a leader's

simtime heartbeat_majority(const struct replica *r, const struct consensus_group *g, simtime now)
{
    const int n = r->plan->n_members;
    const uint32_t needed = r->consensus->majority - 1; // others
    simtime latest = -1;
    for (int m = 0; m < n && needed > 0; m++) {
        const simtime acked = g->peers[m].acked;
        uint32_t n_later = 0;
        for (int other = 0; other < n; other++)
            n_later += other != r->member && g->peers[other].acked >= acked;
        if (m != r->member && n_later >= needed && acked > latest)
            latest = acked;
    }
    return needed > 0 ? latest : now;
}

// Whether a leader has not been answered for so long that it must give up: another may have been
// elected.
static bool heartbeat_is_alone(const struct replica *r, const struct consensus_group *g,
                               simtime now)
{
    const struct consensus *c = r->consensus;
    const simtime heard = simtime_most(g->elected, heartbeat_majority(r, g, now));
    return now - heard > simtime_most(c->election_timeout, c->lease);
}

// Groups that are led here; those that cannot be led any longer are left.
static uint64_t heartbeat_review(const struct context *x, struct replica *r)
{
    uint64_t led = 0;
    for (uint32_t i = 0; i < r->consensus->n_groups; i++) {
        struct consensus_group *g = &r->consensus->groups[i];
        if (g->role != CONSENSUS_LEADER)
            continue;
        if (heartbeat_is_alone(r, g, x->now)) {
            election_step_down(x, r, g);
            continue;
        }
        election_consider_transfer(x, r, g);
        led |= UINT64_C(1) << i;
    }
    return led;
}

static void heartbeat_plan(const struct context *x, struct consensus *c, simtime due)
{
    c->due = due;
    context_send(x, x->lp, due - x->now, EV_HEARTBEAT_DUE, NULL, 0);
}

void heartbeat_wake(const struct context *x, struct replica *r)
{
    struct consensus *c = r->consensus;
    const simtime next = c->phase + ((x->now - c->phase) / c->heartbeat + 1) * c->heartbeat;
    if (r->plan->n_members > 1 && next < c->due)
        heartbeat_plan(x, c, next);
}

// Those of the groups that are led in the same term go together.
static void heartbeat_send_all(const struct context *x, struct replica *r, uint64_t led)
{
    const struct consensus_group *groups = r->consensus->groups;
    while (led != 0) {
        struct payload_beat beat = {.clock = x->now + r->clock,
                                    .term = groups[__builtin_ctzll(led)].term};
        for (uint64_t left = led; left != 0; left &= left - 1)
            if (groups[__builtin_ctzll(left)].term == beat.term)
                beat.groups |= left & -left;
        heartbeat_send_groups(x, r, &beat);
        led &= ~beat.groups;
    }
}

void heartbeat_on_due(const struct context *x, struct replica *r)
{
    struct consensus *c = r->consensus;
    if (x->now != c->due)
        return; // an earlier one was planned afterwards
    c->due = SIMTIME_NEVER;
    const uint64_t led = heartbeat_review(x, r);
    if (led == 0)
        return;
    heartbeat_send_all(x, r, led);
    heartbeat_plan(x, c, x->now + c->heartbeat);
}

// A message got through after some did not: both ends say again what the other may have missed.
static void heartbeat_mend(const struct context *x, struct replica *r, uint8_t member)
{
    struct consensus *c = r->consensus;
    if (LIKELY(!(c->broken >> member & 1)))
        return;
    c->broken &= ~(UINT32_C(1) << member);
    for (uint32_t i = 0; i < c->n_groups; i++) {
        struct consensus_group *g = &c->groups[i];
        if (g->role == CONSENSUS_LEADER)
            appending_catch_up(x, r, g, member);
        else if (g->leader == member)
            appending_tell(x, r, g, member);
    }
}

static void heartbeat_note_answer(const struct consensus *c, struct consensus_peer *peer,
                                  simtime sent)
{
    if (sent <= peer->acked)
        return;
    if (peer->acked < 0 || sent - peer->acked > c->election_timeout)
        peer->since = sent;
    peer->acked = sent;
}

void heartbeat_on_answer(const struct context *x, struct replica *r, const struct event *e)
{
    const struct payload_beat p = payload_of(e, payload_beat);
    const uint8_t from = consensus_sender(x, r, e);
    struct consensus *c = r->consensus;
    if (replica_is_silent(r))
        return;
    for (uint64_t left = p.groups; left != 0; left &= left - 1) {
        struct consensus_group *g = &c->groups[__builtin_ctzll(left)];
        if (g->role != CONSENSUS_LEADER || g->term != p.term)
            continue;
        heartbeat_note_answer(c, &g->peers[from], p.clock - r->clock);
        readindex_note_answer(x, r, g, from, p.clock - r->clock);
    }
    heartbeat_mend(x, r, from);
}

// ---- a follower's

static void heartbeat_promise(const struct replica *r, struct consensus_group *g, uint8_t leader,
                              const struct payload_beat *beat)
{
    const simtime until = beat->clock + r->consensus->lease;
    g->promise = g->promised_to == leader ? simtime_most(g->promise, until) : until;
    g->promised_to = leader;
}

// True if the sender leads the group as far as is known here.
static bool heartbeat_hear(const struct context *x, struct replica *r, struct consensus_group *g,
                           const struct event *e)
{
    const struct payload_beat p = payload_of(e, payload_beat);
    const uint8_t leader = consensus_sender(x, r, e);
    if (p.term < g->term) {
        appending_tell(x, r, g, leader);
        return false;
    }
    election_follow(x, r, g, p.term, leader);
    if (r->consensus->lease > 0)
        heartbeat_promise(r, g, leader, &p);
    return true;
}

void heartbeat_on_beat(const struct context *x, struct replica *r, const struct event *e)
{
    struct payload_beat p = payload_of(e, payload_beat);
    const uint8_t leader = consensus_sender(x, r, e);
    uint64_t heard = 0;
    if (replica_is_silent(r))
        return;
    for (uint64_t left = p.groups; left != 0; left &= left - 1)
        if (heartbeat_hear(x, r, &r->consensus->groups[__builtin_ctzll(left)], e))
            heard |= left & -left;
    heartbeat_mend(x, r, leader);
    p.groups = heard;
    if (heard != 0)
        heartbeat_bring(x, r, leader, EV_GROUP_BEAT_ANSWER, &p);
}

// ---- life

void heartbeat_open(struct world *w, struct replica *r)
{
    struct consensus *c = r->consensus;
    const uint32_t lp = model_lp(w->model, LP_REPLICA, r->index);
    c->phase = (simtime)(stream_uniform(&c->beats) * (double)c->heartbeat);
    for (uint32_t i = 0; i < c->n_groups && r->plan->n_members > 1; i++)
        if (c->groups[i].role == CONSENSUS_LEADER)
            c->due = c->phase;
    if (c->due != SIMTIME_NEVER)
        engine_post(w->engine, lp, lp, c->due, EV_HEARTBEAT_DUE, NULL, 0);
}
