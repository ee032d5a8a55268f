#include "engine/run.h"

#include <string.h>

#include "base/base.h"

enum { RUN_INSERTION = 16, RUN_MAX_DIGIT_BITS = 12 };

void run_reset(struct run *run, size_t n)
{
    array_reserve(&run->entries, n);
    array_reserve(&run->scratch, n);
    run->entries.n = 0;
    run->at = 0;
}

static void run_insertion_sort(struct run_entry *entries, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        struct run_entry moving = entries[i];
        size_t hole = i;
        while (hole > 0 && run_entry_before(&moving, &entries[hole - 1])) {
            entries[hole] = entries[hole - 1];
            hole--;
        }
        entries[hole] = moving;
    }
}

// Merges from[0..middle) and from[middle..n) into to. The choice is made by arithmetic, not by a
// branch: on random times a branch would be mispredicted every second time.
static void run_merge(const struct run_entry *from, size_t middle, size_t n, struct run_entry *to)
{
    size_t left = 0, right = middle, out = 0;
    while (left < middle && right < n) {
        bool is_right = run_entry_before(&from[right], &from[left]);
        to[out++] = from[is_right ? right : left];
        right += is_right;
        left += !is_right;
    }
    memcpy(to + out, from + left, (middle - left) * sizeof *to);
    memcpy(to + out + (middle - left), from + right, (n - right) * sizeof *to);
}

static void run_merge_pass(const struct run_entry *from, size_t n, size_t width,
                           struct run_entry *to)
{
    for (size_t start = 0; start < n; start += 2 * width) {
        size_t rest = n - start;
        run_merge(from + start, rest < width ? rest : width, rest < 2 * width ? rest : 2 * width,
                  to + start);
    }
}

// Merge sort of n entries in place; scratch has room for n.
static void run_merge_sort(struct run_entry *entries, size_t n, struct run_entry *scratch)
{
    struct run_entry *from = entries, *to = scratch;
    for (size_t start = 0; start < n; start += RUN_INSERTION)
        run_insertion_sort(from + start, n - start < RUN_INSERTION ? n - start : RUN_INSERTION);
    for (size_t width = RUN_INSERTION; width < n; width *= 2) {
        run_merge_pass(from, n, width, to);
        struct run_entry *merged = to;
        to = from;
        from = merged;
    }
    if (from != entries)
        memcpy(entries, from, n * sizeof *entries);
}

// How many leading bits of a bucket's time range to deal by: about one entry a pile.
static int run_digit_bits(size_t n, int shift)
{
    int bits = 63 - __builtin_clzll((uint64_t)n);
    bits = bits < RUN_MAX_DIGIT_BITS ? bits : RUN_MAX_DIGIT_BITS;
    return bits < shift ? bits : shift;
}

// Deals the entries into piles by the leading bits of their time within the bucket, then sorts each
// pile. With times spread evenly a pile holds an entry or two, and the cost is O(n); ties all fall
// on one pile, and the cost is that of its merge sort.
static void run_deal(struct run *run, int shift)
{
    uint32_t ends[(1 << RUN_MAX_DIGIT_BITS) + 1];
    size_t n = run->entries.n;
    int bits = run_digit_bits(n, shift);
    size_t n_piles = (size_t)1 << bits;
    struct run_entry *from = run->entries.items, *to = run->scratch.items;
    memset(ends, 0, (n_piles + 1) * sizeof *ends);
    for (size_t i = 0; i < n; i++)
        ends[((uint64_t)from[i].time >> (shift - bits) & (n_piles - 1)) + 1]++;
    for (size_t pile = 1; pile < n_piles; pile++)
        ends[pile + 1] += ends[pile];
    for (size_t i = 0; i < n; i++) // moves the beginning of each pile to its end
        to[ends[(uint64_t)from[i].time >> (shift - bits) & (n_piles - 1)]++] = from[i];
    size_t start = 0;
    for (size_t pile = 0; pile < n_piles; pile++) {
        size_t size = ends[pile] - start;
        if (size > 1)
            run_merge_sort(to + start, size, from);
        start = ends[pile];
    }
}

void run_sort(struct run *run, int shift)
{
    if (run->entries.n <= RUN_INSERTION) {
        run_insertion_sort(run->entries.items, run->entries.n);
        return;
    }
    run_deal(run, shift);
    // The result lies in the scratch array: the two change roles.
    struct run_entry *items = run->entries.items;
    size_t capacity = run->entries.capacity;
    run->entries.items = run->scratch.items;
    run->entries.capacity = run->scratch.capacity;
    run->scratch.items = items;
    run->scratch.capacity = capacity;
}

void run_free(struct run *run)
{
    array_free(&run->entries);
    array_free(&run->scratch);
}
