// Recent reads that a cache has answered, until it is known what they missed.
//
// Cached reads are judged as those of a replica's copy are (copy.h), by the same notices of
// acknowledged writes: a notice is under way for as long as the network takes at least, so that
// reads of that time stay in a log and are corrected when it comes; then they are counted. They are
// chained by a few bits of their item, not by the item: memory does not grow with the number of
// items. A read that has waited for a fetch is noted as of when it began, later ones before it.
// Cost: a few stores a read; a notice walks its chain's reads of the last tenth of a second.
#pragma once

#include "model/copy.h"

struct hitlog_entry {
    struct copy_read read;
    uint64_t earlier; // position + 1 of the one before in its chain; 0: none
};

struct hitlog {
    struct hitlog_entry *ring; // positions first .. next-1
    uint64_t *heads;           // position + 1 of a chain's latest; 0: none
    uint64_t first, next;
    uint64_t mask;    // capacity - 1
    uint32_t shift;   // 32 - binary logarithm of the number of chains
    simtime newest;   // read noted so far
    simtime disorder; // most that a read was older than the newest when it was noted
    simtime notice;   // reads are kept this long: the longest way of a notice, at least
    struct copy_counts *counts;
};

// For a cache that holds `size` items.
void hitlog_init(struct hitlog *log, uint32_t size, simtime notice, struct copy_counts *counts);
void hitlog_free(struct hitlog *log);
// Notes a read at read->time, present or past, with what is known now that it missed.
void hitlog_add(struct hitlog *log, simtime now, const struct copy_read *read);
// A write of an item has been acknowledged somewhere.
void hitlog_notice(struct hitlog *log, uint32_t item, const struct unseen_write *write);
// After the run: counts the reads that are still in the log.
void hitlog_settle(struct hitlog *log);
