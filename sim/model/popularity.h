// Popularity of items: Zipf by the alias method (Walker 1977, Vose 1991), one word and one lookup a
// draw.
#pragma once

#include "base/arena.h"
#include "model/model.h"

// Item i (0-based) has weight (i+1)^-exponent; exponent 0: uniform. Cost: O(n) once.
struct popularity popularity_compile(struct arena *arena, uint32_t n, double exponent);

// The item that 32 random bits choose: high part picks the cell, the rest decides between cell and
// alias.
static inline uint32_t popularity_item(const struct popularity *p, uint32_t word)
{
    uint64_t product = (uint64_t)word * p->n;
    uint32_t cell = (uint32_t)(product >> 32);
    return (uint32_t)product < p->cells[cell].threshold ? cell : p->cells[cell].alias;
}
