// Pins: connection pools of users: a connection carries one request at a time, and there are no
// more than may be; the latest used is taken; who finds none waits in line, until a timeout or his
// deadline; who stops waiting for an answer closes the connection; the connections of one user part
// when DNS moves on, and leave by age and idle time; copies take another connection; nothing is
// lost with retries, copies, breakers and impatience. The test plays resolvers and balancers.
#include "userplay.h"

// One user, each of whose requests takes so long.
static struct client_spec *make_pool(int connections, double answers_s)
{
    struct population_spec *u = make();
    u->clients = 1;
    u->client.connections = connections;
    u->client.acquire_timeout_s = 1000;
    u->client.attempt_timeout_s = 1000;
    p.tiny.workload.classes[0].deadline_s = 1000;
    p.answers_s = answers_s;
    return &u->client;
}

// Nobody has or awaits a connection any more.
static void run_to_rest(void)
{
    run();
    for (uint32_t i = 0; i < users()->plan->n_clients; i++) {
        cr_expect_eq(users()->pools[i].busy, 0);
        cr_expect_eq(users()->pools[i].first, 0);
        cr_expect_eq(users()->pools[i].last, 0);
    }
}

Test(connectionpool, one_request_at_a_time)
{
    for (uint32_t n = 1; n <= 64; n *= 4) {
        make_pool((int)n, 0.095 * n); // nearly as much as they can carry
        run_to_rest();
        expect_all(OUTCOME_OK, 1);
        cr_expect_eq(p.n_requests, users()->started);
        for (uint64_t i = n; i < p.n_requests; i++)
            cr_assert_geq(p.request_s[i], p.request_s[i - n] + p.answers_s - 0.01);
        stage_close(&p.stage);
    }
}

// Without a pool all go at once.
Test(connectionpool, a_shared_connection_makes_nobody_wait)
{
    make_pool(0, 5);
    run();
    cr_expect_null(users()->pools);
    double mean_s = (double)users()->latency[0].sum * 1e-9 / (double)users()->started;
    cr_expect_float_eq(mean_s, 5, 0.1);
    stage_close(&p.stage);
}

// No more are opened than there may be, and in use they live on.
Test(connectionpool, connections_are_kept)
{
    make_pool(6, 0.3);
    run_to_rest();
    expect_all(OUTCOME_OK, 1);
    cr_expect_eq(p.n_resolved, 6);
    stage_close(&p.stage);
}

// Of 64 the latest used is taken: with 0.5 requests at a time few are ever in use, and those that
// only bursts need idle out. In turn each would be used every 6.4 s.
Test(connectionpool, the_latest_used_is_taken)
{
    make_pool(64, 0.05)->idle_timeout_s = 50;
    run_to_rest();
    cr_expect_leq(p.n_resolved, 8); // 9 at a time are Poisson's 1e-8
    stage_close(&p.stage);
    make_pool(64, 0.05)->idle_timeout_s = 3;
    run_to_rest();
    uint64_t n_open = (uint64_t)__builtin_popcountll(users()->pools[0].open);
    cr_expect(p.n_resolved > 15 && n_open < 8, "%lu opened, %lu left", p.n_resolved, n_open);
    stage_close(&p.stage);
}

// ---- waiting

// The only connection is busy for 3 s at a time: who waits leaves after half a second, and tries no
// more.
Test(connectionpool, waiting_has_a_timeout)
{
    make_pool(1, -1)->acquire_timeout_s = 0.5;
    p.tiny.populations[0].client.attempt_timeout_s = 3;
    run_to_rest();
    expect_all(OUTCOME_TIMEOUT, 1);
    for (uint64_t i = 1; i < p.n_requests; i++) {
        double gap_s = p.request_s[i] - p.request_s[i - 1];
        cr_expect(gap_s > 2.99 && gap_s < 3.2, "%g s", gap_s);
    }
    stage_close(&p.stage);
}

// ... or at the deadline, though its timer is longer than what is left.
Test(connectionpool, nobody_waits_beyond_the_deadline)
{
    make_pool(1, 30);
    p.tiny.workload.classes[0].deadline_s = 0.7;
    run_to_rest();
    const uint64_t *o = users()->outcomes;
    cr_expect_eq(o[OUTCOME_LATE], p.n_requests);
    cr_expect_eq(o[OUTCOME_TIMEOUT], users()->started - p.n_requests);
    cr_expect_lt(p.n_requests, 6);
    stage_close(&p.stage);
}

// A connection whose answer is not awaited any more is closed: each request opens its own.
Test(connectionpool, giving_up_closes_the_connection)
{
    make_pool(2, -1)->attempt_timeout_s = 1;
    run_to_rest();
    cr_expect_eq(p.n_resolved, p.n_requests);
    stage_close(&p.stage);
    make_pool(2, 0.5);
    p.tiny.populations[0].demand.patience = distribution_constant(0.4);
    run_to_rest();
    expect_all(OUTCOME_ABANDONED, 1);
    cr_expect_eq(p.n_resolved, p.n_requests);
    stage_close(&p.stage);
}

// An error answer leaves it open, a refusal does not.
Test(connectionpool, refusals_close_the_connection)
{
    for (int k = 0; k < 2; k++) {
        make_pool(1, 0.01);
        p.status = k == 0 ? ANSWER_ERROR : ANSWER_REFUSED;
        run_to_rest();
        expect_all(OUTCOME_ERROR, 1);
        cr_expect_eq(p.n_resolved, k == 0 ? 1 : users()->started);
        stage_close(&p.stage);
    }
}

// A name that does not resolve, and no connection: the next in line has its try.
Test(connectionpool, failed_openings_make_room)
{
    make_pool(1, 0);
    p.region = NO_REGION;
    run_to_rest();
    expect_all(OUTCOME_NO_ANSWER, 1);
    stage_close(&p.stage);
    make_pool(1, 0)->connect_timeout_s = 0.05;
    move_away(0.06);
    run_to_rest();
    expect_all(OUTCOME_TIMEOUT, 1);
    stage_close(&p.stage);
}

// ---- several regions

// DNS moves on after 50 s; each connection stays where it is until it is 30 s old, so that one user
// is in both regions for a while.
Test(connectionpool, connections_of_a_user_part)
{
    make_pool(4, 0.3)->max_age_s = 30;
    p.tiny.populations[0].client.idle_timeout_s = 1;
    tiny_add_region(&p.tiny, "us-west-2", 1);
    stage_open(&p.stage, &p.tiny, 0);
    p.stage.tap = tap;
    stage_run(&p.stage, 50);
    p.region = 1;
    stage_run(&p.stage, 1100);
    uint64_t n_back = 0;
    for (uint64_t i = 1; i < p.n_requests; i++) {
        n_back += p.to[i - 1] == 1 && p.to[i] == 0;
        cr_expect(p.to[i] == 1 || p.request_s[i] < 80.5, "%g s", p.request_s[i]);
        cr_expect(p.to[i] == 0 || p.request_s[i] > 50, "%g s", p.request_s[i]);
    }
    cr_expect_gt(n_back, 5, "%lu", n_back);
    cr_expect_eq(p.to[p.n_requests - 1], 1);
    stage_close(&p.stage);
}

// ---- with what careful clients do

// The copy waits for no answer on the connection of its request.
Test(connectionpool, copies_take_another_connection)
{
    for (int elsewhere = 0; elsewhere < 2; elsewhere++) {
        struct client_spec *c = make_pool(2, 0.5);
        p.tiny.populations[0].rate_rps = 0.5;
        p.tiny.workload.duration_s = 2000;
        p.tiny.topology.balancer.idle_timeout_s = c->idle_timeout_s = c->max_age_s = 1e6;
        c->hedge =
            (struct hedge_spec){.most = 1, .after_s = 0.2, .budget = 1, .elsewhere = elsewhere};
        run_to_rest();
        cr_expect_leq(p.n_requests, users()->attempts[0]); // some copies still waited for one
        cr_expect_gt((double)p.n_requests, 1.5 * (double)users()->started);
        // The one of the loser is closed.
        cr_expect_gt(p.n_resolved, users()->started / 2);
        stage_close(&p.stage);
    }
}

// One who is refused by a breaker opens no connection: the one that he had stays.
Test(connectionpool, a_breaker_closes_no_connection)
{
    struct client_spec *c = make_pool(1, 0.01);
    c->breaker =
        (struct breaker_spec){.mode = BREAKER_CONSECUTIVE, .failures = 3, .open_s = 5, .probes = 1};
    p.status = ANSWER_ERROR;
    run_to_rest();
    cr_expect_gt(users()->outcomes[OUTCOME_BREAKER_OPEN], 500);
    cr_expect_eq(users()->pools[0].open, 1);
    cr_expect_lt(simtime_to_seconds(client_opened(&users()->clients[0])), p.request_s[0]);
    stage_close(&p.stage);
}

// Nor is it used: it idles out.
Test(connectionpool, a_refused_request_uses_no_connection)
{
    struct client_spec *c = make_pool(1, 0.01);
    c->breaker = (struct breaker_spec){
        .mode = BREAKER_CONSECUTIVE, .failures = 1, .open_s = 1000, .probes = 1};
    p.tiny.populations[0].n_caches = 1;
    p.tiny.populations[0].caches[0] = (struct cache_spec){1, distribution_constant(1e6)};
    p.status = ANSWER_ERROR;
    run_to_rest();
    cr_expect_gt(users()->outcomes[OUTCOME_BREAKER_OPEN], 500);
    cr_expect_lt(simtime_to_seconds(client_last_used(&users()->clients[0])), p.request_s[0] + 1);
    stage_close(&p.stage);
}

// Each connection goes where the accelerator sends it, and stays there: with half of those aimed at
// the first region passed on, a user has some in both.
Test(connectionpool, an_accelerator_aims_each_connection)
{
    make_pool(8, 0.7);
    tiny_add_region(&p.tiny, "us-west-2", 1);
    p.tiny.topology.steering.root.policy = STEERING_ACCELERATOR;
    p.tiny.topology.steering.accelerator.idle_timeout_s = 340;
    p.tiny.topology.steering.root.records[0].dial = 0.5;
    p.tiny.topology.steering.root.records[1].dial = 1;
    run_to_rest();
    expect_all(OUTCOME_OK, 1);
    uint32_t n_open = 0, regions = 0;
    for (uint32_t i = 0; i < 8; i++) {
        const bool is_open = users()->pools[0].open >> i & 1;
        n_open += is_open;
        regions |= is_open ? 1u << client_region(&users()->clients[i]) : 0;
    }
    cr_expect_eq(n_open, 8);
    cr_expect_eq(regions, 3);
    cr_expect_eq(p.n_resolved, 8, "no connection is opened twice");
    stage_close(&p.stage);
}

// Everything at a time: the books balance, and every connection comes back.
Test(connectionpool, nothing_is_lost)
{
    for (int n = 1; n <= 4; n++) {
        struct population_spec *u = make();
        u->clients = 3;
        u->rate_rps = 30;
        u->client.connections = n;
        u->client.acquire_timeout_s = 0.4;
        u->client.attempts = 3;
        u->client.backoff_base_s = 0.2;
        u->client.attempt_timeout_s = 0.5;
        u->client.cancels = n == 3;
        u->client.max_age_s = 3;
        u->client.breaker = (struct breaker_spec){
            .mode = BREAKER_CONSECUTIVE, .failures = 3, .open_s = 0.3, .probes = 1};
        if (n > 1)
            u->client.hedge = (struct hedge_spec){
                .most = 2, .after_s = 0.15, .budget = 1, .writes = true, .elsewhere = n == 4};
        u->demand.patience = tiny_exponential(0.8);
        tiny_add_region(&p.tiny, "us-west-2", 1);
        p.regions = 3;
        p.answers_s = 0.3;
        tiny_add_fault(&p.tiny)->at_s = 30;
        p.tiny.faults[0].duration = distribution_constant(30);
        run_to_rest();
        for (enum outcome o = OUTCOME_OK; o < OUTCOMES; o++)
            cr_expect(users()->outcomes[o] > 0 || (o != OUTCOME_OK && o != OUTCOME_ABANDONED),
                      "n = %d: no '%s'", n, outcome_name(o));
        stage_close(&p.stage);
    }
}
