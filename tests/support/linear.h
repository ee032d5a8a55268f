// Guarantees of registers: does a history of reads and writes keep them?
//
// Each check says no with the operations that break the guarantee (breach.h): those of the first
// key, in order, where it is broken. All cost O(n log n).
//
// One operation comes before another if it returned before the other was invoked; at the same
// instant neither does, as nothing tells which was first. (A process knows: see below.)
#pragma once

#include "support/breach.h"

// Weaker guarantees, for stores whose versions are ordered as they replace each other: none asks
// whether what was read had been written. Terry et al. 1994, "Session guarantees for weakly
// consistent replicated data": of the operations of one process on one key, a read returns no older
// version than any that the process ...
//
// Here of two operations of a process that meet in one instant (one returns, the other is invoked)
// the one recorded first comes first: a user who waits for an answer may act on it at once.
bool history_reads_your_writes(const struct history *h, struct breach *b);   // ... wrote before
bool history_reads_monotonically(const struct history *h, struct breach *b); // ... read before
bool history_is_monotonic(const struct history *h, struct breach *b); // ... wrote or read before

// Never stale: a read returns no older version than any write of the key, by whomever, that had
// been answered with success before the read was invoked. Strict quorums (R + W > N) keep it.
bool history_is_fresh(const struct history *h, struct breach *b);
