#include "cli/caches.h"

#include "base/arena.h"
#include "base/base.h"
#include "cli/number.h"
#include "cli/table.h"
#include "experiment/summary.h"

// By replication.
struct cache_sums {
    uint64_t *asked; // reads that came to a cache
    uint64_t *hits, *coalesced, *answered, *stale, *bypassed, *operations;
    uint64_t *reads, *store_reads; // all; of the store itself
};

static struct cache_sums sums_of(const struct resultset *set, struct arena *arena, size_t design,
                                 int store)
{
    struct cache_sums s;
    uint64_t **const lists[] = {&s.asked,    &s.hits,       &s.coalesced, &s.answered,   &s.stale,
                                &s.bypassed, &s.operations, &s.reads,     &s.store_reads};
    for (size_t i = 0; i < ARRAY_LEN(lists); ++i)
        *lists[i] = arena_push(arena, uint64_t, set->n_replications);
    for (uint32_t r = 0; r < set->n_replications; ++r) {
        const struct store_record *record = &set->designs[design].records[r].stores[store];
        const struct cache_counts *c = &record->caches;
        s.hits[r] = c->hits;
        s.coalesced[r] = c->coalesced;
        s.answered[r] = c->hits + c->coalesced;
        s.asked[r] = s.answered[r] + c->misses;
        s.stale[r] = c->stale;
        s.bypassed[r] = c->bypassed;
        s.operations[r] = record->reads + record->writes;
        s.store_reads[r] = caches_store_reads(record);
        s.reads[r] = record->reads;
    }
    return s;
}

static void add_ratio(struct table *table, const struct resultset *set, const uint64_t *part,
                      const uint64_t *whole)
{
    char text[NUMBER_SIZE];
    const struct estimate ratio = summary_ratio(set, part, whole);
    table_cell(table, TABLE_PLAIN, "%s", number_estimate(&ratio, 100, text));
}

static void add_row(struct table *table, const struct resultset *set, size_t design, int store)
{
    struct arena arena = {0};
    const struct topology *topology = set->designs[design].topology;
    const struct cache_sums sums = sums_of(set, &arena, design, store);
    table_cell(table, TABLE_PLAIN, "%s", topology->name);
    table_cell(table, TABLE_PLAIN, "%s", topology->stores[store].name);
    add_ratio(table, set, sums.hits, sums.asked);
    add_ratio(table, set, sums.coalesced, sums.asked);
    add_ratio(table, set, sums.stale, sums.answered);
    add_ratio(table, set, sums.bypassed, sums.operations);
    add_ratio(table, set, sums.store_reads, sums.reads);
    arena_free(&arena);
}

void caches_print(const struct resultset *set, FILE *out, bool colour)
{
    static const char *const heads[] = {"design",
                                        "cache of",
                                        "hits, % of\nits reads",
                                        "coalesced,\n% of these",
                                        "stale, %\nof both",
                                        "bypassed, % of\nall operations",
                                        "left to the store,\n% of all reads"};
    struct table table;
    table_init(&table, ARRAY_LEN(heads), heads, "llr");
    for (size_t d = 0; d < set->n_designs; ++d)
        for (int s = 0; s < set->designs[d].topology->n_stores; ++s)
            if (set->designs[d].topology->stores[s].cache.scope != CACHING_NONE)
                add_row(&table, set, d, s);
    if (table.cells.n > 0) {
        fputs("What caches keep from the stores\n\n", out);
        table_print(&table, out, colour);
        fputc('\n', out);
    }
    table_free(&table);
}
