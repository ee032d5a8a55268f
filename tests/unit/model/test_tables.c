// Pins: equal distributions have one table, whatever holds their points; different ones have
// tables of their own, which are those of variate_compile; a model compiled with tables runs as one
// without.
#include <criterion/criterion.h>

#include "model/tables.h"
#include "support/rich.h"

static struct tables tables;

Test(tables, equal_distributions_have_one)
{
    const struct distribution_point points[] = {{0, 1}, {0.5, 2}, {1, 7}};
    struct distribution_point same[3], other[3];
    for (int i = 0; i < 3; i++)
        same[i] = other[i] = points[i];
    other[1].value = 3;
    struct distribution d = {.kind = DISTRIBUTION_EMPIRICAL, .points = points, .n_points = 3};
    const struct variate v = tables_variate(&tables, &d, 1);
    d.points = same;
    cr_expect_eq(tables_variate(&tables, &d, 1).octaves, v.octaves);
    cr_expect_neq(tables_variate(&tables, &d, 2).octaves, v.octaves);
    d.points = other;
    cr_expect_neq(tables_variate(&tables, &d, 1).octaves, v.octaves);
    for (int i = 0; i < 3; i++)
        same[i].value = 100; // what the table was made of is its own
    struct arena arena = {0};
    struct distribution fresh = {.kind = DISTRIBUTION_EMPIRICAL, .points = points, .n_points = 3};
    const struct variate wanted = variate_compile(&arena, &fresh, 1);
    struct stream s = stream_open(1, 0, "test", "tables");
    for (int i = 0; i < 10000; i++) {
        const uint64_t w = stream_word(&s);
        cr_assert_eq(variate_at(&v, w), variate_at(&wanted, w));
    }
    cr_expect_eq(variate_at(&v, UINT64_MAX), variate_at(&wanted, UINT64_MAX));
    arena_free(&arena);
    tables_free(&tables);
}

Test(tables, mixtures_are_told_apart)
{
    struct distribution_part parts[2] = {{0.5, distribution_constant(1)},
                                         {0.5, distribution_constant(2)}};
    struct distribution d = {.kind = DISTRIBUTION_MIXTURE, .parts = parts, .n_parts = 2};
    const struct variate v = tables_variate(&tables, &d, 1);
    cr_expect_eq(tables_variate(&tables, &d, 1).octaves, v.octaves);
    parts[1].distribution.a = 3;
    cr_expect_neq(tables_variate(&tables, &d, 1).octaves, v.octaves);
    tables_free(&tables);
}

Test(tables, popularities)
{
    const struct popularity p = tables_popularity(&tables, 1000, 0.9);
    cr_expect_eq(tables_popularity(&tables, 1000, 0.9).cells, p.cells);
    cr_expect_neq(tables_popularity(&tables, 1000, 1.0).cells, p.cells);
    cr_expect_neq(tables_popularity(&tables, 1001, 0.9).cells, p.cells);
    tables_free(&tables);
}

static void run(const struct tiny *t, struct tables *shared, struct record *record)
{
    const struct model_options options = {.scale = 1, .tables = shared};
    const struct world_run_conf conf = {.seed = 1, .n_threads = 1};
    struct model *m = model_compile(&t->topology, &t->workload, &t->plan, &t->geography, &options);
    cr_assert(world_run(m, &conf, record));
    for (size_t i = 0; i < record->journal.n; i++)
        record->journal.items[i].component = ""; // the model's
    model_free(m);
}

Test(tables, models_run_as_with_tables_of_their_own)
{
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct tiny t;
        struct record alone, shared;
        rich_make(&t, seed);
        run(&t, NULL, &alone);
        run(&t, &tables, &shared);
        cr_expect(rich_same_record(&alone, &shared), "world %lu", seed);
        record_free(&alone);
        record_free(&shared);
    }
    tables_free(&tables);
}
