// Partitions: where a store's items are, and how those that are too hot are split.
//
// What real systems do. DynamoDB deals items to partitions by a hash of their key. Each partition
// has limits of its own, whatever the table may do; one that is at its limit for a while is split
// in two ("split for heat"), and an item that is the reason may get a partition for itself, whose
// limits hold for it as for any (Developer Guide, 'Burst and adaptive capacity'; AWS Database Blog,
// 'Scaling DynamoDB', parts 2 and 3). Partitions are split, never merged. Modelled: ranges of
// hashes, equal at first; a split in the middle of a range; an item for itself that makes up a
// quarter or more of what its partition turned away or made wait, which eight counters find
// (Misra and Gries, 1982). Left out: partitions that are split because they hold too much, indexes
// that forbid splits. Knobs: partitions, split_after.
//
// Cost: a binary search to find an item's partition. Pointers are valid until the next split.
#pragma once

#include "base/array.h"
#include "base/base.h"
#include "model/bucket.h"
#include "model/store.h"

enum { PARTITIONS_CANDIDATES = 8, PARTITIONS_SINGLE_SHARE = 4 };

// What a partition at its limits turns away.
struct partition_heat {
    simtime since, last; // the first and the latest; no longer a pause in between
    uint32_t total;
    uint32_t counts[PARTITIONS_CANDIDATES], items[PARTITIONS_CANDIDATES];
};

struct partition {
    uint32_t first;                         // hash; or the item that it is for
    bool is_single;                         // for one item
    struct bucket limits[THROUGHPUT_KINDS]; // its own
    struct bucket shares[THROUGHPUT_KINDS]; // of the table's rates, where each has a fixed one
    struct partition_heat heat;
};

struct partitions {
    ARRAY(struct partition) ranges; // by hash
    ARRAY(struct partition) single; // by item
    simtime split_after;            // 0: never
};

// n equal ranges, each like `model`.
void partitions_open(struct partitions *p, uint32_t n, const struct partition *model,
                     simtime split_after);
void partitions_free(struct partitions *p);
struct partition *partitions_of(const struct partitions *p, uint32_t item);
// Splits until none is wider than one of n.
void partitions_grow(struct partitions *p, uint32_t n);
// An operation on the item found its partition at its limits: splits it if that goes on.
void partitions_note(struct partitions *p, struct partition *at, uint32_t item, simtime now);

// Uniform for any set of items (the finalizer of MurmurHash3).
static inline uint32_t partitions_hash(uint32_t item)
{
    uint64_t h = ((uint64_t)item + 1) * UINT64_C(0xff51afd7ed558ccd);
    h = (h ^ h >> 33) * UINT64_C(0xc4ceb9fe1a85ec53);
    return (uint32_t)((h ^ h >> 33) >> 32);
}
