#include "model/readindex.h"

#include "model/context.h"
#include "model/election.h"
#include "model/heartbeat.h"

static bool readindex_is_ready(const struct consensus_group *g)
{
    return g->commit >= g->ready;
}

// The members that have granted the lease count its time by their own clocks, which may be ahead.
static bool readindex_has_lease(const struct replica *r, const struct consensus_group *g,
                                simtime now)
{
    const struct consensus *c = r->consensus;
    if (c->lease == 0 || g->has_handed_over)
        return false;
    const simtime granted = heartbeat_majority(r, g, now);
    return granted >= 0 && now < granted + c->lease - c->tolerance;
}

static void readindex_send_round(const struct context *x, struct replica *r,
                                 struct consensus_group *g)
{
    g->round = x->now;
    g->round_acks = UINT32_C(1) << r->member;
    heartbeat_send(x, r, g);
    election_look_by(x, r, x->now + r->consensus->election_timeout / 2);
}

static void readindex_begin_round(const struct context *x, struct replica *r,
                                  struct consensus_group *g)
{
    const consensus_tokens empty = g->reads;
    g->reads = g->later_reads;
    g->later_reads = empty;
    readindex_send_round(x, r, g);
}

simtime readindex_retry(const struct context *x, struct replica *r, struct consensus_group *g)
{
    const simtime pause = r->consensus->election_timeout / 2;
    if (g->round == SIMTIME_NEVER)
        return SIMTIME_NEVER;
    if (x->now - g->round >= pause)
        readindex_send_round(x, r, g);
    return g->round + pause;
}

static void readindex_release(const struct context *x, struct replica *r, struct consensus_group *g)
{
    for (size_t i = 0; i < g->reads.n; i++)
        if (slots_is_live(&r->operations, g->reads.items[i]))
            consensus_look_up(x, r, slots_index(g->reads.items[i]));
    array_clear(&g->reads);
    g->round = SIMTIME_NEVER;
}

void readindex_look(const struct context *x, struct replica *r, struct consensus_group *g)
{
    while (g->round != SIMTIME_NEVER && readindex_is_ready(g) &&
           (uint32_t)__builtin_popcount(g->round_acks) >= r->consensus->majority) {
        readindex_release(x, r, g);
        if (g->later_reads.n > 0)
            readindex_begin_round(x, r, g);
    }
}

void readindex_note_answer(const struct context *x, struct replica *r, struct consensus_group *g,
                           uint8_t member, simtime sent)
{
    if (sent != g->round)
        return;
    g->round_acks |= UINT32_C(1) << member;
    readindex_look(x, r, g);
}

void readindex_ask(const struct context *x, struct replica *r, struct consensus_group *g,
                   uint32_t operation)
{
    if (readindex_is_ready(g) && readindex_has_lease(r, g, x->now)) {
        consensus_look_up(x, r, operation);
        return;
    }
    array_push(&g->later_reads, slots_token(&r->operations, operation));
    if (g->round != SIMTIME_NEVER)
        return;
    readindex_begin_round(x, r, g);
    readindex_look(x, r, g);
}

static void readindex_pass_on(const struct context *x, struct replica *r, consensus_tokens *tokens)
{
    for (size_t i = 0; i < tokens->n; i++)
        if (slots_is_live(&r->operations, tokens->items[i]))
            consensus_pass_on(x, r, slots_index(tokens->items[i]));
    array_clear(tokens);
}

void readindex_leave(const struct context *x, struct replica *r, struct consensus_group *g)
{
    g->round = SIMTIME_NEVER;
    readindex_pass_on(x, r, &g->reads);
    readindex_pass_on(x, r, &g->later_reads);
}
