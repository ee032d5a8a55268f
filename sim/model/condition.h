// Conditions: writes that take effect only if nobody has changed the item since it was read.
//
// What real systems do. Optimistic locking: a program reads an item, works on it, and writes it
// back on condition that its version is still the one that was read; else the write fails (HTTP
// 400, ConditionalCheckFailedException) and SDKs do not try again. DynamoDB judges a condition on
// the version that the replica in the request's region has: with asynchronous replication two
// regions may both find it fulfilled, on the same version, and one of the writes is lost by last
// writer wins all the same (Developer Guide, global tables: 'How it works'; 'Optimistic locking
// with version number'). Modelled: a share of a store's writes is conditional; the item was read
// `read_before` ago at the replica that takes the write, and if a write to it has come there since,
// from its own users or from elsewhere, the condition fails, and with it the request, unless the
// call is optional. Acknowledged conditional writes that a concurrent write overwrote are counted:
// their programs believe that nobody came between. Left out: programs that read again and repeat,
// conditions on more than the version, reads at another replica than that of the write. Knobs:
// conditional.share, conditional.read_before.
#pragma once

#include "base/variate.h"
#include "model/model.h"

struct replica;

enum condition_verdict { CONDITION_NONE, CONDITION_MET, CONDITION_FAILED };

// Of a replica whose store has conditional writes.
struct condition {
    const struct store_plan *plan;
    struct stream draws;
    simtime *changed; // [item] since when it is as it is, + 1; 0: since before the run; owned
    enum condition_verdict latest; // of the write that is being taken
};

void condition_open(struct condition *c, const struct store_plan *plan, struct stream draws);
void condition_close(struct condition *c);
// A write is about to take effect here: whether it is conditional, and may. Draws.
enum condition_verdict condition_judge(struct condition *c, simtime now, uint32_t item);

static inline void condition_note(struct condition *c, simtime now, uint32_t item)
{
    c->changed[item] = now + 1;
}
