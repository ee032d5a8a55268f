// Pipe: the way of acknowledged writes from one member of a store to another.
//
// What real systems do: changes are read from a stream or log, alone or in batches, by a
// replication process of finite speed (S3 Replication Time Control: 1 Gbit/s unless raised; S3 User
// Guide), and leave after a moment; what cannot be sent is retried until it arrives. Modelled:
// batches cut at fixed times, a FIFO sender with time or bytes a write, a delay of each change by
// itself (one that is slow holds up no other), faults of both ends and of the link between, up to a
// second for a retry to come round. A single leader's log leaves in order, read by one process
// whose delay changes slowly: it is drawn anew after ten of its medians (an assumption), since
// with a draw for each change all would soon wait for the slowest of many. Left out: compression,
// flow control by the receiver. The sender's work is folded into one event, the arrival: the
// timelines tell when the way is clear.
#pragma once

#include "model/replica.h"

// A write that is brought to another member.
struct shipment {
    simtime leaves, arrives; // leaves SIMTIME_NEVER: not in this run
};

// From when on the sender may work on a write, and how long it waits after that.
struct departure {
    simtime from, delay;
};

// Of a write that is taken now. Draws.
struct departure pipe_departure(const struct context *x, struct replica *r, int member);
// When a write leaves, and is there. Draws.
struct shipment pipe_plan(const struct context *x, struct replica *r, int member,
                          struct net_size size, struct departure departure);
// When a member can be reached from `from` on; SIMTIME_NEVER: not in this run.
simtime pipe_clear_from(const struct context *x, const struct replica *r, int member, simtime from);
// When the way to a member is interrupted next.
simtime pipe_cut_after(const struct context *x, const struct replica *r, int member, simtime after);
// When one member can be reached by another.
simtime pipe_clear_between(const struct context *x, const struct replica *r, int from, int to,
                           simtime since);
// Since when a member could reach this one, after having been cut off; 0: it never was.
simtime pipe_clear_since(const struct context *x, const struct replica *r, int from);
