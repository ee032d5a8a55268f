// Log: one member's copy of a group's log of writes, in the order in which they take effect.
//
// Entries are numbered from 1 on and named by their version (version.h: term, index, leader). The
// newest may be cut off again, as long as they are not committed; the oldest are dropped when every
// member knows them to be committed. An entry is stored when it is on disk: with several being
// written at a time, not in order. Storage is a ring that grows with what is kept: in a quiet state
// what is under way, while a member is away all since then.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/base.h"
#include "model/version.h"

struct raftlog_entry {
    uint64_t version;
    uint64_t call; // token of the operation here that waits for it; 0: none
    uint32_t item;
    uint32_t serial;
    bool is_stored;
    bool is_asked; // the leader is to be told when it is
};

struct raftlog {
    struct raftlog_entry *ring; // [mask + 1]
    uint64_t mask;
    uint64_t base_version;
    uint32_t base;   // the last that has been dropped; 0: none
    uint32_t last;   // the newest
    uint32_t stored; // all up to this one are
};

void raftlog_init(struct raftlog *l);
void raftlog_free(struct raftlog *l);
// Appends an entry whose version says the next index; not stored yet.
void raftlog_add(struct raftlog *l, const struct raftlog_entry *entry);
// An entry has been stored; true if all up to a later one than before are now, and one of them was
// asked for.
bool raftlog_store(struct raftlog *l, uint32_t index);
// Takes away all entries after `last`, from which on nothing may have been dropped.
void raftlog_cut(struct raftlog *l, uint32_t last);
// Drops all up to an index, which are stored.
void raftlog_drop(struct raftlog *l, uint32_t index);

// An entry that is kept.
static inline struct raftlog_entry *raftlog_at(const struct raftlog *l, uint32_t index)
{
    CHECK(index > l->base && index <= l->last);
    return &l->ring[index & l->mask];
}

// Of an entry that is kept, or the last that has been dropped; 0: of the one before the first.
static inline uint64_t raftlog_version(const struct raftlog *l, uint32_t index)
{
    return index == l->base ? l->base_version : raftlog_at(l, index)->version;
}

static inline bool raftlog_keeps(const struct raftlog *l, uint64_t version)
{
    const uint32_t index = version_index(version);
    return index > l->base && index <= l->last && raftlog_at(l, index)->version == version;
}
