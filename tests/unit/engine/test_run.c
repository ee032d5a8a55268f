// Pins: run_sort orders entries by (time, key) for even, tied and clustered times, at all sizes
// around its thresholds, for every bucket width. Not pinned: which method sorts which size.
#include <criterion/criterion.h>
#include <stdlib.h>

#include "base/stream.h"
#include "engine/run.h"

static int compare(const void *a, const void *b)
{
    const struct run_entry *x = a, *y = b;
    if (x->time != y->time)
        return x->time < y->time ? -1 : 1;
    return (x->key > y->key) - (x->key < y->key);
}

// Fills a run with n entries of one bucket 2^shift wide; `distinct`: how many different times there
// are.
static void fill(struct run *run, size_t n, int shift, uint32_t distinct)
{
    struct stream s = stream_open(n, (uint32_t)shift, "test", "run");
    uint64_t begin = (uint64_t)5 << shift;
    uint64_t mask = (UINT64_C(1) << shift) - 1;
    run_reset(run, n);
    for (size_t i = 0; i < n; i++) {
        uint64_t within = (stream_below(&s, distinct) * UINT64_C(0x9e3779b97f4a7c15)) & mask;
        array_push(&run->entries,
                   ((struct run_entry){.time = (simtime)(begin + within), .key = stream_word(&s)}));
    }
}

static void check(size_t n, int shift, uint32_t distinct)
{
    struct run run = {0};
    fill(&run, n, shift, distinct);
    struct run_entry *want = malloc((n + 1) * sizeof *want);
    for (size_t i = 0; i < n; i++)
        want[i] = run.entries.items[i];
    qsort(want, n, sizeof *want, compare);
    run_sort(&run, shift);
    cr_assert_eq(run.entries.n, n);
    for (size_t i = 0; i < n; i++)
        cr_assert(run.entries.items[i].time == want[i].time &&
                      run.entries.items[i].key == want[i].key,
                  "n %zu, shift %d, %u times: entry %zu", n, shift, distinct, i);
    free(want);
    run_free(&run);
}

Test(run, every_small_size)
{
    for (size_t n = 0; n <= 140; n++)
        for (int shift = 0; shift <= 40; shift += 5) {
            check(n, shift, 1);
            check(n, shift, 7);
            check(n, shift, UINT32_MAX);
        }
}

Test(run, large_sizes)
{
    const size_t sizes[] = {255, 256, 257, 4095, 4096, 4097, 60000};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        check(sizes[i], 20, 1);
        check(sizes[i], 20, 100);
        check(sizes[i], 20, UINT32_MAX);
        check(sizes[i], 3, UINT32_MAX);
    }
}

Test(run, storage_is_reused)
{
    struct run run = {0};
    fill(&run, 1000, 20, UINT32_MAX);
    run_sort(&run, 20);
    size_t capacity = run.entries.capacity;
    for (size_t n = 0; n <= 1000; n += 100) {
        fill(&run, n, 20, UINT32_MAX);
        run_sort(&run, 20);
    }
    cr_assert_eq(run.entries.capacity, capacity);
    run_free(&run);
}
