#include "engine/run.h"

#include <string.h>

#include "base/base.h"

enum { RUN_INSERTION = 12, RUN_MAX_PILE_BITS = 12, RUN_LARGE_PILE = 48 };

// How the times of one bucket become integers.
struct run_scale {
    uint64_t mask; // of a time: its offset in the bucket
    int drop;      // low bits of the offset that have no room
    int index_bits;
    int pile_shift; // low bits of the offset that do not choose the pile
    size_t n_piles;
};

// Whether entry a is before b by (time, key).
static bool run_before(const struct run *run, uint64_t a, uint64_t b)
{
    if (((a ^ b) & ~run->index_mask) != 0)
        return a < b;
    return event_before(run_event(run, a), run_event(run, b));
}

// ---- sorting

static void run_insertion_sort(uint64_t *order, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        uint64_t moving = order[i];
        size_t hole = i;
        for (; hole > 0 && moving < order[hole - 1]; hole--)
            order[hole] = order[hole - 1];
        order[hole] = moving;
    }
}

// Merges from[0..middle) and from[middle..n) into to.
static void run_merge(const struct run *run, const uint64_t *from, size_t middle, size_t n,
                      uint64_t *to)
{
    size_t left = 0, right = middle, out = 0;
    while (left < middle && right < n)
        to[out++] = run_before(run, from[right], from[left]) ? from[right++] : from[left++];
    memcpy(to + out, from + left, (middle - left) * sizeof *to);
    memcpy(to + out + (middle - left), from + right, (n - right) * sizeof *to);
}

// By (time, key), whatever the input; `other` has room for n.
static void run_merge_sort(const struct run *run, uint64_t *order, size_t n, uint64_t *other)
{
    uint64_t *from = order, *to = other;
    for (size_t width = 1; width < n; width *= 2) {
        for (size_t start = 0; start < n; start += 2 * width) {
            size_t rest = n - start, middle = rest < width ? rest : width;
            run_merge(run, from + start, middle, rest < 2 * width ? rest : 2 * width, to + start);
        }
        uint64_t *merged = to;
        to = from;
        from = merged;
    }
    if (from != order)
        memcpy(order, from, n * sizeof *order);
}

// Sorts stretches of equal times by key.
static void run_settle_ties(struct run *run)
{
    uint64_t *order = run->order.items;
    const size_t n = run->order.n;
    for (size_t i = 1; i < n; i++) {
        if (LIKELY(((order[i] ^ order[i - 1]) & ~run->index_mask) != 0))
            continue;
        size_t start = i - 1;
        while (i < n && ((order[i] ^ order[start]) & ~run->index_mask) == 0)
            i++;
        run_merge_sort(run, order + start, i - start, run->scratch.items);
    }
}

// ---- opening

// Takes the chunks in and returns how many events they hold.
static size_t run_take_chunks(struct run *run, struct chunk *newest)
{
    size_t n = 0;
    for (struct chunk *k = newest; k != NULL; k = k->older) {
        array_push(&run->chunks, k);
        n += k->n;
    }
    return n;
}

static struct run_scale run_scale_of(const struct run *run, size_t n, int shift)
{
    int chunk_bits = 64 - __builtin_clzll((uint64_t)run->chunks.n); // one more than needed at times
    int room = 64 - CHUNK_INDEX_BITS - chunk_bits;
    int drop = shift > room ? shift - room : 0;
    // One or two piles an entry.
    int pile_bits = n <= RUN_INSERTION ? 0 : 64 - __builtin_clzll((uint64_t)n);
    pile_bits = pile_bits < RUN_MAX_PILE_BITS ? pile_bits : RUN_MAX_PILE_BITS;
    pile_bits = pile_bits < shift - drop ? pile_bits : shift - drop;
    return (struct run_scale){.mask = (UINT64_C(1) << shift) - 1,
                              .drop = drop,
                              .index_bits = CHUNK_INDEX_BITS + chunk_bits,
                              .pile_shift = shift - drop - pile_bits,
                              .n_piles = (size_t)1 << pile_bits};
}

// One entry an event, counted by the pile it falls on.
static void run_fill(struct run *run, const struct run_scale *scale, uint32_t *counts)
{
    uint64_t *out = run->order.items;
    for (size_t c = 0; c < run->chunks.n; c++) {
        const struct chunk *chunk = run->chunks.items[c];
        for (size_t i = 0; i < chunk->n; i++) {
            uint64_t offset = ((uint64_t)chunk->events[i].time & scale->mask) >> scale->drop;
            *out++ = offset << scale->index_bits | c << CHUNK_INDEX_BITS | i;
            counts[offset >> scale->pile_shift]++;
        }
    }
}

// Turns counts into beginnings; returns the largest count.
static uint32_t run_begin_piles(uint32_t *counts, size_t n_piles)
{
    uint32_t largest = 0, begin = 0;
    for (size_t pile = 0; pile < n_piles; pile++) {
        uint32_t count = counts[pile];
        largest = count > largest ? count : largest;
        counts[pile] = begin;
        begin += count;
    }
    return largest;
}

// Deals the entries into piles by the leading bits of their time, then sorts by insertion: with
// times spread evenly nothing moves far. The result lies in the scratch array: the two change
// roles.
static void run_deal(struct run *run, const struct run_scale *scale, uint32_t *begins)
{
    const size_t n = run->order.n;
    const int shift = scale->index_bits + scale->pile_shift;
    uint64_t *from = run->order.items, *to = run->scratch.items;
    for (size_t i = 0; i < n; i++)
        to[begins[from[i] >> shift]++] = from[i];
    run_insertion_sort(to, n);
    size_t capacity = run->order.capacity;
    run->order.items = to;
    run->order.capacity = run->scratch.capacity;
    run->scratch.items = from;
    run->scratch.capacity = capacity;
}

void run_open(struct run *run, struct chunk *newest, int shift)
{
    CHECK(run->chunks.n == 0);
    uint32_t piles[1 << RUN_MAX_PILE_BITS];
    size_t n = run_take_chunks(run, newest);
    struct run_scale scale = run_scale_of(run, n, shift);
    array_reserve(&run->order, n);
    array_reserve(&run->scratch, n);
    run->order.n = n;
    run->at = 0;
    run->index_mask = (UINT64_C(1) << scale.index_bits) - 1;
    memset(piles, 0, scale.n_piles * sizeof *piles);
    run_fill(run, &scale, piles);
    if (n <= RUN_INSERTION) {
        run_insertion_sort(run->order.items, n);
    } else if (run_begin_piles(piles, scale.n_piles) <= RUN_LARGE_PILE) {
        run_deal(run, &scale, piles);
    } else {
        run_merge_sort(run, run->order.items, n, run->scratch.items);
        return; // ties included
    }
    run_settle_ties(run);
}

void run_free(struct run *run)
{
    array_free(&run->order);
    array_free(&run->scratch);
    array_free(&run->chunks);
}
