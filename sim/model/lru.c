#include "model/lru.h"

#include <string.h>

#include "base/base.h"

enum { LRU_LEAST_SHIFT = 4 }; // sixteen chains

static uint32_t lru_chains(const struct lru *c)
{
    return UINT32_C(1) << (32 - c->shift);
}

void lru_init(struct lru *c, struct arena *arena, uint32_t size)
{
    REQUIRE(size > 0 && size < UINT32_C(1) << 31, "room for %u copies", size);
    *c = (struct lru){.size = size, .limit = size, .shift = 32 - LRU_LEAST_SHIFT};
    while (lru_chains(c) < size)
        c->shift--;
    c->items = arena_push(arena, struct lru_copy, size);
    c->heads = arena_push(arena, uint32_t, lru_chains(c));
    lru_clear(c);
}

// By the golden ratio (Knuth, TAOCP 3, 6.4): neighbours lie far apart.
static uint32_t *lru_head(const struct lru *c, uint32_t item)
{
    return &c->heads[item * UINT32_C(0x9E3779B1) >> c->shift];
}

uint32_t lru_find(const struct lru *c, uint32_t item)
{
    uint32_t at = *lru_head(c, item);
    while (at != 0 && lru_at(c, at)->item != item)
        at = lru_at(c, at)->next;
    return at;
}

// ---- order of use

static void lru_leave(struct lru *c, const struct lru_copy *copy)
{
    *(copy->newer != 0 ? &lru_at(c, copy->newer)->older : &c->newest) = copy->older;
    *(copy->older != 0 ? &lru_at(c, copy->older)->newer : &c->oldest) = copy->newer;
}

static void lru_come_first(struct lru *c, uint32_t at)
{
    struct lru_copy *copy = lru_at(c, at);
    copy->newer = 0;
    copy->older = c->newest;
    *(c->newest != 0 ? &lru_at(c, c->newest)->newer : &c->oldest) = at;
    c->newest = at;
}

void lru_use(struct lru *c, uint32_t copy)
{
    if (copy == c->newest)
        return;
    lru_leave(c, lru_at(c, copy));
    lru_come_first(c, copy);
}

// ---- coming and going

void lru_drop(struct lru *c, uint32_t copy)
{
    struct lru_copy *gone = lru_at(c, copy);
    uint32_t *at = lru_head(c, gone->item);
    while (*at != copy)
        at = &lru_at(c, *at)->next;
    *at = gone->next;
    lru_leave(c, gone);
    gone->next = c->free;
    c->free = copy;
    c->n--;
}

uint32_t lru_add(struct lru *c, uint32_t item)
{
    CHECK(lru_find(c, item) == 0);
    if (c->n == c->limit)
        lru_drop(c, c->oldest);
    const uint32_t at = c->free;
    struct lru_copy *copy = lru_at(c, at);
    uint32_t *head = lru_head(c, item);
    c->free = copy->next;
    copy->item = item;
    copy->next = *head;
    *head = at;
    lru_come_first(c, at);
    c->n++;
    return at;
}

void lru_resize(struct lru *c, uint32_t limit)
{
    CHECK(limit > 0 && limit <= c->size);
    c->limit = limit;
    while (c->n > limit)
        lru_drop(c, c->oldest);
}

void lru_clear(struct lru *c)
{
    memset(c->heads, 0, lru_chains(c) * sizeof *c->heads);
    for (uint32_t i = 0; i < c->size; i++)
        c->items[i].next = i + 1 < c->size ? i + 2 : 0;
    c->free = 1;
    c->n = c->newest = c->oldest = 0;
}
