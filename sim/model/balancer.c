#include "model/balancer.h"

#include "model/context.h"

static bool balancer_is_dead(const struct balancer *b, uint8_t node)
{
    return b->dead_nodes >> node & 1;
}

// ---- choice of a target

static uint32_t balancer_healthy(const struct balancer *b)
{
    uint32_t healthy = 0;
    for (uint32_t z = 0; z < b->n_zones; z++)
        healthy |= (uint32_t)b->targets[z].state.is_healthy << z;
    return healthy;
}

// Zones each node may forward to: healthy ones, or all within its reach when none is (fail open).
static void balancer_note_usable(const struct balancer_spec *spec, struct balancer *b)
{
    uint32_t healthy = balancer_healthy(b);
    for (uint32_t node = 0; node < b->n_zones; node++) {
        uint32_t reachable = spec->cross_zone ? (1u << b->n_zones) - 1 : 1u << node;
        b->usable[node] = (uint8_t)((healthy & reachable) != 0 ? healthy & reachable : reachable);
    }
}

// The usable zone with the fewest requests in flight, if these are counted; among equals the first
// from the round-robin turn on.
static inline uint8_t balancer_choose(struct balancer *b, uint8_t node)
{
    uint32_t usable = b->usable[node], n = b->n_zones, zone = b->turn;
    uint32_t best = zone, least = UINT32_MAX;
    for (uint32_t left = n; left > 0; left--) {
        uint32_t load = usable >> zone & 1 ? b->outstanding[zone] : UINT32_MAX;
        best = load < least ? zone : best;
        least = load < least ? load : least;
        zone = zone + 1 == n ? 0 : zone + 1;
    }
    b->turn = (uint8_t)(best + 1 == n ? 0 : best + 1);
    return (uint8_t)best;
}

// ---- requests

static void balancer_answer(const struct context *x, struct balancer *b, const struct forward *f,
                            uint8_t status)
{
    const struct lp_info *caller = &x->model->lps[f->caller];
    const struct payload_answer answer = {
        .call = f->call, .status = status, .region = (uint8_t)b->region, .zone = f->node};
    struct net_size size = caller->kind == LP_POPULATION
                               ? x->model->classes[f->class_index].response
                               : net_small;
    simtime delay = context_path_delay(x, &b->from_node[f->node][caller->place], &b->network, size);
    context_send(x, f->caller, delay, caller->reply_kind, &answer, sizeof answer);
}

// So that its caller can take it back: the message for it is underway for `delay`.
static void balancer_note(const struct context *x, struct balancer *b, uint32_t index,
                          simtime delay)
{
    const struct forward *f = &b->forwards.items[index];
    struct recall_entry *entry = recall_note(&b->recall, b->forwards.n, index, f->caller, f->call);
    entry->reaches = delay != NET_LOST ? x->now + delay : x->now;
}

// Sends a caller's request on from node q->zone to the pool of a zone.
static void balancer_forward(const struct context *x, struct balancer *b, uint32_t caller,
                             struct payload_request *q, uint8_t target)
{
    uint32_t index = slots_take(&b->forwards);
    struct forward *f = &b->forwards.items[index];
    f->call = q->call;
    f->caller = caller;
    f->class_index = q->class_index;
    f->node = q->zone;
    f->target = target;
    q->call = slots_token(&b->forwards, index);
    f->timer = cell_arm(x->cell, caller == x->lp ? b->probe_lane : b->idle_lane, q->call);
    b->outstanding[target] += b->counts_outstanding;
    simtime delay = context_path_delay(x, &b->from_node[q->zone][b->first_node + target],
                                       &b->network,
                                       context_request_size(x, q->class_index, q->flags));
    if (LIKELY(delay != NET_LOST))
        delay += (simtime)variate_draw(&x->model->balancer_overhead, &b->overhead);
    if (UNLIKELY(b->has_recall))
        balancer_note(x, b, index, delay);
    context_send(x, b->targets[target].pool, delay, EV_POOL_REQUEST, q, sizeof *q);
}

void balancer_on_request(const struct context *x, struct balancer *b, const struct event *e)
{
    struct payload_request q = payload_of(e, payload_request);
    if (LIKELY(!balancer_is_dead(b, q.zone)))
        balancer_forward(x, b, event_src(e), &q, balancer_choose(b, q.zone));
}

// ---- probes and health

// Tells the authority, after `delay`, which zones' nodes belong into the DNS answer: those with
// healthy targets, all if none has.
static void balancer_tell(const struct context *x, struct balancer *b, uint32_t healthy,
                          simtime delay)
{
    uint32_t zones = healthy != 0 ? healthy : (1u << b->n_zones) - 1;
    const struct payload_zones message = {
        .region = (uint8_t)b->region, .zones = (uint8_t)zones, .has_targets = healthy != 0};
    b->told_healthy = (uint8_t)healthy;
    context_send(x, model_lp(x->model, LP_AUTHORITY, 0), delay, EV_ENDPOINT_ZONES, &message,
                 sizeof message);
}

static const struct path *balancer_to_authority(const struct context *x, const struct balancer *b)
{
    return model_path(x->model, x->model->region_place[b->region],
                      context_place(x, model_lp(x->model, LP_AUTHORITY, 0)));
}

static void balancer_publish_zones(const struct context *x, struct balancer *b)
{
    uint32_t healthy = balancer_healthy(b);
    if (b->service != x->model->topology->entry || healthy == b->told_healthy)
        return;
    simtime delay = context_path_delay(x, balancer_to_authority(x, b), &b->network, net_empty);
    if (delay != NET_LOST) // cut off: told after a later probe
        balancer_tell(x, b, healthy, delay);
}

// A balancer all of whose nodes are without power says nothing any more. Whoever runs it notices,
// after as long as it takes to give up a target, and it counts as one without targets.
static void balancer_note_silence(const struct context *x, struct balancer *b)
{
    b->n_silent++;
    if (b->service == x->model->topology->entry &&
        b->n_silent == (uint32_t)x->model->topology->balancer.health.unhealthy_threshold)
        balancer_tell(x, b, 0, balancer_to_authority(x, b)->floor);
}

static void balancer_probe_concluded(const struct context *x, struct balancer *b, uint8_t zone,
                                     bool succeeded)
{
    struct balancer_target *t = &b->targets[zone];
    const struct balancer_spec *spec = &x->model->topology->balancer;
    if (probe_verdict(&t->state, &spec->health, succeeded)) {
        balancer_note_usable(spec, b);
        context_journal(x, succeeded ? JOURNAL_TARGET_HEALTHY : JOURNAL_TARGET_UNHEALTHY,
                        x->model->lps[t->pool].name, 0);
    }
    balancer_publish_zones(x, b);
}

static inline void balancer_release(struct balancer *b, const struct forward *f, uint32_t index)
{
    b->outstanding[f->target] -= b->counts_outstanding;
    if (UNLIKELY(b->has_recall))
        recall_forget(&b->recall, index);
    slots_release(&b->forwards, index);
}

// The forward has its answer, or none: frees it and tells caller or probe.
static inline void balancer_conclude(const struct context *x, struct balancer *b, uint32_t index,
                                     uint8_t status)
{
    const struct forward *f = &b->forwards.items[index]; // says what it says until taken again
    balancer_release(b, f, index);
    if (UNLIKELY(balancer_is_dead(b, f->node)))
        return; // the node and its connections are gone
    if (UNLIKELY(f->caller == x->lp))
        balancer_probe_concluded(x, b, f->target, status == ANSWER_OK);
    else
        balancer_answer(x, b, f, status);
}

void balancer_on_target_response(const struct context *x, struct balancer *b, const struct event *e)
{
    const struct payload_answer *a = &payload_of(e, payload_answer);
    if (!slots_is_live(&b->forwards, a->call))
        return;
    uint32_t index = slots_index(a->call);
    const struct forward *f = &b->forwards.items[index];
    cell_disarm(x->cell, f->caller == x->lp ? b->probe_lane : b->idle_lane, f->timer);
    // A target that refuses is a bad gateway to the caller: an error.
    balancer_conclude(x, b, index, a->status == ANSWER_REFUSED ? ANSWER_ERROR : a->status);
}

void balancer_on_timeout(const struct context *x, struct balancer *b, const struct event *e)
{
    uint64_t token = event_token(e);
    CHECK(slots_is_live(&b->forwards, token));
    balancer_conclude(x, b, slots_index(token), ANSWER_ERROR);
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
    simtime delay = context_path_delay(x, &b->from_node[f->node][b->first_node + f->target],
                                       &b->network, net_empty);
    context_cancel(x, b->targets[f->target].pool, delay, b->recall.entries.items[index].reaches,
                   slots_token(&b->forwards, index));
    balancer_release(b, f, index);
}

void balancer_on_probe(const struct context *x, struct balancer *b, const struct event *e)
{
    uint8_t zone = payload_of(e, payload_zones).zones;
    const struct probe_spec *spec = &x->model->topology->balancer.health;
    struct payload_zones again = {.zones = zone};
    context_send(x, x->lp, simtime_from_seconds(spec->interval_s), EV_TARGET_PROBE, &again,
                 sizeof again);
    uint32_t alive = ~(uint32_t)b->dead_nodes & ((1u << b->n_zones) - 1);
    if (alive == 0) {
        if (zone == 0)
            balancer_note_silence(x, b);
        return;
    }
    b->n_silent = 0;
    struct payload_request probe = {.flags = REQUEST_PROBE | (spec->deep ? REQUEST_DEEP : 0),
                                    .zone = alive >> zone & 1 ? zone
                                                              : (uint8_t)__builtin_ctz(alive)};
    balancer_forward(x, b, x->lp, &probe, zone);
}

void balancer_on_fault(const struct context *x, struct balancer *b, const struct event *e)
{
    const struct payload_fault *f = &payload_of(e, payload_fault);
    const struct timeline *t = &x->world->nodes[b->region * TOPOLOGY_MAX_ZONES + f->part];
    bool dead = t->changes.items[f->change].state.is_dead;
    b->dead_nodes = (uint8_t)((b->dead_nodes & ~(1u << f->part)) | (uint32_t)dead << f->part);
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

void balancer_open(struct world *w, uint32_t index)
{
    // Elastic Load Balancing user guide: idle timeout of an Application Load Balancer.
    static const simtime idle_timeout = 60 * SIMTIME_S;
    const struct model *m = w->model;
    const struct probe_spec *spec = &m->topology->balancer.health;
    uint32_t lp = model_lp(m, LP_BALANCER, index);
    struct balancer *b = &w->balancers[index];
    struct stream phase = stream_open(w->seed, w->replication, m->lps[lp].name, "phase");
    *b = (struct balancer){
        .index = index,
        .service = m->lps[lp].object,
        .region = m->lps[lp].region,
        .network = stream_open(w->seed, w->replication, m->lps[lp].name, "network"),
        .overhead = stream_open(w->seed, w->replication, m->lps[lp].name, "overhead")};
    slots_grow(&b->forwards);
    b->has_recall = m->cancels;
    b->idle_lane = engine_lane(w->engine, lp, idle_timeout, EV_FORWARD_TIMEOUT);
    b->probe_lane = engine_lane(w->engine, lp, simtime_from_seconds(spec->response_timeout_s),
                                EV_FORWARD_TIMEOUT);
    b->n_zones = (uint8_t)m->topology->regions[b->region].n_zones;
    b->told_healthy = (uint8_t)((1u << b->n_zones) - 1);
    b->counts_outstanding = m->topology->balancer.policy == BALANCER_LEAST_OUTSTANDING;
    balancer_open_nodes(m, b);
    int32_t pool = m->pool_of[b->service * m->topology->n_regions + b->region];
    for (uint8_t z = 0; z < b->n_zones; z++) {
        struct payload_zones zone = {.zones = z};
        simtime first = simtime_from_seconds(stream_uniform(&phase) * spec->interval_s);
        b->targets[z] = (struct balancer_target){.pool = model_lp(m, LP_POOL, (uint32_t)pool + z),
                                                 .state = {.is_healthy = true}};
        engine_post(w->engine, lp, lp, first, EV_TARGET_PROBE, &zone, sizeof zone);
    }
    balancer_note_usable(&m->topology->balancer, b);
}

void balancer_close(struct world *w, uint32_t index)
{
    slots_free(&w->balancers[index].forwards);
    recall_free(&w->balancers[index].recall);
}
