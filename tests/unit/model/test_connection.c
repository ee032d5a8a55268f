// Pins: connections of users: kept, idle, aged out, shared by what asks at a time; nodes in equal
// shares; how long opening takes, and what no answer to it becomes; the next address of an answer,
// in turn or soon after, and the first connection that wins. The test plays resolvers and
// balancers.
#include "userplay.h"

// ---- connections

Test(connection, users_keep_their_connection)
{
    make()->clients = 50;
    run();
    expect_all(OUTCOME_OK, 1);
    cr_expect_eq(p.n_resolved, 50);
    stage_close(&p.stage);
    make()->clients = 50;
    p.tiny.populations[0].client.idle_timeout_s = 0;
    run();
    cr_expect_eq(p.n_resolved, users()->started);
    stage_close(&p.stage);
}

Test(connection, connections_idle_and_age_out)
{
    struct population_spec *u = make();
    u->clients = 1;
    u->client.max_age_s = 10;
    run();
    // Each lives for 10 s, and the next comes with the first request after that; more when two at
    // once are made.
    cr_expect(8 <= p.n_resolved && p.n_resolved <= 12, "%lu connections", p.n_resolved);
    stage_close(&p.stage);
    make()->clients = 1;
    p.tiny.populations[0].client.idle_timeout_s = 0.1; // gaps are exponential, mean 0.1 s
    run();
    cr_expect(stat_share_agrees("idle", p.n_resolved, users()->started, exp(-1)));
    stage_close(&p.stage);
}

// Nodes of the answer's zones in equal shares.
Test(connection, nodes_are_taken_in_equal_shares)
{
    make()->client.idle_timeout_s = 0;
    uint64_t counts[3] = {0};
    double shares[3] = {0.5, 0, 0.5};
    run();
    for (uint64_t i = 0; i < p.n_requests; i++)
        counts[p.node[i]]++;
    cr_expect(stat_counts_agree("nodes", counts, shares, 3));
    stage_close(&p.stage);
}

// A connection takes a round trip, TLS another; the answer's time counts from the former.
Test(connection, slow_connections)
{
    make();
    move_away(2.01); // timeout 2 s
    run();
    expect_all(OUTCOME_TIMEOUT, 1);
    cr_expect_eq(p.n_requests, 0);
    stage_close(&p.stage);
    make();
    p.answers_s = 0.05; // 1.9 s, then 1.9 s + 0.95 s + 0.05 s of the 3 s
    p.tiny.workload.duration_s = 10;
    p.tiny.populations[0].rate_rps = 100;
    move_away(1.9);
    run();
    expect_all(OUTCOME_OK, 1);
    stage_close(&p.stage);
    make();
    p.answers_s = 0.25;
    p.tiny.populations[0].client.idle_timeout_s = 0;
    move_away(1.9);
    run();
    expect_all(OUTCOME_TIMEOUT, 1);
    stage_close(&p.stage);
}

Test(connection, node_without_power_does_not_answer)
{
    make();
    struct fault_spec *f = tiny_add_fault(&p.tiny);
    f->target = FAULT_REGION;
    f->effect = FAULT_DOWN;
    f->at_s = 50;
    f->duration = distribution_constant(1e6);
    p.tiny.populations[0].client.idle_timeout_s = 0; // every request needs a connection
    run();
    cr_expect_gt(p.n_requests, 400);
    cr_expect_leq(p.request_s[p.n_requests - 1], 50.1);
    cr_expect_eq(users()->outcomes[OUTCOME_OK], p.n_requests);
    cr_expect_eq(users()->outcomes[OUTCOME_TIMEOUT], users()->started - p.n_requests);
    stage_close(&p.stage);
}

// Answers have two addresses, of which one is dead; every request needs a connection.
static void make_half_dead(void)
{
    make();
    tiny_add_region(&p.tiny, "us-west-2", 1);
    struct fault_spec *f = tiny_add_fault(&p.tiny);
    f->target = FAULT_REGION;
    f->effect = FAULT_DOWN;
    f->duration = distribution_constant(1e6);
    p.regions = 3;
    p.tiny.populations[0].client.idle_timeout_s = 0;
}

// Of several addresses in an answer one is taken; when it does not answer, the other one is tried
// after the connect timeout, within the same attempt.
Test(connection, the_next_address_is_tried)
{
    make_half_dead();
    p.tiny.workload.classes[0].deadline_s = 10;
    run();
    expect_all(OUTCOME_OK, 1);
    uint64_t n = users()->started;
    double mean_s = (double)users()->latency[0].sum * 1e-9 / (double)n;
    // Half of them meet the dead region first: 2 s. 4 standard deviations of n / 2.
    cr_expect_float_eq(mean_s, 1.0, 4 * 1.0 / sqrt((double)n) + 0.1);
    stage_close(&p.stage);
}

// Or a quarter of a second later.
Test(connection, the_next_address_soon_after)
{
    make_half_dead();
    p.tiny.populations[0].client.races = true;
    p.tiny.populations[0].client.address_delay_s = 0.25;
    run();
    expect_all(OUTCOME_OK, 1);
    uint64_t n = users()->started;
    double mean_s = (double)users()->latency[0].sum * 1e-9 / (double)n;
    cr_expect_float_eq(mean_s, 0.125, 4 * 0.125 / sqrt((double)n) + 0.03);
    stage_close(&p.stage);
}

// Of a single region its other nodes are tried: zone a of the answer's a and c is without power.
static void run_without_zone(bool races, double delay_s)
{
    make();
    struct fault_spec *f = tiny_add_fault(&p.tiny);
    f->target = FAULT_ZONE;
    f->zone = "a";
    f->duration = distribution_constant(1e6);
    p.tiny.populations[0].client.idle_timeout_s = 0;
    p.tiny.populations[0].client.races = races;
    p.tiny.populations[0].client.address_delay_s = delay_s;
    run();
}

Test(connection, another_node_soon_after)
{
    run_without_zone(false, 0);
    uint64_t n = users()->started;
    cr_expect(stat_share_agrees("in turn", users()->outcomes[OUTCOME_OK], n, 0.5));
    stage_close(&p.stage);
    run_without_zone(true, 0.25);
    expect_all(OUTCOME_OK, 1);
    for (uint64_t i = 0; i < p.n_requests; i++)
        cr_expect_eq(p.node[i], 2);
    stage_close(&p.stage);
}

// Nobody wins: the second of two nodes is tried 0.5 s after the first, and its timeout is 2 s.
static void run_dead_race(double patience_s)
{
    make();
    struct fault_spec *f = tiny_add_fault(&p.tiny);
    f->target = FAULT_REGION;
    f->duration = distribution_constant(1e6);
    struct population_spec *u = &p.tiny.populations[0];
    u->client.races = true;
    u->client.address_delay_s = 0.5;
    u->demand.patience = distribution_constant(patience_s);
    run();
    cr_expect_eq(p.n_requests, 0);
}

Test(connection, a_race_that_nobody_wins)
{
    run_dead_race(2.45);
    expect_all(OUTCOME_ABANDONED, 1);
    stage_close(&p.stage);
    run_dead_race(2.55);
    expect_all(OUTCOME_TIMEOUT, 1);
    stage_close(&p.stage);
}

// Who answers late may still win when the next one is later.
Test(connection, the_first_connection_wins)
{
    for (int k = 0; k < 2; k++) {
        make();
        move_away(0.4);
        p.tiny.populations[0].client.idle_timeout_s = 0;
        p.tiny.populations[0].client.races = true;
        p.tiny.populations[0].client.address_delay_s = k == 0 ? 0.25 : 0.5;
        run();
        expect_all(OUTCOME_OK, 1);
        // TCP and TLS, each a round trip, and to the node and back.
        cr_expect_float_eq((double)users()->latency[0].sum * 1e-9 / (double)users()->started, 1,
                           0.1);
        stage_close(&p.stage);
    }
}

// But not beyond the deadline: nobody waits any more.
Test(connection, no_next_address_beyond_the_deadline)
{
    make_half_dead();
    p.tiny.workload.classes[0].deadline_s = 1.5; // the connect timeout is 2 s
    run();
    const uint64_t *o = users()->outcomes, n = users()->started;
    cr_expect_eq(o[OUTCOME_OK] + o[OUTCOME_TIMEOUT], n);
    // Half of them: 4 standard deviations.
    cr_expect_float_eq((double)o[OUTCOME_OK], (double)n / 2, 4 * 0.5 * sqrt((double)n));
    stage_close(&p.stage);
}

// The second of two requests at a time does not find the connection that the first is opening, and
// what the first makes of it stays.
Test(connection, connections_that_are_being_opened)
{
    make()->clients = 1;
    p.tiny.workload.duration_s = 10;
    p.resolves_s = 0.5;
    p.tiny.populations[0].client.attempts = 1;
    move_away(1);
    run();
    cr_expect_eq(users()->outcomes[OUTCOME_OK], users()->started);
    cr_expect(p.n_resolved > 5 && p.n_resolved < 40, "%lu of about 100 resolved", p.n_resolved);
    stage_close(&p.stage);
}
