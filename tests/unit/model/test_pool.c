// Pins: a pool, request by request: FIFO order for its servers, bounds on the queue and on what is
// in flight, calls in steps and in parallel, their probability, operation, timeouts and optional
// ones, and what each fault does; connections to a network balancer.
#include "unit/model/poolplay.h"

// ---- servers and bounds

Test(pool, first_in_first_out_and_a_full_queue_sheds)
{
    make();
    open();
    for (int i = 0; i < 4; i++)
        ask(1 + 0.1 * i, 0);
    ask(2.5, 0);
    finish(100);
    expect_answer(0, ANSWER_OK, 2);
    expect_answer(1, ANSWER_OK, 3);
    expect_answer(2, ANSWER_OK, 4);
    expect_answer(3, ANSWER_SHED, 1.3);
    expect_answer(4, ANSWER_OK, 5);
}

Test(pool, requests_in_flight_are_bounded)
{
    struct service_spec *s = make();
    s->concurrency = 3;
    s->queue = 100;
    add_call(0, 0);
    p.takes_s[0] = 4;
    open();
    for (int i = 0; i < 4; i++)
        ask(1 + 0.1 * i, 0);
    ask(6.5, 0); // the first has been answered at 6
    finish(100);
    expect_answer(2, ANSWER_OK, 8);
    expect_answer(3, ANSWER_SHED, 1.3);
    expect_answer(4, ANSWER_OK, 11.5);
}

// The loader accepts any product of servers and concurrency.
Test(pool, bound_on_requests_in_flight_does_not_wrap)
{
    struct service_spec *s = make();
    s->servers_per_zone = 1 << 16;
    s->concurrency = 1 << 16;
    open();
    ask(1, 0);
    finish(10);
    expect_answer(0, ANSWER_OK, 2);
}

// ---- calls

Test(pool, steps_run_in_sequence_and_calls_of_a_step_in_parallel)
{
    make();
    add_call(0, 0);
    add_call(1, 1);
    add_call(0, 1);
    p.takes_s[0] = 2, p.takes_s[1] = 3;
    open();
    ask(1, 0);
    finish(100);
    expect_answer(0, ANSWER_OK, 7); // work 1, first step 2, second 3
    cr_expect_eq(p.n_calls, 3);
    cr_expect_float_eq(p.call[0].at_s, 2, 1e-3);
    cr_expect_float_eq(p.call[1].at_s, 4, 1e-3);
    cr_expect_float_eq(p.call[2].at_s, 4, 1e-3);
}

Test(pool, server_is_free_while_calls_are_made)
{
    make();
    add_call(0, 0);
    p.takes_s[0] = 4;
    open();
    ask(1, 0);
    ask(1, 0);
    finish(100);
    expect_answer(0, ANSWER_OK, 6);
    expect_answer(1, ANSWER_OK, 7);
}

Test(pool, failed_call_fails_the_request_unless_optional)
{
    make();
    add_call(0, 0);
    add_call(1, 0);
    p.says[0] = ANSWER_ERROR, p.takes_s[1] = 2;
    open();
    ask(1, 0);
    finish(100);
    expect_answer(0, ANSWER_ERROR, 2); // at once, not after the other call
    make();
    add_call(0, 0)->optional = true;
    add_call(1, 1);
    p.says[0] = ANSWER_ERROR, p.takes_s[1] = 2;
    open();
    ask(1, 0);
    finish(100);
    expect_answer(0, ANSWER_OK, 4);
}

Test(pool, call_without_answer_times_out)
{
    make();
    add_call(0, 0)->timeout_s = 3;
    p.takes_s[0] = -1;
    open();
    ask(1, 0);
    finish(100);
    expect_answer(0, ANSWER_ERROR, 5);
    make();
    add_call(0, 0)->timeout_s = 3;
    p.takes_s[0] = 4; // too late
    open();
    ask(1, 0);
    finish(100);
    expect_answer(0, ANSWER_ERROR, 5);
}

Test(pool, operation_by_class_or_fixed)
{
    make();
    add_call(0, 0);
    add_call(0, 1)->operation = CALL_READ;
    add_call(0, 2)->operation = CALL_WRITE;
    open();
    ask(1, REQUEST_WRITE);
    ask(5, 0);
    finish(100);
    static const uint8_t is_write[] = {1, 0, 1, 0, 0, 1};
    cr_assert_eq(p.n_calls, 6);
    for (int i = 0; i < 6; i++)
        cr_expect_eq(p.call[i].flags & REQUEST_WRITE, is_write[i], "call %d", i);
}

// Level 1e-4.
Test(pool, calls_are_made_with_their_probability)
{
    struct service_spec *s = make();
    s->work = distribution_constant(0);
    add_call(0, 0)->probability = 0.3;
    add_call(1, 0)->probability = 1;
    open();
    for (int i = 0; i < MOST; i++)
        ask(1 + 0.01 * i, 0);
    finish(100);
    uint64_t n = 0;
    for (uint64_t i = 0; i < p.n_calls; i++)
        n += p.call[i].store == 0;
    cr_expect_eq(p.n_calls - n, MOST);
    cr_expect(stat_share_agrees("calls", n, MOST, 0.3));
}

Test(pool, shallow_probe_calls_nobody_and_a_deep_one_everybody)
{
    struct service_spec *s = make();
    s->queue = 10;
    add_call(0, 0)->probability = 0;
    add_call(1, 1)->operation = CALL_WRITE;
    open();
    ask(1, REQUEST_PROBE);
    ask(2, REQUEST_PROBE | REQUEST_DEEP);
    finish(100);
    expect_answer(0, ANSWER_OK, 1); // no work beyond answering
    expect_answer(1, ANSWER_OK, 2);
    cr_assert_eq(p.n_calls, 2);
    for (int i = 0; i < 2; i++)
        cr_expect(p.call[i].flags & REQUEST_PROBE);
}

// ---- faults

static void add_fault(enum fault_target target, enum fault_effect effect, double level)
{
    struct fault_spec *f = tiny_add_fault(&p.tiny);
    f->target = target;
    f->effect = effect;
    f->level = level;
    f->at_s = 10;
    f->duration = distribution_constant(20);
}

Test(pool, without_power_nothing_is_answered)
{
    make();
    add_call(0, 0);
    p.takes_s[0] = 3;
    add_fault(FAULT_ZONE, FAULT_DOWN, 0);
    open();
    ask(8, 0);   // waits for its call
    ask(9.5, 0); // works
    ask(9.6, 0); // waits
    ask(15, 0);
    ask(31, 0);
    finish(100);
    for (uint64_t i = 0; i < 4; i++)
        expect_answer(i, NONE, 0);
    expect_answer(4, ANSWER_OK, 35);
}

Test(pool, down_service_refuses)
{
    make();
    add_fault(FAULT_SERVICE, FAULT_DOWN, 0);
    open();
    ask(9.5, 0);
    ask(15, 0);
    ask(31, 0);
    finish(100);
    expect_answer(0, ANSWER_OK, 10.5);
    expect_answer(1, ANSWER_REFUSED, 15);
    expect_answer(2, ANSWER_OK, 32);
}

Test(pool, slow_capacity_and_errors)
{
    struct service_spec *s = make();
    add_fault(FAULT_SERVICE, FAULT_SLOW, 3);
    open();
    ask(9.5, 0);
    ask(15, 0);
    finish(100);
    expect_answer(0, ANSWER_OK, 10.5);
    expect_answer(1, ANSWER_OK, 18);
    make();
    s->servers_per_zone = 3;
    s->queue = 10;
    add_fault(FAULT_SERVICE, FAULT_CAPACITY, 0.5); // 1.5 servers: two, each a third slower
    open();
    for (int i = 0; i < 3; i++)
        ask(15, 0);
    finish(100);
    expect_answer(1, ANSWER_OK, 15 + 4. / 3);
    expect_answer(2, ANSWER_OK, 15 + 8. / 3);
    make();
    add_fault(FAULT_SERVICE, FAULT_ERRORS, 1);
    open();
    ask(15, 0);
    ask(31, 0);
    finish(100);
    expect_answer(0, ANSWER_ERROR, 15);
    expect_answer(1, ANSWER_OK, 32);
}

// Work that ends while the fault is in force has a wrong answer; what a call answers wrongly makes
// the answer wrong, unless the call is optional.
Test(pool, wrong_answers)
{
    make();
    add_fault(FAULT_SERVICE, FAULT_WRONG_ANSWERS, 1);
    open();
    ask(8, 0);
    ask(9.5, 0);
    ask(15, REQUEST_PROBE);
    ask(29.5, 0);
    finish(100);
    expect_answer(0, ANSWER_OK, 9);
    expect_answer(1, ANSWER_WRONG, 10.5);
    expect_answer(2, ANSWER_WRONG, 15);
    expect_answer(3, ANSWER_OK, 30.5);
    make();
    add_call(0, 0);
    add_call(1, 1)->optional = true;
    p.says[0] = ANSWER_WRONG;
    open();
    ask(1, 0);
    finish(100);
    expect_answer(0, ANSWER_WRONG, 2);
    cr_expect_eq(p.n_calls, 2, "it goes on as if nothing were wrong");
    make();
    add_call(1, 0)->optional = true;
    p.says[1] = ANSWER_WRONG;
    open();
    ask(1, 0);
    finish(100);
    expect_answer(0, ANSWER_OK, 2);
}

// The share of answers that are wrong (Z4 of 4,000).
Test(pool, share_of_wrong_answers)
{
    struct service_spec *s = make();
    uint64_t hits = 0;
    s->work = distribution_constant(1e-4);
    s->servers_per_zone = 100;
    add_fault(FAULT_SERVICE, FAULT_WRONG_ANSWERS, 0.3);
    open();
    for (int i = 0; i < 4000; i++)
        ask(11 + i * 1e-3, 0);
    finish(100);
    for (int i = 0; i < 4000; i++)
        hits += p.answer[i].status == ANSWER_WRONG;
    cr_expect(stat_share_agrees("wrong answers", hits, 4000, 0.3));
}

// With no servers left requests wait, and are served when capacity is back.
Test(pool, waits_out_a_loss_of_all_capacity)
{
    make();
    add_fault(FAULT_SERVICE, FAULT_CAPACITY, 0);
    open();
    ask(15, 0);
    ask(16, 0);
    ask(17, 0); // the queue holds two
    finish(100);
    expect_answer(0, ANSWER_OK, 31);
    expect_answer(1, ANSWER_OK, 32);
    expect_answer(2, ANSWER_SHED, 17);
}

// ---- probes that only connect

// A full queue and errors do not show; a refusal does.
Test(pool, a_connection_is_all_that_a_tcp_probe_asks_for)
{
    make();
    p.tiny.services[0].queue = 0;
    add_fault(FAULT_SERVICE, FAULT_ERRORS, 1);
    open();
    ask(1, 0);
    ask(1.5, 0);
    ask(1.5, REQUEST_PROBE | REQUEST_CONNECT);
    ask(15, REQUEST_PROBE | REQUEST_CONNECT);
    finish(100);
    expect_answer(0, ANSWER_OK, 2);
    expect_answer(1, ANSWER_SHED, 1.5);
    expect_answer(2, ANSWER_OK, 1.5);
    expect_answer(3, ANSWER_OK, 15);
    make();
    add_fault(FAULT_SERVICE, FAULT_DOWN, 0);
    open();
    ask(15, REQUEST_PROBE | REQUEST_CONNECT);
    finish(100);
    expect_answer(0, ANSWER_REFUSED, 15);
}

// ---- connections to a network balancer

static struct {
    uint64_t n, flow[MOST];
    uint8_t says; // answer_status
    bool is_silent;
} callee;

static bool tap_callee(void *argument, const struct context *x, const struct event *e)
{
    (void)argument;
    if (e->kind == EV_TARGET_RESPONSE)
        return true;
    if (e->kind != EV_REQUEST)
        return false;
    const struct payload_request q = payload_of(e, payload_request);
    callee.flow[callee.n++] = request_flow(q.terms);
    const struct payload_answer a = {.call = q.call, .status = callee.says};
    if (!callee.is_silent)
        context_send(x, event_src(e), SIMTIME_S / 2, EV_CALL_RESPONSE, &a, sizeof a);
    return true;
}

// "web" calls "cart", which has a network balancer or not; one request after the other.
static void run_calls(enum balancer_kind kind, enum answer_status says, bool is_silent)
{
    static struct balancer_spec front;
    make();
    tiny_add_service(&p.tiny, "cart", tiny_exponential(1));
    tiny_add_call(&p.tiny, 0, 1, 0)->timeout_s = 2;
    front = p.tiny.topology.balancer;
    front.kind = kind;
    front.policy = kind == BALANCER_NETWORK ? BALANCER_FLOW_HASH : BALANCER_ROUND_ROBIN;
    p.tiny.topology.balancers = &front;
    p.tiny.topology.n_balancers = 1;
    p.tiny.services[1].balancer = 0;
    callee.n = 0, callee.says = (uint8_t)says, callee.is_silent = is_silent;
    stage_open(&p.stage, &p.tiny, 0);
    p.stage.tap = tap_callee;
    for (int i = 0; i < 20; i++)
        ask(1 + 5 * i, 0);
    stage_run(&p.stage, 200);
    stage_close(&p.stage);
    cr_assert_eq(callee.n, 20);
}

Test(pool, calls_tell_their_connection_to_a_network_balancer)
{
    run_calls(BALANCER_APPLICATION, ANSWER_OK, false);
    for (uint64_t i = 0; i < callee.n; i++)
        cr_expect_eq(callee.flow[i], 0, "nobody asks");
    run_calls(BALANCER_NETWORK, ANSWER_OK, false);
    cr_expect_lt(callee.flow[0], (uint64_t)SIMTIME_MS, "opened at the start");
    for (uint64_t i = 1; i < callee.n; i++)
        cr_expect_eq(callee.flow[i], callee.flow[0], "one server, one connection");
    run_calls(BALANCER_NETWORK, ANSWER_ERROR, false);
    for (uint64_t i = 1; i < callee.n; i++)
        cr_expect_eq(callee.flow[i], callee.flow[0], "an error is an answer");
}

Test(pool, connections_are_replaced_after_silence_and_refusal)
{
    for (int is_silent = 0; is_silent < 2; is_silent++) {
        run_calls(BALANCER_NETWORK, ANSWER_REFUSED, is_silent);
        for (uint64_t i = 1; i < callee.n; i++) // asked at 1 + 5 i, worked on for 1 s
            cr_expect_float_eq((double)callee.flow[i] * 1e-9,
                               2 + 5 * ((double)i - 1) + (is_silent ? 2 : 0.5), 0.01);
    }
}
