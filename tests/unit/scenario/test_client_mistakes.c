// Pins: mistakes about what a population's clients do, as test_mistakes.c does for the rest; and
// warnings.
#include "mistakes.h"

static const struct mistake mistakes[] = {
    {W, 15, "    client: {hedge: {after: 1 s}}", 15, 22, "'after' has no effect with 'most: 0'",
     NULL},
    {W, 15, "    client: {hedge: {most: 1}}", 15, 14, "'after' is missing in populations.europe",
     NULL},
    {W, 15, "    client: {hedge: {most: 1, after: 1 s, budget: 0 %}}", 15, 51,
     "'budget' is out of range", NULL},
    {W, 15, "    client: {hedge: {most: 1, after: 4 s}}", 15, 38,
     "'after' leaves no time for a copy", NULL},
    {W, 15,
     "    client: {attempt_timeout: 100 ms, connect_timeout: 100 ms, dns_timeout: 100 ms, "
     "hedge: {most: 1, after: 1.9 s}}",
     15, 109, "'after' leaves no time for a copy", NULL},
    {W, 15, "    client: {connections: 0}", 15, 27, "'connections' is out of range", NULL},
    {W, 15, "    client: {connections: 65}", 15, 27, "'connections' is out of range", NULL},
    {W, 15, "    client: {connections: share}", 15, 27, "'connections'", NULL},
    {W, 15, "    client: {acquire_timeout: 1 s}", 15, 14,
     "'acquire_timeout' has no effect with 'connections: shared'", NULL},
    {W, 15, "    client: {connections: 2, acquire_timeout: 4 s}", 15, 30,
     "no request waits beyond its deadline", NULL},
    {W, 15,
     "  asia:\n    latitude: 0 deg\n    longitude: 0 deg\n    access: cable\n    rate: 5 req/s\n"
     "    clients: 10000000\n    client: {connections: 11}",
     21, 27, "10000000 users with 11 connections each take 1.8 GB", NULL},
    {W, 15,
     "  asia:\n    latitude: 0 deg\n    longitude: 0 deg\n    access: cable\n    demand: closed\n"
     "    think: 1 s\n    clients: 10\n    client: {connections: 2}",
     22, 27, "with 'demand: closed' a user has one request at a time", NULL},
    {W, 15, "    client: {connections: 1, hedge: {most: 1, after: 1 s}}", 15, 30,
     "'hedge' has no effect: a request has its user's only connection", NULL},
    {W, 15, "    client: {breaker: {mode: ratio, window: 50}}", 15, 14,
     "'minimum' exceeds 'window'", NULL},
    {W, 15, "    client: {breaker: {mode: ratio, window: 50, minimum: 60}}", 15, 58,
     "'minimum' exceeds 'window'", NULL},
    {W, 15, "    client: {breaker: {failures: 3}}", 15, 24,
     "'failures' has no effect with 'mode: none'", NULL},
    {W, 15, "    client: {breaker: {mode: consecutive, probes: 0}}", 15, 51,
     "'probes' is out of range", NULL},
    {W, 15, "    client: {address_delay: 1 s}", 15, 14,
     "'address_delay' has no effect with 'addresses: in-turn'", NULL},
    {W, 15, "    client: {addresses: happy-eyeballs, address_delay: 5 ms}", 15, 56,
     "'address_delay' is out of range", NULL},
};

Test(client_mistakes, each_is_found_alone_with_its_place)
{
    for (size_t i = 0; i < ARRAY_LEN(mistakes); i++)
        expect_mistake(&mistakes[i]);
}

// What hedging needs are reads, or leave to hedge writes: classes are changed by --set, since a
// spoilt text differs in one place only.
static void expect_hedge(const char *hedge, const char *set, const char *message)
{
    struct files f;
    char *text = spoil(&(struct mistake){.kind = W, .line = 15, .text = hedge});
    const char *const texts[FILES_KINDS] = {[W] = text};
    files_load(&f, texts, &set, 1);
    cr_assert_eq(diag_errors(&f.diags), message != NULL);
    if (message != NULL) {
        cr_expect_eq(f.diags.items.items[0].place.line, 15);
        cr_expect_not_null(strstr(f.diags.items.items[0].message, message));
    }
    files_free(&f);
    free(text);
}

Test(client_mistakes, hedging_needs_something_to_hedge)
{
    const char *plain = "    client: {hedge: {most: 1, after: 1 s}}";
    const char *writes = "    client: {hedge: {most: 1, after: 1 s, writes: true}}";
    expect_hedge(plain, "classes.browse.kind=write", "'hedge' has no effect: 'europe' only writes");
    expect_hedge(writes, "classes.order.kind=read", "'writes' has no effect: 'europe' only reads");
    expect_hedge(writes, "classes.browse.kind=write", NULL);
    expect_hedge(plain, "classes.browse.kind=read", NULL);
}

// Of one kind of diagnostics there are n: one that says so, or none when message is NULL.
static void expect_said(const struct files *f, size_t n, const char *what, const char *message)
{
    cr_expect_eq(n, message != NULL, "%s: %zu", what, n);
    if (message != NULL && f->diags.items.n > 0)
        cr_expect_not_null(strstr(f->diags.items.items[0].message, message), "%s",
                           f->diags.items.items[0].message);
}

// ---- against designs

static void expect_in(bool has_one_zone, const char *steering, const char *message)
{
    struct files f;
    const char *const sets[] = {"populations.europe.client.hedge={most: 1, after: 1 s, to: other}",
                                steering, "services.web.targets_per_zone=2", "faults.power.zone=a",
                                "regions={us-east-1: {zones: 1}, eu-west-1: {zones: 1}}"};
    files_load(&f, NULL, sets, has_one_zone ? 5 : 4);
    expect_said(&f, diag_errors(&f.diags), steering, message);
    files_free(&f);
}

// Of DNS: the nodes of one region, or one each of several. An accelerator chooses for each
// connection, a global balancer for each request.
Test(client_mistakes, copies_need_another_way_in_some_design)
{
    const char *idle = "'other' has no effect: no design has another address for a copy";
    expect_in(false, "steering={policy: latency}", NULL);
    expect_in(true, "steering={policy: latency}", idle);
    expect_in(true, "steering={policy: multivalue, alias: false}", NULL);
    expect_in(true, "steering={policy: multivalue, alias: false, records: [{region: us-east-1}]}",
              idle);
    expect_in(true, "steering={policy: accelerator}", NULL);
    expect_in(true, "steering={policy: accelerator, records: [{region: us-east-1}]}", idle);
    expect_in(false, "steering={policy: accelerator, records: [{region: us-east-1}]}", NULL);
    expect_in(false, "steering={policy: global-balancer}", idle);
}

// ---- warnings

// The good text's attempts take 5 s, and its deadlines are 2 and 4 s.
static void expect_impatience(const char *global_balancer, const char *more, const char *message)
{
    struct files f;
    char steering[160];
    snprintf(steering, sizeof steering, "steering={policy: global-balancer, global_balancer: {%s}}",
             global_balancer);
    const char *const sets[] = {steering, more};
    files_load(&f, NULL, sets, more != NULL ? 2 : 1);
    cr_assert(f.is_good);
    expect_said(&f, diag_warnings(&f.diags), global_balancer, message);
    files_free(&f);
}

Test(client_mistakes, proxies_that_wait_longer_than_users_are_warned_of)
{
    expect_impatience("", NULL, "a proxy waits 30 s for an answer and no user longer than 4 s");
    expect_impatience("try_timeout: 4 s", NULL, "no user longer than 4 s");
    expect_impatience("try_timeout: 3.9 s", NULL, NULL);
    expect_impatience("try_timeout: 1 s", "populations.europe.client.attempt_timeout=900 ms",
                      "no user longer than 900 ms");
    expect_impatience("retries: 0", NULL, NULL);
    expect_impatience("retry_on: connect-failure", NULL, NULL);
}

// 100 users make 5 requests a second, each with two attempts: 360 a user in the hour.
static void expect_warning(const char *breaker, const char *more, const char *message)
{
    struct files files;
    char set[128];
    snprintf(set, sizeof set, "populations.europe.client.breaker={%s}", breaker);
    const char *sets[] = {set, more};
    files_load(&files, NULL, sets, more != NULL ? 2 : 1);
    cr_assert(files.is_good);
    expect_said(&files, diag_warnings(&files.diags), breaker, message);
    files_free(&files);
}

Test(client_mistakes, breakers_that_hardly_open_are_warned_of)
{
    expect_warning("mode: ratio", NULL, NULL);
    expect_warning("mode: ratio", "populations.europe.clients=400",
                   "90 attempts in the run at most, all retries included");
    expect_warning("mode: ratio", "populations.europe.clients=400", "it takes 100");
    expect_warning("mode: ratio", "populations.europe.clients=36000", "makes 1.0 attempts in");
    expect_warning("mode: ratio, shared: true", "populations.europe.clients=400", NULL);
    expect_warning("mode: ratio, minimum: 90", "populations.europe.clients=400", NULL);
    expect_warning("mode: consecutive", "populations.europe.clients=10000", "it takes 5");
    expect_warning("mode: consecutive", "populations.europe.clients=1000", NULL);
}

// One for the only address that users of an edge have.
Test(client_mistakes, breakers_that_take_much_memory_are_warned_of)
{
    struct files files;
    const char *sets[] = {"populations.europe.client.breaker.mode=consecutive",
                          "populations.europe.rate=10 kreq/s",
                          "populations.europe.clients=10000000"};
    files_load(&files, NULL, sets, ARRAY_LEN(sets));
    cr_assert(files.is_good);
    cr_assert_eq(diag_warnings(&files.diags), 1);
    cr_expect_str_eq(
        files.diags.items.items[0].message,
        "10000000 users with a breaker for each of 2 addresses take 0.8 GB of memory a "
        "run");
    files_free(&files);
    const char *const edge[] = {sets[0], sets[1], sets[2], "steering={policy: accelerator}"};
    files_load(&files, NULL, edge, ARRAY_LEN(edge));
    cr_assert(files.is_good);
    cr_expect_eq(diag_warnings(&files.diags), 0);
    files_free(&files);
}
