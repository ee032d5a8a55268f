#include "model/holders.h"

#include "model/context.h"
#include "model/handoff.h"
#include "model/pipe.h"
#include "model/quorumset.h"

static const struct timeline *holders_faults(const struct context *x, const struct replica *r,
                                             int member)
{
    return &x->world->replica_faults[r->plan->first + (uint32_t)member];
}

// Asked when the write began, and has not failed since: has it, or will in a moment.
static bool holders_was_sent(const struct context *x, const struct replica *r, int member,
                             simtime began)
{
    const bool was_clear = member == r->member ||
                           pipe_clear_between(x, r, r->member, member, began) == began;
    return was_clear && timeline_next_failure(holders_faults(x, r, member), began) > x->now;
}

static bool holders_has_unfailing(const struct context *x, const struct replica *r,
                                  uint32_t holders)
{
    for (; holders != 0; holders &= holders - 1)
        if (holders_faults(x, r, __builtin_ctz(holders))->first == SIMTIME_NEVER)
            return true;
    return false;
}

// Members that have said that they have it. One that stands in for another has answered for that.
static uint32_t holders_known(const struct replica *r, const struct operation *o)
{
    return r->spec->quorum.conflict == QUORUM_REJECTS ? o->answered : o->held;
}

static uint32_t holders_at_first(const struct context *x, const struct replica *r,
                                 const struct operation *o)
{
    const bool refuses = r->spec->quorum.conflict == QUORUM_REJECTS;
    uint32_t holders = holders_known(r, o);
    uint32_t left = quorumset_copies(r, o->item) & ~holders & ~(refuses ? o->refused : 0);
    for (; left != 0; left &= left - 1) {
        const int m = __builtin_ctz(left);
        holders |= (uint32_t)holders_was_sent(x, r, m, o->started) << m;
    }
    return holders;
}

// Those that hints will have been sent to by then.
static uint32_t holders_joined(const struct context *x, const struct replica *r,
                               const struct operation *o, uint32_t holders, simtime by)
{
    for (uint32_t left = quorumset_copies(r, o->item) & ~holders; left != 0; left &= left - 1) {
        const int m = __builtin_ctz(left);
        holders |= (uint32_t)(handoff_leaves(x, r, m, o->started) <= by) << m;
    }
    return holders;
}

// Of those that are up, the one that fails last.
struct holders_last {
    int member; // -1: none is up
    simtime fails;
};

static struct holders_last holders_last(const struct context *x, const struct replica *r,
                                        uint32_t holders, simtime now)
{
    struct holders_last last = {.member = -1};
    for (; holders != 0; holders &= holders - 1) {
        const struct timeline *faults = holders_faults(x, r, __builtin_ctz(holders));
        if (timeline_alive_from(faults, now) != now)
            continue;
        const simtime fails = timeline_next_failure(faults, now);
        if (fails > last.fails)
            last = (struct holders_last){__builtin_ctz(holders), fails};
    }
    return last;
}

// The failure that takes the last holder; member -1: none does in this run.
static struct holders_last holders_fall(const struct context *x, const struct replica *r,
                                        const struct operation *o)
{
    uint32_t holders = holders_at_first(x, r, o);
    struct holders_last fall = {.member = -1, .fails = o->started}, last;
    while ((last = holders_last(x, r, holders, fall.fails)).member >= 0) {
        if (last.fails >= x->model->duration)
            return (struct holders_last){.member = -1};
        fall = last;
        holders = holders_joined(x, r, o, holders, fall.fails);
    }
    return fall;
}

void holders_expose(const struct context *x, struct replica *r, const struct operation *o)
{
    if (x->now < x->model->warmup || LIKELY(holders_has_unfailing(x, r, holders_known(r, o))))
        return;
    const struct holders_last fall = holders_fall(x, r, o);
    if (fall.member < 0)
        return;
    const struct exposure_record where = {.time = fall.fails,
                                          .region = r->plan->member_region[fall.member]};
    r->counts.unreplicated_at_fault++;
    recovery_foresee(&r->recovery, where, x->now);
}
