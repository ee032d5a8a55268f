// Recent reads of a replica, to tell afterwards which of them were stale.
//
// Whether a read was stale is not known when it is served: the write it missed is still on its way.
// So each read leaves its time and the version it returned, chained by item; when a write arrives,
// every chained read that was served after the write's commit but returned an older version is
// counted, once. Only local knowledge is used. Reads older than any write that may still arrive are
// forgotten (readlog_forget). A read may be noted before its time, with the version of the present:
// it is told of what is written in between (readlog_write). Cost: a few stores a read; a write
// walks the item's recent reads. Grows while replication is interrupted.
#pragma once

#include <stdint.h>

#include "base/simtime.h"
#include "measure/histogram.h"

struct payload_write;

struct readlog_entry {
    simtime time;
    uint64_t version;
    uint64_t earlier; // position + 1 of the item's previous read; 0: none
    uint32_t is_counted;
    uint32_t item;
};

// One cache line is met for an item, whatever its popularity.
struct readlog_item {
    uint64_t version; // at present
    uint64_t latest;  // position + 1 of its latest read; 0: none
};

struct readlog {
    struct readlog_entry *ring; // positions first .. next-1
    uint64_t first, next;
    uint64_t mask;              // capacity - 1
    struct readlog_item *items; // [n_items]
    uint32_t n_items;
    simtime newest;   // read noted so far
    simtime disorder; // most that a read was older than the newest when it was noted
    struct histogram *staleness;
};

// Ages of stale reads (read time - commit) go to *staleness.
void readlog_init(struct readlog *log, uint32_t n_items, struct histogram *staleness);
void readlog_free(struct readlog *log);
// A read of `item` at `time`, past or to come, returned `version`. Times need not be in order.
void readlog_add(struct readlog *log, uint32_t item, simtime time, uint64_t version);
// The item's version is a newer one from now on: reads to come will return it.
void readlog_write(struct readlog *log, simtime now, uint32_t item, uint64_t version);
// A write had been acknowledged since p->committed: counts the reads that missed it.
uint64_t readlog_learn(struct readlog *log, simtime now, const struct payload_write *p);
// Forgets reads before `time`.
void readlog_forget(struct readlog *log, simtime time);
