#include "model/position.h"

#include "model/context.h"

static uint64_t position_mark(const struct replica *r, uint32_t position)
{
    return (uint64_t)r->lead.epoch << 32 | position;
}

void position_await(struct replica *r, uint32_t item, uint32_t position)
{
    struct item *at = items_at(&r->copy.items, item);
    if (position_mark(r, position) > at->own)
        at->own = position_mark(r, position);
}

// The position in this epoch's log that the item's readers wait for; 0: none.
static uint32_t position_awaited(const struct replica *r, uint32_t item)
{
    const uint64_t mark = items_find(&r->copy.items, item)->own;
    return mark >> 32 == r->lead.epoch ? (uint32_t)mark : 0;
}

static void position_wait(const struct context *x, struct replica *r, uint32_t operation,
                          uint32_t position)
{
    if (position <= r->lead.applied) {
        replica_read_now(x, r, operation);
        return;
    }
    const struct position_wait wait = {slots_token(&r->operations, operation), position};
    array_push(&r->position_waits, wait);
    if (r->operations.items[operation].timer == 0)
        replica_arm(x, r, operation);
}

static void position_ask(const struct context *x, struct replica *r, uint32_t operation)
{
    const struct payload_position ask = {.call = slots_token(&r->operations, operation)};
    const uint32_t leader = replica_member(x, r, r->lead.leader);
    replica_arm(x, r, operation);
    context_send(x, leader, replica_delay(x, r, leader, net_small), EV_POSITION_ASK, &ask,
                 sizeof ask);
}

void position_read(const struct context *x, struct replica *r, uint32_t operation)
{
    if (r->lead.leader == r->member)
        replica_read_now(x, r, operation);
    else if (replica_reading(r, r->operations.items[operation].flags)->asks_leader)
        position_ask(x, r, operation);
    else
        position_wait(x, r, operation, position_awaited(r, r->operations.items[operation].item));
}

void position_on_ask(const struct context *x, struct replica *r, const struct event *e)
{
    struct payload_position p = payload_of(e, payload_position);
    const uint32_t follower = event_src(e);
    if (replica_is_silent(r) || r->lead.leader != r->member)
        return;
    p.epoch = r->lead.epoch;
    p.position = r->fates.n;
    context_send(x, follower, replica_delay(x, r, follower, net_small), EV_POSITION, &p, sizeof p);
}

void position_on_answer(const struct context *x, struct replica *r, const struct event *e)
{
    const struct payload_position p = payload_of(e, payload_position);
    if (slots_is_live(&r->operations, p.call))
        position_wait(x, r, slots_index(p.call), p.epoch == r->lead.epoch ? p.position : 0);
}

void position_reached(const struct context *x, struct replica *r)
{
    size_t left = 0;
    for (size_t i = 0; i < r->position_waits.n; i++) {
        const struct position_wait wait = r->position_waits.items[i];
        if (!slots_is_live(&r->operations, wait.operation))
            continue; // given up
        if (wait.position <= r->lead.applied)
            replica_read_now(x, r, slots_index(wait.operation));
        else
            r->position_waits.items[left++] = wait;
    }
    r->position_waits.n = left;
}

void position_restart(const struct context *x, struct replica *r)
{
    const uint32_t applied = r->lead.applied;
    r->lead.applied = UINT32_MAX;
    position_reached(x, r);
    r->lead.applied = applied;
}
