// Pins: what a pool makes of callers who give up: cancelled requests leave the queue, or finish
// their work and nothing more, or give up their calls; what is too late when its turn comes is
// dropped.
#include "unit/model/poolplay.h"

// ---- cancelling

static struct service_spec *make_cancelling(void)
{
    struct service_spec *s = make();
    p.tiny.populations[0].client.cancels = true;
    return s;
}

// Those behind move up, and one more finds room.
Test(giving_up, a_cancelled_request_leaves_the_queue)
{
    make_cancelling();
    open();
    for (int i = 0; i < 3; i++)
        ask(1 + 0.1 * i, 0);
    cancel(1.5, 1);
    ask(1.6, 0);
    ask(1.7, 0);
    cancel(5, 2); // answered before: nothing happens
    cancel(6, 1);
    finish(100);
    expect_answer(0, ANSWER_OK, 2);
    expect_answer(1, NONE, 0);
    expect_answer(2, ANSWER_OK, 3);
    expect_answer(3, ANSWER_OK, 4);
    expect_answer(4, ANSWER_SHED, 1.7);
}

// Its server goes on to the end, but no calls follow and no answer.
Test(giving_up, work_that_has_begun_is_finished)
{
    make_cancelling();
    add_call(0, 0);
    open();
    ask(1, 0);
    ask(1.1, 0);
    cancel(1.5, 0);
    cancel(1.6, 0);
    finish(100);
    expect_answer(0, NONE, 0);
    expect_answer(1, ANSWER_OK, 3);
    cr_expect_eq(p.n_calls, 1);
}

Test(giving_up, calls_are_given_up)
{
    make_cancelling();
    add_call(0, 0);
    add_call(1, 1);
    p.takes_s[0] = 3;
    open();
    ask(1, 0);
    cancel(3, 0);
    finish(100);
    expect_answer(0, NONE, 0);
    cr_expect_eq(p.n_calls, 1); // the second step never comes
}

// Where anybody cancels, faults and full queues are what they are elsewhere.
Test(giving_up, cancelling_changes_nothing_else)
{
    make_cancelling();
    struct fault_spec *f = tiny_add_fault(&p.tiny);
    f->target = FAULT_SERVICE;
    f->effect = FAULT_SLOW;
    f->level = 3;
    f->at_s = 2.5;
    f->duration = distribution_constant(1);
    open();
    for (int i = 0; i < 4; i++)
        ask(1 + 0.1 * i, 0);
    ask(2.6, 0);
    ask(20, 0);
    finish(100);
    expect_answer(0, ANSWER_OK, 2);
    expect_answer(1, ANSWER_OK, 3);
    expect_answer(2, ANSWER_OK, 6); // begun at 3, slow
    expect_answer(3, ANSWER_SHED, 1.3);
    expect_answer(4, ANSWER_OK, 7);
    expect_answer(5, ANSWER_OK, 21);
}

// A pool that calls a service cancels there too, and not before the call is there.
Test(giving_up, cancelling_goes_on_to_services)
{
    make_cancelling();
    tiny_add_service(&p.tiny, "cart", distribution_constant(5));
    tiny_add_call(&p.tiny, 0, 1, 0);
    open();
    ask(1, 0);
    ask(3, 0);
    cancel(2.5, 0);
    stage_run(&p.stage, 4.5); // the call of the second waits behind that of the first
    struct pool *cart = &p.stage.world->pools[1];
    cr_expect_eq(cart->tasks.live, 2);
    cr_expect_eq(p.stage.world->balancers[1].forwards.live, 1);
    finish(100);
    expect_answer(0, NONE, 0);
    expect_answer(1, ANSWER_OK, 12); // work 1, the other's work until 7, its own
}

// ---- deadlines

// It waits until its turn comes, takes none of the server's time, and has an answer that comes too
// late.
static void expect_drops(void)
{
    open();
    ask_until(1, 100);
    ask_until(1.1, 1.9);
    ask_until(1.2, 2.1);
    ask(1.3, 0);
    ask(2.1, 0);
    finish(100);
    expect_answer(0, ANSWER_OK, 2);
    expect_answer(1, ANSWER_ERROR, 2);
    expect_answer(2, ANSWER_OK, 3); // begun in time
    expect_answer(3, ANSWER_SHED, 1.3);
    expect_answer(4, ANSWER_OK, 4);
}

Test(giving_up, what_is_too_late_is_dropped)
{
    make();
    expect_drops();
    make_cancelling(); // where nothing is planned ahead
    expect_drops();
}

static simtime deadline_seen;

static bool watch_deadline(void *argument, const struct context *x, const struct event *e)
{
    if (e->kind == EV_STORE_REQUEST)
        deadline_seen = request_deadline(payload_of(e, payload_request).terms, x->now);
    return tap(argument, x, e);
}

static void open_for_calls(double timeout_s)
{
    make();
    add_call(0, 0)->timeout_s = timeout_s;
    open();
    p.stage.tap = watch_deadline;
}

Test(giving_up, calls_carry_the_deadline)
{
    open_for_calls(5);
    ask_until(1, 4);
    finish(100);
    cr_expect_float_eq(simtime_to_seconds(deadline_seen), 4, 5e-3, "to some ms");
    open_for_calls(1.5);
    ask_until(1, 4);
    finish(100);
    cr_expect_float_eq(simtime_to_seconds(deadline_seen), 3.5, 5e-3);
    open_for_calls(1.5);
    ask(1, 0);
    finish(100);
    cr_expect_eq(deadline_seen, 0); // nobody said anything
    open_for_calls(5);
    ask_until(1, 1.5); // over when the work is done: no call
    finish(100);
    cr_expect_eq(p.n_calls, 0);
    expect_answer(0, ANSWER_ERROR, 2);
}
