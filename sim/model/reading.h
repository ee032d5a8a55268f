// Reading: how a replica serves the reads of each consistency that its callers ask for.
//
// What real systems do. A call says how consistent its read must be. DynamoDB's GetItem is
// eventually consistent unless ConsistentRead is set; with multi-Region strong consistency a strong
// read asks another region, an eventual one none, and so the latter is served even by a region that
// is cut off; without it strong means the latest of the region where it is asked (Developer Guide,
// 'Read consistency', global tables: 'How it works'). Cassandra's ONE asks one replica, QUORUM a
// majority. An Aurora session at a secondary chooses EVENTUAL or GLOBAL
// (aurora_replica_read_consistency). Modelled: for each store, what its own way is, and what the
// two others are: eventual, of the copy of the replica that is asked, whatever it has; strong, of a
// quorum, of the leader's copy or of what has come of its log (position.h), under a lease, at the
// leader of its group (readindex.h), or,
// where every replica takes writes, of the local copy, which has all that was written in its
// region. What a read misses is counted by all writes of all regions. Left out: replicas within a
// region of which an eventual read may meet a late one. What a client has seen before is another
// matter (guarantee.h). Knob: consistency of a call.
//
// Worked out when a replica is opened; who asks for nothing special pays a table lookup.
#pragma once

#include "model/events.h"
#include "model/model.h"
#include "model/storerecord.h"

struct reading {
    bool is_of_copy;    // no other replica is asked for its version
    bool is_ahead;      // and what it finds is known when it is planned
    bool waits_for_log; // and may have to wait for the leader's log (position.h) ...
    bool asks_leader;   // ... until all that the leader has is there
    bool is_leased;     // and is served while the replica has a lease (quorum.h)
    bool is_late;       // and in the leader's region of a reader that lags
    uint8_t operation;  // enum store_operation
};

_Static_assert(REQUEST_EVENTUAL == CONSISTENCY_EVENTUAL << REQUEST_CONSISTENCY_SHIFT, "a bit");
_Static_assert(REQUEST_STRONG == CONSISTENCY_STRONG << REQUEST_CONSISTENCY_SHIFT, "a bit");

// What the flags of a request ask for.
static inline enum call_consistency reading_asked(uint8_t flags)
{
    return (enum call_consistency)(flags >> REQUEST_CONSISTENCY_SHIFT & REQUEST_CONSISTENCY_BITS);
}

// The flags of a call's reads.
static inline uint8_t reading_flags(enum call_consistency consistency)
{
    return (uint8_t)(consistency << REQUEST_CONSISTENCY_SHIFT);
}

// Which consistencies the topology's calls ask of a store, its own always among them: bit set.
uint8_t reading_used(const struct topology *topology, int store);
// By consistency; returns how long a read of several copies, or of an old one, may take: the
// replica's copy keeps its history for so long. 0: there are none.
simtime reading_compile(struct reading readings[CONSISTENCIES], const struct store_spec *spec,
                        const struct store_plan *plan);
