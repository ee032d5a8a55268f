// Commit: when a leader's write counts as written.
//
// What real systems do. Asynchronous leaders acknowledge at once. MySQL's semi-synchronous
// replication waits until so many followers have received a write (not applied it), and shows it to
// others only then (AFTER_SYNC); when they do not answer in time it goes on without them until they
// have caught up (MySQL manual, "Semisynchronous Replication"). Aurora Global Database for
// PostgreSQL can be told a recovery point objective: transactions are not committed while every
// secondary is later than that (rds.global_db_rpo; Aurora User Guide, disaster recovery). With one
// secondary that is gone, as after a failover, all writes then wait. Modelled: both, by messages of
// the followers. Left out: group commit. Knobs: sync_followers, sync_timeout, rpo.
#pragma once

#include "model/replica.h"

// A client's write at this replica, which leads.
void commit_begin(const struct context *x, struct replica *r, uint32_t operation);
// It does not lead any more: whoever waits gets an error.
void commit_abandon(const struct context *x, struct replica *r);
// Power is lost: what waited is in the log all the same.
void commit_lose_power(const struct context *x, struct replica *r);
void commit_on_received(const struct context *x, struct replica *r, const struct event *e);
void commit_on_timeout(const struct context *x, struct replica *r, const struct event *e);
void commit_free(struct replica *r);
