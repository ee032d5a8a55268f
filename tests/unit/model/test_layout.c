// Pins: LPs have unique names that do not depend on what else the design holds; each partition puts
// every LP into one cell; whoever talks has a lookahead, in random rich worlds, and it is not above
// what a message can take.
#include <criterion/criterion.h>
#include <string.h>

#include "support/rich.h"
#include "support/richcaches.h"
#include "support/stage.h"

static struct tiny t;

Test(layout, names_are_unique)
{
    for (uint64_t seed = 1; seed <= 20; seed++) {
        rich_make(&t, seed);
        struct model *m = tiny_compile(&t, PARTITION_ONE);
        for (uint32_t i = 0; i < m->n_lps; i++)
            for (uint32_t k = 0; k < i; k++)
                cr_assert_str_neq(m->lps[i].name, m->lps[k].name);
        model_free(m);
    }
}

static bool has_name(const struct model *m, const char *name)
{
    for (uint32_t i = 0; i < m->n_lps; i++)
        if (strcmp(m->lps[i].name, name) == 0)
            return true;
    return false;
}

// They key the random streams: a zone more may not rename the others.
Test(layout, names_stay_when_the_design_grows)
{
    tiny_init(&t);
    tiny_check_health(&t, 2);
    tiny_add_store(&t, STORE_QUORUM);
    struct model *small = tiny_compile(&t, PARTITION_ONE);
    tiny_add_region(&t, "us-west-2", 60);
    tiny_set_zones(&t, 3);
    tiny_add_service(&t, "cart", tiny_exponential(1));
    tiny_add_population(&t, "west");
    tiny_check_health(&t, 3);
    struct model *large = tiny_compile(&t, PARTITION_ONE);
    cr_assert_gt(large->n_lps, 3 * small->n_lps / 2);
    for (uint32_t i = 0; i < small->n_lps; i++)
        cr_expect(has_name(large, small->lps[i].name), "%s", small->lps[i].name);
    model_free(small);
    model_free(large);
}

// Targets beyond the first of a zone have numbers; what has one a zone keeps its name.
Test(layout, targets_are_pools)
{
    tiny_init(&t);
    tiny_add_service(&t, "cart", tiny_exponential(1));
    tiny_set_zones(&t, 2);
    t.services[0].servers_per_zone = t.services[0].targets_per_zone = 3;
    t.services[0].targets_in_zone[1] = 1;
    struct model *m = tiny_compile(&t, PARTITION_ONE);
    cr_assert_eq(m->count[LP_POOL], 3 + 1 + 2);
    static const char *const names[] = {"pool/us-east-1/web/a/0", "pool/us-east-1/web/a/1",
                                        "pool/us-east-1/web/a/2", "pool/us-east-1/web/b",
                                        "pool/us-east-1/cart/a",  "pool/us-east-1/cart/b"};
    for (uint32_t i = 0; i < 6; i++) {
        const struct lp_info *lp = &m->lps[model_lp(m, LP_POOL, i)];
        cr_expect_str_eq(lp->name, names[i]);
        cr_expect_eq(lp->place, m->zone_place[0][lp->zone]);
        cr_expect_eq(lp->target, i < 3 ? i : 0);
    }
    cr_expect_eq(m->pool_of[0], 0);
    cr_expect_eq(m->pool_of[1], 4);
    model_free(m);
}

// Caches are where calls come from: none in a region without callers, whatever stores it has.
Test(layout, caches_are_where_their_callers_are)
{
    tiny_init(&t);
    tiny_add_region(&t, "us-west-2", 60);
    tiny_set_zones(&t, 2);
    tiny_add_store(&t, STORE_MULTI_LEADER)->cache.scope = CACHING_ZONE;
    tiny_add_store(&t, STORE_QUORUM)->cache.scope = CACHING_REGION;
    t.services[0].regions = 2;
    struct model *m = tiny_compile(&t, PARTITION_ONE);
    static const char *const names[] = {"cache/us-west-2/data/a", "cache/us-west-2/data/b",
                                        "cache/us-west-2/more"};
    cr_assert_eq(m->count[LP_CACHE], 3);
    for (uint32_t i = 0; i < 3; i++) {
        const struct lp_info *lp = &m->lps[model_lp(m, LP_CACHE, i)];
        cr_expect_str_eq(lp->name, names[i]);
        cr_expect_eq(lp->place, i < 2 ? m->zone_place[1][i] : m->region_place[1]);
    }
    cr_expect_eq(m->cache_of[0], -1);
    cr_expect_eq(model_cache(m, 0, 1, 1), model_lp(m, LP_CACHE, 1));
    cr_expect_eq(model_cache(m, 1, 1, 1), model_lp(m, LP_CACHE, 2));
    model_free(m);
}

Test(layout, cells)
{
    tiny_init(&t);
    tiny_add_region(&t, "us-west-2", 60);
    tiny_add_store(&t, STORE_MULTI_LEADER)->cache.scope = CACHING_ZONE;
    tiny_add_population(&t, "west");
    struct model *one = tiny_compile(&t, PARTITION_ONE), *many = tiny_compile(&t, PARTITION_MANY);
    struct model *some = tiny_compile(&t, PARTITION_DEFAULT);
    cr_expect_eq(one->n_cells, 1);
    cr_expect_eq(many->n_cells, many->n_lps);
    cr_expect_eq(some->n_cells, 5); // two regions, two populations, global control
    for (uint32_t i = 0; i < some->n_lps; i++) {
        const struct lp_info *lp = &some->lps[i];
        if (lp->kind == LP_POOL || lp->kind == LP_BALANCER || lp->kind == LP_REPLICA ||
            lp->kind == LP_CACHE)
            cr_expect_eq(some->lp_cell[i], lp->region);
        cr_expect_lt(some->lp_cell[i], some->n_cells);
    }
    model_free(one);
    model_free(many);
    model_free(some);
}

// ---- lookahead

struct watch {
    const struct model *many; // a cell an LP
    uint64_t n;
};

static bool check_pair(void *argument, const struct context *x, const struct event *e)
{
    struct watch *w = argument;
    uint32_t src = event_src(e);
    if (src == x->lp)
        return false;
    simtime bound = w->many->lookahead[(size_t)src * w->many->n_cells + x->lp];
    cr_assert(bound >= 1 && bound != SIMTIME_NEVER, "%s to %s", x->model->lps[src].name,
              x->model->lps[x->lp].name);
    w->n++;
    return false;
}

// The engine itself stops the program when a send breaks the lookahead
// (tests/determinism/test_model.c runs such worlds with a cell an LP); here, that whoever talks is
// known to talk.
Test(layout, all_who_talk_have_a_lookahead)
{
    static struct watch w;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct stage s;
        rich_make(&t, seed);
        if (seed > 10)
            richcaches_add(&t, seed);
        struct model *many = tiny_compile(&t, PARTITION_MANY);
        w = (struct watch){.many = many};
        stage_open(&s, &t, 0);
        s.tap = check_pair, s.argument = &w;
        stage_run(&s, t.workload.duration_s);
        cr_expect_gt(w.n, 500);
        stage_close(&s);
        model_free(many);
    }
}

// A zone's own network may be slower than the way between zones: the bound must be the lesser of
// the two.
Test(layout, lookahead_with_a_slow_local_network)
{
    struct record r;
    tiny_init(&t);
    tiny_set_zones(&t, 3);
    t.topology.network.local_rtt_s = 0.010, t.topology.network.local_rtt_p99_s = 0.011;
    t.topology.network.zone_rtt_s = 0.001, t.topology.network.zone_rtt_p99_s = 0.002;
    t.topology.balancer.health.interval_s = 1;
    t.populations[0].rate_rps = 100;
    t.populations[0].clients = 100;
    t.workload.duration_s = t.workload.window_s = 5;
    struct model *m = tiny_compile(&t, PARTITION_MANY);
    tiny_run_model(m, 0, &r);
    cr_expect_gt(r.started_all, 400);
    record_free(&r);
    model_free(m);
}
