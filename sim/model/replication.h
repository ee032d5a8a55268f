// Asynchronous replication: committed writes travel to the other replicas, late but reliably.
//
// What real systems do. DynamoDB global tables, Aurora Global Database and their like acknowledge a
// write in its region and ship it afterwards: typically within a second, without bound while a
// region or link is down; pending changes are retried until they arrive, then replicas converge.
// Under multi-leader concurrent writes of an item meet: the last writer wins, the other write is
// lost silently. Modelled: delay from commit until the change leaves the region
// (replication_delay), network, retry until both replicas and the link are up; order of a single
// leader's log; last writer wins by commit time. Left out: throughput limits of the replication
// pipeline, clock error, batching. The sender's retry loop is folded into one event: the timelines
// tell when the way is clear, plus up to a second for the retry to come round.
#pragma once

#include "model/replica.h"

// Commits a write operation at this replica and ships it to all others.
void replication_commit(const struct context *x, struct replica *r, const struct operation *o);
// Brings a write that could not reach a replica to it as soon as the way is clear (hinted write).
void replication_hint(const struct context *x, struct replica *r, uint32_t peer,
                      struct payload_write write);
void replication_on_write(const struct context *x, struct replica *r, const struct event *e);
// No write that a replica (LP) may still learn of was committed before this time.
simtime replication_settled(const struct context *x, uint32_t lp);
// Forgets reads that no write still under way can turn out to have missed.
void replication_forget(const struct context *x, struct replica *r);
// After the run: a write that never arrived counts for the reads that missed it and for what is
// still unreplicated.
void replication_settle(struct world *w, uint32_t lp, const struct payload_write *p);
