// Guarantees of registers: does a history of reads and writes keep them?
//
// Each check says no with the operations that break the guarantee (breach.h): those of the first
// key, in order, where it is broken. All but the search cost O(n log n).
//
// One operation comes before another if it returned before the other was invoked; at the same
// instant neither does, as nothing tells which was first. (A process knows: see below.)
#pragma once

#include "support/breach.h"

// Linearizable (Herlihy & Wing 1990, "Linearizability: a correctness condition for concurrent
// objects"): every operation seems to happen at one instant between its invocation and its return.
// The strongest guarantee a store can give; versions may be of any order. What was read must have
// been written, and no version twice.
bool history_is_linearizable(const struct history *h, struct breach *b);
// The same by trying all orders: exponential, and known to be right. For at most
// LINEAR_SEARCH_OPERATIONS operations of at most LINEAR_SEARCH_KEYS keys. A version may be written
// more than once.
enum { LINEAR_SEARCH_OPERATIONS = 64, LINEAR_SEARCH_KEYS = 8 };
bool history_is_linearizable_by_search(const struct history *h);

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
