#include "model/dispatch.h"

#include "model/context.h"
#include "model/leadership.h"
#include "model/quorum.h"
#include "model/replication.h"

static uint64_t dispatch_token(const struct event *e)
{
    struct payload_token p;
    payload_get(e, struct payload_token, &p);
    return p.token;
}

#define PAYLOAD(T) (*(struct T *)memcpy(&(struct T){0}, e->payload, sizeof(struct T)))

static void dispatch_fault(const struct context *x, const struct lp_info *lp, const struct event *e)
{
    struct payload_fault p = PAYLOAD(payload_fault);
    if (lp->kind == LP_POOL)
        pool_on_fault(x, &x->world->pools[lp->index], &p);
    else if (lp->kind == LP_REPLICA)
        replica_on_fault(x, &x->world->replicas[lp->index], &p);
    else
        balancer_on_fault(x, &x->world->balancers[lp->index], &p);
}

void dispatch_event(struct cell *cell, void *world, const struct event *e)
{
    struct world *w = world;
    const struct model *m = w->model;
    const struct lp_info *lp = &m->lps[e->dst];
    const struct context context = {cell, w, m, e->dst, e->time}, *x = &context;
    uint32_t i = lp->index;
    // clang-format off
    switch ((enum event_kind)e->kind) {
    case EV_ARRIVAL: population_on_arrival(x, &w->populations[i]); break;
    case EV_RETRY: population_on_retry(x, &w->populations[i], dispatch_token(e)); break;
    case EV_DNS_ANSWER: population_on_dns_answer(x, &w->populations[i], &PAYLOAD(payload_dns)); break;
    case EV_CONNECTED: population_on_connected(x, &w->populations[i], &PAYLOAD(payload_answer)); break;
    case EV_RESPONSE: population_on_response(x, &w->populations[i], &PAYLOAD(payload_answer)); break;
    case EV_CLIENT_TIMEOUT: population_on_timeout(x, &w->populations[i], dispatch_token(e)); break;
    case EV_DNS_QUERY: resolver_on_query(x, &w->resolvers[i], &PAYLOAD(payload_dns)); break;
    case EV_AUTHORITY_ANSWER: resolver_on_answer(x, &w->resolvers[i], &PAYLOAD(payload_dns)); break;
    case EV_AUTHORITY_QUERY: authority_on_query(x, &w->authority, &PAYLOAD(payload_dns)); break;
    case EV_CHECK_REPORT: authority_on_report(x, &w->authority, &PAYLOAD(payload_check)); break;
    case EV_STATUS_PUBLISH: authority_on_publish(x, &w->authority, &PAYLOAD(payload_check)); break;
    case EV_ENDPOINT_ZONES:
        if (lp->kind == LP_AUTHORITY)
            authority_on_zones(x, &w->authority, &PAYLOAD(payload_zones));
        else
            checker_on_zones(x, &w->checkers[i], &PAYLOAD(payload_zones));
        break;
    case EV_PROBE_SEND: checker_on_send(x, &w->checkers[i]); break;
    case EV_PROBE_CONNECTED: checker_on_connected(x, &w->checkers[i], &PAYLOAD(payload_answer)); break;
    case EV_PROBE_RESPONSE: checker_on_response(x, &w->checkers[i], &PAYLOAD(payload_answer)); break;
    case EV_PROBE_TIMEOUT: checker_on_timeout(x, &w->checkers[i], dispatch_token(e)); break;
    case EV_CONNECT: balancer_on_connect(x, &w->balancers[i], e); break;
    case EV_REQUEST: balancer_on_request(x, &w->balancers[i], e); break;
    case EV_TARGET_RESPONSE: balancer_on_target_response(x, &w->balancers[i], &PAYLOAD(payload_answer)); break;
    case EV_FORWARD_TIMEOUT: balancer_on_timeout(x, &w->balancers[i], dispatch_token(e)); break;
    case EV_TARGET_PROBE: balancer_on_probe(x, &w->balancers[i], PAYLOAD(payload_zones).zones); break;
    case EV_POOL_REQUEST: pool_on_request(x, &w->pools[i], e); break;
    case EV_WORK_DONE: pool_on_work_done(x, &w->pools[i], dispatch_token(e)); break;
    case EV_CALL_RESPONSE: pool_on_call_response(x, &w->pools[i], &PAYLOAD(payload_answer)); break;
    case EV_CALL_TIMEOUT: pool_on_call_timeout(x, &w->pools[i], dispatch_token(e)); break;
    case EV_STORE_REQUEST: replica_on_request(x, &w->replicas[i], e); break;
    case EV_OPERATION_DONE: replica_on_operation_done(x, &w->replicas[i], dispatch_token(e)); break;
    case EV_OPERATION_TIMEOUT: replica_on_operation_timeout(x, &w->replicas[i], dispatch_token(e)); break;
    case EV_REPLICATE: replication_on_write(x, &w->replicas[i], &PAYLOAD(payload_write)); break;
    case EV_FORWARD_WRITE: replica_on_forwarded(x, &w->replicas[i], e); break;
    case EV_FORWARD_ANSWER: leadership_on_answer(x, &w->replicas[i], &PAYLOAD(payload_answer)); break;
    case EV_QUORUM_ASK: quorum_on_ask(x, &w->replicas[i], e); break;
    case EV_QUORUM_ANSWER: quorum_on_answer(x, &w->replicas[i], e); break;
    case EV_QUORUM_COMMIT: quorum_on_commit(&w->replicas[i], &PAYLOAD(payload_write)); break;
    case EV_LEADER_TICK: leadership_on_tick(x, &w->replicas[i]); break;
    case EV_HEARTBEAT: leadership_on_heartbeat(x, &w->replicas[i], &PAYLOAD(payload_leader)); break;
    case EV_PROMOTE: leadership_on_promote(x, &w->replicas[i], &PAYLOAD(payload_leader)); break;
    case EV_FAULT: dispatch_fault(x, lp, e); break;
    case EVENT_KINDS: REQUIRE(false, "event kind %u", e->kind); break;
    }
    // clang-format on
}
