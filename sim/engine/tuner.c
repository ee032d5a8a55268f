#include "engine/tuner.h"

#include "base/base.h"

enum { TUNER_THRESHOLD = 4, TUNER_LEAST_INTERVAL = 4096, TUNER_LARGE_BUCKET = 1024 };

// Rough prices in instructions: an opened bucket, a pass through the small heap, through the far
// ring, through the heap beyond it.
enum {
    TUNER_OPEN_PRICE = 160,
    TUNER_BORN_PRICE = 150,
    TUNER_FAR_PRICE = 25,
    TUNER_BEYOND_PRICE = 300
};

struct tuner tuner_start(void)
{
    return (struct tuner){.left = TUNER_LEAST_INTERVAL,
                          .interval = TUNER_LEAST_INTERVAL,
                          .patience = TUNER_LEAST_INTERVAL};
}

static int tuner_choose(const struct tuner_work *work, uint64_t pops)
{
    uint64_t narrow_cost = TUNER_OPEN_PRICE * work->opened + TUNER_FAR_PRICE * work->far +
                           TUNER_BEYOND_PRICE * work->beyond;
    uint64_t wide_cost = TUNER_BORN_PRICE * work->born;
    // A change must promise more than a few instructions an event and be clearly the cheaper side.
    uint64_t threshold = TUNER_THRESHOLD * pops;
    if (narrow_cost > 3 * wide_cost + threshold)
        return 1;
    if (wide_cost > 3 * narrow_cost + threshold)
        return -1;
    bool is_large = pops / TUNER_LARGE_BUCKET > work->opened;
    return is_large && narrow_cost < threshold ? -1 : 0;
}

int tuner_review(struct tuner *tuner, const struct tuner_work *work, size_t pending)
{
    struct tuner_work done = {.opened = work->opened - tuner->at_review.opened,
                              .born = work->born - tuner->at_review.born,
                              .far = work->far - tuner->at_review.far,
                              .beyond = work->beyond - tuner->at_review.beyond};
    int change = tuner_choose(&done, tuner->interval);
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
