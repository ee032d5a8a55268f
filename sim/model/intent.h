// Intents: writes that a replica has agreed to and whose outcome it does not know yet.
//
// What real systems do: stores that refuse concurrent writes of an item (DynamoDB multi-Region
// strong consistency: ReplicatedWriteConflictException, Developer Guide) must remember which item
// is being written. An intent is made when a replica agrees, and resolved when its coordinator
// tells the outcome. Meanwhile other writes of the item are refused, and quorum reads that meet it
// wait. A coordinator that falls silent leaves its intents behind: its members then have to find
// out together whether the write was agreed on (Gray and Lamport, Consensus on Transaction Commit,
// 2006). Modelled: after twice the time that an operation may take each knows whether the client
// was told that it was written, as if by a log that all can read; if so it takes effect, else it
// never does. Left out: the messages of finding out; writes that enough had agreed to though the
// client was told of a failure, which real stores may keep.
#pragma once

#include <stdint.h>

#include "model/slots.h"

struct context;
struct replica;

struct intent {
    SLOT_HEADER;
    uint64_t version;
    uint64_t timer; // 0: it has gone off
    uint32_t item;
    uint32_t waiting; // operation + 1: the last of the reads that wait; 0: none
};

// An intent for an item that has none; returns its index.
uint32_t intent_make(const struct context *x, struct replica *r, uint32_t item, uint64_t version);
// The item's, or NULL.
const struct intent *intent_of(const struct replica *r, uint32_t item);
// A read waits for the outcome of the intent that its item has.
void intent_wait(struct replica *r, uint32_t operation);
// Removes the item's intent. Returns the last of the reads that waited, as operation + 1, which has
// the one before in its version, and so on; 0: none.
uint32_t intent_resolve(const struct context *x, struct replica *r, uint32_t item);
// All operations are gone.
void intent_forget_waiting(struct replica *r);
