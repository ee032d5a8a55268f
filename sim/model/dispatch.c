#include "model/dispatch.h"

#include "model/accesspoint.h"
#include "model/action.h"
#include "model/appending.h"
#include "model/attempt.h"
#include "model/callretry.h"
#include "model/commit.h"
#include "model/connection.h"
#include "model/context.h"
#include "model/edge.h"
#include "model/election.h"
#include "model/guarantee.h"
#include "model/handover.h"
#include "model/heartbeat.h"
#include "model/horizon.h"
#include "model/leadership.h"
#include "model/position.h"
#include "model/precaution.h"
#include "model/quorum.h"
#include "model/registration.h"
#include "model/replication.h"
#include "model/spillover.h"
#include "model/visit.h"

static void dispatch_fault(const struct context *x, void *lp, const struct event *e)
{
    enum lp_kind kind = x->model->lps[x->lp].kind;
    if (kind == LP_POOL)
        pool_on_fault(x, lp, e);
    else if (kind == LP_REPLICA)
        replica_on_fault(x, lp, e);
    else if (kind == LP_CACHE)
        cache_on_fault(x, lp, e);
    else
        balancer_on_fault(x, lp, e);
}

static void dispatch_committed(const struct context *x, void *lp, const struct event *e)
{
    if (LIKELY(x->model->lps[x->lp].kind == LP_REPLICA))
        replica_on_committed(x, lp, e);
    else
        cache_on_committed(lp, e);
}

static void dispatch_cancel(const struct context *x, void *lp, const struct event *e)
{
    if (x->model->lps[x->lp].kind == LP_BALANCER)
        balancer_on_cancel(x, lp, e);
    else
        pool_on_cancel(x, lp, e);
}

static void dispatch_zones(const struct context *x, void *lp, const struct event *e)
{
    if (x->model->lps[x->lp].kind == LP_AUTHORITY)
        authority_on_zones(x, lp, e);
    else
        checker_on_zones(x, lp, e);
}

static void dispatch_calm(const struct context *x, void *lp, const struct event *e)
{
    if (x->model->lps[x->lp].kind == LP_BALANCER)
        balancer_on_calm(x, lp, e);
    else
        checker_on_calm(x, lp, e);
}

static void dispatch_calm_look(const struct context *x, void *lp)
{
    if (x->model->lps[x->lp].kind == LP_BALANCER)
        balancer_on_look(x, lp);
    else
        strain_on_look(x, lp);
}

static void dispatch_foreseen(const struct context *x, void *lp, const struct event *e)
{
    if (x->model->lps[x->lp].kind == LP_BALANCER)
        balancer_on_foreseen(x, lp, e);
    else
        strain_on_foreseen(x, lp, e);
}

static void dispatch_route(const struct context *x, void *lp, const struct event *e)
{
    if (x->model->lps[x->lp].kind == LP_POOL)
        access_point_on_pool(x, lp, e);
    else
        access_point_on_cache(x, lp, e);
}

static void dispatch_session(const struct context *x, void *lp, const struct event *e)
{
    enum lp_kind kind = x->model->lps[x->lp].kind;
    if (kind == LP_POPULATION)
        session_on_marks(x, &((struct population *)lp)->inbox, e);
    else if (kind == LP_BALANCER)
        session_on_marks(x, &((struct balancer *)lp)->inbox, e);
    else if (kind == LP_POOL)
        session_on_marks(x, &((struct pool *)lp)->inbox, e);
    else
        session_on_marks(x, &((struct replica *)lp)->guarantee.inbox, e);
}

void dispatch_event(struct cell *cell, void *world, const struct event *e)
{
    struct world *w = world;
    const struct context context = {cell, w, w->model, e->dst, e->time}, *x = &context;
    void *lp = w->lps[e->dst]; // of the type that the kind of event is for
    // clang-format off
    switch ((enum event_kind)e->kind) {
    case EV_ARRIVAL: demand_on_arrival(x, lp); break;
    case EV_THOUGHT: visit_on_thought(x, lp, e); break;
    case EV_PATIENCE_OVER: visit_on_patience_over(x, lp, e); break;
    case EV_HEDGE: hedge_on_due(x, lp, e); break;
    case EV_CANCEL: dispatch_cancel(x, lp, e); break;
    case EV_RETRY: attempt_on_retry(x, lp, e); break;
    case EV_DNS_ANSWER: attempt_on_dns_answer(x, lp, e); break;
    case EV_CONNECTED: connection_on_opened(x, lp, e); break;
    case EV_RESPONSE: attempt_on_response(x, lp, e); break;
    case EV_EDGE_DIAL: edge_on_dial(&((struct population *)lp)->edge, e); break;
    case EV_EDGE_REPORT: spillover_on_report_due(x, lp); break;
    case EV_EDGE_LOAD: spillover_on_load(x, lp, e); break;
    case EV_SPILLOVER_LOOK: spillover_on_look(x, lp); break;
    case EV_EDGE_WEIGHT: edge_on_weight(&((struct population *)lp)->edge, e); break;
    case EV_EDGE_STATUS: edge_on_status(&((struct population *)lp)->edge, e); break;
    case EV_CLIENT_TIMEOUT: attempt_on_timeout(x, lp, e); break;
    case EV_DNS_QUERY: resolver_on_query(x, lp, e); break;
    case EV_AUTHORITY_ANSWER: resolver_on_answer(x, lp, e); break;
    case EV_AUTHORITY_QUERY: authority_on_query(x, lp, e); break;
    case EV_CHECK_REPORT: check_on_report(x, lp, e); break;
    case EV_STATUS_PUBLISH: check_on_publish(x, lp, e); break;
    case EV_EDGE_PUBLISH: edge_on_publish(x, lp, e); break;
    case EV_ENDPOINT_ZONES: dispatch_zones(x, lp, e); break;
    case EV_PROBE_SEND: checker_on_send(x, lp, e); break;
    case EV_PROBE_RESPONSE: checker_on_response(x, lp, e); break;
    case EV_PROBE_TIMEOUT: checker_on_timeout(x, lp, e); break;
    case EV_REQUEST: balancer_on_request(x, lp, e); break;
    case EV_TARGET_RESPONSE: balancer_on_target_response(x, lp, e); break;
    case EV_FORWARD_TIMEOUT: balancer_on_timeout(x, lp, e); break;
    case EV_TARGET_PROBE: targetprobe_on_due(x, lp, e); break;
    case EV_POOL_REQUEST: pool_on_request(x, lp, e); break;
    case EV_WORK_DONE: pool_on_work_done(x, lp, e); break;
    case EV_CALL_RESPONSE: pool_on_call_response(x, lp, e); break;
    case EV_CALL_TIMEOUT: pool_on_call_timeout(x, lp, e); break;
    case EV_TRY_ANSWER: callretry_on_answer(x, lp, e); break;
    case EV_TRY_TIMEOUT: callretry_on_timeout(x, lp, e); break;
    case EV_TRY_AGAIN: callretry_on_again(x, lp, e); break;
    case EV_STORE_REQUEST: replica_on_request(x, lp, e); break;
    case EV_OPERATION_DONE: replica_on_operation_done(x, lp, e); break;
    case EV_OPERATION_TIMEOUT: replica_on_operation_timeout(x, lp, e); break;
    case EV_REPLICATE: replication_on_write(x, lp, e); break;
    case EV_QUORUM_OUTCOME: quorum_on_outcome(x, lp, e); break;
    case EV_INTENT_TIMEOUT: quorum_on_intent_timeout(x, lp, e); break;
    case EV_APPLY: replication_on_apply(x, lp, e); break;
    case EV_RECEIVED: commit_on_received(x, lp, e); break;
    case EV_SYNC_TIMEOUT: commit_on_timeout(x, lp, e); break;
    case EV_POSITION_ASK: position_on_ask(x, lp, e); break;
    case EV_POSITION: position_on_answer(x, lp, e); break;
    case EV_HANDOVER_ASK: handover_on_ask(x, lp, e); break;
    case EV_HANDOVER: handover_on_agreed(x, lp, e); break;
    case EV_VERIFY: replication_on_verify(x, lp, e); break;
    case EV_REPAIR: replication_on_repair(x, lp, e); break;
    case EV_UNITS: replication_on_units(x, lp, e); break;
    case EV_FORWARD_WRITE: replica_on_forwarded(x, lp, e); break;
    case EV_SESSION: dispatch_session(x, lp, e); break;
    case EV_FORWARD_READ: replica_on_redirected(x, lp, e); break;
    case EV_FORWARD_READ_ANSWER: guarantee_on_answer(x, lp, e); break;
    case EV_GUARANTEE_TIMEOUT: guarantee_on_timeout(x, lp, e); break;
    case EV_FORWARD_ANSWER: leadership_on_answer(x, lp, e); break;
    case EV_QUORUM_ASK: quorum_on_ask(x, lp, e); break;
    case EV_QUORUM_ANSWER: quorum_on_answer(x, lp, e); break;
    case EV_COMMITTED: dispatch_committed(x, lp, e); break;
    case EV_HORIZON_LOOK: horizon_on_look(x, lp); break;
    case EV_SETTLED: horizon_on_told(x, lp, e); break;
    case EV_WRITE_FAILED: horizon_on_failed(lp, e); break;
    case EV_WILL_DIE: horizon_on_death(lp, e); break;
    case EV_DISCARDED: replication_on_discarded(lp, e); break;
    case EV_ROUTE: dispatch_route(x, lp, e); break;
    case EV_TOLD: leadership_on_told(lp, e); break;
    case EV_LEADER_TICK: leadership_on_tick(x, lp); break;
    case EV_HEARTBEAT: leadership_on_heartbeat(x, lp, e); break;
    case EV_PROMOTE: leadership_on_promote(x, lp, e); break;
    case EV_HEARTBEAT_DUE: heartbeat_on_due(x, lp); break;
    case EV_GROUP_BEAT: heartbeat_on_beat(x, lp, e); break;
    case EV_GROUP_BEAT_ANSWER: heartbeat_on_answer(x, lp, e); break;
    case EV_LOG_APPEND: appending_on_entry(x, lp, e); break;
    case EV_LOG_STATE: appending_on_state(x, lp, e); break;
    case EV_LOG_COMMIT: appending_on_commit(x, lp, e); break;
    case EV_ELECTION_LOOK: election_on_look(x, lp); break;
    case EV_VOTE_REQUEST: election_on_request(x, lp, e); break;
    case EV_VOTE: election_on_vote(x, lp, e); break;
    case EV_TAKE_OVER: election_on_take_over(x, lp, e); break;
    case EV_LEADER_ANSWER: consensus_on_answer(x, lp, e); break;
    case EV_FAULT: dispatch_fault(x, lp, e); break;
    case EV_CHECK_SWITCH: checker_on_switch(x, lp, e); break;
    case EV_METER_CLOSE: balancer_on_meter(x, lp, e); break;
    case EV_DATAPOINT: check_on_datapoint(x, lp, e); break;
    case EV_ALARM_LOOK: check_on_look(x, lp, e); break;
    case EV_ACTION: action_on_event(x, e); break;
    case EV_ANOMALY_LOOK: balancer_on_anomaly_look(x, lp); break;
    case EV_ZONE_SHIFT: zoneshift_on_event(x, lp, e); break;
    case EV_CONNECTION_FREE: connectionpool_on_free(x, lp, e); break;
    case EV_LOSER: precaution_on_loser(x, lp, e); break;
    case EV_TARGETS_GONE: registration_on_end(x, lp, e); break;
    case EV_CALM: dispatch_calm(x, lp, e); break;
    case EV_CALM_LOOK: dispatch_calm_look(x, lp); break;
    case EV_TARGET_FOUND: targetprobe_on_found(x, lp, e); break;
    case EV_FORESEEN: dispatch_foreseen(x, lp, e); break;
    case EV_CACHE_REQUEST: cache_on_request(x, lp, e); break;
    case EV_CACHE_DONE: cache_on_done(x, lp, e); break;
    case EV_CACHE_ASK: replica_on_cache(x, lp, e); break;
    case EV_CACHE_FILL: cache_on_fill(x, lp, e); break;
    case EV_CACHE_TIMEOUT: cache_on_timeout(x, lp, e); break;
    case EV_CACHE_CHANGE: cache_on_change(x, lp, e); break;
    case EV_CACHE_HEARD: cache_on_heard(x, lp, e); break;
    case EVENT_KINDS: REQUIRE(false, "event kind %u", e->kind); break;
    }
    // clang-format on
}

void dispatch_prefetch(const void *world, const struct event *e)
{
    const struct world *w = world;
    const void *lp = w->lps[e->dst], *frame = lp;
    uint64_t token = event_token(e); // answers begin with the token of who asked
    uint32_t index = slots_index(token);
    if (e->kind == EV_RESPONSE || e->kind == EV_DNS_ANSWER)
        frame = &((const struct population *)lp)->requests.items[index];
    else if (e->kind == EV_TARGET_RESPONSE)
        frame = &((const struct balancer *)lp)->forwards.items[index];
    else if (e->kind == EV_CALL_RESPONSE)
        frame = &((const struct pool *)lp)->tasks.items[slots_index(pool_task_of(token))];
    else if (e->kind == EV_OPERATION_DONE)
        frame = &((const struct replica *)lp)->operations.items[index];
    __builtin_prefetch(frame);
}
