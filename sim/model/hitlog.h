// Recent hits of a cache, to tell afterwards which of them were stale.
//
// A hit returns the version of the copy. Whether the store had a newer one by then is not known
// when it is served, as for reads of a replica (readlog.h): so each hit leaves its time and
// version, and when the cache hears of a write, the hits since its commit that returned an older
// version are counted, once each. Hits are noted in order of time. They are chained by a few bits
// of their item, not by the item: memory does not grow with the number of items. Cost: a few stores
// a hit; a write walks the recent hits of its chain. Grows while replication is interrupted.
#pragma once

#include <stdint.h>

#include "base/simtime.h"
#include "measure/histogram.h"

struct payload_write;

struct hitlog_entry {
    simtime time;
    uint64_t version;
    uint64_t earlier; // position + 1 of the one before in its chain; 0: none
    uint32_t item;
    uint32_t is_counted;
};

struct hitlog {
    struct hitlog_entry *ring; // positions first .. next-1
    uint64_t *heads;           // position + 1 of a chain's latest; 0: none
    uint64_t first, next;
    uint64_t mask;  // capacity - 1
    uint32_t shift; // 32 - binary logarithm of the number of chains
    struct histogram *staleness;
};

// For a cache that holds `size` items. Ages of stale hits (their time - commit) go to *staleness.
void hitlog_init(struct hitlog *log, uint32_t size, struct histogram *staleness);
void hitlog_free(struct hitlog *log);
// A hit on an item that returned `version`; no earlier than the one before.
void hitlog_add(struct hitlog *log, uint32_t item, simtime time, uint64_t version);
// A write had been acknowledged since p->committed: counts the hits that missed it.
uint64_t hitlog_learn(struct hitlog *log, const struct payload_write *p);
// Forgets hits before `time`.
void hitlog_forget(struct hitlog *log, simtime time);
