// Lulls: heartbeats that are certain to be heard and answered are not sent.
//
// A consensus store's leaders send dozens of heartbeats a second, which matter only when something
// is wrong. What is wrong with members and links is known for any time (timeline.h): as long as all
// of it is well, and every member has answered of late, a leader says in one heartbeat how many of
// the next it will not send, and who hears it takes these for heard; the last before a change are
// sent again, an election timeout long. (A lost packet holds a heartbeat up; that as many in a row
// are held up as it takes to miss a leader is not reckoned with.) This is a device of the
// simulation: with PROBES_SENT or PROBES_ORDINARY all are sent, with the same results
// (tests/determinism). Real systems let groups rest that are not written to (CockroachDB:
// quiescence; TiKV: hibernation).
#pragma once

#include "model/consensus.h"

// How many heartbeats after the one that is due now need not be sent.
uint32_t lull_begin(const struct context *x, struct replica *r);
// A lull is over, or cut short: heartbeats are sent again, as if all had been answered so far.
void lull_end(const struct context *x, struct replica *r);
