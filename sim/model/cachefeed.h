// Cache feed: what a replica tells the caches that read from it.
//
// What real systems do. A deletion in the cache that a write went through reaches no other cache.
// Where others must know, a daemon reads each database's log of commits and deletes what has
// changed from the caches near it (mcsqueal at Facebook: Nishtala et al., NSDI 2013, 3.2; DynamoDB
// Streams with a function behind). It is late but reliable, and tells of a write that came by
// replication only when it has been applied there. Modelled: such a feed from each replica to the
// caches that read from it, with a delay; what cannot be delivered waits until it can. Left out:
// limits of its throughput, functions that fail. Knobs: change_feed, feed_delay.
//
// How it is computed: for the books only, each replica also tells its caches, as fast as any
// message could be, of each write as soon as it knows that this one counts as acknowledged: so that
// they can judge their hits. Nothing that a cache does depends on that.
#pragma once

#include "model/replica.h"

struct cachefeed {
    struct stream delays;
};

// Lists the caches that read from each replica.
void cachefeed_compile(struct model *m);
void cachefeed_open(struct world *w);
// A cache asks.
void cachefeed_on_ask(const struct context *x, struct replica *r, const struct event *e);
// Answers an operation that a cache has asked for, here or at a follower.
void cachefeed_answer(const struct context *x, struct replica *r, const struct operation *o,
                      enum answer_status status);
// The replica has written, or knows of a write since when it counts (payload_write).
void cachefeed_tell(const struct context *x, struct replica *r, const struct payload_write *p);
// The same; a compare where there are no caches.
#define cachefeed_note(x, r, p)                                                                    \
    ((void)(UNLIKELY((x)->model->count[LP_CACHE] > 0) ? (cachefeed_tell((x), (r), (p)), 0) : 0))
// After the run: a write that never arrived.
void cachefeed_settle(struct world *w, const struct replica *r, const struct payload_write *p);
