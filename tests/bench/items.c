#include "items.h"

#include "base/base.h"
#include "base/stream.h"
#include "model/items.h"
#include "model/popularity.h"

enum { ITEMS_UNDER_WAY = 50000, ITEMS_LOOK_EVERY = 1024 };

// A store's items, and the ones that are met, one after the other.
struct items_case {
    const char *variant;
    uint32_t n_items;
    double exponent;
    bool is_reference;
    struct arena arena;
    struct popularity popularity;
    uint32_t *ids; // [n_ids]
    uint32_t n_ids;
    struct items items;
    uint64_t n_reads;
    uint64_t sum; // of what was found: keeps it from being optimised away
};

static void items_open(struct items_case *c, uint32_t n_ids)
{
    struct stream s = stream_open(1, 0, "bench", "items");
    c->popularity = popularity_compile(&c->arena, c->n_items, c->exponent);
    c->ids = arena_push(&c->arena, uint32_t, n_ids);
    c->n_ids = n_ids;
    for (uint32_t i = 0; i < n_ids; i++)
        c->ids[i] = popularity_item(&c->popularity, (uint32_t)stream_word(&s));
    items_init(&c->items, c->n_items, items_slots(c->n_items), 0);
}

static void items_close(struct items_case *c)
{
    items_free(&c->items);
    arena_free(&c->arena);
}

static double items_finish(const struct items_case *c, double start)
{
    return (harness_cpu_seconds() - start) / c->n_ids * 1e9;
}

static double items_choose(void *argument)
{
    struct items_case *c = argument;
    struct stream s = stream_open(1, 0, "bench", "items");
    double start = harness_cpu_seconds();
    for (uint32_t i = 0; i < c->n_ids; i++)
        c->sum += popularity_item(&c->popularity, (uint32_t)stream_word(&s));
    return items_finish(c, start);
}

// As a replica does: what was known of items goes on being settled.
static double items_note(void *argument)
{
    struct items_case *c = argument;
    double start = harness_cpu_seconds();
    for (uint32_t i = 0; i < c->n_ids; i++) {
        items_at(&c->items, c->ids[i])->latest = ++c->n_reads;
        if (c->n_reads % ITEMS_LOOK_EVERY == 0 && c->n_reads > ITEMS_UNDER_WAY)
            items_settle(&c->items, 0, c->n_reads - ITEMS_UNDER_WAY);
    }
    return items_finish(c, start);
}

static double items_look(void *argument)
{
    struct items_case *c = argument;
    double start = harness_cpu_seconds();
    for (uint32_t i = 0; i < c->n_ids; i++)
        c->sum += items_find(&c->items, c->ids[i])->latest;
    return items_finish(c, start);
}

// Of what is known.
static double items_bytes(const struct items *s)
{
    if (s->n_slots == 0)
        return (double)(s->n_items * sizeof *s->places);
    return (double)(s->n_slots * (sizeof *s->places + sizeof *s->keys));
}

enum { ITEMS_CASES = 5 };

static void items_contest(struct harness *h, struct items_case *cases, const char *what,
                          double (*measure)(void *argument))
{
    struct harness_contender contenders[ITEMS_CASES] = {0};
    for (size_t i = 0; i < ITEMS_CASES; i++)
        contenders[i] = (struct harness_contender){.variant = cases[i].variant,
                                                   .measure = measure,
                                                   .argument = &cases[i],
                                                   .is_reference = cases[i].is_reference};
    harness_contest(h, &(struct harness_contest){.size = what,
                                                 .unit = "ns/item",
                                                 .is_cost = true,
                                                 .rounds = h->is_quick ? 2 : 5,
                                                 .n = ITEMS_CASES,
                                                 .contenders = contenders});
}

void items_bench(struct harness *h)
{
    struct items_case cases[ITEMS_CASES] = {
        {.variant = "100 thousand, Zipf 0.99",
         .n_items = 100000,
         .exponent = 0.99,
         .is_reference = true},
        {.variant = "a million, Zipf 0.99", .n_items = 1000000, .exponent = 0.99},
        {.variant = "100 million, Zipf 0.99", .n_items = 100000000, .exponent = 0.99},
        {.variant = "100 million, Zipf 0.7", .n_items = 100000000, .exponent = 0.7},
        {.variant = "100 million, all alike", .n_items = 100000000, .exponent = 0},
    };
    for (size_t i = 0; i < ITEMS_CASES; i++)
        items_open(&cases[i], h->is_quick ? 100000 : 4000000);
    items_contest(h, cases, "choose", items_choose);
    items_contest(h, cases, "note a read", items_note);
    items_contest(h, cases, "look up", items_look);
    for (size_t i = 0; i < ITEMS_CASES; i++) {
        harness_fact(h, cases[i].variant, "memory", items_bytes(&cases[i].items) / 0x1p20, "MiB");
        items_close(&cases[i]);
    }
    harness_note(h,
                 "time to choose holds the random word; %d reads are under way, the others are "
                 "settled",
                 ITEMS_UNDER_WAY);
    harness_note(h, "memory: of what is known of items; up to %d have a place each", ITEMS_DENSE);
}
