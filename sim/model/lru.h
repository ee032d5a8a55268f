// Least recently used: the items that a cache holds, found by number, in order of use.
//
// An array of a fixed size, a hash table with a chain a slot over it, and a list from the newest
// to the oldest: the copy that was not used for the longest time makes way when there is no room
// (least recently used, exactly). Memory follows the size, not the number of items; nothing is
// allocated after lru_init. Cost: two or three cache lines a call. Nothing is decided by the
// order of a chain. Copies are named by index + 1, so that 0 is none; a name holds until its copy
// is dropped.
#pragma once

#include <stdint.h>

#include "base/arena.h"
#include "base/simtime.h"

struct lru_copy {
    uint64_t version;
    simtime expires;
    simtime newest; // what a read of it misses, as in copy.h
    simtime missed;
    uint32_t behind;
    uint32_t item;
    uint32_t older, newer; // neighbours in order of use
    uint32_t next;         // in its chain, or of the free ones
};

struct lru {
    struct lru_copy *items; // [size]
    uint32_t *heads;        // of the chains
    uint32_t size;          // that it was made for
    uint32_t limit;         // that it may hold at present
    uint32_t n;
    uint32_t newest, oldest, free;
    uint32_t shift; // 32 - binary logarithm of the number of chains
};

void lru_init(struct lru *c, struct arena *arena, uint32_t size);
// The copy of an item; 0: there is none.
uint32_t lru_find(const struct lru *c, uint32_t item);
static inline struct lru_copy *lru_at(const struct lru *c, uint32_t copy)
{
    return &c->items[copy - 1];
}
// It has been used: it is the newest now.
void lru_use(struct lru *c, uint32_t copy);
// A copy for an item that has none, the newest; when all are taken (n == limit) the oldest makes
// way. Version and times are left to the caller.
uint32_t lru_add(struct lru *c, uint32_t item);
void lru_drop(struct lru *c, uint32_t copy);
// It may hold so many from now on, one at least: the oldest make way.
void lru_resize(struct lru *c, uint32_t limit);
void lru_clear(struct lru *c);
