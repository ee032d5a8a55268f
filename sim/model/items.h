// What a replica knows of each item: memory follows what is under way, not the number of keys.
//
// Up to 2^18 items have a place each. Of more, only those have one of which something is known that
// still matters, by open addressing (linear probing, home by Fibonacci hashing). An item matters no
// longer once its version has settled: it was acknowledged, and every write that is still to come
// to it is later, as the owner says now and then (items_settle); nothing of it is under way to
// here; and its latest read is forgotten by the log (copy.h). To a write that arrives afterwards
// the item's version is an older one, and so is 0; of reads before it nothing is asked any more. So
// the answers are those of a place for every item, and popular items, of which there is always
// something under way, stay.
//
// A full table is swept first, in place; only if more than half of what it may hold still matters
// is it doubled. So a new item costs a constant number of steps on average, nothing is allocated
// once a table fits what is under way, and one that has grown has at most 6.4 slots of 52 bytes for
// each item that mattered when it last did. It never shrinks. No pointer and no order of slots
// decides an answer. Items whose versions are asked for however old they are (users' own ones,
// session.h) come last, and stay: a slot for each that was ever written or read here.
//
// Besides, a bit an item says whether the version that it had when it was last dropped is one that
// counts, acknowledged after the warm-up (settlement.h). The system finds memory for these bits
// when they are first set: 4 KiB for 32768 items.
//
// Thread class: owner cell only.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/base.h"
#include "base/simtime.h"
#include "model/version.h"

enum {
    ITEMS_DENSE = 1 << 18, // items that have a place each
    ITEMS_FIRST_SLOTS = 1 << 12,
};

// What is known of an item; all 0: nothing.
struct item {
    uint64_t version;  // at present; 0: as it was before the run, or settled
    simtime committed; // when that version was acknowledged; SIMTIME_NEVER: not yet
    uint64_t own;      // latest version written here; a single leader's follower: see position.h
    uint64_t latest;   // position + 1 of its latest read (copy.h); 0: none
    uint32_t unseen;   // acknowledged writes that have not reached this replica (unseen.h); 0: none
    uint32_t serial;   // of the present version's write (fates.h)
    union {
        uint32_t intent;  // quorum: a write that is under way (intent.h); 0: none
        uint32_t span;    // where quorums need not meet: how far `own` reaches back (rival.h)
        uint32_t waiting; // else: operation + 1 that waits for a version (guarantee.h); 0: none
    };
    uint32_t kept; // it matters all the same, for a reason of the store's mode (copy.h); 0: not
};

// When the version was acknowledged of an item of which only a bound of that version is known: it
// had been dropped when it had to be known again (copy_fail).
#define ITEMS_BOUND INT64_MIN

// Whether what was known of an item's version has been dropped, or nothing was.
static inline bool items_is_forgotten(const struct item *item)
{
    return item->version == 0 || item->committed == ITEMS_BOUND;
}

struct items {
    struct item *places; // dense: [n_items], by id; else [n_slots]
    uint32_t *keys;      // [n_slots] id + 1; 0: free; NULL: dense
    uint32_t shift;      // of a hash, to its home
    uint32_t n_items;
    bool has_spans;      // nobody waits for an item, nor does an intent
    uint32_t first_kept; // items from here on always matter; n_items: none
    size_t n_slots;      // a power of two; 0: dense
    size_t n_used, most_used;
    uint64_t settled; // version, without epoch
    uint64_t first_read;
    simtime counted_from; // versions that were acknowledged since then count
    uint64_t *written;    // [items_words] bits; NULL: dense
};

extern const struct item items_unknown; // all 0

// How many slots a table of so many items has at first; 0: they have a place each.
static inline uint32_t items_slots(uint32_t n_items)
{
    return n_items > ITEMS_DENSE ? ITEMS_FIRST_SLOTS : 0;
}

// n_slots: 0, or a power of two of at least 8.
void items_init(struct items *s, uint32_t n_items, uint32_t n_slots, simtime counted_from);
void items_free(struct items *s);

// Any write to come has a later version than `settled`, whatever its epoch; positions before
// `first_read` are forgotten. Neither ever goes back.
static inline void items_settle(struct items *s, uint64_t settled, uint64_t first_read)
{
    CHECK(settled >= s->settled && first_read >= s->first_read);
    s->settled = settled;
    s->first_read = first_read;
}

static inline bool items_has_settled(const struct items *s, uint64_t version)
{
    return version_plain(version) <= s->settled;
}

// Items from `first` on stay. Before any is used.
static inline void items_keep(struct items *s, uint32_t first)
{
    CHECK(first <= s->n_items && s->n_used == 0);
    s->first_kept = first;
}

static inline size_t items_home(const struct items *s, uint32_t key)
{
    return (size_t)(key * UINT64_C(0x9E3779B97F4A7C15) >> s->shift); // 2^64 / golden ratio
}

// The slot of a key, or the free one where it belongs.
static inline size_t items_slot(const struct items *s, uint32_t key)
{
    size_t slot = items_home(s, key);
    while (s->keys[slot] != key && s->keys[slot] != 0)
        slot = (slot + 1) & (s->n_slots - 1);
    return slot;
}

// Implementation of items_at: the place of an item of which nothing is known.
struct item *items_add(struct items *s, uint32_t id);

// What is known of an item. The pointer is valid until the next items_at.
static inline const struct item *items_find(const struct items *s, uint32_t id)
{
    CHECK(id < s->n_items);
    if (s->keys == NULL)
        return &s->places[id];
    size_t slot = items_slot(s, id + 1);
    return s->keys[slot] != 0 ? &s->places[slot] : &items_unknown;
}

// The same to be changed. The pointer is valid until the next items_at.
static inline struct item *items_at(struct items *s, uint32_t id)
{
    CHECK(id < s->n_items);
    if (s->keys == NULL)
        return &s->places[id];
    size_t slot = items_slot(s, id + 1);
    return LIKELY(s->keys[slot] != 0) ? &s->places[slot] : items_add(s, id);
}

// Whether a version of an item counts.
static inline bool items_counts(const struct items *s, const struct item *item)
{
    return item->committed >= s->counted_from && item->committed != SIMTIME_NEVER;
}

// Whether the version counts that an item of a sparse table had when it was dropped.
void items_set_written(struct items *s, uint32_t id, bool is_written);

static inline bool items_was_written(const struct items *s, uint32_t id)
{
    return s->written != NULL && (s->written[id / 64] >> id % 64 & 1) != 0;
}

static inline size_t items_words(const struct items *s)
{
    return ((size_t)s->n_items + 63) / 64;
}
// Sets the bits, 64 a word, of all items that have a version here or are written.
void items_add_known(const struct items *s, uint64_t *words);

// For tests: every key is found where it is, and they are as many as are counted.
bool items_is_valid(const struct items *s);
