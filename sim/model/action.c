#include "model/action.h"

#include <string.h>

#include "model/accesspoint.h"
#include "model/context.h"
#include "model/handover.h"
#include "model/registration.h"

enum action_phase {
    ACTION_ASKED,   // an operator decides on it
    ACTION_TRIED,   // and tries it again
    ACTION_ARRIVED, // it is made
};

static bool action_is(const char *pattern, const char *name)
{
    return strcmp(pattern, name) == 0;
}

// ---- what an action names

// Number of a record set, or -1.
static int action_find_set(const struct steering_spec *s, const char *name)
{
    if (action_is(name, "*"))
        return 0;
    for (int k = 0; k < s->n_sets; k++)
        if (action_is(name, s->sets[k].name))
            return k + 1;
    return -1;
}

static bool action_points_to(const struct topology *t, const struct record_spec *record,
                             const char *target)
{
    return record->set >= 0 ? action_is(target, t->steering.sets[record->set].name)
                            : action_is(target, t->regions[record->region].name);
}

static bool action_find_records(const struct model *m, const struct action_spec *spec,
                                struct action_plan *plan)
{
    const struct topology *t = m->topology;
    int number = action_find_set(&t->steering, spec->set);
    if (number < 0)
        return false;
    const struct record_set_spec *set = steering_set(&t->steering, number);
    if ((spec->change == ACTION_WEIGHT && set->policy != STEERING_WEIGHTED) ||
        set->policy == STEERING_ACCELERATOR || set->policy == STEERING_GLOBAL_BALANCER)
        return false;
    plan->set = (uint8_t)number;
    for (int i = 0; i < set->n_records; i++)
        plan->records |= (uint32_t)action_points_to(t, &set->records[i], spec->target) << i;
    return plan->records != 0;
}

static bool action_find_check(const struct model *m, const struct action_spec *spec,
                              struct action_plan *plan)
{
    const struct steering_spec *s = &m->topology->steering;
    for (int k = 0; k < s->n_checks; k++) {
        if (!action_is(spec->check, s->checks[k].name))
            continue;
        plan->check = (uint8_t)(m->topology->n_regions + k);
        return spec->kind == ACTION_CHECK || s->checks[k].kind == CHECK_CONTROL;
    }
    return false;
}

static bool action_find_group(const struct model *m, const struct action_spec *spec,
                              struct action_plan *plan)
{
    const struct topology *t = m->topology;
    const struct record_set_spec *root = &t->steering.root;
    for (int i = 0; steering_is_accelerated(&t->steering) && i < root->n_records; i++) {
        plan->region = (uint8_t)root->records[i].region;
        if (action_is(spec->group, t->regions[plan->region].name))
            return true;
    }
    return false;
}

static bool action_find_endpoints(const struct model *m, const struct action_spec *spec,
                                  struct action_plan *plan)
{
    if (!action_find_group(m, spec, plan))
        return false;
    for (uint32_t left = m->endpoints.members[plan->region]; left != 0; left &= left - 1) {
        const int service = endpoint_service(m, (uint8_t)__builtin_ctz(left));
        if (workload_means(spec->service, m->topology->services[service].name))
            plan->endpoints |= (uint16_t)(left & -left);
    }
    return plan->endpoints != 0;
}

// The balancers that an action means: those of its services in its regions that have the zone.
static bool action_find_balancers(const struct model *m, const struct action_spec *spec,
                                  struct action_plan *plan)
{
    const struct topology *t = m->topology;
    const bool is_all = action_is(spec->zone, ALL_ZONES);
    plan->zone = is_all ? -1 : spec->zone[0] - 'a';
    plan->n_lps = 0;
    for (int s = 0; s < t->n_services; s++)
        for (int r = 0; r < t->n_regions; r++) {
            const int32_t balancer = m->balancer_of[s * t->n_regions + r];
            if (balancer >= 0 && workload_means(spec->service, t->services[s].name) &&
                workload_means(spec->region, t->regions[r].name) &&
                plan->zone < t->regions[r].n_zones &&
                (spec->kind != ACTION_ZONAL_SHIFT || t->regions[r].n_zones > 1))
                plan->lps[plan->n_lps++] = model_lp(m, LP_BALANCER, (uint32_t)balancer);
        }
    return plan->n_lps > 0;
}

// The replica that is to lead.
static bool action_find_replica(const struct model *m, const struct action_spec *spec,
                                struct action_plan *plan)
{
    const struct topology *t = m->topology;
    for (int s = 0; s < t->n_stores; s++)
        for (int r = 0; r < t->n_regions; r++) {
            const int32_t replica = m->replica_of[s * t->n_regions + r];
            if (replica < 0 || t->stores[s].mode != STORE_SINGLE_LEADER ||
                !action_is(spec->store, t->stores[s].name) ||
                !action_is(spec->region, t->regions[r].name))
                continue;
            plan->lps[0] = model_lp(m, LP_REPLICA, (uint32_t)replica);
            return true;
        }
    return false;
}

// ---- carrying it out: control planes

static void action_send(const struct context *x, const struct payload_action *action,
                        enum action_phase phase, simtime at)
{
    struct payload_action next = *action;
    next.phase = (uint8_t)phase;
    context_send(x, x->lp, at > x->now ? at - x->now : 1, EV_ACTION, &next, sizeof next);
}

static void action_journal(const struct context *x, enum journal_kind kind, uint32_t action)
{
    context_journal(x, kind, x->model->plan->actions[action].name, action);
}

// Made at once, or refused.
static void action_decide(const struct context *x, const struct payload_action *action,
                          bool is_allowed)
{
    if (is_allowed)
        action_send(x, action, ACTION_ARRIVED, x->now);
    else
        action_journal(x, JOURNAL_ACTION_REFUSED, action->action);
}

// Whether what an action needs is not there: then it is tried again when it is, if ever.
static bool action_waits(const struct context *x, const struct payload_action *action,
                         const struct timeline *needed)
{
    const simtime from = timeline_alive_from(needed, x->now);
    if (from > x->now && from != SIMTIME_NEVER)
        action_send(x, action, ACTION_TRIED, from);
    return from > x->now;
}

_Static_assert((int)AUTHORITY_PLANES == (int)ACTION_ENDPOINT, "the controls that come first");

// Later changes by a plane do not overtake earlier ones.
static void action_try_control_plane(const struct context *x, const struct payload_action *action)
{
    const uint8_t plane = x->model->actions[action->action].control;
    if (action_waits(x, action, &x->world->controls[plane]))
        return;
    simtime *latest = &x->world->authority.changed[plane];
    simtime arrives = x->now + x->world->actions[action->action].takes;
    *latest = arrives > *latest ? arrives : *latest + 1;
    action_send(x, action, ACTION_ARRIVED, *latest);
}

static void action_change_records(const struct context *x, uint32_t action)
{
    const struct action_spec *spec = &x->model->plan->actions[action];
    const struct action_plan *plan = &x->model->actions[action];
    struct record_health *h = &x->world->authority.health;
    if (spec->change == ACTION_TAKE_OUT)
        h->present[plan->set] &= ~plan->records;
    if (spec->change == ACTION_PUT_BACK)
        h->present[plan->set] |= plan->records;
    for (uint32_t left = plan->records; spec->change == ACTION_WEIGHT && left != 0;
         left &= left - 1)
        h->weights[plan->set][__builtin_ctz(left)] = (uint8_t)spec->weight;
    recordset_review(x->model, h);
    authority_note_endpoints(x, &x->world->authority);
}

static void action_change_check(const struct context *x, uint32_t action)
{
    const struct action_spec *spec = &x->model->plan->actions[action];
    struct authority *a = &x->world->authority;
    uint8_t check = x->model->actions[action].check;
    if (spec->change == ACTION_INVERT)
        check_set_inverted(x, a, check, !a->checks[check].is_inverted);
    else
        check_set_disabled(x, a, check, spec->change == ACTION_DISABLE);
}

static void action_turn_dial(const struct context *x, uint32_t action)
{
    edge_turn_dial(x, &x->world->authority, x->model->actions[action].region,
                   x->model->plan->actions[action].dial);
}

static void action_weigh_endpoints(const struct context *x, uint32_t action)
{
    edge_set_weight(x, &x->world->authority, x->model->actions[action].endpoints,
                    (uint8_t)x->model->plan->actions[action].weight);
}

// ---- carrying it out: the cluster of routing controls

static bool action_endpoint_is_up(const struct context *x, int endpoint)
{
    return !timeline_at(&x->world->controls[ACTION_ENDPOINT + endpoint], x->now)->is_dead;
}

static bool action_has_quorum(const struct context *x)
{
    int n_up = 0;
    for (int i = 0; i < ACTION_ENDPOINTS; i++)
        n_up += action_endpoint_is_up(x, i);
    return n_up >= ACTION_QUORUM;
}

// Whether a rule forbids to turn the control off.
static bool action_is_forbidden(const struct context *x, uint8_t control)
{
    const struct steering_spec *s = &x->model->topology->steering;
    const int first = x->model->topology->n_regions;
    for (int k = 0; k < s->n_rules; k++) {
        const struct safety_rule_spec *rule = &s->rules[k];
        int n_on = 0;
        for (int c = 0; c < s->n_checks; c++)
            n_on += (rule->controls >> c & 1) && first + c != control &&
                    x->world->authority.checks[first + c].is_well;
        if ((rule->controls >> (control - first) & 1) && n_on < rule->at_least)
            return true;
    }
    return false;
}

// An endpoint that is down, or has no quorum behind it, costs its timeout; then the next is tried.
static bool action_meets_endpoint(const struct context *x, const struct payload_action *action,
                                  bool has_quorum)
{
    const struct action_spec *spec = &x->model->plan->actions[action->action];
    const uint32_t endpoint = (x->world->actions[action->action].endpoint + action->n_tries) %
                              ACTION_ENDPOINTS;
    const bool is_met = has_quorum && action_endpoint_is_up(x, (int)endpoint);
    struct payload_action next = *action;
    next.n_tries++;
    if (!is_met)
        action_send(x, &next, ACTION_TRIED,
                    x->now + simtime_from_seconds(spec->endpoint_timeout_s));
    return is_met;
}

static void action_try_cluster(const struct context *x, const struct payload_action *action)
{
    const bool is_off = x->model->plan->actions[action->action].change == ACTION_TURN_OFF;
    if (action_meets_endpoint(x, action, action_has_quorum(x)))
        action_decide(x, action,
                      !is_off || !action_is_forbidden(x, x->model->actions[action->action].check));
}

static void action_change_control(const struct context *x, uint32_t action)
{
    check_set_control(x, &x->world->authority, x->model->actions[action].check,
                      x->model->plan->actions[action].change == ACTION_TURN_ON);
}

// Whether it is made by the control plane of the region of who carries it out.
static bool action_is_regional(enum action_kind kind)
{
    return kind == ACTION_TARGETS || kind == ACTION_STORE;
}

bool action_needs_plane(const struct model *m, int region)
{
    for (int i = 0; i < m->plan->n_actions; i++)
        for (uint32_t k = 0;
             action_is_regional(m->plan->actions[i].kind) && k < m->actions[i].n_lps; k++)
            if (m->actions[i].has_effect && m->lps[m->actions[i].lps[k]].region == region)
                return true;
    return false;
}

// ---- carrying it out: balancers

static struct balancer *action_balancer(const struct context *x)
{
    return &x->world->balancers[x->model->lps[x->lp].index];
}

// There is no second zone to shift, and nothing to cancel, beside the shift that is on.
static void action_try_shift(const struct context *x, const struct payload_action *action)
{
    const struct zoneshift_run *on = &action_balancer(x)->shift.runs[SHIFT_BY_OPERATORS];
    const bool is_start = x->model->plan->actions[action->action].change == ACTION_START;
    const bool is_same = on->is_active && on->zone == x->model->actions[action->action].zone;
    action_decide(x, action, is_same || (is_start && !on->is_active));
}

static void action_shift(const struct context *x, uint32_t action)
{
    const struct action_spec *spec = &x->model->plan->actions[action];
    const struct zoneshift_run run = {.zone = (uint8_t)x->model->actions[action].zone,
                                      .until = x->now + simtime_from_seconds(spec->expires_s)};
    if (spec->change == ACTION_START)
        zoneshift_start(x, action_balancer(x), SHIFT_BY_OPERATORS, run);
    else
        zoneshift_stop(x, action_balancer(x), SHIFT_BY_OPERATORS);
}

static uint64_t action_targets(const struct context *x, uint32_t action)
{
    return targetgroup_first(&action_balancer(x)->group, x->model->actions[action].zone,
                             x->model->plan->actions[action].targets);
}

static void action_try_targets(const struct context *x, const struct payload_action *action)
{
    const struct balancer *b = action_balancer(x);
    if (action_waits(x, action, &x->world->planes[b->region]))
        return;
    const uint64_t registered = b->group.registered;
    const bool is_out = x->model->plan->actions[action->action].change == ACTION_DEREGISTER;
    action_decide(x, action,
                  (action_targets(x, action->action) & (is_out ? registered : ~registered)) != 0);
}

static void action_register(const struct context *x, uint32_t action)
{
    if (x->model->plan->actions[action].change == ACTION_DEREGISTER)
        registration_take_out(x, action_balancer(x), action_targets(x, action));
    else
        registration_put_back(x, action_balancer(x), action_targets(x, action));
}

// ---- carrying it out: stores

static struct replica *action_replica(const struct context *x)
{
    return &x->world->replicas[x->model->lps[x->lp].index];
}

void action_try_again(const struct context *x, const struct payload_action *action, simtime at)
{
    action_send(x, action, ACTION_TRIED, at);
}

void action_arrives_at(const struct context *x, const struct payload_action *action, simtime at)
{
    action_send(x, action, ACTION_ARRIVED, at);
}

void action_will_arrive(const struct context *x, const struct payload_action *action)
{
    action_arrives_at(x, action, x->now + x->world->actions[action->action].takes);
}

bool action_is_retry(const struct payload_action *action)
{
    return action->phase == ACTION_TRIED;
}

void action_refuse(const struct context *x, const struct payload_action *action)
{
    action_journal(x, JOURNAL_ACTION_REFUSED, action->action);
}

static void action_try_lead(const struct context *x, const struct payload_action *action)
{
    struct replica *r = action_replica(x);
    if (!action_waits(x, action, &x->world->planes[r->region]))
        handover_try(x, r, action);
}

static bool action_may_lead(const struct context *x, const struct payload_action *action)
{
    return handover_is_ready(x, action_replica(x), action);
}

static void action_lead(const struct context *x, uint32_t action)
{
    (void)action;
    handover_finish(x, action_replica(x));
}

// An endpoint needs no other for an access point's routes.
static void action_try_access_point(const struct context *x, const struct payload_action *action)
{
    simtime arrives;
    if (!action_meets_endpoint(x, action, true))
        return;
    if (access_point_ask(x, action->action, &arrives))
        action_send(x, action, ACTION_ARRIVED, arrives);
    else
        action_refuse(x, action);
}

// ---- kinds

#define ACTION_CLUSTER (((1u << ACTION_ENDPOINTS) - 1) << ACTION_ENDPOINT)

static const struct action_type {
    const char *noun;  // what the design has not, when nothing is found
    uint32_t controls; // bit set of what it needs
    bool (*find)(const struct model *m, const struct action_spec *spec, struct action_plan *plan);
    void (*attempt)(const struct context *x, const struct payload_action *action);
    void (*arrive)(const struct context *x, uint32_t action);
    // Whether it can be made when it arrives; else it is tried again. NULL: it can.
    bool (*is_ready)(const struct context *x, const struct payload_action *action);
} action_types[] = {
    [ACTION_RECORD] = {"record", 1u << ACTION_ROUTE53, action_find_records,
                       action_try_control_plane, action_change_records, NULL},
    [ACTION_CHECK] = {"health check", 1u << ACTION_ROUTE53, action_find_check,
                      action_try_control_plane, action_change_check, NULL},
    [ACTION_ROUTING_CONTROL] = {"routing control", ACTION_CLUSTER, action_find_check,
                                action_try_cluster, action_change_control, NULL},
    [ACTION_TRAFFIC_DIAL] = {"endpoint group", 1u << ACTION_ACCELERATOR, action_find_group,
                             action_try_control_plane, action_turn_dial, NULL},
    [ACTION_ZONAL_SHIFT] = {"balancer with that zone and another", 0, action_find_balancers,
                            action_try_shift, action_shift, NULL},
    [ACTION_TARGETS] = {"targets", 0, action_find_balancers, action_try_targets, action_register,
                        NULL},
    [ACTION_ENDPOINT_WEIGHT] = {"endpoint", 1u << ACTION_ACCELERATOR, action_find_endpoints,
                                action_try_control_plane, action_weigh_endpoints, NULL},
    [ACTION_STORE] = {"store with a leader and a replica there", 0, action_find_replica,
                      action_try_lead, action_lead, action_may_lead},
    [ACTION_ACCESS_POINT] = {"store with an access point and a replica there", ACTION_CLUSTER,
                             access_point_find, action_try_access_point, access_point_change, NULL},
};

void action_on_event(const struct context *x, const struct event *e)
{
    const struct payload_action action = payload_of(e, payload_action);
    const struct action_type *type = &action_types[x->model->plan->actions[action.action].kind];
    const bool is_first = x->lp == x->model->actions[action.action].lps[0]; // speaks for all
    if (action.phase == ACTION_ASKED && is_first)
        action_journal(x, JOURNAL_ACTION_ASKED, action.action);
    if (action.phase != ACTION_ARRIVED) {
        type->attempt(x, &action);
        return;
    }
    if (type->is_ready != NULL && !type->is_ready(x, &action))
        return;
    if (is_first)
        action_journal(x, JOURNAL_ACTION_APPLIED, action.action);
    type->arrive(x, action.action);
}

// ---- life

const char *action_region(enum action_control control)
{
    static const char *const regions[ACTION_CONTROLS] = {
        [ACTION_ACCELERATOR] = "us-west-2",       [ACTION_ROUTE53] = "us-east-1",
        [ACTION_ENDPOINT] = "us-east-1",          [ACTION_ENDPOINT + 1] = "us-west-2",
        [ACTION_ENDPOINT + 2] = "eu-west-1",      [ACTION_ENDPOINT + 3] = "ap-northeast-1",
        [ACTION_ENDPOINT + 4] = "ap-southeast-2",
    };
    return regions[control];
}

static bool action_is_hit(enum action_control control, enum fault_effect effect)
{
    return effect == FAULT_DOWN || (effect == FAULT_CONTROL_PLANE && control < ACTION_ENDPOINT);
}

bool action_is_exposed(const struct model *m, enum action_control control, enum fault_effect effect)
{
    return action_is_hit(control, effect) && (m->action_controls >> control & 1);
}

bool action_needs(enum action_kind kind, const char *region, enum fault_effect effect)
{
    for (int k = 0; k < ACTION_CONTROLS; k++)
        if ((action_types[kind].controls >> k & 1) &&
            action_is(region, action_region((enum action_control)k)) &&
            action_is_hit((enum action_control)k, effect))
            return true;
    return false;
}

void action_compile(struct model *m)
{
    const int n = m->plan != NULL ? m->plan->n_actions : 0;
    m->actions = arena_push(&m->arena, struct action_plan, (size_t)n + 1);
    for (int i = 0; i < n; i++) {
        const struct action_spec *spec = &m->plan->actions[i];
        const struct action_type *type = &action_types[spec->kind];
        m->actions[i].control = type->controls == 0 ? 0 : (uint8_t)__builtin_ctz(type->controls);
        m->actions[i].n_lps = 1;
        m->actions[i].lps = arena_push(&m->arena, uint32_t, 1 + m->count[LP_BALANCER]);
        m->actions[i].lps[0] = model_lp(m, LP_AUTHORITY, 0);
        m->actions[i].has_effect = type->find(m, spec, &m->actions[i]);
        if (m->actions[i].has_effect)
            m->action_controls |= type->controls;
        else
            array_push(&m->notes,
                       arena_printf(&m->arena,
                                    "action '%s' of %s has no effect on %s: the design "
                                    "has no such %s",
                                    spec->name, m->plan->name, m->topology->name, type->noun));
    }
}

static struct action_draw action_draw(const struct world *w, const struct action_spec *spec)
{
    struct stream s = stream_open(w->seed, w->replication, spec->name, "action");
    double takes_s = distribution_quantile(&spec->takes, stream_uniform(&s));
    return (struct action_draw){.takes = context_duration(takes_s * 1e9),
                                .endpoint = (uint8_t)stream_below(&s, ACTION_ENDPOINTS)};
}

void action_open(struct world *w)
{
    const struct model *m = w->model;
    const int n = m->plan != NULL ? m->plan->n_actions : 0;
    w->actions = arena_push(&w->arena, struct action_draw, (size_t)n + 1);
    for (int i = 0; i < n; i++) {
        const struct action_spec *spec = &m->plan->actions[i];
        const struct payload_action action = {.action = (uint32_t)i};
        if (!m->actions[i].has_effect)
            continue;
        w->actions[i] = action_draw(w, spec);
        for (uint32_t k = 0; k < m->actions[i].n_lps; k++)
            engine_post(w->engine, m->actions[i].lps[k], m->actions[i].lps[k],
                        simtime_from_seconds(spec->at_s), EV_ACTION, &action, sizeof action);
    }
}
