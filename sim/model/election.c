#include "model/election.h"

#include "model/appending.h"
#include "model/context.h"
#include "model/heartbeat.h"
#include "model/readindex.h"

// ---- the journal

// With many groups a member tells once what happens to them at about the same time.
static void election_mark(const struct context *x, struct replica *r, enum journal_kind kind,
                          uint8_t leader)
{
    struct consensus *c = r->consensus;
    simtime *last = &c->marked[kind - JOURNAL_LEADER_LOST];
    const bool is_another = x->now - *last < 2 * c->election_timeout;
    *last = x->now;
    if (!is_another)
        context_journal(x, kind, x->model->lps[x->lp].name, r->plan->member_region[leader]);
}

// ---- deadlines

static simtime election_draw(struct consensus *c, simtime least)
{
    return least + (simtime)(stream_uniform(&c->elections) * (double)c->election_timeout);
}

// Groups are looked at when the earliest deadline has come. Mostly it has been put off meanwhile:
// then the next look is planned.
void election_look_by(const struct context *x, struct replica *r, simtime time)
{
    struct consensus *c = r->consensus;
    if (LIKELY(time >= c->look))
        return;
    c->look = time;
    context_send(x, x->lp, time - x->now, EV_ELECTION_LOOK, NULL, 0);
}

static void election_set_deadline(const struct context *x, struct replica *r,
                                  struct consensus_group *g, simtime deadline)
{
    g->deadline = deadline;
    election_look_by(x, r, deadline);
}

static void election_wait_anew(const struct context *x, struct replica *r,
                               struct consensus_group *g)
{
    g->patience = election_draw(r->consensus, r->consensus->election_timeout);
    election_set_deadline(x, r, g, x->now + g->patience);
}

void election_return(const struct context *x, struct replica *r)
{
    for (uint32_t i = 0; i < r->consensus->n_groups; i++)
        election_wait_anew(x, r, &r->consensus->groups[i]);
}

// ---- terms

void election_step_down(const struct context *x, struct replica *r, struct consensus_group *g)
{
    election_mark(x, r, JOURNAL_LEADER_STEPPED_DOWN, r->member);
    g->role = CONSENSUS_FOLLOWER;
    g->leader = CONSENSUS_NOBODY;
    g->successor = CONSENSUS_NOBODY;
    election_wait_anew(x, r, g);
    readindex_leave(x, r, g);
}

void election_adopt(const struct context *x, struct replica *r, struct consensus_group *g,
                    uint32_t term)
{
    CHECK(term > g->term);
    if (g->role == CONSENSUS_LEADER)
        election_step_down(x, r, g);
    g->term = term;
    g->vote = CONSENSUS_NOBODY;
    g->role = CONSENSUS_FOLLOWER;
    g->leader = CONSENSUS_NOBODY;
    g->verified = g->commit;
    g->is_lagging = false;
    election_set_deadline(x, r, g, x->now + g->patience);
}

void election_follow(const struct context *x, struct replica *r, struct consensus_group *g,
                     uint32_t term, uint8_t leader)
{
    if (term > g->term)
        election_adopt(x, r, g, term);
    CHECK(g->role != CONSENSUS_LEADER);
    const bool is_new = g->leader != leader;
    g->role = CONSENSUS_FOLLOWER;
    g->leader = leader;
    g->heard = x->now;
    if (is_new)
        g->patience = election_draw(r->consensus, r->consensus->election_timeout);
    election_set_deadline(x, r, g, g->heard + g->patience);
    if (UNLIKELY(is_new && g->is_lagging))
        appending_ask(x, r, g);
    consensus_resume(x, r, g, is_new);
}

// ---- candidates

static uint64_t election_last(const struct consensus_group *g)
{
    return raftlog_version(&g->log, g->log.last);
}

static void election_ask(const struct context *x, struct replica *r,
                         const struct consensus_group *g, enum election_kind kind)
{
    const struct payload_vote q = {.last = election_last(g),
                                   .term = g->term + (kind == ELECTION_PRE),
                                   .group = (uint8_t)consensus_index(r, g),
                                   .kind = (uint8_t)kind};
    const struct consensus_message m = {EV_VOTE_REQUEST, &q, sizeof q, net_small};
    for (uint8_t other = 0; other < r->plan->n_members; other++)
        if (other != r->member)
            consensus_send(x, r, other, &m);
}

static void election_win(const struct context *x, struct replica *r, struct consensus_group *g)
{
    heartbeat_wake(x, r);
    g->role = CONSENSUS_LEADER;
    g->leader = r->member;
    g->elected = x->now;
    g->has_handed_over = false;
    g->verified = g->log.last;
    for (int m = 0; m < r->plan->n_members; m++)
        g->peers[m] =
            (struct consensus_peer){.next = g->log.last + 1, .acked = -1, .since = SIMTIME_NEVER};
    election_mark(x, r, JOURNAL_LEADER_PROMOTED, r->member);
    appending_begin_term(x, r, g);
    heartbeat_send(x, r, g);
    consensus_resume(x, r, g, true);
}

static void election_stand(const struct context *x, struct replica *r, struct consensus_group *g,
                           enum election_kind kind);

static void election_count(const struct context *x, struct replica *r, struct consensus_group *g)
{
    if ((uint32_t)__builtin_popcount(g->votes) < r->consensus->majority)
        return;
    if (g->role == CONSENSUS_ASPIRANT)
        election_stand(x, r, g, ELECTION_REAL);
    else
        election_win(x, r, g);
}

static void election_stand(const struct context *x, struct replica *r, struct consensus_group *g,
                           enum election_kind kind)
{
    g->leader = CONSENSUS_NOBODY;
    g->role = kind == ELECTION_PRE ? CONSENSUS_ASPIRANT : CONSENSUS_CANDIDATE;
    if (kind != ELECTION_PRE) {
        g->term++;
        g->vote = r->member;
        g->verified = g->commit;
    }
    g->votes = UINT32_C(1) << r->member;
    election_wait_anew(x, r, g);
    election_ask(x, r, g, kind);
    election_count(x, r, g);
}

// Who is bound by a lease that it has granted waits until that is over, and a random time, so that
// not all stand at once.
static bool election_is_bound(const struct context *x, struct replica *r, struct consensus_group *g)
{
    const simtime left = g->promise - (x->now + r->clock);
    if (r->consensus->lease == 0 || left <= 0 || g->promised_to == r->member)
        return false;
    election_set_deadline(x, r, g, x->now + election_draw(r->consensus, left));
    return true;
}

static void election_begin(const struct context *x, struct replica *r, struct consensus_group *g)
{
    if (g->leader != CONSENSUS_NOBODY)
        election_mark(x, r, JOURNAL_LEADER_LOST, g->leader);
    if (!election_is_bound(x, r, g))
        election_stand(x, r, g, ELECTION_PRE);
}

// When it has to be looked at again.
static simtime election_look_at(const struct context *x, struct replica *r,
                                struct consensus_group *g)
{
    if (g->role != CONSENSUS_LEADER && g->deadline <= x->now)
        election_begin(x, r, g);
    if (g->role == CONSENSUS_LEADER)
        return readindex_retry(x, r, g);
    const simtime again = g->is_lagging ? appending_ask(x, r, g) : SIMTIME_NEVER;
    return simtime_least(again, g->deadline);
}

void election_on_look(const struct context *x, struct replica *r)
{
    struct consensus *c = r->consensus;
    if (x->now != c->look)
        return; // an earlier one was planned afterwards
    simtime next = SIMTIME_NEVER;
    for (uint32_t i = 0; i < c->n_groups && !replica_is_silent(r); i++)
        next = simtime_least(next, election_look_at(x, r, &c->groups[i]));
    c->look = SIMTIME_NEVER;
    if (next != SIMTIME_NEVER)
        election_look_by(x, r, next);
}

// ---- voters

// Hears from a leader, or is bound to one.
static bool election_is_loyal(const struct context *x, const struct replica *r,
                              const struct consensus_group *g, uint8_t candidate)
{
    const struct consensus *c = r->consensus;
    if (g->role == CONSENSUS_LEADER)
        return true;
    if (g->leader != CONSENSUS_NOBODY && x->now - g->heard < c->election_timeout)
        return true;
    return c->lease > 0 && x->now + r->clock < g->promise && g->promised_to != candidate;
}

static bool election_grants(const struct consensus_group *g, const struct payload_vote *q,
                            uint8_t candidate)
{
    if (q->last < election_last(g))
        return false;
    if (q->kind == ELECTION_PRE)
        return q->term > g->term;
    return q->term == g->term && (g->vote == CONSENSUS_NOBODY || g->vote == candidate);
}

void election_on_request(const struct context *x, struct replica *r, const struct event *e)
{
    const struct payload_vote q = payload_of(e, payload_vote);
    struct consensus_group *g = &r->consensus->groups[q.group];
    const uint8_t candidate = consensus_sender(x, r, e);
    if (replica_is_silent(r))
        return;
    const bool is_loyal = q.kind != ELECTION_TRANSFER && election_is_loyal(x, r, g, candidate);
    if (!is_loyal && q.kind != ELECTION_PRE && q.term > g->term)
        election_adopt(x, r, g, q.term);
    const bool is_granted = !is_loyal && election_grants(g, &q, candidate);
    if (is_granted && q.kind != ELECTION_PRE) {
        g->vote = candidate;
        election_set_deadline(x, r, g, x->now + g->patience);
    }
    const struct payload_vote vote = {.last = g->term,
                                      .term = q.term,
                                      .group = q.group,
                                      .kind = q.kind,
                                      .is_granted = is_granted};
    const struct consensus_message m = {EV_VOTE, &vote, sizeof vote, net_small};
    consensus_send(x, r, candidate, &m);
}

void election_on_vote(const struct context *x, struct replica *r, const struct event *e)
{
    const struct payload_vote p = payload_of(e, payload_vote);
    struct consensus_group *g = &r->consensus->groups[p.group];
    const bool is_pre = p.kind == ELECTION_PRE;
    if (replica_is_silent(r))
        return;
    if (p.last > g->term) {
        election_adopt(x, r, g, (uint32_t)p.last);
        return;
    }
    if (!p.is_granted || p.term != g->term + is_pre ||
        g->role != (is_pre ? CONSENSUS_ASPIRANT : CONSENSUS_CANDIDATE))
        return;
    g->votes |= UINT32_C(1) << consensus_sender(x, r, e);
    election_count(x, r, g);
}

// ---- handing over

static void election_give_up_transfer(const struct context *x, struct replica *r,
                                      struct consensus_group *g)
{
    g->peers[g->successor].since = x->now; // so that it is not tried again at once
    g->successor = CONSENSUS_NOBODY;
    consensus_resume(x, r, g, false);
}

void election_try_transfer(const struct context *x, struct replica *r, struct consensus_group *g)
{
    if (g->peers[g->successor].match != g->log.last || g->is_told)
        return;
    const struct payload_log p = {.term = g->term, .group = (uint8_t)consensus_index(r, g)};
    const struct consensus_message m = {EV_TAKE_OVER, &p, sizeof p, net_small};
    g->has_handed_over = g->is_told = true;
    consensus_send(x, r, g->successor, &m);
}

void election_consider_transfer(const struct context *x, struct replica *r,
                                struct consensus_group *g)
{
    const struct consensus *c = r->consensus;
    const struct consensus_peer *peer = &g->peers[g->wished];
    if (g->successor != CONSENSUS_NOBODY) {
        if (x->now >= g->gives_up)
            election_give_up_transfer(x, r, g);
        return;
    }
    if (!c->transfers_back || g->wished == r->member || peer->since == SIMTIME_NEVER ||
        x->now - peer->since < c->transfer_after || peer->match < g->commit ||
        c->broken >> g->wished & 1)
        return;
    g->successor = g->wished;
    g->is_told = false;
    g->gives_up = x->now + c->election_timeout;
    election_try_transfer(x, r, g);
}

void election_on_take_over(const struct context *x, struct replica *r, const struct event *e)
{
    const struct payload_log p = payload_of(e, payload_log);
    struct consensus_group *g = &r->consensus->groups[p.group];
    if (!replica_is_silent(r) && p.term == g->term && g->role == CONSENSUS_FOLLOWER)
        election_stand(x, r, g, ELECTION_TRANSFER);
}

// ---- life

void election_open(struct world *w, struct replica *r)
{
    struct consensus *c = r->consensus;
    const uint32_t lp = model_lp(w->model, LP_REPLICA, r->index);
    for (uint32_t i = 0; i < c->n_groups; i++) {
        struct consensus_group *g = &c->groups[i];
        g->patience = g->deadline = election_draw(c, c->election_timeout);
        if (g->role != CONSENSUS_LEADER)
            c->look = simtime_least(c->look, g->deadline);
    }
    if (c->look != SIMTIME_NEVER)
        engine_post(w->engine, lp, lp, c->look, EV_ELECTION_LOOK, NULL, 0);
}
