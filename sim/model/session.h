// Sessions: what a user has written and read of his own items, which his client remembers and sends
// along.
//
// What real systems do. Who is served by several replicas may find less than he has written, or
// than he has read before. Stores that guarantee that he does not (Terry et al., "Session
// guarantees for weakly consistent replicated data", PDIS 1994) give each answer a token that says
// how much of the data it has seen, and want it back with the requests that follow: MongoDB's
// causally consistent sessions (operationTime, afterClusterTime), Cosmos DB's session tokens.
// Programs in between pass them on, in headers or cookies. Modelled: in every store each user has
// an item of his own, which nobody else writes or reads, and classes whose requests touch these. By
// store, his client remembers the newest version of it that it was told it had written, and the
// newest that it was given to read: its marks. They go along with every attempt of such a request,
// through balancers and services to replicas, which judge and keep guarantees by them
// (guarantee.h), and come back with every answer that somebody still waits for and that reports
// success. A service knows what its calls were told when it makes the next. A session is as long as
// the run: what a client has seen it does not forget, whichever region it talks to. Left out: marks
// of items that users share, tokens that answers without success bring, the bytes that they take,
// devices of a user that do not know of each other. Knobs: items of a class.
//
// How it is computed: marks are more than a message holds. They are messages of their own, one for
// each store of which there is something to say, that arrive in the same instant as the one that
// they belong to and just before it: the order of events is by time, sender, and number. Where no
// class has own items there are none.
#pragma once

#include "base/arena.h"
#include "model/events.h"
#include "model/model.h"

struct context;

// What a session has seen of its item in one store: versions; 0: none.
struct session_mark {
    uint64_t written; // that it was told it had written
    uint64_t read;
};

// What has come ahead of a message that is about to be handled.
struct session_inbox {
    simtime time;
    uint32_t sender; // LP
    uint32_t tag;
    uint32_t n;
    struct payload_session *parts; // [n_session_stores]
};

// A message between LPs about a call, as its caller's token says.
struct session_message {
    uint32_t lp; // that has sent it, or is to get it
    uint64_t call;
};

static inline void session_see(struct session_mark *mark, struct session_mark more)
{
    mark->written = mark->written > more.written ? mark->written : more.written;
    mark->read = mark->read > more.read ? mark->read : more.read;
}

// The item of a request in a store.
static inline uint32_t session_item(const struct store_plan *store, uint32_t user)
{
    return store->first_own + user;
}

struct session_inbox session_open(const struct model *m, struct arena *arena);
void session_on_marks(const struct context *x, struct session_inbox *in, const struct event *e);
// Adds what has come with message e, which begins with its call, to marks[n_session_stores], or to
// the mark of one store.
void session_learn(const struct context *x, const struct session_inbox *in, const struct event *e,
                   struct session_mark *marks);
void session_learn_of(const struct context *x, const struct session_inbox *in,
                      const struct event *e, uint16_t store, struct session_mark *mark);
// Sends marks ahead of a message that follows at once, with the same delay. NET_LOST: nothing.
void session_tell(const struct context *x, const struct session_mark *marks,
                  struct session_message to, simtime delay);
void session_tell_of(const struct context *x, uint16_t store, struct session_mark mark,
                     struct session_message to, simtime delay);
// What has come with message e belongs to that one from now on.
void session_readdress(const struct context *x, struct session_inbox *in, const struct event *e,
                       struct session_message to);
// The same for what has come with message `from`, which is sent on at once.
void session_pass(const struct context *x, struct session_inbox *in, struct session_message from,
                  struct session_message to, simtime delay);
