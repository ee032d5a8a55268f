#include "model/registration.h"

#include "model/context.h"

void registration_take_out(const struct context *x, struct balancer *b, uint64_t targets)
{
    const simtime delay = simtime_from_seconds(b->group.spec->deregistration_delay_s);
    const struct payload_token left = {targets & b->group.registered};
    if (left.token == 0)
        return;
    for (uint64_t set = left.token; set != 0; set &= set - 1)
        b->gone_at[__builtin_ctzll(set)] = x->now + delay + 1;
    targetgroup_take_out(&b->group, left.token, x->now);
    balancer_review(x, b);
    context_send(x, x->lp, delay + 1, EV_TARGETS_GONE, &left, sizeof left);
}

void registration_put_back(const struct context *x, struct balancer *b, uint64_t targets)
{
    const uint64_t back = targets & ~b->group.registered;
    if (back == 0)
        return;
    targetgroup_put_back(&b->group, back, x->now);
    balancer_review(x, b);
}

void registration_on_end(const struct context *x, struct balancer *b, const struct event *e)
{
    uint64_t gone = 0;
    for (uint64_t set = event_token(e) & ~b->group.registered; set != 0; set &= set - 1)
        gone |= (uint64_t)(b->gone_at[__builtin_ctzll(set)] == x->now) << __builtin_ctzll(set);
    for (uint64_t set = gone; set != 0; set &= set - 1)
        targetgroup_cut(&b->group, (uint8_t)__builtin_ctzll(set), x->now);
    balancer_cut(x, b, gone);
}
