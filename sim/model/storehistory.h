// A history of a store: what clients asked of its replicas and what they were told, for tests of
// what a mode promises (linearizability, session guarantees).
//
// A replica notes an operation of a client when it answers it, a write also when it gets its
// version: from then on it may take effect, whatever its client is told, which may be by another
// replica (`member`) and under another token. Versions of an item name its writes: none has two, no
// two have the same.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/simtime.h"
#include "model/events.h"

struct context;
struct operation;
struct replica;

enum store_history_outcome {
    STORE_HISTORY_TAKEN, // a write has its version; what becomes of it is noted later, or never
    STORE_HISTORY_OK,
    STORE_HISTORY_FAILED,  // it was not done and will not be
    STORE_HISTORY_UNKNOWN, // a write: it may have been done, or may be done yet
};

struct store_history_operation {
    uint64_t version; // written or read; 0: as before the run; of a write: not known here
    uint64_t call;    // of the caller: its token
    simtime invoked;  // when it reached the replica
    simtime returned; // when the replica answered; SIMTIME_NEVER: not
    uint32_t caller;  // LP
    uint32_t item;
    uint16_t store;
    uint8_t member;
    uint8_t outcome; // enum store_history_outcome
    bool is_write;
};

struct store_history {
    void (*note)(void *argument, const struct store_history_operation *operation);
    void *argument;
};

// An operation of the replica's has come to this; probes are not noted.
void storehistory_note(const struct context *x, const struct replica *r, const struct operation *o,
                       simtime at, enum store_history_outcome outcome);
// A write has got its version, and may take effect; nothing is done when there is no history.
void storehistory_took(const struct context *x, const struct replica *r, const struct operation *o);
// What an answer means: turned away, it was certainly not done.
enum store_history_outcome storehistory_outcome(const struct operation *o,
                                                enum answer_status status);
