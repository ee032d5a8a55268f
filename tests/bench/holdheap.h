// PHOLD by a straightforward event list: a loop over a 4-ary implicit heap, without digests,
// checks, cells or timers. The reference that the engine is compared with, in the forms in which
// one would write it; which of them is the fastest depends on the number of events. Beside them two
// forms that are tuned: their comparisons, of 128-bit integers without branches, wait less for
// memory.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "hop.h"

enum holdheap_form {
    HOLDHEAP_WHOLE,       // whole events of 48 bytes are moved
    HOLDHEAP_WHOLE_WIDE,  // the same, (time, key) compared as one integer
    HOLDHEAP_SLOTS,       // key of 16 bytes and the index of the event's body in a slab
    HOLDHEAP_PACKED,      // 16 bytes: time, and a word of sequence number and index
    HOLDHEAP_PACKED_WIDE, // the same, compared as one integer
    HOLDHEAP_FORMS,
};

static inline bool holdheap_is_tuned(enum holdheap_form form)
{
    return form == HOLDHEAP_WHOLE_WIDE || form == HOLDHEAP_PACKED_WIDE;
}

struct holdheap_result {
    double seconds;  // CPU time
    uint64_t events; // executed in it
};

// Runs to `warm`, then measures to `end`.
struct holdheap_result holdheap_run(enum holdheap_form form, struct hop_load *load, simtime warm,
                                    simtime end);
