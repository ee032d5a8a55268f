// Recall: finds the frame of what somebody has asked for, so that he can take it back.
//
// Who asks names his question by a token of his own, and who is asked keeps a frame of his; an
// answer goes back by the asker's token. To cancel, the asker can say only that token, so that the
// frame must be found by it. This is a hash table with a chain a slot, over entries beside the
// frames (slots.h), by the same index. It exists only where somebody cancels. Cost: a cache line or
// two to note, find or forget; doubles when the frames do. Nothing is decided by its order.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/array.h"
#include "base/simtime.h"

struct recall_entry {
    uint64_t call;   // the asker's token
    uint32_t asker;  // LP
    uint32_t next;   // frame + 1 in the chain; 0: none
    simtime reaches; // when the last message sent for it arrives: a cancel must not overtake it
};

// Zero-initialised is empty.
struct recall {
    ARRAY(struct recall_entry) entries; // [frame]
    ARRAY(uint32_t) heads;              // frame + 1; a power of two
};

// Notes a frame, of at most n_frames, that is not noted.
struct recall_entry *recall_note(struct recall *r, size_t n_frames, uint32_t frame, uint32_t asker,
                                 uint64_t call);
// The frame that was noted so; false: none is.
bool recall_find(const struct recall *r, uint32_t asker, uint64_t call, uint32_t *frame);
void recall_forget(struct recall *r, uint32_t frame);
void recall_clear(struct recall *r);
void recall_free(struct recall *r);
