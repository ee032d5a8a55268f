// Pins: targets that are taken out get no new requests; what is in flight has the deregistration
// delay; connections through a network balancer have it, too; targets that are put back are used
// after their first success; a node without a target answers with an error. The test plays users
// and pools.
#include <criterion/criterion.h>
#include <string.h>

#include "support/stage.h"

enum { ZONES = 3, MOST = 400, NONE = 255 };

static struct {
    struct tiny tiny;
    struct stage stage;
    uint64_t n;
    uint8_t zone_of[MOST], status[MOST];
    double answered_s[MOST];
    double takes_s[ZONES];
    double opened_s; // connection of the next requests
} p;

static bool tap(void *argument, const struct context *x, const struct event *e)
{
    (void)argument;
    if (e->kind == EV_POOL_REQUEST) {
        const struct payload_request q = payload_of(e, payload_request);
        const struct payload_answer a = {.call = q.call, .zone = q.zone};
        const bool is_probe = q.flags & REQUEST_PROBE;
        const uint16_t zone = x->model->lps[e->dst].zone;
        if (!is_probe)
            p.zone_of[q.item_word] = (uint8_t)zone;
        const double takes_s = is_probe ? 0 : p.takes_s[zone];
        context_send(x, event_src(e), SIMTIME_US + simtime_from_seconds(takes_s),
                     EV_TARGET_RESPONSE, &a, sizeof a);
        return true;
    }
    if (e->kind == EV_RESPONSE) {
        const struct payload_answer a = payload_of(e, payload_answer);
        p.status[a.call] = a.status;
        p.answered_s[a.call] = simtime_to_seconds(x->now);
        return true;
    }
    return false;
}

static struct balancer_spec *make(void)
{
    memset(&p, 0, sizeof p);
    tiny_init(&p.tiny);
    tiny_silence(&p.tiny);
    tiny_set_zones(&p.tiny, ZONES);
    p.tiny.workload.duration_s = p.tiny.workload.window_s = 10000;
    struct balancer_spec *b = &p.tiny.topology.balancer;
    b->health.interval_s = 10;
    b->health.healthy_threshold = 5;
    b->idle_timeout_s = 1000;
    b->deregistration_delay_s = 300;
    return b;
}

static void open(void)
{
    stage_open(&p.stage, &p.tiny, 0);
    p.stage.tap = tap;
}

static uint64_t ask(double at_s)
{
    const struct payload_request q = {
        .call = p.n,
        .item_word = (uint32_t)p.n,
        .terms = request_terms((uint64_t)simtime_from_seconds(p.opened_s > 0 ? p.opened_s : at_s),
                               0)};
    p.status[p.n] = p.zone_of[p.n] = NONE;
    stage_inject(&p.stage, stage_lp(&p.stage, LP_POPULATION, 0), stage_lp(&p.stage, LP_BALANCER, 0),
                 at_s, EV_REQUEST, &q, sizeof q);
    return p.n++;
}

static void act(enum action_change change, const char *zone, double at_s)
{
    tiny_add_action(&p.tiny, ACTION_TARGETS, change, at_s)->zone = zone;
}

static void finish(double until_s)
{
    stage_run(&p.stage, until_s);
    stage_close(&p.stage);
}

Test(registration, what_is_in_flight_has_the_delay_to_end)
{
    make();
    p.takes_s[0] = 200;
    act(ACTION_DEREGISTER, "a", 100);
    open();
    uint64_t in_time[3], late[3], after[30];
    for (int i = 0; i < 3; i++)
        in_time[i] = ask(50 + 0.1 * i);
    for (int i = 0; i < 30; i++)
        after[i] = ask(101 + i);
    finish(1000);
    for (int i = 0; i < 3; i++)
        cr_expect_eq(p.status[in_time[i]], ANSWER_OK);
    for (int i = 0; i < 30; i++)
        cr_expect(p.zone_of[after[i]] == 1 || p.zone_of[after[i]] == 2);
    make();
    p.takes_s[0] = 900;
    act(ACTION_DEREGISTER, "a", 100);
    open();
    for (int i = 0; i < 3; i++)
        late[i] = ask(50 + 0.1 * i);
    finish(2000);
    for (int i = 0; i < 3; i++) {
        const bool is_cut = p.zone_of[late[i]] == 0;
        cr_expect_eq(p.status[late[i]], is_cut ? ANSWER_ERROR : ANSWER_OK);
        cr_expect_float_eq(p.answered_s[late[i]], is_cut ? 400 : 50 + 0.1 * i, 0.1);
    }
}

// One success is enough, whatever the threshold; in an interval of 10 s it comes.
Test(registration, is_used_again_after_the_first_success)
{
    make();
    act(ACTION_DEREGISTER, "a", 100);
    act(ACTION_REGISTER, "a", 500);
    open();
    for (int i = 0; i < 300; i++)
        ask(400 + i);
    finish(1000);
    double first_s = 0;
    for (int i = 299; i >= 0; i--)
        if (p.zone_of[i] == 0)
            first_s = 400 + i;
    cr_expect(500 <= first_s && first_s <= 514, "%g s", first_s);
}

// Whoever is put back within the delay is not cut.
Test(registration, back_in_time)
{
    make();
    p.takes_s[0] = p.takes_s[1] = p.takes_s[2] = 600;
    act(ACTION_DEREGISTER, "a", 100);
    act(ACTION_REGISTER, "a", 200);
    open();
    for (int i = 0; i < 3; i++)
        ask(50 + i);
    finish(2000);
    for (int i = 0; i < 3; i++)
        cr_expect_eq(p.status[i], ANSWER_OK);
}

Test(registration, a_node_without_a_target_answers_with_an_error)
{
    make();
    act(ACTION_DEREGISTER, ALL_ZONES, 100);
    act(ACTION_REGISTER, "b", 200);
    open();
    uint64_t before = ask(90), during = ask(150), after = ask(250);
    finish(1000);
    cr_expect_eq(p.status[before], ANSWER_OK);
    cr_expect_eq(p.status[during], ANSWER_ERROR);
    cr_expect_eq(p.zone_of[during], NONE);
    cr_expect_eq(p.status[after], ANSWER_OK);
    cr_expect_eq(p.zone_of[after], 1);
}

// Connections to the target go on until the delay is over, then all are with another one, and stay
// there when it is back.
Test(registration, connections_have_the_delay_too)
{
    enum { FLOWS = 60 };
    struct balancer_spec *b = make();
    b->kind = BALANCER_NETWORK;
    b->policy = BALANCER_FLOW_HASH;
    act(ACTION_DEREGISTER, "a", 100);
    act(ACTION_REGISTER, "a", 500);
    open();
    static const double times[] = {50, 390, 410, 700};
    uint64_t asked[4][FLOWS], new[FLOWS];
    for (int k = 0; k < 4; k++)
        for (int i = 0; i < FLOWS; i++) {
            p.opened_s = 1 + 0.1 * i;
            asked[k][i] = ask(times[k] + 0.01 * i);
        }
    p.opened_s = 0;
    for (int i = 0; i < FLOWS; i++)
        new[i] = ask(150 + 0.01 * i);
    finish(1000);
    int n_there = 0;
    for (int i = 0; i < FLOWS; i++) {
        const uint8_t first = p.zone_of[asked[0][i]];
        n_there += first == 0;
        cr_expect_eq(p.zone_of[asked[1][i]], first, "within the delay");
        cr_expect(first == 0 ? p.zone_of[asked[2][i]] != 0 : p.zone_of[asked[2][i]] == first);
        cr_expect_eq(p.zone_of[asked[3][i]], p.zone_of[asked[2][i]], "does not move back");
        cr_expect_neq(p.zone_of[new[i]], 0);
    }
    cr_expect(8 <= n_there && n_there <= 34, "%d of 60", n_there);
}
