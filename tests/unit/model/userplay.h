// Users with the test around them: it plays their resolvers and balancers, and says what DNS and
// regions answer, and when.
#pragma once

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "support/stage.h"
#include "support/stat.h"

enum { MOST = 20000 };

static struct {
    struct stage stage;
    struct tiny tiny;
    // What the others do, after how long; negative: never.
    double resolves_s, answers_s;
    uint8_t region, status; // in the DNS answer, in the answer
    uint16_t regions;       // in the DNS answer, if there are several
    // What was seen.
    uint64_t n_resolved, n_requests;
    double request_s[MOST];
    uint8_t node[MOST], to[MOST]; // zone, region
} p;

static inline void answer(const struct context *x, const struct event *e, double after_s,
                          uint16_t kind)
{
    struct payload_request q;
    payload_get(e, struct payload_request, &q);
    struct payload_answer a = {.call = q.call,
                               .status = kind == EV_RESPONSE ? p.status : ANSWER_OK};
    if (after_s >= 0)
        context_send(x, event_src(e), 1 + simtime_from_seconds(after_s), kind, &a, sizeof a);
}

static inline bool tap(void *argument, const struct context *x, const struct event *e)
{
    struct payload_dns d;
    struct payload_request q;
    (void)argument;
    switch (e->kind) {
    case EV_DNS_QUERY:
        payload_get(e, struct payload_dns, &d);
        d.regions = (uint16_t)(p.region == NO_REGION ? 0 : 1u << p.region);
        d.regions |= p.regions;
        d.zones = 5; // nodes in zones a and c
        p.n_resolved++;
        if (p.resolves_s >= 0)
            context_send(x, event_src(e), 1 + simtime_from_seconds(p.resolves_s), EV_DNS_ANSWER, &d,
                         sizeof d);
        return true;
    case EV_REQUEST:
        payload_get(e, struct payload_request, &q);
        cr_assert_lt(p.n_requests, MOST);
        p.node[p.n_requests] = q.zone;
        p.to[p.n_requests] = (uint8_t)x->model->lps[x->lp].region;
        p.request_s[p.n_requests++] = simtime_to_seconds(x->now);
        answer(x, e, p.answers_s, EV_RESPONSE);
        return true;
    default:
        return false;
    }
}

// Ten requests a second by 1000 users for 100 s, all of which is answered at once.
static inline struct population_spec *make(void)
{
    memset(&p, 0, sizeof p);
    tiny_init(&p.tiny);
    tiny_set_zones(&p.tiny, 3);
    p.tiny.workload.duration_s = 100;
    struct population_spec *u = &p.tiny.populations[0];
    u->rate_rps = 10;
    u->clients = 1000;
    u->client.connect_timeout_s = 2;
    u->client.attempt_timeout_s = 3;
    u->client.dns_timeout_s = 5;
    u->client.backoff_cap_s = 20;
    return u;
}

static inline const struct population *users(void)
{
    return &p.stage.world->populations[0];
}

// Runs to the end of demand and beyond, so that nothing is in flight.
static inline void run(void)
{
    stage_open(&p.stage, &p.tiny, 0);
    p.stage.tap = tap;
    stage_run(&p.stage, p.tiny.workload.duration_s + 1000);
    uint64_t sum = 0, started = 0;
    for (int o = 0; o < OUTCOMES; o++)
        for (int c = 0; c < p.tiny.workload.n_classes; c++)
            sum += users()->outcomes[c * OUTCOMES + o];
    for (size_t w = 0; w < p.stage.model->n_windows; w++)
        started += users()->series[w * SERIES_FIELDS + SERIES_STARTED];
    cr_expect_eq(users()->requests.live, 0);
    cr_expect_eq(users()->started, users()->ended);
    cr_expect_eq(users()->started, sum);
    cr_expect_eq(users()->started, started);
}

// All but those of which a packet was lost, 1 in 10,000: of some 3,000 more than 6 are with 1e-7.
static inline void expect_all(enum outcome outcome, double attempts)
{
    cr_expect_gt(users()->started, 800);
    cr_expect_geq(users()->outcomes[outcome] + 6, users()->started, "%lu of %lu are '%s'",
                  users()->outcomes[outcome], users()->started, outcome_name(outcome));
    cr_expect_eq(users()->attempts[0], (uint64_t)(attempts * (double)users()->started));
}

// Round trips of `rtt_s` to the only region.
static inline void move_away(double rtt_s)
{
    struct network_spec *n = &p.tiny.topology.network;
    tiny_move(&p.tiny, 0, 0, 0);
    p.tiny.facts[0].longitude_deg = 40; // 4448 km away
    n->internet_stretch = rtt_s * n->fibre_km_per_s / (2 * 4448);
}
