#include "model/handover.h"

#include "model/action.h"
#include "model/context.h"
#include "model/leadership.h"

static const simtime handover_retry = 30 * SIMTIME_S;

static void handover_ask(const struct context *x, struct replica *r)
{
    const struct payload_position ask = {.epoch = r->lead.epoch};
    const uint32_t leader = replica_member(x, r, r->lead.leader);
    context_send(x, leader, replica_delay(x, r, leader, net_small), EV_HANDOVER_ASK, &ask,
                 sizeof ask);
}

void handover_try(const struct context *x, struct replica *r, const struct payload_action *action)
{
    const bool is_planned = x->model->plan->actions[action->action].change == ACTION_SWITCHOVER;
    if (r->lead.leader == r->member) {
        if (!action_is_retry(action)) // else a switchover that has been made
            action_refuse(x, action);
    } else if (replica_is_silent(r)) {
        action_try_again(x, action, x->now + handover_retry);
    } else if (!is_planned) {
        action_will_arrive(x, action);
    } else if (!r->handover.is_agreed) {
        r->handover = (struct handover){.is_on = true, .action = *action};
        handover_ask(x, r);
        action_try_again(x, action, x->now + handover_retry);
    }
}

void handover_received(const struct context *x, struct replica *r)
{
    struct handover *h = &r->handover;
    if (LIKELY(!h->is_on) || !h->is_agreed || h->epoch != r->lead.epoch ||
        r->lead.received < h->position)
        return;
    h->is_on = false;
    action_will_arrive(x, &h->action);
}

void handover_on_ask(const struct context *x, struct replica *r, const struct event *e)
{
    const uint32_t successor = event_src(e);
    if (replica_is_silent(r) || r->lead.leader != r->member)
        return;
    leadership_pause(x, r);
    const struct payload_position agreed = {.epoch = r->lead.epoch, .position = r->fates.n};
    context_send(x, successor, replica_delay(x, r, successor, net_small), EV_HANDOVER, &agreed,
                 sizeof agreed);
}

void handover_on_agreed(const struct context *x, struct replica *r, const struct event *e)
{
    const struct payload_position p = payload_of(e, payload_position);
    if (replica_is_silent(r) || !r->handover.is_on)
        return;
    r->handover.is_agreed = true;
    r->handover.epoch = p.epoch;
    r->handover.position = p.position;
    handover_received(x, r);
}

bool handover_is_ready(const struct context *x, struct replica *r,
                       const struct payload_action *action)
{
    struct payload_action again = *action;
    if (replica_is_silent(r)) {
        again.n_tries = 0;
        r->handover = (struct handover){0};
        action_try_again(x, &again, x->now + handover_retry);
        return false;
    }
    const simtime applied = leadership_applied_at(r);
    if (applied <= x->now || again.n_tries > 0)
        return true;
    again.n_tries = 1; // once: what still comes from the old leader is not waited for
    action_arrives_at(x, &again, applied);
    return false;
}

void handover_finish(const struct context *x, struct replica *r)
{
    r->handover = (struct handover){0};
    if (r->lead.leader != r->member)
        leadership_take_over(x, r);
}
