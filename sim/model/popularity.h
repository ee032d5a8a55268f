// Popularity of items: Zipf's law, exact for popular items, in bounded memory for any number.
//
// What real systems do: few keys get most of the requests, and frequency falls with rank by a power
// law; its exponent is 0.6 to 0.85 for web objects (Breslau et al., INFOCOM 1999), 0.99 in YCSB,
// and 1.21 in the median of Twitter's cache clusters (Yang et al., OSDI 2020). Modelled: item i
// (0-based) has weight (i+1)^-exponent. Up to 2^20 items stand in one table, drawn from by the
// alias method (Walker 1977, Vose 1991): one word and one lookup. Of more, the 2^16 most popular
// do. The others are the tail: it has a range of the random words for itself, and a word's place in
// that range is where the integral of x^-exponent, from k - 1/2 to k + 1/2 for rank k, is inverted.
// Left out: keys that become popular or cease to be, other laws for writes than for reads. Knobs:
// items, zipf.
//
// How it is computed: the tail's weight is the integral of f(x) = x^-s from a = 2^16 + 1/2 to
// b = n + 1/2 and the next term of the Euler-Maclaurin series, -(f'(b) - f'(a)) / 24; what follows
// is below 1e-18 of it. Within the tail the integral gives rank k the share k^-s times 1 +
// s(s+1)/24k^2, so exponents up to 3 are met to 1.2e-10. The grain of the 32-bit word is coarser:
// the tail's words are dealt out in the order of items, so each gets its share to within one word,
// and the total variation distance from Zipf's law is below n / 2^33, about a third of that as a
// rule: 0.01 % for 3 million items, 0.4 % for 100 million. Of items whose share is less than a word
// (of 100 million with exponent 1.2 the last 74 million, 0.7 % of the requests) some have one and
// the others are never drawn.
#pragma once

#include "base/arena.h"
#include "model/model.h"

enum { POPULARITY_TABLE_ITEMS = 1 << 20, POPULARITY_HEAD_ITEMS = 1 << 16 };

// Item i (0-based) has weight (i+1)^-exponent; exponent 0: uniform. Cost: O(table) once.
struct popularity popularity_compile(struct arena *arena, uint32_t n, double exponent);

// The item that a word below tail_words chooses; the greater the word, the greater the item.
uint32_t popularity_tail_item(const struct popularity *p, uint32_t word);

// The item that 32 random bits choose. In the table the high part picks the cell, the rest decides
// between cell and alias.
static inline uint32_t popularity_item(const struct popularity *p, uint32_t word)
{
    if (word < p->tail_words)
        return popularity_tail_item(p, word);
    uint64_t share = (word - p->tail_words) * p->stretch >> 20; // of 2^44
    uint64_t product = share * p->n_cells;                      // at most 2^20 of them
    uint32_t cell = (uint32_t)(product >> 44);
    return (uint32_t)(product >> 12) < p->cells[cell].threshold ? cell : p->cells[cell].alias;
}
