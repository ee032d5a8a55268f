#include "model/copies.h"

#include <string.h>

#include "base/base.h"

enum { COPIES_LEAST_SHIFT = 4 }; // sixteen chains

static uint32_t copies_chains(const struct copies *c)
{
    return UINT32_C(1) << (32 - c->shift);
}

void copies_init(struct copies *c, struct arena *arena, uint32_t size)
{
    REQUIRE(size > 0 && size < UINT32_C(1) << 31, "room for %u copies", size);
    *c = (struct copies){.size = size, .shift = 32 - COPIES_LEAST_SHIFT};
    while (copies_chains(c) < size)
        c->shift--;
    c->items = arena_push(arena, struct copy, size);
    c->heads = arena_push(arena, uint32_t, copies_chains(c));
    copies_clear(c);
}

// By the golden ratio (Knuth, TAOCP 3, 6.4): neighbours lie far apart.
static uint32_t *copies_head(const struct copies *c, uint32_t item)
{
    return &c->heads[item * UINT32_C(0x9E3779B1) >> c->shift];
}

uint32_t copies_find(const struct copies *c, uint32_t item)
{
    uint32_t at = *copies_head(c, item);
    while (at != 0 && copies_at(c, at)->item != item)
        at = copies_at(c, at)->next;
    return at;
}

// ---- order of use

static void copies_leave(struct copies *c, const struct copy *copy)
{
    *(copy->newer != 0 ? &copies_at(c, copy->newer)->older : &c->newest) = copy->older;
    *(copy->older != 0 ? &copies_at(c, copy->older)->newer : &c->oldest) = copy->newer;
}

static void copies_come_first(struct copies *c, uint32_t at)
{
    struct copy *copy = copies_at(c, at);
    copy->newer = 0;
    copy->older = c->newest;
    *(c->newest != 0 ? &copies_at(c, c->newest)->newer : &c->oldest) = at;
    c->newest = at;
}

void copies_use(struct copies *c, uint32_t copy)
{
    if (copy == c->newest)
        return;
    copies_leave(c, copies_at(c, copy));
    copies_come_first(c, copy);
}

// ---- coming and going

void copies_drop(struct copies *c, uint32_t copy)
{
    struct copy *gone = copies_at(c, copy);
    uint32_t *at = copies_head(c, gone->item);
    while (*at != copy)
        at = &copies_at(c, *at)->next;
    *at = gone->next;
    copies_leave(c, gone);
    gone->next = c->free;
    c->free = copy;
    c->n--;
}

uint32_t copies_add(struct copies *c, uint32_t item)
{
    CHECK(copies_find(c, item) == 0);
    if (c->free == 0)
        copies_drop(c, c->oldest);
    const uint32_t at = c->free;
    struct copy *copy = copies_at(c, at);
    uint32_t *head = copies_head(c, item);
    c->free = copy->next;
    copy->item = item;
    copy->next = *head;
    *head = at;
    copies_come_first(c, at);
    c->n++;
    return at;
}

void copies_clear(struct copies *c)
{
    memset(c->heads, 0, copies_chains(c) * sizeof *c->heads);
    for (uint32_t i = 0; i < c->size; i++)
        c->items[i].next = i + 1 < c->size ? i + 2 : 0;
    c->free = 1;
    c->n = c->newest = c->oldest = 0;
}
