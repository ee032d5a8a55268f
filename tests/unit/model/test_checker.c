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
    return &p.tiny.topology.steering.health;
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
