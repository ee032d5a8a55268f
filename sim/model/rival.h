// Rivals: writes of an item in a quorum store that did not know of each other.
//
// What real systems do. Where the newest write wins, a coordinator stamps a write with its own
// clock and does not look at what is there. So a write loses silently to a later one whose
// coordinator had not got it: nearly never where the quorums of reads and writes meet, because what
// was acknowledged is read by whoever asks, but on both sides of a partition where a quorum is
// counted in one region (Cassandra: LOCAL_QUORUM), or where R + W <= N. And a clock that is ahead
// makes all others lose until theirs have caught up: their writes are acknowledged and never seen
// (Kingsbury, "Call me maybe: Cassandra", 2013; Cassandra, "Dynamo": last write wins by timestamp).
// Stores that refuse conflicts have none: of two writes that do not know of each other one is
// refused.
//
// Modelled: a write is overwritten, whatever the quorums, by one with a later version that began
// before: its coordinator has or knows that one, or the other's coordinator is told of it. Where
// quorums need not meet it is also overwritten by a later one whose coordinator's copy had neither
// it nor anything later when it took that one, as among leaders that replicate asynchronously: told
// at once if it had been acknowledged by then, else when it is. Left out: a write that is
// acknowledged after a third one came between two of the coordinator's; coordinators that do not
// have the item, where it has fewer copies than there are replicas.
//
// How it is computed: a coordinator remembers of an item its latest write (`own`), and how far back
// from there versions reach of which it had none when it took a write (`span`): as long as nothing
// of others comes between its writes, back to what its copy had at the first of them.
#pragma once

#include "model/replica.h"

// Before the copy has items.
void rival_open(struct replica *r);
// This replica, as coordinator, has given a write its version and serial: call it before `own`
// says so, which it then does.
void rival_begin(struct replica *r, const struct operation *o);
// A write has been acknowledged.
void rival_notice(struct replica *r, const struct payload_write *write);
