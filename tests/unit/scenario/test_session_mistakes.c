// Pins: mistakes of stores' sessions and of classes' items, each alone, at its line and column,
// with its message; what is said of own items that nobody writes; what arrives of a good one, with
// its defaults.
#include "mistakes.h"

#define AFTER_SERVERS "    servers: 4\n"

static const struct mistake mistakes[] = {
    // ---- types and ranges
    {T, 20, AFTER_SERVERS "    session: both", 21, 14, "'session' cannot be a single value", NULL},
    {T, 20, AFTER_SERVERS "    session: {guarantees: both}", 21, 15, "unknown key 'guarantees'",
     "guarantee"},
    {T, 20, AFTER_SERVERS "    session: {guarantee: read-your-write}", 21, 26,
     "'guarantee' cannot be 'read-your-write'", "read-your-writes"},
    {T, 20, AFTER_SERVERS "    session: {guarantee: both, on_miss: retry}", 21, 41,
     "'on_miss' cannot be 'retry'", NULL},
    {T, 20, AFTER_SERVERS "    session: {guarantee: both, timeout: 5}", 21, 41,
     "'timeout': the unit is missing", "5 s"},
    {T, 20, AFTER_SERVERS "    session: {guarantee: both, timeout: 0 s}", 21, 41,
     "'timeout' is out of range: 0", NULL},
    {T, 20, AFTER_SERVERS "    session: {guarantee: both, on_timeout: old}", 21, 44,
     "'on_timeout' cannot be 'old'", NULL},
    {W, 5, "  browse: {kind: read, weight: 9, deadline: 2 s, items: mine}", 5, 57,
     "'items' cannot be 'mine'", NULL},
    // ---- without effect
    {T, 20, AFTER_SERVERS "    session: {on_miss: forward}", 21, 15,
     "'on_miss' has no effect with 'guarantee: none'", NULL},
    {T, 20, AFTER_SERVERS "    session: {timeout: 1 s}", 21, 15,
     "'timeout' has no effect with 'guarantee: none'", NULL},
    {T, 20, AFTER_SERVERS "    session: {guarantee: none, on_timeout: stale}", 21, 32,
     "'on_timeout' has no effect with 'guarantee: none'", NULL},
    {T, 20, AFTER_SERVERS "    regions: [us-east-1]\n    session: {guarantee: both}", 22, 5,
     "'session' has no effect: store 'orders' has a single replica", NULL},
    {T, 19, "    mode: quorum\n    session: {guarantee: both}", 20, 5,
     "'session' has no effect with 'mode: quorum'", NULL},
    // ---- sense
    {T, 20, AFTER_SERVERS "    product: dynamodb-mrec\n    session: {guarantee: both}", 22, 26,
     "dynamodb-mrec keeps no guarantees for sessions that change regions", NULL},
};

Test(session_mistakes, each_is_found_alone_with_its_place)
{
    for (size_t i = 0; i < ARRAY_LEN(mistakes); i++)
        expect_mistake(&mistakes[i]);
}

// The only thing that is said.
static void expect_said(const struct files *f, bool is_warning, const char *message)
{
    cr_assert_eq(f->diags.items.n, 1);
    cr_expect_eq(f->is_good, is_warning);
    cr_expect_not_null(strstr(f->diags.items.items[0].message, message), "%s",
                       f->diags.items.items[0].message);
}

Test(session_mistakes, too_many_users)
{
    static const char *const own = "classes={save: {kind: write, items: own, deadline: 2 s}}";
    static const char *const shared = "classes={save: {kind: write, deadline: 2 s}}";
    char populations[2048] = "populations={";
    for (int i = 0, n = (int)strlen(populations); i < 11; i++)
        n += snprintf(populations + n, sizeof populations - (size_t)n,
                      "p%d: {latitude: 0 deg, longitude: 0 deg, access: cable, rate: 5 req/s, "
                      "clients: 10000000}%s",
                      i, i < 10 ? ", " : "}");
    struct files f;
    files_load(&f, NULL, (const char *const[]){own, populations}, 2);
    expect_said(&f, false, "110000000 users with items of their own take 1.8 GB for each store");
    files_free(&f);
    files_load(&f, NULL, (const char *const[]){shared, populations}, 2);
    cr_expect(f.is_good);
    files_free(&f);
}

Test(session_mistakes, own_items_that_nobody_writes)
{
    struct files f;
    const char *const sets[] = {"classes.browse.items=own", "classes.order.items=own"};
    files_load(&f, NULL, sets, 1);
    expect_said(&f, true, "no class of kind 'write' has own items");
    files_free(&f);
    files_load(&f, NULL, sets, 2);
    cr_expect(f.is_good && f.diags.items.n == 0);
    files_free(&f);
    files_load(&f, NULL, sets + 1, 1);
    cr_expect(f.is_good && f.diags.items.n == 0);
    files_free(&f);
}

Test(session_mistakes, values_arrive)
{
    struct files f;
    const char *const sets[] = {"stores.orders.session.guarantee=monotonic-reads",
                                "classes.order.items=own", "stores.orders.session.on_miss=forward",
                                "stores.orders.session.timeout=250 ms",
                                "stores.orders.session.on_timeout=stale"};
    files_load(&f, NULL, sets, 2);
    cr_assert(f.is_good);
    const struct session_spec *s = &f.scenario.topologies[0].stores[0].session;
    cr_expect_eq(s->guarantee, GUARANTEE_MONOTONIC_READS);
    cr_expect(!s->sends_on && !s->serves_stale);
    cr_expect_float_eq(s->timeout_s, 5, 1e-12);
    cr_expect(f.scenario.workload->classes[1].has_own_items);
    cr_expect_not(f.scenario.workload->classes[0].has_own_items);
    files_free(&f);
    files_load(&f, NULL, sets, ARRAY_LEN(sets));
    cr_assert(f.is_good);
    s = &f.scenario.topologies[0].stores[0].session;
    cr_expect(s->sends_on && s->serves_stale);
    cr_expect_float_eq(s->timeout_s, 0.25, 1e-12);
    files_free(&f);
}
