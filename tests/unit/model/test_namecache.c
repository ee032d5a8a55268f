// Pins: how many users have a cache of their own and of which kind (exactly, up to rounding); that
// each run of neighbours has its share; that an answer is kept for the drawn time or its TTL if
// that is longer, to the nanosecond, by its user only.
#include <criterion/criterion.h>
#include <math.h>

#include "base/arena.h"
#include "model/namecache.h"

static struct arena arena;

static uint32_t population;

static struct namecache_plan plan_of(double first, double second, uint32_t n_clients)
{
    struct population_spec spec = {.n_caches = 2};
    spec.caches[0] = (struct cache_spec){first, distribution_constant(60)};
    spec.caches[1] = (struct cache_spec){second, distribution_constant(600)};
    return namecache_compile(&arena, &spec, population, n_clients);
}

static struct namecache open(const struct namecache_plan *plan)
{
    return namecache_open(plan, &arena, stream_open(1, 0, "test", "caches"));
}

static struct kept_answer answer(double ttl_s)
{
    return (struct kept_answer){.expires = simtime_from_seconds(ttl_s), .regions = 5, .zones = 3};
}

// Seconds that the answer of a user is kept, to the microsecond: quantile tables are not exact; 0:
// not at all.
static double kept_s(struct namecache *c, const struct namecache_plan *plan, uint32_t client,
                     double ttl_s)
{
    struct kept_answer a = answer(ttl_s);
    namecache_keep(c, plan, client, 0, &a);
    const struct kept_answer *kept = namecache_find(c, plan, client, 0);
    return kept != NULL ? round(simtime_to_seconds(kept->expires) * 1e6) * 1e-6 : 0;
}

Test(namecache, shares)
{
    enum { USERS = 10000 };
    struct namecache_plan plan = plan_of(0.07, 0.03, USERS);
    struct namecache c = open(&plan);
    int n_short = 0, n_long = 0, n_block = 0;
    for (uint32_t client = 0; client < USERS; client++) {
        double s = kept_s(&c, &plan, client, 20);
        n_short += s == 60;
        n_long += s == 600;
        n_block += s > 0;
        if (client % 100 == 99) {
            cr_assert(n_block >= 9 && n_block <= 11, "%d of a hundred neighbours", n_block);
            n_block = 0;
        }
    }
    cr_expect_float_eq(n_short, 700, 10, "%d", n_short);
    cr_expect_float_eq(n_long, 300, 10, "%d", n_long);
    cr_expect_float_eq(n_short + n_long, 1000, 1);
    arena_free(&arena);
}

// Users of a hundred populations of five: a tenth as anywhere, and of both kinds.
Test(namecache, small_populations)
{
    int n_short = 0, n_long = 0;
    for (population = 0; population < 100; population++) {
        struct namecache_plan plan = plan_of(0.07, 0.03, 5);
        struct namecache c = open(&plan);
        for (uint32_t client = 0; client < 5; client++) {
            double s = kept_s(&c, &plan, client, 20);
            n_short += s == 60;
            n_long += s == 600;
        }
    }
    cr_expect_float_eq(n_short + n_long, 50, 3, "%d", n_short + n_long);
    cr_expect_float_eq(n_long, 15, 5, "%d", n_long);
    arena_free(&arena);
}

Test(namecache, all_and_none)
{
    struct namecache_plan all = plan_of(1, 0, 7), none = plan_of(0, 0, 7);
    struct namecache c = open(&all), d = open(&none);
    for (uint32_t client = 0; client < 7; client++) {
        cr_expect_eq(kept_s(&c, &all, client, 20), 60);
        cr_expect_eq(kept_s(&d, &none, client, 20), 0);
    }
    arena_free(&arena);
}

Test(namecache, lives)
{
    struct namecache_plan plan = plan_of(1, 0, 2);
    struct namecache c = open(&plan);
    cr_expect_null(namecache_find(&c, &plan, 0, 0));
    cr_expect_eq(kept_s(&c, &plan, 0, 20), 60);
    cr_expect_null(namecache_find(&c, &plan, 1, 0), "another user's");
    const simtime until = namecache_find(&c, &plan, 0, 0)->expires;
    cr_expect_not_null(namecache_find(&c, &plan, 0, until - 1));
    cr_expect_null(namecache_find(&c, &plan, 0, until));
    cr_expect_eq(namecache_find(&c, &plan, 0, 0)->regions, 5);
    cr_expect_eq(namecache_find(&c, &plan, 0, 0)->zones, 3);
    cr_expect_eq(kept_s(&c, &plan, 0, 90), 90, "the TTL is longer");
    arena_free(&arena);
}
