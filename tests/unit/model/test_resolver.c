// Pins: a recursive resolver asks the name servers once, then answers from its cache until the TTL
// has run out, counted from the answer's arrival; each resolver of the pool has its own cache;
// users are dealt to resolvers by Zipf shares. The test plays users and name servers. The decay of
// a population's traffic: tests/validation/test_failover.c.
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "support/stage.h"

enum { MOST = 100 };

static struct {
    struct stage stage;
    struct tiny tiny;
    uint64_t n, n_asked; // questions by users; questions to the name servers
    double answered_s[MOST], ttl_s[MOST];
    uint8_t region[MOST];
    double last_arrival_s; // of a name server's answer at the pool
} p;

// The name servers point to region 0 until 30 s, then to region 1; TTL 20 s.
static bool tap(void *argument, const struct context *x, const struct event *e)
{
    struct payload_dns a;
    double now_s = simtime_to_seconds(x->now);
    (void)argument;
    if (e->kind == EV_AUTHORITY_QUERY) {
        payload_get(e, struct payload_dns, &a);
        p.n_asked++;
        a.regions = now_s < 30 ? 1 : 2;
        a.zones = 1;
        a.ttl = 20 * SIMTIME_S;
        context_send(x, event_src(e), 10 * SIMTIME_MS, EV_AUTHORITY_ANSWER, &a, sizeof a);
        return true;
    }
    if (e->kind == EV_AUTHORITY_ANSWER)
        p.last_arrival_s = now_s;
    if (e->kind != EV_DNS_ANSWER)
        return false;
    payload_get(e, struct payload_dns, &a);
    p.answered_s[a.call] = now_s;
    p.ttl_s[a.call] = simtime_to_seconds(a.ttl);
    p.region[a.call] = (uint8_t)__builtin_ctz(a.regions);
    return true;
}

static void make(void)
{
    memset(&p, 0, sizeof p);
    tiny_init(&p.tiny);
    tiny_silence(&p.tiny);
    tiny_add_region(&p.tiny, "us-west-2", 60);
    p.tiny.populations[0].resolvers = 3;
    p.tiny.populations[0].clients = 3;
    p.tiny.workload.duration_s = p.tiny.workload.window_s = 1000;
}

static void open(void)
{
    stage_open(&p.stage, &p.tiny, 0);
    p.stage.tap = tap;
}

static uint64_t ask(double at_s, uint32_t resolver)
{
    struct payload_dns q = {.call = p.n, .resolver = (uint16_t)resolver};
    stage_inject(&p.stage, stage_lp(&p.stage, LP_POPULATION, 0), stage_lp(&p.stage, LP_RESOLVER, 0),
                 at_s, EV_DNS_QUERY, &q, sizeof q);
    return p.n++;
}

Test(resolver, caches_for_the_ttl)
{
    make();
    open();
    uint64_t miss = ask(20, 0), hit = ask(25, 0), old = ask(39.5, 0), fresh = ask(40.5, 0);
    uint64_t again = ask(59, 0);
    stage_run(&p.stage, 100);
    cr_expect_eq(p.n_asked, 2);
    cr_expect_gt(p.answered_s[miss] - 20, 0.010);
    cr_expect_lt(p.answered_s[hit] - 25, 0.010, "the name servers were asked again");
    cr_expect_eq(p.region[miss], 0);
    cr_expect_eq(p.region[hit], 0);
    cr_expect_eq(p.region[old], 0, "the old answer is good until its TTL has run out");
    cr_expect_eq(p.region[fresh], 1);
    cr_expect_eq(p.region[again], 1);
    cr_expect_eq(p.ttl_s[miss], 20);
    cr_expect_float_eq(p.ttl_s[hit], 15, 0.05);
    cr_expect_eq(p.stage.world->resolvers[0].hits, 3);
    cr_expect_eq(p.stage.world->resolvers[0].misses, 2);
    stage_close(&p.stage);
}

Test(resolver, ttls_are_clamped)
{
    static const struct {
        double least_s, most_s, ttl_s;
    } cases[] = {{0, 1000, 20}, {30, 1000, 30}, {0, 15, 15}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        make();
        p.tiny.populations[0].least_ttl_s = cases[i].least_s;
        p.tiny.populations[0].most_ttl_s = cases[i].most_s;
        open();
        uint64_t miss = ask(5, 0), before = ask(5 + cases[i].ttl_s - 0.5, 0);
        uint64_t after = ask(5 + cases[i].ttl_s + 0.5, 0);
        stage_run(&p.stage, 100);
        cr_expect_eq(p.n_asked, 2);
        cr_expect_float_eq(p.ttl_s[miss], cases[i].ttl_s, 1e-9);
        cr_expect_float_eq(p.ttl_s[before], 0.5, 0.1);
        cr_expect_float_eq(p.ttl_s[after], cases[i].ttl_s, 1e-9);
        stage_close(&p.stage);
    }
}

// To the nanosecond: an entry that runs out at this very moment is gone.
Test(resolver, expires_with_the_ttl)
{
    make();
    open();
    struct cache_entry *cache = p.stage.world->resolvers[0].cache;
    for (int i = 0; i < 3; i++)
        cache[i] =
            (struct cache_entry){.expires = 50 * SIMTIME_S + i - 1, .regions = 1, .zones = 1};
    // The question is at the resolver when the event is: no network before it here.
    for (uint32_t i = 0; i < 3; i++)
        ask(50, i);
    stage_run(&p.stage, 100);
    cr_expect_eq(p.n_asked, 2);
    cr_expect_eq(p.region[2], 0);
    cr_expect_eq(p.region[0], 1);
    cr_expect_eq(p.region[1], 1);
    stage_close(&p.stage);
}

Test(resolver, each_has_its_own_cache)
{
    make();
    open();
    for (uint32_t i = 0; i < 3; i++) {
        ask(10, i);
        ask(12, i);
    }
    stage_run(&p.stage, 100);
    cr_expect_eq(p.n_asked, 3);
    stage_close(&p.stage);
}

// ---- who asks whom

Test(resolver, users_are_dealt_by_zipf_shares)
{
    enum { RESOLVERS = 20, CLIENTS = 10000 };
    struct tiny *t = &p.tiny;
    int counts[RESOLVERS] = {0};
    double sum = 0;
    tiny_init(t);
    t->populations[0].resolvers = RESOLVERS;
    t->populations[0].clients = CLIENTS;
    t->populations[0].resolver_skew = 0.9;
    struct model *m = tiny_compile(t, PARTITION_ONE);
    for (int i = 0; i < CLIENTS; i++)
        counts[m->populations[0].resolver_of[i]]++;
    for (int k = 0; k < RESOLVERS; k++)
        sum += pow(k + 1, -0.9);
    for (int k = 0; k < RESOLVERS; k++)
        cr_expect_float_eq(counts[k], CLIENTS * pow(k + 1, -0.9) / sum, 1, "resolver %d", k);
    model_free(m);
}

// ---- resolvers elsewhere

// Users near region 0, others near region 1, latency steering. Shares of the first population's
// requests that region 1 has served.
static double served_far(double elsewhere_share, bool tells_subnet)
{
    static struct tiny t;
    struct record r;
    tiny_init(&t);
    tiny_add_region(&t, "us-west-2", 60);
    tiny_add_population(&t, "others");
    t.topology.steering.root.policy = STEERING_LATENCY;
    tiny_move(&t, 0, 0, 0);
    tiny_move(&t, 1, 1, 5000);
    struct population_spec *near = &t.populations[0];
    near->clients = 1000;
    near->rate_rps = 10;
    near->client.idle_timeout_s = 0;
    near->elsewhere_share = elsewhere_share;
    near->elsewhere_as = 1;
    near->elsewhere_resolvers = 2;
    near->tells_subnet = tells_subnet;
    t.services[0].work = distribution_constant(1e-3);
    t.workload.duration_s = 1000;
    tiny_run(&t, 0, &r);
    double share = (double)r.served[1] / (double)(r.served[0] + r.served[1]);
    record_free(&r);
    return share;
}

Test(resolver, users_of_resolvers_elsewhere_get_answers_for_there)
{
    cr_expect_eq(served_far(0, false), 0);
    cr_expect_eq(served_far(1, false), 1);
    cr_expect_float_eq(served_far(0.3, false), 0.3, 0.02, "four standard errors");
    cr_expect_eq(served_far(1, true), 0, "the client's subnet says where it is");
}
