#include "engine/run.h"

#include <string.h>

#include "base/base.h"

enum { RUN_INSERTION = 12, RUN_MAX_DIGIT_BITS = 12, RUN_LARGE_PILE = 48 };

// How the times of one bucket become integers.
struct run_scale {
    uint64_t mask;  // of a time: its offset in the bucket
    int drop;       // low bits of the offset that have no room
    int index_bits;
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

static struct run_scale run_scale_of(const struct run *run, int shift)
{
    int chunk_bits = 64 - __builtin_clzll((uint64_t)run->chunks.n); // one more than needed at times
    int room = 64 - CHUNK_INDEX_BITS - chunk_bits;
    return (struct run_scale){.mask = (UINT64_C(1) << shift) - 1,
                              .drop = shift > room ? shift - room : 0,
                              .index_bits = CHUNK_INDEX_BITS + chunk_bits};
}

static void run_fill(struct run *run, const struct run_scale *scale)
{
    uint64_t *out = run->order.items;
    for (size_t c = 0; c < run->chunks.n; c++) {
        const struct chunk *chunk = run->chunks.items[c];
        for (size_t i = 0; i < chunk->n; i++) {
            uint64_t offset = ((uint64_t)chunk->events[i].time & scale->mask) >> scale->drop;
            *out++ = offset << scale->index_bits | c << CHUNK_INDEX_BITS | i;
        }
    }
}

// Deals the entries into about n piles by the leading bits of their time, then sorts by insertion:
// with times spread evenly nothing moves far. False if they are not: some pile is large.
static bool run_deal(struct run *run, int digit_shift, size_t n_piles)
{
    uint32_t ends[(1 << RUN_MAX_DIGIT_BITS) + 1];
    const size_t n = run->order.n;
    const uint64_t *from = run->order.items;
    uint64_t *to = run->scratch.items;
    memset(ends, 0, (n_piles + 1) * sizeof *ends);
    for (size_t i = 0; i < n; i++)
        ends[(from[i] >> digit_shift) + 1]++;
    uint32_t largest = 0;
    for (size_t pile = 1; pile <= n_piles; pile++) {
        largest = ends[pile] > largest ? ends[pile] : largest;
        ends[pile] += ends[pile - 1];
    }
    if (largest > RUN_LARGE_PILE + n / n_piles * 2)
        return false;
    for (size_t i = 0; i < n; i++) // moves the beginning of each pile to its end
        to[ends[from[i] >> digit_shift]++] = from[i];
    run_insertion_sort(to, n);
    // The result lies in the scratch array: the two change roles.
    uint64_t *items = run->order.items;
    size_t capacity = run->order.capacity;
    run->order.items = run->scratch.items;
    run->order.capacity = run->scratch.capacity;
    run->scratch.items = items;
    run->scratch.capacity = capacity;
    return true;
}

static void run_sort(struct run *run, const struct run_scale *scale, int shift)
{
    const size_t n = run->order.n;
    if (n <= RUN_INSERTION) {
        run_insertion_sort(run->order.items, n);
    } else {
        int offset_bits = shift - scale->drop, bits = 64 - __builtin_clzll((uint64_t)n);
        bits = bits < RUN_MAX_DIGIT_BITS ? bits : RUN_MAX_DIGIT_BITS;
        bits = bits < offset_bits ? bits : offset_bits;
        if (!run_deal(run, scale->index_bits + offset_bits - bits, (size_t)1 << bits)) {
            run_merge_sort(run, run->order.items, n, run->scratch.items);
            return;
        }
    }
    run_settle_ties(run);
}

void run_open(struct run *run, struct chunk *newest, int shift)
{
    CHECK(run->chunks.n == 0);
    size_t n = run_take_chunks(run, newest);
    struct run_scale scale = run_scale_of(run, shift);
    array_reserve(&run->order, n);
    array_reserve(&run->scratch, n);
    run->order.n = n;
    run->at = 0;
    run->index_mask = (UINT64_C(1) << scale.index_bits) - 1;
    run_fill(run, &scale);
    if (n > 1)
        run_sort(run, &scale, shift);
}

void run_free(struct run *run)
{
    array_free(&run->order);
    array_free(&run->scratch);
    array_free(&run->chunks);
}
