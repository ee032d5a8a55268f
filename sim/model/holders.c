#include "model/holders.h"

#include "model/context.h"
#include "model/handoff.h"
#include "model/pipe.h"
#include "model/quorumset.h"

// A write, and what is known of who has it.
struct holders {
    const struct context *x;
    const struct replica *r;
    simtime began;
    uint32_t copies;    // who should have it
    uint32_t have;      // of these
    uint32_t stand_ins; // hand it over to the others
};

static const struct timeline *holders_faults(const struct holders *h, int member)
{
    return &h->x->world->replica_faults[h->r->plan->first + (uint32_t)member];
}

static bool holders_is_up(const struct holders *h, int member, simtime now)
{
    return timeline_alive_from(holders_faults(h, member), now) == now;
}

// ---- at the acknowledgement

static bool holders_was_asked(const struct holders *h, const struct operation *o, int member)
{
    if (h->r->spec->quorum.conflict != QUORUM_REJECTS)
        return o->held >> member & 1;
    const bool was_clear = member == h->r->member ||
                           pipe_clear_between(h->x, h->r, h->r->member, member, h->began) ==
                               h->began;
    return was_clear && !(o->refused >> member & 1);
}

// Has answered, or was asked and has not failed since.
static bool holders_has(const struct holders *h, const struct operation *o, int member)
{
    return holders_was_asked(h, o, member) &&
           ((o->answered >> member & 1) ||
            timeline_next_failure(holders_faults(h, member), h->began) > h->x->now);
}

static struct holders holders_of(const struct context *x, const struct replica *r,
                                 const struct operation *o)
{
    struct holders h = {
        .x = x, .r = r, .began = o->started, .copies = quorumset_copies(r, o->item)};
    for (uint32_t left = h.copies; left != 0; left &= left - 1) {
        const int m = __builtin_ctz(left);
        h.have |= (uint32_t)holders_has(&h, o, m) << m;
    }
    if (r->spec->quorum.conflict != QUORUM_REJECTS)
        h.stand_ins = o->held & ~h.copies;
    return h;
}

// ---- later

// When one that does not have it has been sent it, by the coordinator or one that stands in.
static bool holders_joins(const struct holders *h, int member, simtime by)
{
    if (handoff_leaves(h->x, h->r, member, h->began) <= by)
        return true;
    for (uint32_t left = h->stand_ins; left != 0; left &= left - 1)
        if (pipe_clear_between(h->x, h->r, __builtin_ctz(left), member, h->began) + SIMTIME_S <= by)
            return true;
    return false;
}

static void holders_add(struct holders *h, simtime by)
{
    for (uint32_t left = h->copies & ~h->have; left != 0; left &= left - 1) {
        const int m = __builtin_ctz(left);
        h->have |= (uint32_t)holders_joins(h, m, by) << m;
    }
}

// Of those that are up, the one that fails last.
struct holders_last {
    int member; // -1: none is up
    simtime fails;
};

// Whether one of those that stand-ins keep it for will be there.
static bool holders_is_waited_for(const struct holders *h, simtime now)
{
    for (uint32_t left = h->copies & ~h->have; left != 0; left &= left - 1)
        if (timeline_alive_from(holders_faults(h, __builtin_ctz(left)), now) <
            h->x->model->duration)
            return true;
    return false;
}

static struct holders_last holders_last(const struct holders *h, simtime now)
{
    struct holders_last last = {.member = -1};
    uint32_t left = h->have | (holders_is_waited_for(h, now) ? h->stand_ins : 0);
    for (; left != 0; left &= left - 1) {
        const int m = __builtin_ctz(left);
        if (!holders_is_up(h, m, now))
            continue;
        const simtime fails = timeline_next_failure(holders_faults(h, m), now);
        if (fails > last.fails)
            last = (struct holders_last){m, fails};
    }
    return last;
}

// The failure that takes the last holder; member -1: none does in this run.
static struct holders_last holders_fall(struct holders *h)
{
    const struct holders_last none = {.member = -1};
    struct holders_last fall = {.member = -1, .fails = h->began}, last;
    while (h->have != h->copies) {
        last = holders_last(h, fall.fails);
        if (last.member < 0)
            return fall;
        if (last.fails >= h->x->model->duration)
            return none;
        fall = last;
        holders_add(h, fall.fails);
    }
    return none;
}

void holders_expose(const struct context *x, struct replica *r, const struct operation *o)
{
    struct holders h = holders_of(x, r, o);
    if (LIKELY(h.have == h.copies) || x->now < x->model->warmup)
        return;
    const struct holders_last fall = holders_fall(&h);
    if (fall.member < 0 || fall.fails < x->model->warmup)
        return;
    const struct exposure_record where = {.time = fall.fails,
                                          .region = r->plan->member_region[fall.member]};
    r->counts.unreplicated_at_fault++;
    recovery_foresee(&r->recovery, where, x->now);
}
