// The tuner: chooses a calendar's bucket width from what the calendar had to do.
//
// Three kinds of work depend on the width: opening buckets (too many when they are narrow), the
// heap of events born inside the open bucket (when they are wide), and the second writing of events
// beyond the near ring (when that is short). Sorting does not, as long as a bucket fits the cache;
// wide buckets also waste less memory in half-filled chunks. At each review the work
// since the last one says whether buckets should be twice as wide, half as wide, or stay. A change
// re-deals all pending events, so reviews are at least half as many pops apart as there are events,
// and further apart each time the choice turns back.
//
// It counts events, never time: runs repeat exactly. And since width never changes order, it could
// not change results even if they did not.
//
// Cost: a decrement a pop.
#pragma once

#include <stddef.h>
#include <stdint.h>

// Work of a calendar since its beginning.
struct tuner_work {
    uint64_t opened; // buckets
    uint64_t born;   // events pushed into the open bucket
    uint64_t far;    // events pushed into the far ring
    uint64_t beyond; // events pushed beyond it
};

struct tuner {
    uint64_t left;     // pops until the next review
    uint64_t interval; // pops between the last review and the next
    uint64_t patience; // least interval, doubled when a choice is taken back
    struct tuner_work at_review;
    int last_change;
};

// A tuner that reviews; one that is zeroed with left = UINT64_MAX never does.
struct tuner tuner_start(void);
// At a review: +1 wider, -1 narrower, 0 stay. `pending`: events in the calendar; `in_heap`: those
// of them in the small heap just now, which price a push into it.
int tuner_review(struct tuner *tuner, const struct tuner_work *work, size_t pending,
                 size_t in_heap);
