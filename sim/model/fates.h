// Fates: what became of every acknowledged write, without keeping any of them.
//
// A member numbers the writes that it takes (serial). What happens to a write is a mark by its
// number: the member whose client is told so marks that it was acknowledged, its own that it died
// with the region, or was conditional; others mark that they
// had overwritten it unseen, or threw it away because it came of a leader that had been replaced.
// Under consensus the leader marks what it commits, and whatever has no such mark is thrown away.
// After the run the marks are put together (settlement.h), so that each write is counted once
// however many members marked it. Memory: a bit or two a write.
#pragma once

#include "model/marks.h"
#include "model/store.h"

// Every acknowledged write is one of these at the end of a run.
enum fate {
    FATE_PRESENT,     // the item's last: all replicas have it, or will when they can be reached
    FATE_SUPERSEDED,  // later writes took its place, of members where it had arrived
    FATE_OVERWRITTEN, // in a conflict: one of them was taken where it had not arrived; or that
                      // began before, by a clock that is ahead (rival.h)
    FATE_LOST,        // it was only where all failed for good, or in a region that lost its lead
    FATES,
};

struct fates {
    uint32_t n;               // writes taken here
    uint32_t n_warmup;        // of them, before the end of the warm-up
    struct marks died;        // own; or it never took effect
    struct marks conditional; // own
    // By the member that took them.
    struct marks acknowledged[STORE_MAX_MEMBERS]; // to clients of this member, after the warm-up
    struct marks overwritten[STORE_MAX_MEMBERS];
    struct marks discarded[STORE_MAX_MEMBERS];
    struct marks committed[STORE_MAX_MEMBERS]; // consensus: what this member has, as leader
};

static inline uint32_t fates_begin(struct fates *f, bool is_warm)
{
    f->n_warmup += !is_warm;
    return f->n++;
}

void fates_open(struct fates *f, int n_members);
void fates_free(struct fates *f);
