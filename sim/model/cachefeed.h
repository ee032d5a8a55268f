// Cache feed: what a replica tells the caches in front of it.
//
// What real systems do. A deletion in the cache that a write went through reaches no other cache.
// Where others must know, a daemon reads each database's log of commits and deletes what has
// changed from the caches near it (mcsqueal at Facebook: Nishtala et al., NSDI 2013, 3.2; DynamoDB
// Streams with a function behind). It is late but reliable, and tells of a write that came by
// replication only when it has been applied there. Modelled: such a feed from each replica to the
// caches that read from it, with a delay; what cannot be delivered waits until it can. Left out:
// limits of its throughput, functions that fail. Knobs: change_feed, feed_delay.
//
// How it is computed: for the books only, a write that is acknowledged is noticed by all caches of
// the store as it is by all its replicas (copy.h), and before a replica answers a cache it repeats
// the notices of writes that the answer misses, since the cache may have had no reason to keep
// them. Nothing that a cache does depends on either.
#pragma once

#include "model/replica.h"

struct cachefeed {
    struct stream delays;
};

// Lists the caches that read from each replica.
void cachefeed_compile(struct model *m);
void cachefeed_open(struct world *w);
// Answers an operation that a cache has asked for, here or at a follower.
void cachefeed_answer(const struct context *x, struct replica *r, const struct operation *o,
                      enum answer_status status);
// A write counts as written from now on: all caches notice it.
void cachefeed_tell_all(const struct context *x, const struct replica *r,
                        const struct payload_write *write);
// The replica has a write: its change feed tells.
void cachefeed_tell(const struct context *x, struct replica *r, const struct payload_write *write);
// The same; a compare where there are no caches.
#define cachefeed_notice(x, r, write)                                                              \
    ((void)(UNLIKELY((x)->model->count[LP_CACHE] > 0) ? (cachefeed_tell_all((x), (r), (write)), 0) \
                                                      : 0))
#define cachefeed_note(x, r, write)                                                                \
    ((void)(UNLIKELY((r)->spec->cache.has_feed) ? (cachefeed_tell((x), (r), (write)), 0) : 0))
