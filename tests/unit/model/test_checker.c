// Pins: a health checker's rhythm: probes at the interval counted from the response or from the
// request, the two timeouts, the verdict sent once when it changes, and that phases of checkers are
// spread over the interval. The law of the detection delay: tests/validation/test_detection.c.
#include <criterion/criterion.h>
#include <string.h>

#include "support/stage.h"
#include "support/stat.h"

enum { MOST = 200 };

static struct {
    struct stage stage;
    struct tiny tiny;
    int n_probes, n_reports;
    double probe_s[MOST], report_s[MOST];
    bool report[MOST];
    // The balancer's part.
    double answers_s; // negative: never
    uint8_t status;
} p;

static void reply(const struct context *x, const struct event *e, double after_s, uint16_t kind)
{
    struct payload_request q;
    payload_get(e, struct payload_request, &q);
    struct payload_answer a = {.call = q.call,
                               .status = kind == EV_PROBE_RESPONSE ? p.status : ANSWER_OK};
    if (after_s >= 0)
        context_send(x, event_src(e), 1 + simtime_from_seconds(after_s), kind, &a, sizeof a);
}

static bool tap(void *argument, const struct context *x, const struct event *e)
{
    struct payload_check c;
    double now_s = simtime_to_seconds(x->now);
    (void)argument;
    switch (e->kind) {
    case EV_PROBE_SEND:
        p.probe_s[p.n_probes++] = now_s;
        return false;
    case EV_REQUEST:
        reply(x, e, p.answers_s, EV_PROBE_RESPONSE);
        return true;
    case EV_CHECK_REPORT:
        payload_get(e, struct payload_check, &c);
        p.report_s[p.n_reports] = now_s;
        p.report[p.n_reports++] = c.healthy;
        return true;
    default:
        return false;
    }
}

static struct probe_spec *make(void)
{
    memset(&p, 0, sizeof p);
    tiny_init(&p.tiny);
    tiny_silence(&p.tiny);
    tiny_check_health(&p.tiny, 1);
    p.tiny.workload.duration_s = p.tiny.workload.window_s = 1000;
    return &p.tiny.topology.steering.health.probe;
}

static void run(double until_s)
{
    stage_open(&p.stage, &p.tiny, 0);
    p.stage.tap = tap;
    stage_run(&p.stage, until_s);
    stage_close(&p.stage);
}

// The time between probes of a region at a round trip of `rtt_s`, from checkers in another; rtt_s
// 0: of one without power.
static double rhythm_s(bool from_response, double rtt_s, double answers_s)
{
    make()->interval_from_response = from_response;
    p.answers_s = answers_s;
    if (rtt_s > 0) {
        tiny_add_region(&p.tiny, "us-west-2", rtt_s * 1e3);
        p.tiny.topology.steering.root.records[0].region = 1;
        p.tiny.topology.steering.root.n_records = 1;
    } else {
        struct fault_spec *f = tiny_add_fault(&p.tiny);
        f->target = FAULT_REGION;
        f->effect = FAULT_DOWN;
        f->duration = distribution_constant(1e6);
    }
    run(100);
    for (int i = 2; i < p.n_probes; i++)
        cr_assert_float_eq(p.probe_s[i] - p.probe_s[i - 1], p.probe_s[1] - p.probe_s[0], 0.02);
    cr_assert(p.n_probes > 3 && p.probe_s[0] < 10);
    return p.probe_s[1] - p.probe_s[0];
}

Test(checker, interval)
{
    static const double jitter_s = 0.02; // of the backbone
    cr_expect_float_eq(rhythm_s(false, 1, 1), 10, 1e-3);
    // A connection takes a round trip, the request half of one; the test's answer comes at once.
    cr_expect_float_eq(rhythm_s(true, 1, 1), 12.5, jitter_s);
    cr_expect_float_eq(rhythm_s(true, 0, 1), 14, 1e-3);       // no connection for 4 s
    cr_expect_float_eq(rhythm_s(true, 3, -1), 15, jitter_s);  // connected, no answer for 2 s
    cr_expect_float_eq(rhythm_s(true, 3, 0.6), 15, jitter_s); // too late an answer
    cr_expect_float_eq(rhythm_s(true, 3, 0.4), 14.9, jitter_s);
    cr_expect_float_eq(rhythm_s(true, 5, 1), 14, jitter_s); // connected too late
    cr_expect_float_eq(rhythm_s(false, 3.9, -1), 10, 1e-3);
}

// A verdict may take longer than the interval: the next probe follows at once.
Test(checker, probe_longer_than_the_interval)
{
    struct probe_spec *s = make();
    struct fault_spec *f = tiny_add_fault(&p.tiny);
    s->interval_from_response = false;
    s->interval_s = 1;
    f->target = FAULT_REGION;
    f->effect = FAULT_DOWN;
    f->duration = distribution_constant(1e6);
    run(100);
    cr_expect_float_eq(p.probe_s[1] - p.probe_s[0], 4, 1e-3);
}

Test(checker, verdict_is_sent_when_it_changes)
{
    make();
    p.status = ANSWER_ERROR;
    run(500);
    cr_expect_eq(p.n_reports, 1);
    cr_expect_not(p.report[0]);
    cr_expect(20 <= p.report_s[0] && p.report_s[0] < 30.1, "third failure, at %g s", p.report_s[0]);
    make();
    run(500);
    cr_expect_eq(p.n_reports, 0);
}

// A TCP probe is blind to what the service answers, and fails after its own timeout.
Test(checker, tcp)
{
    struct probe_spec *s = make();
    s->kind = PROBE_TCP;
    p.status = ANSWER_ERROR;
    run(500);
    cr_expect_eq(p.n_reports, 0);
    cr_expect_geq(p.n_probes, 49);
    s = make();
    s->kind = PROBE_TCP;
    s->connect_timeout_s = 7;
    struct fault_spec *f = tiny_add_fault(&p.tiny);
    f->target = FAULT_REGION;
    f->effect = FAULT_DOWN;
    f->duration = distribution_constant(1e6);
    run(100);
    cr_expect_float_eq(p.probe_s[1] - p.probe_s[0], 17, 1e-3);
    cr_expect_eq(p.n_reports, 1);
    cr_expect_not(p.report[0]);
}

// Answers with a good status and a broken body: found by a string match only.
static int reports_of_wrong_answers(enum check_kind kind, uint8_t status)
{
    make();
    p.tiny.topology.steering.root.records[0].health_check = RECORD_NAMED_CHECK;
    tiny_add_check(&p.tiny, kind);
    p.status = status;
    run(500);
    cr_expect_geq(p.n_probes, 49);
    return p.n_reports;
}

Test(checker, string_match)
{
    cr_expect_eq(reports_of_wrong_answers(CHECK_STRING_MATCH, ANSWER_OK), 0);
    cr_expect_eq(reports_of_wrong_answers(CHECK_STRING_MATCH, ANSWER_WRONG), 1);
    cr_expect_eq(reports_of_wrong_answers(CHECK_STRING_MATCH, ANSWER_ERROR), 1);
    cr_expect_eq(reports_of_wrong_answers(CHECK_HTTP, ANSWER_WRONG), 0);
    cr_expect_eq(reports_of_wrong_answers(CHECK_HTTP, ANSWER_ERROR), 1);
    cr_expect_eq(reports_of_wrong_answers(CHECK_TCP, ANSWER_WRONG), 0);
}

// ---- switched off and on

static void make_named(bool is_disabled)
{
    make();
    p.tiny.topology.steering.root.records[0].health_check = RECORD_NAMED_CHECK;
    tiny_add_check(&p.tiny, CHECK_HTTP)->is_disabled = is_disabled;
}

static void switch_at(double at_s, bool on, uint8_t epoch)
{
    const struct payload_check order = {.check = 1, .healthy = on, .epoch = epoch};
    stage_inject(&p.stage, stage_lp(&p.stage, LP_AUTHORITY, 0), stage_lp(&p.stage, LP_CHECKER, 0),
                 at_s, EV_CHECK_SWITCH, &order, sizeof order);
}

static int probes_between(double from_s, double until_s)
{
    int n = 0;
    for (int i = 0; i < p.n_probes; i++)
        n += from_s <= p.probe_s[i] && p.probe_s[i] < until_s;
    return n;
}

Test(checker, a_disabled_check_is_not_probed)
{
    make_named(true);
    run(500);
    cr_expect_eq(p.n_probes, 0);
}

// Off: no probes, an outcome under way is forgotten. On: healthy as new, in its own rhythm, once.
Test(checker, off_and_on)
{
    make_named(false);
    p.status = ANSWER_ERROR;
    stage_open(&p.stage, &p.tiny, 0);
    p.stage.tap = tap;
    switch_at(100, false, 1);
    switch_at(200, true, 2);
    switch_at(300, false, 3); // and at once on again
    switch_at(300.001, true, 4);
    stage_run(&p.stage, 400);
    stage_close(&p.stage);
    cr_expect_eq(probes_between(100, 111), 1, "the one that was planned finds that it is off");
    cr_expect_eq(probes_between(111, 200), 0);
    cr_expect(probes_between(200, 300) >= 9 && probes_between(200, 300) <= 10);
    cr_expect(probes_between(301, 400) >= 9 && probes_between(301, 400) <= 10, "one rhythm");
    cr_assert_eq(p.n_reports, 3, "each time it begins anew as healthy");
    cr_expect(p.report_s[1] > 220 && p.report_s[1] < 231);
    cr_expect(p.report_s[2] > 320 && p.report_s[2] < 331);
}

// 160 checkers' first probes: as many in each tenth of the interval (chi-square, level 1e-4).
Test(checker, phases_are_spread)
{
    uint64_t counts[10] = {0};
    double shares[10];
    make();
    tiny_check_health(&p.tiny, 160);
    run(9.999);
    for (int i = 0; i < p.n_probes; i++)
        counts[(int)p.probe_s[i]]++;
    for (int i = 0; i < 10; i++)
        shares[i] = 0.1;
    cr_expect_geq(p.n_probes, 158);
    cr_expect(stat_counts_agree("phases", counts, shares, 10));
}
