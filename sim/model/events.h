// All that can happen, on one page: every event kind, who receives it, what it carries.
//
// Kinds are grouped by their receiver. Payloads are small value structs copied in and out of the
// event's raw bytes (payload_get); each fits EVENT_PAYLOAD_BYTES. A token names a frame in the
// receiver's slots (slots.h): the sender of a question puts in its own token, the answer brings it
// back. Payloads have no padding, which compilers see to: their bytes go into the digest (the spare
// members keep it so).
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/simtime.h"
#include "engine/event.h"

enum event_kind {
    // population: users and their requests
    EV_ARRIVAL,        // self: a user wants something
    EV_RETRY,          // self: backoff is over (payload_token)
    EV_DNS_ANSWER,     // from its resolver pool (payload_dns)
    EV_CONNECTED,      // self: a user's connection, opened while there was another
                       // (payload_connection)
    EV_RESPONSE,       // from a balancer: the answer (payload_answer)
    EV_EDGE_STATUS,    // from the authority: what its edge is told of an endpoint (payload_zones)
    EV_EDGE_DIAL,      // from the authority: a dial has been turned (payload_dial)
    EV_CLIENT_TIMEOUT, // lane, self: the current phase of a request may have taken too long
                       // (payload_token)

    // resolver pool: recursive resolvers and their caches
    EV_DNS_QUERY,        // from its population (payload_dns)
    EV_AUTHORITY_ANSWER, // from the authority (payload_dns)

    // authority: the name servers with records and health status
    EV_AUTHORITY_QUERY, // from a resolver pool (payload_dns)
    EV_CHECK_REPORT,    // from a checker: its own verdict changed (payload_check)
    EV_STATUS_PUBLISH,  // self: a check's new status reaches the answers (payload_check)
    EV_EDGE_PUBLISH,    // self: an accelerator has reacted to an endpoint's change (payload_zones)
    EV_ENDPOINT_ZONES,  // from a balancer: zones with healthy targets (payload_zones); also to
                        // checkers

    // checker: one of the health checkers of one check
    EV_PROBE_SEND,     // self: time for the next probe (payload_token: number of the plan)
    EV_PROBE_RESPONSE, // from a balancer; self: a TCP probe is connected (payload_answer)
    EV_PROBE_TIMEOUT,  // lane, self: the probe may have taken too long (payload_token)

    // balancer: one service's load balancer in one region, with a node in each zone
    EV_REQUEST,         // from a population, checker or pool (payload_request)
    EV_TARGET_RESPONSE, // from a pool (payload_answer)
    EV_FORWARD_TIMEOUT, // lane: no answer from the target, to a request or a probe, in time
    EV_TARGET_PROBE,    // self: time to probe a target (payload_token: targetprobe.c)

    // pool: a service's servers in one zone, or those of one target
    EV_POOL_REQUEST, // from a balancer (payload_request)
    EV_WORK_DONE, // self: a server finished its own work on a request, a fault having come between
                  // (payload_token)
    EV_CALL_RESPONSE, // from a balancer or replica (payload_answer)
    EV_CALL_TIMEOUT,  // lane, self: a call may have taken too long (payload_token)

    // replica: a store's copy in one region
    EV_STORE_REQUEST,  // from a pool (payload_request)
    EV_OPERATION_DONE, // self: a write, or a read of a quorum, is done here; any, if a fault came
                       // between (payload_token)
    EV_OPERATION_TIMEOUT, // lane: forwarded or quorum operation without result
    EV_REPLICATE,         // from another replica: a committed write (payload_write)
    EV_FORWARD_WRITE,     // from a follower to the leader (payload_request)
    EV_FORWARD_ANSWER,    // and back (payload_answer)
    EV_QUORUM_ASK,        // from a coordinator: read or write (payload_quorum)
    EV_QUORUM_ANSWER,     // and back (payload_quorum)
    EV_COMMITTED,   // from another: a write was acknowledged; of the program's own bookkeeping
                    // (payload_write)
    EV_LEADER_TICK, // self: send heartbeats, or check for silence
    EV_HEARTBEAT,   // from the leader (payload_leader)
    EV_PROMOTE,     // self: decision and promotion have taken their time (payload_leader)

    // balancer, pool, replica
    EV_FAULT, // world: the receiver's fault state changes (payload_fault)

    // later additions: a kind's number is part of every digest
    EV_CHECK_SWITCH, // checker, from the authority: stop, or begin anew (payload_check)
    EV_METER_CLOSE,  // balancer, self: a meter's period is over (payload_check: its number)
    EV_DATAPOINT,    // authority, from a balancer: a metric's value (payload_datapoint)
    EV_ALARM_LOOK,   // authority, self: datapoints may be missing (payload_check)
    EV_ACTION,       // self, of the LP that carries it out: an operator acts (payload_action)
    EV_ANOMALY_LOOK, // balancer, self: time to compare the targets' errors
    // population: what only some workloads have
    EV_THOUGHT,       // self: a user wants something again (payload_visit)
    EV_PATIENCE_OVER, // self: a request's user may have waited too long (payload_patience)

    // balancer, pool: where workloads cancel
    EV_CANCEL, // from who has asked: nobody waits for the answer any more (payload_token)

    // population: where workloads hedge
    EV_HEDGE,        // lane, self: an attempt takes long (payload_token: its frame)
    EV_ZONE_SHIFT,   // balancer, self or world: a zonal shift begins or may end (payload_shift)
    EV_TARGETS_GONE, // balancer, self: the deregistration delay of targets is over (payload_token:
                     // bit set)

    // what makes probes foreseeable (foresight.h)
    EV_CALM,      // balancer, from a pool; checker, from a balancer: it is disturbed or calm, and
                  // from when on (payload_calm)
    EV_CALM_LOOK, // balancer, pool, self: what it last said takes effect, or a request is held
    EV_TARGET_FOUND, // balancer, self or from a pool: the success of a foreseen probe
                     // (payload_probe)
    EV_FORESEEN, // balancer, from a checker; pool, from a balancer: a foreseen probe that is sent
                 // all the same (payload_probe)

    // population: where users keep several connections, or race for one
    EV_CONNECTION_FREE, // population, self: a request that waited for one of its user's connections
                        // has got it (payload_token)
    EV_LOSER, // population, self: a connection that another was to win over has failed, or is given
              // up (payload_loser)
    EV_EDGE_WEIGHT, // population, from the authority: operators have changed endpoints' weight
                    // (payload_weight)
    // where regions have a capacity
    EV_EDGE_REPORT,    // population, self: its edge reports load
    EV_EDGE_LOAD,      // authority, from a population: its load of a region (payload_load)
    EV_SPILLOVER_LOOK, // authority, self: time to share out load
    // replica
    EV_APPLY,          // self: an applier is done with a write (payload_write)
    EV_QUORUM_OUTCOME, // from a coordinator: what became of a write (payload_quorum)
    EV_INTENT_TIMEOUT, // lane, self: a coordinator has fallen silent (payload_token)
    EV_RECEIVED,       // from a follower: how far it is (payload_position)
    EV_SYNC_TIMEOUT,   // lane, self: a write has waited for followers (payload_token)
    EV_POSITION_ASK,   // from a follower: where is the log? (payload_position)
    EV_POSITION,       // from the leader: there (payload_position)
    EV_HANDOVER_ASK,   // from the member that is to lead: stop taking writes (payload_position)
    EV_HANDOVER,       // from the leader: its last position (payload_position)
    EV_VERIFY, // from a member to the leader: it got a write of a former leader (payload_write)
    EV_REPAIR, // from the leader: what the item is (payload_write)
    EV_UNITS,  // self: a write from elsewhere has the units of its partition (payload_write)

    // pool: where calls of stores are tried again
    EV_TRY_ANSWER,  // from a balancer or replica (payload_answer)
    EV_TRY_TIMEOUT, // lane, self: a call, or its first try, may have taken too long (payload_token)
    EV_TRY_AGAIN,   // self: backoff is over, or a later try may have taken too long (payload_token)
    // where stores have caches
    EV_CACHE_REQUEST, // cache, from a pool (payload_request)
    EV_CACHE_DONE,    // cache, self: a look-up is done, a fault having come between (payload_token)
    EV_CACHE_ASK,     // replica, from a cache (payload_request)
    EV_CACHE_FILL,    // cache, from a replica: what it asked for (payload_fill)
    EV_CACHE_TIMEOUT, // cache, lane, self: no answer from the replica in time (payload_token)
    EV_CACHE_CHANGE,  // cache, from a replica's change feed or from another cache: an item was
                      // written (payload_write)
    EV_CACHE_HEARD,   // cache, from a replica, before a fill: what that misses; of the program's
                      // own bookkeeping (payload_write)

    // population, balancer, pool, replica: where users have items of their own
    EV_SESSION, // with the request or answer that follows at once: what its user's session has seen
                // of a store (payload_session)
    // replica
    EV_FORWARD_READ,        // from another: a read whose session has seen more than is there
                            // (payload_request)
    EV_FORWARD_READ_ANSWER, // and back (payload_answer)
    EV_GUARANTEE_TIMEOUT,   // lane, self: a read has waited for what its session has seen
                            // (payload_token)
    // replica, where stores agree by consensus
    EV_HEARTBEAT_DUE,     // self: a leader's heartbeats are due
    EV_GROUP_BEAT,        // from a leader of groups (payload_beat)
    EV_GROUP_BEAT_ANSWER, // and back (payload_beat)
    EV_LOG_APPEND,        // from a leader: an entry of its log (payload_append)
    EV_LOG_STATE,         // to a leader: how far a member has the log; its term, if that is newer
                          // (payload_log)
    EV_LOG_COMMIT,        // from a leader: how far its log is committed (payload_log)
    EV_ELECTION_LOOK,     // self: a leader may have been silent for too long
    EV_VOTE_REQUEST,      // from a candidate (payload_vote)
    EV_VOTE,              // and back (payload_vote)
    EV_TAKE_OVER,         // from a leader to its successor (payload_log)
    EV_LEADER_ANSWER,     // to the member that sent an operation on (payload_result)

    // in stores of many items (horizon.h), of the program's own bookkeeping
    EV_HORIZON_LOOK, // self: how far back has everything arrived here?
    EV_SETTLED,      // from another: since when something is under way to there (payload_settled)
    EV_WRITE_FAILED, // from a coordinator: a write of its was not acknowledged (payload_write)
    EV_TOLD,         // from a follower: the client of a write was told (copy_told)
    EV_DISCARDED,    // from another: it threw away a write of a former leader (copy_lose)
    EV_WILL_DIE, // from the leader: a write will be lost with it, and never come (payload_write)

    EV_ROUTE, // pool, cache, from a store's first member: which regions are asked (payload_route)

    EVENT_KINDS,
};

enum answer_status {
    ANSWER_OK,
    ANSWER_ERROR,    // tried and failed (5xx)
    ANSWER_SHED,     // turned away by a full queue (503)
    ANSWER_REFUSED,  // nobody listens
    ANSWER_WRONG,    // success by its status (200), but the body is broken
    ANSWER_CONFLICT, // between replicas: another write of the item is under way
    // Of stores, to the services that call them. Throttled is not shed: it says that more would be
    // too much, however idle the store is, and callers back off for longer.
    ANSWER_THROTTLED, // beyond the store's throughput (400)
    ANSWER_UNMET,     // the condition of a write does not hold (400)
};

// All that most callers and probes look at.
static inline bool answer_has_good_status(uint8_t status)
{
    return status == ANSWER_OK || status == ANSWER_WRONG;
}

enum request_flags {
    REQUEST_WRITE = 1,
    REQUEST_PROBE = 2,   // a health check: no work beyond answering
    REQUEST_DEEP = 4,    // a health check that runs the service's calls
    REQUEST_CONNECT = 8, // a health check that only connects: no request
    // To stores: how consistent a read must be, if not as the store's are (reading.h).
    REQUEST_EVENTUAL = 16,
    REQUEST_STRONG = 32,
    REQUEST_CONSISTENCY_SHIFT = 4,
    REQUEST_CONSISTENCY_BITS = 3,
    REQUEST_OWN = 64,     // of its user's own items (session.h)
    REQUEST_CACHED = 128, // from a cache: the answer says the version
};

#pragma GCC diagnostic push
#pragma GCC diagnostic error "-Wpadded"

struct payload_token {
    uint64_t token;
};

struct payload_visit {
    uint64_t serial; // and the rest: struct visit
    uint32_t client;
    uint32_t done, left;
    uint32_t spare;
};

struct payload_patience {
    uint64_t serial;  // of the visit
    uint32_t request; // index of its frame
    uint32_t done;
};

struct payload_request {
    uint64_t call;      // caller's token
    uint32_t item_word; // random bits that choose the item in each store; own items: the user
    uint8_t class_index;
    uint8_t flags; // enum request_flags
    uint8_t zone;  // balancer: node the caller connects to
    uint8_t spare;
    uint64_t terms; // connection that it comes on, and for how long it matters (request_terms)
};

// The terms of a request: the flow, when its caller opened the connection, 0 where no balancer asks
// (model.flow_mask), in units of 16 us for up to 9 years, or who it is (flow.h, cookie.h); and the
// patience, how long the caller
// still waits, 0 if it does not say, in units of 1 ms for up to 18 min, as precise as programs say
// it.
enum { REQUEST_FLOW_SHIFT = 14, REQUEST_PATIENCE_SHIFT = 20, REQUEST_PATIENCE_BITS = 20 };

static inline uint64_t request_terms(uint64_t flow, uint64_t patience)
{
    return flow >> REQUEST_FLOW_SHIFT << REQUEST_PATIENCE_BITS | patience;
}

static inline uint64_t request_flow(uint64_t terms)
{
    return terms >> REQUEST_PATIENCE_BITS << REQUEST_FLOW_SHIFT;
}

// For request_terms: at least one unit.
static inline uint64_t request_patience(simtime waits)
{
    const simtime most = (1 << REQUEST_PATIENCE_BITS) - 1;
    return (uint64_t)(waits > 0 ? simtime_least((waits >> REQUEST_PATIENCE_SHIFT) + 1, most) : 1);
}

// When the caller of a request that arrives now stops waiting; 0: it does not say.
static inline simtime request_deadline(uint64_t terms, simtime now)
{
    const uint64_t patience = terms & ((1u << REQUEST_PATIENCE_BITS) - 1);
    return patience == 0 ? 0 : now + (simtime)(patience << REQUEST_PATIENCE_SHIFT);
}

struct payload_answer {
    uint64_t call; // caller's token
    uint8_t status;
    uint8_t region; // that answered
    uint8_t zone;
    uint8_t cookie;  // for a user: the target, counted from 1; 0: none
    uint32_t serial; // of a forwarded write (fates.h)
};

struct payload_fill {
    struct payload_answer answer;
    uint64_t version; // read or written
};

struct payload_session {
    uint64_t written; // newest version of the user's item; 0: none
    uint64_t read;
    uint32_t tag;   // of the message that follows (session.c)
    uint16_t store; // whose item it is
    uint8_t is_first;
    uint8_t spare;
};

struct payload_dns {
    uint64_t call; // population's token
    simtime ttl;
    uint16_t resolver; // within the pool
    uint16_t population;
    uint16_t regions; // answer: bit set, several with the multivalue policy; 0: none
    uint8_t zones;    // answer: bit set of balancer nodes of a single region
    uint8_t cause;    // answer: enum route_cause, whether it is a copy
};

enum { NO_REGION = 255 };

struct payload_connection {
    uint32_t client;
    uint8_t region;
    uint8_t zone;
    uint8_t spare[2];
};

struct payload_loser {
    uint64_t attempt; // token
    uint32_t client;
    uint32_t trial; // of the region's breaker
    uint8_t region;
    uint8_t fails;
    uint8_t spare[6];
};

struct payload_check {
    uint16_t check;
    uint16_t checker;
    uint8_t healthy; // EV_CHECK_SWITCH: begin anew, else stop
    uint8_t epoch;   // of the check (check.h)
};

struct payload_datapoint {
    double value;
    uint32_t period;
    uint16_t check;
    uint8_t spare[2];
};

struct payload_zones {
    uint8_t endpoint;
    uint8_t zones;       // bit set
    uint8_t has_targets; // EV_EDGE_STATUS, EV_EDGE_PUBLISH: is healthy; 0: no target is healthy,
                         // and all get traffic
    uint8_t spare;
};

struct payload_calm {
    simtime from;
    uint8_t is_disturbed;
    uint8_t spare[7];
};

struct payload_probe {
    uint64_t word; // its random bits
    uint64_t call; // checker's token; or the target's number
    uint8_t node;  // zone of the balancer's
    uint8_t spare[7];
};

struct payload_action {
    uint32_t action; // of the plan
    uint32_t n_tries;
    uint8_t phase; // action.c
    uint8_t spare[7];
};

struct payload_dial {
    double dial;
    uint8_t region;
    uint8_t spare[7];
};

struct payload_weight {
    uint16_t endpoints; // bit set
    uint8_t weight;
    uint8_t spare;
};

struct payload_load {
    uint32_t aimed; // requests in a period
    uint16_t population;
    uint8_t region;
    uint8_t spare;
};

struct payload_shift {
    simtime until;
    uint8_t cause; // zoneshift.h
    uint8_t zone;
    uint8_t is_start;
    uint8_t spare[5];
};

struct payload_write {
    uint64_t version;  // version.h; tells the member that took it
    simtime committed; // since when it counts as written; SIMTIME_NEVER: not acknowledged yet
    uint32_t item;
    uint32_t serial; // of that member's writes (fates.h)
};

struct payload_route {
    uint32_t active; // bit set of regions
    uint16_t store, spare;
};

struct payload_settled {
    simtime since;
};

struct payload_quorum {
    uint64_t call;    // coordinator's token
    uint64_t version; // write: the new one; read answer: the one found
    uint32_t item;
    bool is_write : 1;
    bool is_safe : 1; // read answer: the version found was acknowledged (horizon.h)
    uint8_t spare : 6;
    uint8_t status;
    uint8_t class_index; // whose payload a write carries
    uint8_t member;      // whose part it is
};

struct payload_position {
    uint64_t call; // operation that asks
    simtime until; // what was committed before has been received
    uint32_t epoch;
    uint32_t position;
};

struct payload_leader {
    uint32_t epoch;
    uint32_t suspicion; // which suspicion led to this promotion
    uint8_t member;     // that leads
    uint8_t spare[3];
    uint32_t position; // heartbeat: of its log ...
    simtime sent;      // ... when it was sent
};

// Consensus: groups are those of the store.
struct payload_beat {
    uint64_t groups; // bit set: led by the sender in this term; answer: acknowledged
    simtime clock;   // of the sender; answer: brought back
    uint32_t term;
    uint32_t spare;
};

struct payload_append {
    uint64_t version; // of the entry
    uint64_t terms;   // of the leader, of the entry before, and what else is small (appending.c)
    uint32_t item;    // or no item, but a group (consensus.h)
    uint32_t serial;
};

struct payload_log {
    uint32_t index; // of an entry: up to it the sender has the log on disk, or has committed it
    uint32_t known; // up to here the member knows the log to be committed, or all members do
    uint32_t term;  // of the sender
    uint8_t group;
    uint8_t wants; // the entries that follow
    uint8_t spare[2];
};

struct payload_vote {
    uint64_t last; // version of the candidate's last entry; answer: the voter's term
    uint32_t term; // that is stood for
    uint8_t group;
    uint8_t kind; // enum election_kind
    uint8_t is_granted;
    uint8_t spare;
};

struct payload_result {
    uint64_t call; // caller's token
    uint64_t version;
    uint32_t serial;
    uint8_t status;
    uint8_t is_elsewhere; // the sender does not lead: nothing was done
    uint8_t leader;       // member, as far as the sender knows
    uint8_t spare;
};

struct payload_fault {
    uint32_t change; // index in the receiver's timeline
    uint8_t part;    // balancer: zone
    uint8_t spare[3];
};

#pragma GCC diagnostic pop

#define payload_get(event, T, out) memcpy((out), (event)->payload, sizeof(T))
// The payload as a value; compilers read from the event only what of it is used.
#define payload_of(event, T)                                                                       \
    (*(struct T *)memcpy(&(struct T){0}, (event)->payload, sizeof(struct T)))

static inline uint64_t event_token(const struct event *e)
{
    return payload_of(e, payload_token).token;
}

_Static_assert(sizeof(struct payload_visit) <= EVENT_PAYLOAD_BYTES, "fits");
_Static_assert(sizeof(struct payload_request) <= EVENT_PAYLOAD_BYTES, "fits");
_Static_assert(sizeof(struct payload_answer) <= EVENT_PAYLOAD_BYTES, "fits");
_Static_assert(sizeof(struct payload_fill) <= EVENT_PAYLOAD_BYTES, "fits");
_Static_assert(sizeof(struct payload_session) <= EVENT_PAYLOAD_BYTES, "fits");
_Static_assert(sizeof(struct payload_dns) <= EVENT_PAYLOAD_BYTES, "fits");
_Static_assert(sizeof(struct payload_write) <= EVENT_PAYLOAD_BYTES, "fits");
_Static_assert(sizeof(struct payload_quorum) <= EVENT_PAYLOAD_BYTES, "fits");
_Static_assert(sizeof(struct payload_leader) <= EVENT_PAYLOAD_BYTES, "fits");
_Static_assert(sizeof(struct payload_datapoint) <= EVENT_PAYLOAD_BYTES, "fits");
_Static_assert(sizeof(struct payload_beat) <= EVENT_PAYLOAD_BYTES, "fits");
_Static_assert(sizeof(struct payload_append) <= EVENT_PAYLOAD_BYTES, "fits");
_Static_assert(sizeof(struct payload_result) <= EVENT_PAYLOAD_BYTES, "fits");
