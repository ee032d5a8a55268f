// A replica's copy of the items: their versions, and how stale its reads are.
//
// Whether a read was stale is decided by the writes that had been acknowledged when it began. A
// replica is told of each of them at once (copy_notice): by a message of the program's own
// bookkeeping, which no fault stops and nothing in the model goes by. What has been acknowledged
// but has not arrived is kept by item (unseen.h), so that a read counts what it misses. A notice is
// still under way for as long as the network takes at least: reads of that time stay in a log, by
// item, and are corrected when it comes. Then they are counted: how many versions behind, how old
// the oldest write was that they missed, and how long the newest write had been acknowledged, both
// for all reads and for stale ones: their ratio is the probability that a read t after a write does
// not see it (t-visibility; Bailis et al., VLDB 2012). A read may be noted before its time, with
// what is known at present (replica.h): it is corrected by what is written in between (copy_write).
//
// Of many items only those are known of which something is under way (items.h). A replica of a
// multi-leader store knows by itself when a version has settled: when a write that it has not been
// told of would be later by any clock; of those that it has been told of, the item counts how many
// are to come. Replicas of other stores find out together (horizon.h). Reads whose newest write has
// settled are not in the times since the newest write: these are complete up to the age at which
// writes settle, and that of reads which missed something always is. A table of a place for every
// item would tell all else the same.
//
// Besides, a replica keeps items of which the end of the run could not be told otherwise
// (settlement.h): with a write that is not acknowledged or will be lost, or whose client may not
// have been told; and in quorum stores those with a write that failed, until a later one is here.
//
// Cost: a few stores a read, in a ring that the cache holds; a write or notice walks the item's
// reads of the last tenth of a second.
#pragma once

#include "measure/histogram.h"
#include "model/events.h"
#include "model/items.h"
#include "model/unseen.h"

struct copy_read {
    simtime time;
    uint64_t version; // returned
    simtime newest;   // when the newest write before it was acknowledged; COPY_NO_WRITE: none known
    simtime missed;   // when the oldest write that it missed was
    uint32_t behind;  // acknowledged writes that it missed
    uint32_t earlier; // position + 1 of the item's previous read; 0: none
    uint32_t item;
    uint32_t is_strong;
};

#define COPY_NO_WRITE INT64_MIN

// What reads have missed.
struct copy_counts {
    uint64_t stale;
    uint64_t stale_strong;     // of these, strong reads
    struct histogram age;      // of the oldest write that a stale read missed, ns
    struct histogram behind;   // versions, of stale reads
    struct histogram since;    // since the newest write: reads, ns ...
    struct histogram since_st; // ... and stale reads
};

// When versions settle, by what is known here alone.
struct copy_settling {
    bool is_own;   // else all replicas find out together, or nothing settles
    simtime after; // a version that was made longer ago, by its clock, is told here and settled
};

struct copy {
    struct items items;
    struct unseen unseen;
    struct copy_read *ring; // positions first .. next-1
    uint64_t first, next;
    uint64_t mask;    // capacity - 1
    simtime newest;   // read noted so far
    simtime disorder; // most that a read was older than the newest when it was noted
    simtime history;  // writes are kept this long when they have arrived
    simtime notice;   // reads are kept this long: the longest way of a notice, at least
    enum store_mode mode;
    uint32_t epoch; // writes of older leaders are lost, not missed
    // Acknowledged versions up to it are in all copies, and none is under way (horizon.h); 0
    // elsewhere.
    uint64_t settled;
    struct copy_settling settling;
    struct copy_counts *counts;
};

void copy_counts_init(struct copy_counts *counts);
void copy_counts_free(struct copy_counts *counts);
void copy_counts_merge(struct copy_counts *into, const struct copy_counts *from);

// Counts a read of which all notices have come.
void copy_count(struct copy_counts *counts, const struct copy_read *read);
// A write that had been acknowledged before a read.
void copy_misses(struct copy_read *read, const struct unseen_write *write);

struct copy_conf {
    enum store_mode mode;
    simtime notice;  // the longest way of a notice, at least
    simtime history; // how long a read of several copies may take; 0: there are none
    struct copy_counts *counts;
    uint32_t n_slots;     // items_init
    simtime counted_from; // likewise
};

void copy_init(struct copy *c, uint32_t n_items, const struct copy_conf *conf);
void copy_free(struct copy *c);

// 0: as it was before the run, or an acknowledged version that is in all copies.
static inline uint64_t copy_version(const struct copy *c, uint32_t id)
{
    const struct item *item = items_find(&c->items, id);
    const bool is_told = LIKELY(item->version > c->settled) || item->committed == SIMTIME_NEVER;
    return is_told ? item->version : 0;
}

// Whether what the copy has was acknowledged, as far as is known here.
static inline bool copy_is_acknowledged(const struct copy *c, uint32_t id)
{
    return items_find(&c->items, id)->committed != SIMTIME_NEVER;
}

// Whether a version that arrives is later than what is here: of an item that is not known any more
// an older one had settled; one that failed and can still come is known (copy_fail).
static inline bool copy_is_news(const struct copy *c, uint32_t id, uint64_t version)
{
    const struct item *item = items_find(&c->items, id);
    return version > item->version && (LIKELY(version > c->settled) || item->kept != 0);
}

// The version that the copy had at a time within the history.
uint64_t copy_version_at(const struct copy *c, uint32_t item, simtime time);
// The item has this version from now on.
void copy_write(struct copy *c, simtime now, const struct payload_write *w);
// A write has been acknowledged somewhere.
void copy_notice(struct copy *c, const struct payload_write *w);
// If a write that has not arrived is known to have been acknowledged: when, and its serial.
void copy_recall(const struct copy *c, struct payload_write *w);
// Multi-leader, where each acknowledged write arrives exactly once: one has been told of, and has
// arrived. Until then the item is kept.
void copy_comes(struct copy *c, uint32_t item);
void copy_came(struct copy *c, uint32_t item);
// Quorum: a write has failed that may be in some copies, and may come here. The item is kept until
// a later one is here.
void copy_fail(struct copy *c, const struct payload_write *w);
// Single leader: the present write came from a follower, whose client may not be told. The item is
// kept until it is written again, or it is known that the client was (of `w`: the item, the serial,
// and when).
void copy_wait(struct copy *c, uint32_t item);
void copy_told(struct copy *c, const struct payload_write *w);
// A former leader's write was thrown away elsewhere: if it is here, the item is kept until it is
// written again.
void copy_lose(struct copy *c, const struct payload_write *w);
// The present write will be lost: whoever counts at the end must see it.
void copy_keep(struct copy *c, uint32_t item);
// Versions up to this one of an item have settled: their history is not needed any more, unless the
// item's versions are asked for however old they are (items_keep).
void copy_forget_history(struct copy *c, uint32_t item, uint64_t version);
// An acknowledged write will never come: it has been thrown away.
void copy_give_up(struct copy *c, const struct payload_write *w);
struct copy_asked {
    simtime time; // present or to come, or past where there is a history
    uint32_t item;
    bool is_strong;
};

// Notes a read that returned `version`.
void copy_read(struct copy *c, simtime now, const struct copy_asked *asked, uint64_t version);
// After the run: counts the reads that are still in the log.
void copy_settle(struct copy *c);
