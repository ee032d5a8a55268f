// Pool: the servers of one target of a service, with one FIFO queue, and the calls they make. A
// zone may hold one target, all its servers, or several.
//
// What real services do: a request waits for a worker, is worked on, calls other services and
// stores in sequence or in parallel, each with a timeout, and is answered. Full queues turn
// requests away. A request whose caller has given up is still worked on, unless the service is told
// and looks (Go's contexts, gRPC). Then who waits leaves the queue; work that has begun goes on to
// its end, because code that runs does not look up (cancelling is cooperative), but nothing follows
// it; calls are given up, and cancelled in turn. A service that knows until when its caller waits
// drops what is too late when its turn comes, and makes no calls for it (gRPC). Modelled: servers
// with a bounded FIFO queue, any distribution of work, calls by probability, a bound on requests in
// flight (calls included), cancelling and deadlines as told, where workloads ask for them; faults:
// dead (no answer), refusing, slow, errors, wrong answers, lost capacity. A wrong answer has a good
// status: a caller takes it for right, and so its own is wrong. To a Network Load Balancer each
// server keeps a connection, which calls share and which is opened anew after a call that got no
// answer or a refusal. Left out: processor sharing, idle ends of those connections, warm-up of
// caches, memory, garbage collection, autoscaling; stores that look at deadlines or can be
// cancelled. A server works on one request at a time and is free again while that request waits for
// its calls (asynchronous I/O). Knobs: servers, work, queue, concurrency, timeouts of calls.
//
// How it is computed: the work itself is not an event. The queue being FIFO, start and finish are
// known on arrival (station.h), and what follows, calls or the answer, is sent with that much more
// delay. The results are the same as if the pool had waited, because nothing that it decides then
// depends on what it might learn meanwhile; only its own faults could come between, and what would
// reach beyond the next of these waits for it (EV_WORK_DONE). Where callers cancel nothing is
// planned ahead: who waits is held, and each work's end is an event.
#pragma once

#include "base/stream.h"
#include "base/variate.h"
#include "model/events.h"
#include "model/recall.h"
#include "model/session.h"
#include "model/slots.h"
#include "model/station.h"
#include "model/strain.h"
#include "model/timeline.h"
#include "model/topology.h"

struct callretry;
struct context;
struct model;
struct path;
struct world;

enum task_state {
    TASK_STARTED,   // or its start is planned
    TASK_HELD,      // by the station
    TASK_CANCELLED, // while it was worked on
};

struct task {
    _Alignas(64) SLOT_HEADER;
    uint64_t call;    // caller's token
    simtime asked;    // when it came; then when the calls of this step were or will be made
    uint64_t timer;   // comes when the first of them is due or before; 0: none armed
    simtime deadline; // its caller waits no longer; 0: he does not say
    uint32_t caller;  // LP
    uint32_t item_word;
    uint8_t class_index;
    uint8_t flags;
    uint8_t node;    // zone of the balancer node it came through
    uint8_t next;    // of its calls, the first of a step that has not begun
    uint8_t pending; // bit set: calls of this step without answer
    bool is_wrong;   // by a call's answer, so far
    uint8_t state;   // enum task_state; where callers cancel
};

_Static_assert(sizeof(struct task) == 64, "a cache line");

struct pool_way {
    const struct path *path;
    uint32_t callee; // LP: a balancer, a replica, or a cache in front of it
    uint16_t kind;   // of event
};

// A call's ways: of reads and of writes, and both once more of users' own items.
enum { POOL_WAY_OWN = 2, POOL_WAYS = 4 };

// One call of the service as this pool makes it.
struct pool_call {
    struct pool_way ways[POOL_WAYS]; // pool_way_of
    simtime timeout;
    uint64_t probability; // of 2^32
    uint8_t zone;         // of the balancer's node
    uint8_t kept_flags, added_flags;
    bool is_optional;
    bool has_flows;      // the callee asks on which connection a call comes; else one of time 0
    int16_t store;       // -1: a service
    uint32_t flow_mask;  // number of connections - 1
    uint64_t *flows;     // of each, when it was opened
    uint64_t flow_times; // bits of it that are the time; the others are the server's address
};

static inline const struct pool_way *pool_way_of(const struct pool_call *c, uint8_t flags)
{
    _Static_assert(REQUEST_OWN / POOL_WAY_OWN == 32, "a shift");
    return &c->ways[(flags & REQUEST_WRITE) | (flags >> 5 & POOL_WAY_OWN)];
}

// What a server is at (poolwatch.h).
struct pool_work {
    uint64_t task; // token
    simtime start, finish;
    double factor; // of what was drawn
};

struct pool {
    uint32_t index;
    uint16_t service, region, zone;
    uint8_t n_calls;
    uint8_t first_calls; // bit set: the first of each step
    uint32_t lane;       // of timers, as long as the shortest timeout
    const struct fault_state *fault;
    simtime change; // of the fault state: nothing is planned beyond; -1: nothing at all
    const struct variate *work_time;
    const struct path *to_nodes; // [zone] to the region's balancer nodes
    double stretch; // of work: makes up for whole servers standing for a share of capacity
    uint64_t in_flight_limit;
    struct station station;
    struct strain strain;
    struct instants leaves; // when requests without calls, whose frames are gone, will be answered
    SLOTS(struct task) tasks;
    struct recall recall; // of the tasks, if anybody cancels
    bool has_recall;
    bool keeps_more; // of tasks: for recall, of sessions
    struct session_inbox inbox;
    ARRAY(struct session_mark) marks; // [task][n_session_stores] of those of own items
    struct stream work, network, choices, errors, wrong, flows, addresses;
    struct pool_call calls[TOPOLOGY_MAX_CALLS]; // in order of steps
    const struct world_watch *watch;            // NULL: nobody looks
    ARRAY(struct pool_work) works;              // [task] of a pool that is looked at
    bool is_branched;                           // since then nobody has come
    struct callretry *retry;                    // NULL: none of them is tried again
};

// A call's token is its task's with the call's number in bits that no index needs.
enum { POOL_CALL_SHIFT = 28, POOL_CALL_BITS = TOPOLOGY_MAX_CALLS - 1 };

static inline uint64_t pool_task_of(uint64_t token)
{
    return token & ~((uint64_t)POOL_CALL_BITS << POOL_CALL_SHIFT);
}

void pool_open(struct world *w, uint32_t index);
void pool_close(struct world *w, uint32_t index);
// Whether a request that came now would be turned away.
bool pool_has_no_room(const struct context *x, struct pool *p);
void pool_on_request(const struct context *x, struct pool *p, const struct event *e);
void pool_on_work_done(const struct context *x, struct pool *p, const struct event *e);
void pool_on_call_response(const struct context *x, struct pool *p, const struct event *e);
void pool_on_call_timeout(const struct context *x, struct pool *p, const struct event *e);
void pool_on_cancel(const struct context *x, struct pool *p, const struct event *e);
void pool_on_fault(const struct context *x, struct pool *p, const struct event *e);

// For callretry.c: a call of a task has come to its end.
void pool_conclude(const struct context *x, struct pool *p, uint32_t index, int call,
                   bool succeeded);
