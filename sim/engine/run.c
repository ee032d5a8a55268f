#include "engine/run.h"

#include <string.h>

#include "base/base.h"

enum { RUN_FIRST_EVENTS = 256, RUN_INSERTION = 12, RUN_MAX_PILES = 4096, RUN_LARGE_PILE = 48 };

// Whether entry a is before b by (time, key).
static bool run_before(const struct run *run, uint64_t a, uint64_t b)
{
    if (((a ^ b) & ~run->index_mask) != 0)
        return a < b;
    return event_before(run_event(run, a), run_event(run, b));
}

// ---- sorting

// Sorts what is nearly sorted. Times that rise are seen with one comparison; only else, and for
// equal times, are keys looked at.
static void run_insertion_sort(const struct run *run, uint64_t *order, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        const uint64_t moving = order[i];
        if (LIKELY((order[i - 1] | run->index_mask) < moving))
            continue;
        size_t hole = i;
        for (; hole > 0 && run_before(run, moving, order[hole - 1]); hole--)
            order[hole] = order[hole - 1];
        order[hole] = moving;
    }
}

// Merges from[0..middle) and from[middle..n) into to.
static void run_merge(const struct run *run, const uint64_t *from, size_t middle, size_t n,
                      uint64_t *to)
{
    size_t left = 0, right = middle, out = 0;
    if (middle == n || !run_before(run, from[middle], from[middle - 1])) {
        memcpy(to, from, n * sizeof *to); // in order already, as ties often are
        return;
    }
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

// An event becomes the low bits of its time, moved to the top by `up`, then its index. Times that
// differ only in bits that have no room look equal: then the events decide. The oldest chunk, the
// last one, comes first: events are often written in the order in which they are due.
static void run_fill(struct run *run, int up)
{
    uint64_t *out = run->order.items;
    const uint64_t keep = ~run->index_mask;
    for (size_t c = run->chunks.n; c-- > 0;) {
        const struct chunk *chunk = run->chunks.items[c];
        const uint64_t index = c << CHUNK_INDEX_BITS;
        for (size_t i = 0; i < chunk->n; i++)
            *out++ = ((uint64_t)chunk->events[i].time << up & keep) | (index + i);
    }
}

// Where in the bucket an entry lies, as a pile: piles are in order of time.
static size_t run_pile(uint64_t n_piles, uint64_t entry)
{
    return (size_t)((entry >> 32) * n_piles >> 32);
}

static void run_count(const struct run *run, uint64_t n_piles, uint32_t *counts)
{
    for (size_t i = 0; i < run->order.n; i++)
        counts[run_pile(n_piles, run->order.items[i])]++;
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
static void run_deal(struct run *run, uint64_t n_piles, uint32_t *begins)
{
    const size_t n = run->order.n;
    uint64_t *from = run->order.items, *to = run->scratch.items;
    for (size_t i = 0; i < n; i++)
        to[begins[run_pile(n_piles, from[i])]++] = from[i];
    run_insertion_sort(run, to, n);
    size_t capacity = run->order.capacity;
    run->order.items = to;
    run->order.capacity = run->scratch.capacity;
    run->scratch.items = from;
    run->scratch.capacity = capacity;
}

// More than a few events, over about as many piles as there are.
static void run_sort_many(struct run *run, uint64_t n_piles)
{
    uint32_t piles[RUN_MAX_PILES];
    memset(piles, 0, n_piles * sizeof *piles);
    run_count(run, n_piles, piles);
    if (run_begin_piles(piles, n_piles) <= RUN_LARGE_PILE)
        run_deal(run, n_piles, piles);
    else
        run_merge_sort(run, run->order.items, run->order.n, run->scratch.items);
}

void run_init(struct run *run)
{
    *run = (struct run){0};
    array_reserve(&run->order, RUN_FIRST_EVENTS);
    array_reserve(&run->scratch, RUN_FIRST_EVENTS);
    array_reserve(&run->chunks, RUN_FIRST_EVENTS / CHUNK_EVENTS);
}

// A single event, as in most buckets when events are few.
static void run_open_one(struct run *run, struct chunk *chunk)
{
    run->chunks.items[0] = chunk;
    run->chunks.n = 1;
    run->order.items[0] = 0;
    run->order.n = 1;
    run->at = 0;
}

void run_open(struct run *run, struct chunk *newest, int shift)
{
    CHECK(run->chunks.n == 0);
    if (newest->n == 1 && newest->older == NULL) {
        run_open_one(run, newest);
        return;
    }
    size_t n = run_take_chunks(run, newest);
    int chunk_bits = 64 - __builtin_clzll((uint64_t)run->chunks.n); // one more than needed at times
    array_reserve(&run->order, n);
    array_reserve(&run->scratch, n);
    run->order.n = n;
    run->at = 0;
    run->index_mask = (UINT64_C(1) << (CHUNK_INDEX_BITS + chunk_bits)) - 1;
    // A bucket of a nanosecond has one time: which bit of it counts matters not.
    run_fill(run, 64 - (shift > 0 ? shift : 1));
    if (n <= RUN_INSERTION)
        run_insertion_sort(run, run->order.items, n);
    else
        run_sort_many(run, n < RUN_MAX_PILES ? n : RUN_MAX_PILES);
}

void run_free(struct run *run)
{
    array_free(&run->order);
    array_free(&run->scratch);
    array_free(&run->chunks);
}
