// Histories: what was asked of registers and what they answered, by whom and when. A test records
// one and then asks which guarantees it keeps (linear.h).
//
// A register is an item of a store, its value the item's version. Versions are unique: no two
// writes of a key have the same. Version 0 is the initial one, written before everything.
//
//   struct history h = {0};
//   size_t i = history_invoke(&h, &(struct history_operation){
//       .key = item, .process = user, .kind = HISTORY_WRITE, .invoked = x->now});
//   history_assign(&h, i, version); // the store has decided which version the write makes
//   history_return(&h, i, x->now, version);
//
// How a write ends decides what may be concluded from it. Answered with success, it has taken
// effect. Failed or unanswered, it may take effect at any time after its invocation or never: it
// stays pending. Known not to have taken effect, it is dropped. What a read that failed saw nobody
// knows: it counts for nothing, as does a pending write that never got a version.
//
// Calls may come in any order of time. A history belongs to one thread: a test runs its world in
// one cell.
#pragma once

#include <stdbool.h>

#include "base/array.h"
#include "base/simtime.h"

enum history_kind { HISTORY_READ, HISTORY_WRITE };

struct history_operation {
    uint64_t value; // version written, or returned by the read
    simtime invoked;
    simtime returned; // or failed; SIMTIME_NEVER: neither
    uint32_t key;     // the register
    uint32_t process; // the session; its operations may overlap
    uint8_t kind;     // enum history_kind
    bool ok;          // answered with success
};
_Static_assert(sizeof(struct history_operation) == 40, "histories are long");

struct history {
    ARRAY(struct history_operation) operations; // zeroed is empty
};

// Appends an operation as it is; returns its number.
size_t history_add(struct history *h, const struct history_operation *o);
// Appends an operation that begins; of `o` end and success are not read.
size_t history_invoke(struct history *h, const struct history_operation *o);

// How it ends, if it does.
void history_return(struct history *h, size_t operation, simtime at, uint64_t value);
void history_fail(struct history *h, size_t operation, simtime at);
// What becomes of it as long as it has not succeeded, also after it has failed. It has got its
// version: others may read it from then on.
void history_assign(struct history *h, size_t operation, uint64_t value);
// It has had no effect and will have none.
void history_drop(struct history *h, size_t operation);

void history_free(struct history *h);

// Does anything follow from it?
static inline bool history_counts(const struct history_operation *o)
{
    return o->kind == HISTORY_WRITE ? o->value != 0 : o->ok;
}

// "process 3 reads 17 in [1500, 2500] ns"; returns out.
enum { HISTORY_OPERATION_TEXT = 160 };
char *history_operation_format(const struct history_operation *o, char out[HISTORY_OPERATION_TEXT]);
