// Fetches: what a cache has asked its store for and who waits for it.
//
// Frames of questions under way, as all frames named by tokens (slots.h). What will change the
// contents is filed under its item, so that it is found: by those who may wait for it (coalescing),
// and by writes that overtake it (leases). The file is a hash table with as many chains as there
// are frames. Who waits is kept in order. For the books, so are the acknowledged writes that were
// heard of meanwhile: the version that will come may miss them. Grows in warm-up only; nothing is
// decided by the order of a chain.
#pragma once

#include <stdbool.h>

#include "base/array.h"
#include "model/copy.h"
#include "model/slots.h"

enum fetch_kind {
    FETCH_FILL,  // a read that missed
    FETCH_WRITE, // a write that comes by
    FETCH_PASS,  // what the cache has no part in
};

struct fetch {
    _Alignas(64) SLOT_HEADER;
    uint64_t call;   // caller's token
    uint64_t timer;  // 0: none armed
    uint32_t heard;  // writes: the last one heard of; index + 1; 0: none
    uint32_t caller; // LP
    uint32_t item;
    uint32_t next;        // in its chain; index + 1; 0: none
    uint32_t last_waiter; // of a ring; index + 1; 0: none
    uint8_t kind;         // enum fetch_kind
    bool is_overtaken;    // by a write, or the loss of all copies: is not put in
};

_Static_assert(sizeof(struct fetch) == 64, "a cache line");

static inline bool fetches_may_be_joined(const struct fetch *f)
{
    return f->kind == FETCH_FILL && !f->is_overtaken;
}

struct waiter {
    SLOT_HEADER;
    uint64_t call;
    simtime began;
    uint32_t caller;
    uint32_t next; // in the ring; index + 1
};

struct heard {
    SLOT_HEADER;
    uint64_t version;
    simtime committed;
    uint32_t earlier; // index + 1
    uint32_t spare;
};

// Zero-initialised is empty.
struct fetches {
    SLOTS(struct fetch) frames;
    SLOTS(struct waiter) waiters;
    SLOTS(struct heard) heard;
    ARRAY(uint32_t) heads; // index + 1; a power of two
};

// A frame for a question about an item; what else it says is left to the caller. It is filed but
// for FETCH_PASS.
uint32_t fetches_take(struct fetches *f, enum fetch_kind kind, uint32_t item);
// What is filed under an item: index + 1; 0: nothing is. And what else.
uint32_t fetches_find(const struct fetches *f, uint32_t item);
uint32_t fetches_find_other(const struct fetches *f, uint32_t found);
// Somebody waits for it as well; frame and ring are filled in here.
void fetches_wait(struct fetches *f, uint32_t index, const struct waiter *waiter);
// Takes off the first of those who wait for a fetch; false: nobody does.
bool fetches_next_waiter(struct fetches *f, uint32_t index, struct waiter *waiter);
// A write was acknowledged; if it is known already, nothing changes.
void fetches_hear(struct fetches *f, uint32_t index, const struct unseen_write *write);
// What a read of the version that it brings misses, as of read->time.
void fetches_judge(const struct fetches *f, uint32_t index, struct copy_read *read);
// Nobody waits for it any more.
void fetches_release(struct fetches *f, uint32_t index);
void fetches_free(struct fetches *f);
