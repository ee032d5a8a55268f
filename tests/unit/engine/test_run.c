// Pins: run_open orders the events of a bucket by (time, key) for even, tied, skewed and clustered
// times, at all sizes around its thresholds, for every bucket width, in full and half-filled
// chunks. Not pinned: which method sorts which size.
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/stream.h"
#include "engine/run.h"

static int compare(const void *a, const void *b)
{
    const struct event *x = a, *y = b;
    return event_before(x, y) ? -1 : event_before(y, x);
}

struct shape {
    size_t n;
    int shift;         // width of the bucket
    uint32_t distinct; // how many different times there are
    bool is_skewed;    // nearly all in the first thousandth of the bucket
};

static simtime draw_time(struct stream *s, const struct shape *shape)
{
    uint64_t mask = (UINT64_C(1) << shape->shift) - 1;
    uint64_t within = (stream_below(s, shape->distinct) * UINT64_C(0x9e3779b97f4a7c15)) & mask;
    if (shape->is_skewed && stream_below(s, 100) > 0)
        within /= 1024;
    return (simtime)((UINT64_C(5) << shape->shift) + within);
}

static void check(struct shape shape)
{
    struct stream s = stream_open(shape.n, (uint32_t)shape.shift, "test", "run");
    struct chunk_pool pool = {0};
    struct chunk *newest = NULL;
    struct event *want = malloc((shape.n + 1) * sizeof *want);
    for (size_t i = 0; i < shape.n; i++) {
        want[i] = (struct event){.time = draw_time(&s, &shape), .key = stream_word(&s)};
        if (newest == NULL || newest->n == CHUNK_EVENTS) {
            struct chunk *chunk = chunk_take(&pool);
            chunk->older = newest;
            chunk->n = 0;
            newest = chunk;
        }
        newest->events[newest->n++] = want[i];
    }
    qsort(want, shape.n, sizeof *want, compare);
    struct run run;
    run_init(&run);
    run_open(&run, newest, shape.shift);
    cr_assert_eq(run.order.n, shape.n);
    for (size_t i = 0; i < shape.n; i++, run.at++)
        cr_assert(memcmp(run_first(&run), &want[i], sizeof *want) == 0,
                  "n %zu, shift %d, %u times, skew %d: event %zu", shape.n, shape.shift,
                  shape.distinct, shape.is_skewed, i);
    free(want);
    run_free(&run);
    chunk_pool_free(&pool);
}

Test(run, every_small_size)
{
    for (size_t n = 1; n <= 140; n++)
        for (int shift = 0; shift <= 52; shift += 4) {
            check((struct shape){n, shift, 1, false});
            check((struct shape){n, shift, 7, false});
            check((struct shape){n, shift, UINT32_MAX, false});
            check((struct shape){n, shift, UINT32_MAX, true});
        }
}

Test(run, large_sizes)
{
    const size_t sizes[] = {255, 256, 257, 4095, 4096, 4097, 60000, 300000};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        check((struct shape){sizes[i], 20, 1, false});
        check((struct shape){sizes[i], 20, 100, false});
        check((struct shape){sizes[i], 20, UINT32_MAX, false});
        check((struct shape){sizes[i], 52, UINT32_MAX, true});
        check((struct shape){sizes[i], 3, UINT32_MAX, false});
    }
}
