// Pins: a heap gives events back in (time, key) order whatever the pushes and pops before, across
// each growth of its storage, ties included. Not pinned: its layout, its speed.
#include <criterion/criterion.h>
#include <signal.h>

#include "base/stream.h"
#include "engine/heap.h"
#include "unit/engine/twin.h"

static struct event random_event(struct stream *s, uint32_t sequence, uint32_t n_times)
{
    return (struct event){.time = stream_below(s, n_times),
                          .key = (uint64_t)stream_below(s, 4) << EVENT_SEQUENCE_BITS | sequence,
                          .dst = sequence};
}

// Runs a random program on heap and twin; true if all answers agree.
static bool program_agrees(uint64_t seed, uint32_t n_times, bool is_sabotaged)
{
    struct stream s = stream_open(seed, 0, "test", "heap");
    struct heap heap = {0};
    struct twin twin = {.is_sabotaged = is_sabotaged};
    bool agrees = true;
    for (uint32_t i = 0; i < 4000 && agrees; i++) {
        bool is_growing = i / 500 % 2 == 0;
        if (twin.events.n == 0 || stream_below(&s, 10) < (is_growing ? 8u : 3u)) {
            struct event event = random_event(&s, i, n_times);
            heap_push(&heap, &event);
            twin_push(&twin, &event);
        } else {
            struct event got, want = twin_pop(&twin);
            heap_pop(&heap, &got);
            agrees = twin_same(&got, &want);
        }
        agrees = agrees && heap_time(&heap) == twin_next(&twin) && heap.events.n == twin.events.n &&
                 heap_is_valid(&heap);
    }
    heap_free(&heap);
    twin_free(&twin);
    return agrees;
}

Test(heap, random_programs_agree_with_a_sorted_list)
{
    for (uint64_t seed = 0; seed < 20; seed++) {
        cr_assert(program_agrees(seed, 1, false), "seed %lu, all times equal", seed);
        cr_assert(program_agrees(seed, 50, false), "seed %lu, many ties", seed);
        cr_assert(program_agrees(seed, 1u << 31, false), "seed %lu, few ties", seed);
    }
}

Test(heap, planted_fault_is_found)
{
    cr_assert_not(program_agrees(1, 50, true), "a twin that breaks ties wrongly went unnoticed");
}

Test(heap, sizes_around_every_growth)
{
    for (size_t size = 0; size <= 260; size++) {
        struct heap heap = {0};
        struct event event = {0};
        for (size_t i = 0; i < size; i++)
            heap_push(&heap, &(struct event){.time = (simtime)((i * 7919) % 263), .key = i});
        simtime last = -1;
        for (size_t i = 0; i < size; i++) {
            heap_pop(&heap, &event);
            cr_assert_leq(last, event.time);
            last = event.time;
        }
        cr_assert_eq(heap_time(&heap), SIMTIME_NEVER);
        heap_free(&heap);
    }
}

Test(heap, pushing_an_event_of_its_own)
{
    // The argument may lie in the storage that grows.
    struct heap heap = {0};
    for (int i = 0; i < 8; i++)
        heap_push(&heap, &(struct event){.time = 10 + i, .key = 1, .dst = 42});
    heap_push(&heap, &heap.events.items[0]);
    struct event a, b;
    heap_pop(&heap, &a);
    heap_pop(&heap, &b);
    cr_assert(a.time == 10 && b.time == 10 && b.dst == 42);
    heap_free(&heap);
}

Test(heap, pop_from_empty_stops, .signal = SIGABRT)
{
    struct heap heap = {0};
    struct event event;
    heap_pop(&heap, &event);
}
