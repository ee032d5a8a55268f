#include "engine/tuner.h"

#include "base/base.h"

enum { TUNER_THRESHOLD = 4, TUNER_LEAST_INTERVAL = 4096, TUNER_LARGE_BUCKET = 1024 };

// Rough prices in instructions: an opened bucket, a pass through the small heap, through the far
// ring, through the heap beyond it.
enum {
    TUNER_OPEN_PRICE = 140,
    TUNER_BORN_PRICE = 40,
    TUNER_HEAP_LEVEL_PRICE = 15, // more for each doubling of the heap
    TUNER_FAR_PRICE = 25,
    TUNER_BEYOND_PRICE = 300
};

struct tuner tuner_start(void)
{
    return (struct tuner){.left = TUNER_LEAST_INTERVAL,
                          .interval = TUNER_LEAST_INTERVAL,
                          .patience = TUNER_LEAST_INTERVAL};
}

// By the work of so many pops.
static int tuner_choose(const struct tuner_work *work, uint64_t pops, size_t in_heap)
{
    uint64_t narrow_cost = TUNER_OPEN_PRICE * work->opened + TUNER_FAR_PRICE * work->far +
                           TUNER_BEYOND_PRICE * work->beyond;
    uint64_t levels = 64 - (uint64_t)__builtin_clzll((uint64_t)in_heap | 1);
    uint64_t wide_cost = (TUNER_BORN_PRICE + TUNER_HEAP_LEVEL_PRICE * levels) * work->born;
    // A change must be clearly to the cheaper side, and towards narrow buckets, which waste memory,
    // promise more than a few instructions an event.
    uint64_t threshold = TUNER_THRESHOLD * pops;
    if (narrow_cost > 3 * wide_cost + pops)
        return 1;
    if (wide_cost > 3 * narrow_cost + threshold)
        return -1;
    bool is_large = pops / TUNER_LARGE_BUCKET > work->opened;
    return is_large && narrow_cost < threshold ? -1 : 0;
}

int tuner_review(struct tuner *tuner, const struct tuner_work *work, size_t pending, size_t in_heap)
{
    struct tuner_work done = {.opened = work->opened - tuner->at_review.opened,
                              .born = work->born - tuner->at_review.born,
                              .far = work->far - tuner->at_review.far,
                              .beyond = work->beyond - tuner->at_review.beyond};
    int change = tuner_choose(&done, tuner->interval, in_heap);
    if (change != 0 && change == -tuner->last_change)
        tuner->patience *= 8;
    if (change != 0)
        tuner->last_change = change;
    uint64_t least = pending / 2;
    tuner->interval = least > tuner->patience ? least : tuner->patience;
    tuner->left = tuner->interval;
    tuner->at_review = *work;
    return change;
}
