#include "model/balancer.h"

#include "model/check.h"
#include "model/checker.h"
#include "model/context.h"
#include "model/foresight.h"

static bool balancer_is_dead(const struct balancer *b, uint8_t node)
{
    return b->dead_nodes >> node & 1;
}

static uint32_t balancer_alive(const struct balancer *b)
{
    return ~(uint32_t)b->dead_nodes & ((1u << b->n_zones) - 1);
}

// ---- requests

// Counts it for alarms, and sends what its user's session has seen.
static void balancer_look_at_answer(const struct context *x, struct balancer *b,
                                    const struct forward *f, uint8_t status, simtime delay)
{
    const struct session_message caller = {f->caller, f->call};
    if (b->meters != NULL)
        meter_count(b->meters, !answer_has_good_status(status));
    if (answer_has_good_status(status))
        session_pass(x, &b->inbox, caller, caller, delay);
}

static void balancer_answer(const struct context *x, struct balancer *b, const struct forward *f,
                            uint8_t status)
{
    const struct lp_info *caller = &x->model->lps[f->caller];
    const struct payload_answer answer = {.call = f->call,
                                          .status = status,
                                          .region = (uint8_t)b->region,
                                          .zone = f->node,
                                          .cookie = (uint8_t)((f->target + 1u) & b->cookies)};
    struct net_size size = caller->kind == LP_POPULATION
                               ? x->model->classes[f->class_index].response
                               : net_small;
    simtime delay = context_path_delay(x, &b->from_node[f->node][caller->place], &b->network, size);
    if (UNLIKELY(b->looks_closer))
        balancer_look_at_answer(x, b, f, status, delay);
    context_send(x, f->caller, delay, caller->reply_kind, &answer, sizeof answer);
}

// So that its caller can take it back: the message for it is underway for `delay`.
static void balancer_note(const struct context *x, struct balancer *b, uint32_t index,
                          simtime delay)
{
    const struct forward *f = &b->forwards.items[index];
    struct recall_entry *entry = recall_note(&b->recall, b->forwards.n, index, f->caller, f->call);
    entry->reaches = context_arrival(x, delay);
}

// Measures it for alarms, and sends what its user's session has seen.
static void balancer_look_at_request(const struct context *x, struct balancer *b, uint32_t index,
                                     uint64_t call, simtime delay)
{
    const struct forward *f = &b->forwards.items[index];
    if (b->meters != NULL)
        meter_start(b->meters, index, x->now);
    session_pass(x, &b->inbox, (struct session_message){f->caller, f->call},
                 (struct session_message){b->group.targets[f->target].pool, call}, delay);
}

// Sends a caller's request on from node q->zone to a target.
static void balancer_forward(const struct context *x, struct balancer *b, uint32_t caller,
                             struct payload_request *q, uint8_t target)
{
    const struct target *t = &b->group.targets[target];
    uint32_t index = slots_take(&b->forwards);
    struct forward *f = &b->forwards.items[index];
    f->call = q->call;
    f->caller = caller;
    f->class_index = q->class_index;
    f->node = q->zone;
    f->target = target;
    q->call = slots_token(&b->forwards, index);
    f->timer = cell_arm(x->cell, caller == x->lp ? b->probe_lane : b->idle_lane, q->call);
    targetgroup_began(&b->group, target);
    simtime delay = context_path_delay(x, &b->from_node[q->zone][b->first_node + t->zone],
                                       &b->network,
                                       context_request_size(x, q->class_index, q->flags));
    if (LIKELY(delay != NET_LOST))
        delay += (simtime)variate_draw(b->overhead_time, &b->overhead);
    if (UNLIKELY(b->has_recall))
        balancer_note(x, b, index, delay);
    if (UNLIKELY(b->looks_closer))
        balancer_look_at_request(x, b, index, q->call, delay);
    context_send(x, t->pool, delay, EV_POOL_REQUEST, q, sizeof *q);
}

// There is no target: 503, or nobody listens.
static void balancer_turn_away(const struct context *x, struct balancer *b, uint32_t caller,
                               const struct payload_request *q)
{
    const struct forward none = {.call = q->call,
                                 .caller = caller,
                                 .class_index = q->class_index,
                                 .node = q->zone,
                                 .target = UINT8_MAX}; // makes no cookie
    balancer_answer(x, b, &none, b->refusal);
}

void balancer_on_request(const struct context *x, struct balancer *b, const struct event *e)
{
    struct payload_request q = payload_of(e, payload_request);
    if (LIKELY(!(b->shut_nodes >> q.zone & 1))) {
        uint8_t target = targetgroup_choose(&b->group, q.zone, request_flow(q.terms), x->now);
        if (LIKELY(!(q.flags & REQUEST_PROBE)))
            drain_count_target(&b->drain, x->now, target);
        balancer_forward(x, b, event_src(e), &q, target);
    } else if (!balancer_is_dead(b, q.zone)) {
        balancer_turn_away(x, b, event_src(e), &q);
    }
}

// ---- calm

// Whether what probes of the endpoint find depends on more than its faults.
static bool balancer_is_disturbed(const struct balancer *b)
{
    const uint64_t all = targetgroup_first(&b->group, -1, 0);
    return b->group.shifted != 0 || b->group.registered != all || b->group.fresh != 0 ||
           targetgroup_n_healthy(&b->group) != b->group.n || targetprobe_disturbed(b) != 0;
}

static void balancer_review_calm(const struct context *x, struct balancer *b)
{
    const struct model *m = x->model;
    if (!calm_review(&b->calm, balancer_is_disturbed(b), x->now))
        return;
    const struct payload_calm news = {.from = b->calm.view.from,
                                      .is_disturbed = b->calm.view.is_disturbed};
    context_send(x, x->lp, b->calm.notice, EV_CALM_LOOK, NULL, 0);
    for (uint32_t i = 0; i < m->count[LP_CHECKER]; i++) {
        const uint32_t lp = model_lp(m, LP_CHECKER, i);
        if (m->endpoint[checker_endpoint(m, i)] == x->lp)
            context_send(x, lp, foresight_news_take(m, x->lp, lp), EV_CALM, &news, sizeof news);
    }
}

void balancer_on_look(const struct context *x, struct balancer *b)
{
    balancer_review_calm(x, b);
}

void balancer_on_calm(const struct context *x, struct balancer *b, const struct event *e)
{
    targetprobe_on_calm(x, b, e);
    balancer_review_calm(x, b);
}

// A checker's, that is sent all the same.
void balancer_on_foreseen(const struct context *x, struct balancer *b, const struct event *e)
{
    const struct payload_probe probe = payload_of(e, payload_probe);
    const struct payload_answer answer = {.call = probe.call, .status = ANSWER_OK};
    const struct foresight_node node = {x->lp, probe.node};
    const simtime at = foresight_answer(x, node, context_place(x, event_src(e)), probe.word,
                                        x->now);
    REQUIRE(at != NET_LOST && calm_holds(&b->calm.view, x->now, x->now),
            "a foreseen probe of an endpoint that is not calm");
    context_send(x, event_src(e), at - x->now, EV_PROBE_RESPONSE, &answer, sizeof answer);
}

// ---- probes and health

// Tells the authority, after `delay`, which zones' nodes belong into the DNS answer: all if none
// does.
static void balancer_tell(const struct context *x, struct balancer *b, uint8_t zones, simtime delay)
{
    const uint8_t all = (uint8_t)((1u << b->n_zones) - 1);
    const struct payload_zones message = {
        .endpoint = b->endpoint, .zones = zones != 0 ? zones : all, .has_targets = zones != 0};
    b->told_zones = zones;
    b->told = simtime_most(b->told, x->now + delay); // none overtakes another
    context_send(x, model_lp(x->model, LP_AUTHORITY, 0), b->told - x->now, EV_ENDPOINT_ZONES,
                 &message, sizeof message);
}

static const struct path *balancer_to_authority(const struct context *x, const struct balancer *b)
{
    return model_path(x->model, x->model->region_place[b->region],
                      context_place(x, model_lp(x->model, LP_AUTHORITY, 0)));
}

void balancer_publish(const struct context *x, struct balancer *b)
{
    const uint8_t zones = targetgroup_dns_zones(&b->group, b->dead_nodes);
    if (b->endpoint == ENDPOINT_NONE || zones == b->told_zones)
        return;
    simtime delay = context_path_delay(x, balancer_to_authority(x, b), &b->network, net_empty);
    if (delay != NET_LOST) // cut off: told after a later probe
        balancer_tell(x, b, zones, delay);
}

// A balancer all of whose nodes are without power says nothing any more. Whoever runs it notices,
// after as long as it takes to give up a target, and it counts as one without targets.
static void balancer_note_silence(const struct context *x, struct balancer *b)
{
    b->n_silent++;
    if (b->endpoint != ENDPOINT_NONE &&
        b->n_silent == (uint32_t)b->group.spec->health.unhealthy_threshold)
        balancer_tell(x, b, 0, balancer_to_authority(x, b)->floor);
}

void balancer_review(const struct context *x, struct balancer *b)
{
    b->shut_nodes = b->dead_nodes | b->group.empty;
    if (b->meters != NULL)
        meter_set_targets(b->meters, targetgroup_n_healthy(&b->group), x->now);
    balancer_publish(x, b);
    targetprobe_wake(x, b);
    balancer_review_calm(x, b);
}

void balancer_probe_concluded(const struct context *x, struct balancer *b, uint8_t target,
                              bool succeeded)
{
    if (targetgroup_verdict(&b->group, target, succeeded, x->now)) {
        context_journal(x, succeeded ? JOURNAL_TARGET_HEALTHY : JOURNAL_TARGET_UNHEALTHY,
                        x->model->lps[b->group.targets[target].pool].name,
                        journal_where(b->region, b->group.targets[target].zone));
        balancer_review(x, b);
    } else {
        balancer_publish(x, b); // what could not be told before
    }
}

static inline void balancer_forget(struct balancer *b, uint32_t index)
{
    targetgroup_ended(&b->group, b->forwards.items[index].target);
    if (UNLIKELY(b->has_recall))
        recall_forget(&b->recall, index);
    slots_release(&b->forwards, index);
}

// The forward has its answer, or none: frees it and tells caller or probe.
static inline void balancer_conclude(const struct context *x, struct balancer *b, uint32_t index,
                                     uint8_t status)
{
    const struct forward *f = &b->forwards.items[index]; // says what it says until taken again
    balancer_forget(b, index);
    if (UNLIKELY(balancer_is_dead(b, f->node)))
        return; // the node and its connections are gone
    if (UNLIKELY(f->caller == x->lp)) {
        balancer_probe_concluded(x, b, f->target, answer_has_good_status(status));
        return;
    }
    targetgroup_heard(&b->group, f->target, !answer_has_good_status(status));
    balancer_answer(x, b, f, status);
}

void balancer_cut(const struct context *x, struct balancer *b, uint64_t targets)
{
    for (uint32_t i = 0; targets != 0 && i < b->forwards.n; i++) {
        const struct forward *f = &b->forwards.items[i];
        if (!slots_is_taken(&b->forwards, i) || !(targets >> f->target & 1))
            continue;
        cell_disarm(x->cell, f->caller == x->lp ? b->probe_lane : b->idle_lane, f->timer);
        balancer_conclude(x, b, i, b->refusal);
    }
}

static void balancer_look_at_result(const struct context *x, struct balancer *b, uint32_t index,
                                    const struct event *e)
{
    const struct forward *f = &b->forwards.items[index];
    if (b->meters != NULL)
        meter_stop(b->meters, index, x->now);
    session_readdress(x, &b->inbox, e, (struct session_message){f->caller, f->call});
}

void balancer_on_target_response(const struct context *x, struct balancer *b, const struct event *e)
{
    const struct payload_answer *a = &payload_of(e, payload_answer);
    if (!slots_is_live(&b->forwards, a->call))
        return;
    uint32_t index = slots_index(a->call);
    const struct forward *f = &b->forwards.items[index];
    cell_disarm(x->cell, f->caller == x->lp ? b->probe_lane : b->idle_lane, f->timer);
    if (UNLIKELY(b->looks_closer) && f->caller != x->lp)
        balancer_look_at_result(x, b, index, e);
    balancer_conclude(x, b, index, a->status == ANSWER_REFUSED ? b->refusal : a->status);
}

void balancer_on_timeout(const struct context *x, struct balancer *b, const struct event *e)
{
    uint64_t token = event_token(e);
    const uint32_t index = slots_index(token);
    CHECK(slots_is_live(&b->forwards, token));
    if (b->is_transparent && b->forwards.items[index].caller != x->lp)
        balancer_forget(b, index);
    else
        balancer_conclude(x, b, index, ANSWER_ERROR);
}

// The caller waits no more: neither does the balancer, and the target may stop.
void balancer_on_cancel(const struct context *x, struct balancer *b, const struct event *e)
{
    uint32_t index;
    if (!recall_find(&b->recall, event_src(e), event_token(e), &index))
        return; // answered meanwhile
    const struct forward *f = &b->forwards.items[index];
    if (balancer_is_dead(b, f->node))
        return;
    cell_disarm(x->cell, b->idle_lane, f->timer);
    simtime delay = context_path_delay(
        x, &b->from_node[f->node][b->first_node + b->group.targets[f->target].zone], &b->network,
        net_empty);
    context_cancel(x, b->group.targets[f->target].pool, delay,
                   b->recall.entries.items[index].reaches, slots_token(&b->forwards, index));
    balancer_forget(b, index);
}

bool balancer_can_probe(const struct context *x, struct balancer *b, uint32_t target)
{
    if (balancer_alive(b) == 0) {
        if (target == 0)
            balancer_note_silence(x, b);
        return false;
    }
    b->n_silent = 0;
    return b->group.registered >> target & 1;
}

void balancer_probe(const struct context *x, struct balancer *b, uint8_t target)
{
    const uint32_t alive = balancer_alive(b);
    const uint8_t zone = b->group.targets[target].zone;
    struct payload_request probe = {
        .flags = b->probe_flags, .zone = alive >> zone & 1 ? zone : (uint8_t)__builtin_ctz(alive)};
    balancer_forward(x, b, x->lp, &probe, target);
}

// ---- others

void balancer_on_anomaly_look(const struct context *x, struct balancer *b)
{
    for (uint64_t left = targetgroup_look(&b->group); left != 0; left &= left - 1) {
        const uint32_t target = (uint32_t)__builtin_ctzll(left);
        const bool is_found = b->group.anomaly->found >> target & 1;
        context_journal(x, is_found ? JOURNAL_TARGET_ANOMALOUS : JOURNAL_TARGET_NORMAL,
                        x->model->lps[b->group.targets[target].pool].name, 0);
    }
    context_send(x, x->lp, ANOMALY_PERIOD, EV_ANOMALY_LOOK, NULL, 0);
}

void balancer_on_fault(const struct context *x, struct balancer *b, const struct event *e)
{
    const struct payload_fault *f = &payload_of(e, payload_fault);
    const struct timeline *t = &x->world->nodes[b->region * TOPOLOGY_MAX_ZONES + f->part];
    bool dead = t->changes.items[f->change].state.is_dead;
    b->dead_nodes = (uint8_t)((b->dead_nodes & ~(1u << f->part)) | (uint32_t)dead << f->part);
    b->shut_nodes = b->dead_nodes | b->group.empty;
    targetprobe_wake(x, b); // what belongs into the DNS answer may be news
}

// ---- metrics

static void balancer_plan_meter(const struct context *x, const struct meter *m,
                                const struct payload_check *number)
{
    context_send(x, x->lp, x->model->checks[m->check].alarm.period, EV_METER_CLOSE, number,
                 sizeof *number);
}

void balancer_on_meter(const struct context *x, struct balancer *b, const struct event *e)
{
    const struct payload_check *number = &payload_of(e, payload_check);
    struct meter *m = &b->meters->meters[number->check];
    struct payload_datapoint datapoint = {.period = m->period, .check = m->check};
    bool is_alive = balancer_alive(b) != 0;
    balancer_plan_meter(x, m, number);
    if (!meter_close(m, x->now, &datapoint.value) || !is_alive)
        return;
    const struct variate *delay = &x->model->checks[m->check].alarm.delay;
    simtime late = context_duration(variate_draw(delay, &m->delay));
    simtime way = context_path_delay(x, balancer_to_authority(x, b), &b->network, net_empty);
    if (way != NET_LOST)
        context_send(x, model_lp(x->model, LP_AUTHORITY, 0), way + late, EV_DATAPOINT, &datapoint,
                     sizeof datapoint);
}

static void balancer_open_meter(struct world *w, struct balancer *b, uint8_t check)
{
    const struct model *m = w->model;
    const struct check_spec *spec = m->checks[check].spec;
    uint32_t lp = model_lp(m, LP_BALANCER, b->index);
    const struct payload_check number = {.check = (uint16_t)b->meters->n};
    struct meter *meter = &b->meters->meters[b->meters->n++];
    *meter = meter_open(check, &spec->alarm, b->group.n);
    meter->delay = stream_open(w->seed, w->replication, m->lps[lp].name,
                               arena_printf(&w->arena, "datapoints of %s", spec->name));
    engine_post(w->engine, lp, lp, m->checks[check].alarm.period, EV_METER_CLOSE, &number,
                sizeof number);
}

static void balancer_open_meters(struct world *w, struct balancer *b)
{
    const struct model *m = w->model;
    for (uint8_t i = 0; i < m->n_checks; i++) {
        if (!check_watches(m, i, model_lp(m, LP_BALANCER, b->index)))
            continue;
        if (b->meters == NULL) {
            b->meters = arena_push(&w->arena, struct meter_bank, 1);
            b->meters->meters = arena_push(&w->arena, struct meter, m->n_checks);
        }
        balancer_open_meter(w, b, i);
    }
}

// ---- life

static void balancer_open_nodes(const struct model *m, struct balancer *b)
{
    const uint16_t *nodes = m->zone_place[b->region];
    b->first_node = nodes[0];
    for (uint8_t z = 0; z < b->n_zones; z++) {
        REQUIRE(nodes[z] == nodes[0] + z, "zone %d at place %d", z, nodes[z]);
        b->from_node[z] = model_path(m, nodes[z], 0);
    }
}

static void balancer_open_targets(struct world *w, struct balancer *b)
{
    const struct model *m = w->model;
    const struct balancer_spec *spec = topology_balancer(m->topology, b->service);
    const uint32_t lp = model_lp(m, LP_BALANCER, b->index);
    const int32_t first = m->pool_of[b->service * m->topology->n_regions + b->region];
    uint32_t pool = model_lp(m, LP_POOL, (uint32_t)first);
    targetgroup_open(&b->group, spec, b->n_zones,
                     stream_open(w->seed, w->replication, m->lps[lp].name, "flows"),
                     stream_open(w->seed, w->replication, m->lps[lp].name, "targets"));
    for (uint8_t z = 0; z < b->n_zones; z++)
        for (int k = service_targets(&m->topology->services[b->service], z); k > 0; k--)
            targetgroup_add(&b->group, pool++, z);
    targetgroup_review(&b->group, 0);
    targetprobe_open(w, b);
}

static void balancer_open_anomaly(struct world *w, struct balancer *b)
{
    const uint32_t lp = model_lp(w->model, LP_BALANCER, b->index);
    struct stream phase = stream_open(w->seed, w->replication, w->model->lps[lp].name,
                                      "anomaly phase");
    b->group.anomaly = arena_push(&w->arena, struct anomaly, 1);
    anomaly_open(b->group.anomaly);
    engine_post(w->engine, lp, lp,
                stream_below(&phase, (uint32_t)(ANOMALY_PERIOD / SIMTIME_US)) * SIMTIME_US,
                EV_ANOMALY_LOOK, NULL, 0);
}

static uint8_t balancer_probe_flags(const struct probe_spec *spec)
{
    return (uint8_t)(REQUEST_PROBE | (spec->deep ? REQUEST_DEEP : 0) |
                     (spec->kind == PROBE_TCP ? REQUEST_CONNECT : 0));
}

void balancer_open(struct world *w, uint32_t index)
{
    const struct model *m = w->model;
    const uint32_t lp = model_lp(m, LP_BALANCER, index);
    const struct lp_info *info = &m->lps[lp];
    const struct balancer_spec *spec = topology_balancer(m->topology, info->object);
    const bool is_network = spec->kind == BALANCER_NETWORK;
    struct balancer *b = &w->balancers[index];
    *b = (struct balancer){
        .index = index,
        .service = info->object,
        .region = info->region,
        .endpoint = m->endpoints.of_balancer[index],
        .n_zones = (uint8_t)m->topology->regions[info->region].n_zones,
        .is_transparent = is_network,
        .refusal = is_network ? ANSWER_REFUSED : ANSWER_ERROR,
        .probe_flags = balancer_probe_flags(&spec->health),
        .cookies = spec->stickiness == STICKINESS_COOKIE ? UINT8_MAX : 0,
        .overhead_time = &m->balancer_overheads[m->topology->services[info->object].balancer + 1],
        .network = stream_open(w->seed, w->replication, info->name, "network"),
        .overhead = stream_open(w->seed, w->replication, info->name, "overhead")};
    b->told_zones = topology_zones(m->topology, b->region);
    b->drain = drain_open_targets(w, &w->arena, index);
    b->calm.notice = foresight_endpoint_notice;
    slots_grow(&b->forwards);
    b->has_recall = m->cancels;
    b->idle_lane = engine_lane(w->engine, lp, simtime_from_seconds(spec->idle_timeout_s),
                               EV_FORWARD_TIMEOUT);
    b->probe_lane = engine_lane(
        w->engine, lp, simtime_from_seconds(spec->health.response_timeout_s), EV_FORWARD_TIMEOUT);
    balancer_open_nodes(m, b);
    balancer_open_targets(w, b);
    if (spec->anomaly_mitigation)
        balancer_open_anomaly(w, b);
    balancer_open_meters(w, b);
    b->inbox = session_open(m, &w->arena);
    b->looks_closer = b->meters != NULL || m->n_session_stores > 0;
    zoneshift_open(w, b);
}

void balancer_close(struct world *w, uint32_t index)
{
    if (w->balancers[index].meters != NULL)
        meter_free(w->balancers[index].meters);
    slots_free(&w->balancers[index].forwards);
    targetgroup_close(&w->balancers[index].group);
    recall_free(&w->balancers[index].recall);
}
