#include "model/check.h"

#include "model/context.h"

// ---- plans

static bool check_is_default_used(const struct steering_spec *s, int region)
{
    for (int k = 0; k <= s->n_sets; k++) {
        const struct record_set_spec *records = steering_set(s, k);
        for (int i = 0; i < records->n_records; i++) {
            const struct record_spec *r = &records->records[i];
            if (r->set < 0 && r->region == region && r->health_check == RECORD_DEFAULT_CHECK)
                return true;
        }
    }
    return false;
}

static const struct check_spec *check_default_spec(struct model *m, int region)
{
    const struct steering_spec *s = &m->topology->steering;
    struct check_spec *spec = arena_push(&m->arena, struct check_spec, 1);
    *spec = (struct check_spec){.name = m->topology->regions[region].name,
                                .kind = (enum check_kind)s->health.probe.kind,
                                .region = region,
                                .service = -1,
                                .health = s->health};
    return spec;
}

static uint16_t check_n_checkers(const struct check_spec *spec)
{
    return check_kind_is_probe(spec->kind)
               ? (uint16_t)(spec->health.n_regions * spec->health.per_region)
               : 0;
}

static void check_compile_named(struct model *m, struct check_plan *plan,
                                const struct check_spec *spec)
{
    const int n_regions = m->topology->n_regions;
    const uint32_t self = (uint32_t)(plan - m->checks);
    plan->spec = spec;
    plan->n_checkers = check_n_checkers(spec);
    plan->children = spec->kind == CHECK_CALCULATED ? (uint64_t)spec->of << n_regions : 0;
    if (spec->kind == CHECK_ALARM)
        plan->alarm = alarm_compile(&m->arena, &spec->alarm);
    for (uint64_t left = plan->children; left != 0; left &= left - 1)
        m->checks[__builtin_ctzll(left)].parents |= UINT64_C(1) << self;
}

// Places of checkers are numbered in the order in which checks name their regions.
static void check_add_place(struct model *m, int geography)
{
    for (uint16_t i = 0; i < m->n_checker_places; i++)
        if (m->checker_places[i] == geography)
            return;
    m->checker_places[m->n_checker_places++] = geography;
}

static void check_add_places(struct model *m, const struct checker_spec *health)
{
    for (int i = 0; i < health->n_regions; i++)
        check_add_place(m, health->regions[i]);
}

uint16_t check_place(const struct model *m, int geography)
{
    uint16_t i = 0;
    while (m->checker_places[i] != geography)
        i++;
    return i;
}

void check_compile(struct model *m)
{
    const struct topology *t = m->topology;
    m->n_checks = (uint32_t)(t->n_regions + t->steering.n_checks);
    m->checks = arena_push(&m->arena, struct check_plan, m->n_checks);
    m->checker_places = arena_push(&m->arena, int, m->geography->n_regions + 1);
    check_add_places(m, &t->steering.health);
    for (int r = 0; r < t->n_regions; r++) {
        const struct check_spec *spec = check_default_spec(m, r);
        m->checks[r].spec = spec;
        m->checks[r].n_checkers = check_is_default_used(&t->steering, r) ? check_n_checkers(spec)
                                                                         : 0;
    }
    for (int k = 0; k < t->steering.n_checks; k++) {
        const struct check_spec *spec = &t->steering.checks[k];
        check_compile_named(m, &m->checks[t->n_regions + k], spec);
        if (check_kind_is_probe(spec->kind))
            check_add_places(m, &spec->health);
    }
    uint32_t first = 0;
    for (uint32_t i = 0; i < m->n_checks; i++) {
        m->checks[i].propagation = simtime_from_seconds(m->checks[i].spec->health.propagation_s);
        m->checks[i].first_checker = first;
        first += m->checks[i].n_checkers;
    }
}

bool check_watches(const struct model *m, uint32_t check, uint32_t balancer)
{
    const struct check_plan *plan = &m->checks[check];
    return plan->spec->kind == CHECK_ALARM && plan->endpoint != ENDPOINT_NONE &&
           m->endpoint[plan->endpoint] == balancer;
}

uint8_t check_of_record(const struct model *m, const struct record_spec *record)
{
    if (record->health_check >= RECORD_NAMED_CHECK)
        return (uint8_t)(m->topology->n_regions + record->health_check - RECORD_NAMED_CHECK);
    bool is_default = record->health_check == RECORD_DEFAULT_CHECK && record->set < 0;
    return is_default ? (uint8_t)record->region : CHECK_NONE;
}

// ---- verdicts

static bool check_is_enough(const struct authority *a, const struct check_plan *plan)
{
    int healthy = __builtin_popcountll(a->agreed & plan->children);
    return healthy >= plan->spec->healthy_at_least;
}

// Whether a check is healthy, as far as is known now.
static bool check_verdict(const struct model *m, const struct authority *a, uint32_t id)
{
    const struct check *c = &a->checks[id];
    const struct check_plan *plan = &m->checks[id];
    bool is_well = plan->spec->kind == CHECK_CALCULATED ? check_is_enough(a, plan) : c->is_well;
    return (is_well || c->is_disabled) != c->is_inverted;
}

// Calculated checks and controls say nothing of a region that is not known from elsewhere.
static void check_journal_failure(const struct context *x, const struct check_spec *spec)
{
    if (check_kind_is_probe(spec->kind) || spec->kind == CHECK_ALARM)
        context_journal(x, JOURNAL_ENDPOINT_FAILED, spec->name,
                        journal_where((uint32_t)spec->region, JOURNAL_NO_ZONE));
}

// Comes to a verdict anew after a change; passes it on to calculated checks and, later, to answers.
static void check_judge(const struct context *x, struct authority *a, uint32_t id)
{
    const struct check_plan *plan = &x->model->checks[id];
    bool is_healthy = check_verdict(x->model, a, id);
    if (is_healthy == (a->agreed >> id & 1))
        return;
    a->agreed ^= UINT64_C(1) << id;
    if (!is_healthy)
        check_journal_failure(x, plan->spec);
    const struct payload_check status = {.check = (uint16_t)id, .healthy = is_healthy};
    simtime delay = plan->propagation > 0 ? plan->propagation : 1;
    context_send(x, x->lp, delay, EV_STATUS_PUBLISH, &status, sizeof status);
    for (uint64_t left = plan->parents; left != 0; left &= left - 1)
        check_judge(x, a, (uint32_t)__builtin_ctzll(left)); // calculated ones have none themselves
}

static void check_set_well(const struct context *x, struct authority *a, uint32_t id, bool is_well)
{
    a->checks[id].is_well = is_well;
    check_judge(x, a, id);
}

// ---- probes

void check_on_report(const struct context *x, struct authority *a, const struct event *e)
{
    const struct payload_check *report = &payload_of(e, payload_check);
    const struct check_plan *plan = &x->model->checks[report->check];
    struct check *c = &a->checks[report->check];
    if (c->epoch != report->epoch)
        return; // it was enabled anew since
    c->votes += report->healthy;
    c->votes -= c->vote[report->checker];
    c->vote[report->checker] = report->healthy;
    check_set_well(x, a, report->check,
                   c->votes > plan->spec->health.healthy_share * plan->n_checkers);
}

// ---- alarms

static void check_hear_alarm(const struct context *x, struct authority *a, uint32_t id)
{
    const struct check_plan *plan = &x->model->checks[id];
    struct check *c = &a->checks[id];
    bool is_well = c->is_well;
    switch (alarm_judge(&plan->alarm, &c->alarm, x->now)) {
    case ALARM_SAYS_NOTHING:
        break;
    case ALARM_LACKS_DATA:
        if (plan->spec->alarm.insufficient != ALARM_LAST_KNOWN)
            is_well = plan->spec->alarm.insufficient == ALARM_HEALTHY;
        break;
    case ALARM_SAYS_HEALTHY:
        is_well = true;
        break;
    case ALARM_SAYS_UNHEALTHY:
        is_well = false;
        break;
    }
    check_set_well(x, a, id, is_well);
}

void check_on_datapoint(const struct context *x, struct authority *a, const struct event *e)
{
    const struct payload_datapoint *d = &payload_of(e, payload_datapoint);
    const struct check_plan *plan = &x->model->checks[d->check];
    alarm_note(&plan->alarm, &a->checks[d->check].alarm, x->now, d->period, d->value);
    check_hear_alarm(x, a, d->check);
}

// Datapoints that do not come are missed.
void check_on_look(const struct context *x, struct authority *a, const struct event *e)
{
    const struct payload_check *again = &payload_of(e, payload_check);
    check_hear_alarm(x, a, again->check);
    context_send(x, x->lp, x->model->checks[again->check].alarm.period, EV_ALARM_LOOK, again,
                 sizeof *again);
}

// ---- answers

void check_on_publish(const struct context *x, struct authority *a, const struct event *e)
{
    const struct payload_check *status = &payload_of(e, payload_check);
    const struct check_plan *plan = &x->model->checks[status->check];
    bool is_default = status->check < x->model->topology->n_regions, is_healthy = status->healthy;
    enum journal_kind ill = is_default ? JOURNAL_ENDPOINT_UNHEALTHY : JOURNAL_CHECK_UNHEALTHY;
    enum journal_kind well = is_default ? JOURNAL_ENDPOINT_HEALTHY : JOURNAL_CHECK_HEALTHY;
    if (is_healthy == (a->health.checked_healthy >> status->check & 1))
        return;
    authority_set_healthy(x->model, a, status->check, is_healthy);
    context_journal(x, is_healthy ? well : ill, plan->spec->name,
                    journal_where((uint32_t)plan->spec->region, JOURNAL_NO_ZONE));
    authority_note_endpoints(x, a);
}

// ---- operators

static void check_tell_checkers(const struct context *x, struct authority *a, uint32_t id)
{
    const struct check_plan *plan = &x->model->checks[id];
    const struct check *c = &a->checks[id];
    for (uint16_t k = 0; k < plan->n_checkers; k++) {
        const struct payload_check order = {
            .check = (uint16_t)id, .checker = k, .healthy = !c->is_disabled, .epoch = c->epoch};
        uint32_t checker = model_lp(x->model, LP_CHECKER, plan->first_checker + k);
        context_tell(x, &a->network, checker, EV_CHECK_SWITCH, &order, sizeof order);
    }
}

// As a new check is; switches stay as they are.
static void check_renew(const struct check_plan *plan, struct check *c, simtime now)
{
    c->is_well |= plan->spec->kind != CHECK_CONTROL;
    c->votes = plan->n_checkers;
    for (uint16_t k = 0; k < plan->n_checkers; k++)
        c->vote[k] = 1;
    if (plan->spec->kind == CHECK_ALARM)
        alarm_reset(&plan->alarm, &c->alarm, now);
}

void check_set_disabled(const struct context *x, struct authority *a, uint8_t id, bool value)
{
    struct check *c = &a->checks[id];
    if (c->is_disabled == value)
        return;
    c->is_disabled = value;
    c->epoch++;
    check_renew(&x->model->checks[id], c, x->now);
    check_tell_checkers(x, a, id);
    check_judge(x, a, id);
}

void check_set_inverted(const struct context *x, struct authority *a, uint8_t id, bool value)
{
    a->checks[id].is_inverted = value;
    check_judge(x, a, id);
}

void check_set_control(const struct context *x, struct authority *a, uint8_t id, bool is_on)
{
    check_set_well(x, a, id, is_on);
}

// ---- life

static void check_open_one(struct world *w, struct authority *a, uint32_t id)
{
    const struct check_plan *plan = &w->model->checks[id];
    struct check *c = &a->checks[id];
    *c = (struct check){.is_well = plan->spec->kind != CHECK_CONTROL || plan->spec->initially_on,
                        .is_disabled = plan->spec->is_disabled,
                        .is_inverted = plan->spec->is_inverted,
                        .vote = arena_push(&w->arena, uint8_t, plan->n_checkers + 1u)};
    check_renew(plan, c, 0);
    if (plan->spec->kind != CHECK_ALARM)
        return;
    const struct payload_check look = {.check = (uint16_t)id};
    uint32_t authority = model_lp(w->model, LP_AUTHORITY, 0);
    engine_post(w->engine, authority, authority, plan->alarm.period, EV_ALARM_LOOK, &look,
                sizeof look);
}

void check_open(struct world *w, struct authority *a)
{
    const struct model *m = w->model;
    a->checks = arena_push(&w->arena, struct check, m->n_checks);
    for (uint32_t id = 0; id < m->n_checks; id++)
        check_open_one(w, a, id);
    for (int is_second = 0; is_second < 2; is_second++) // calculated ones after their children
        for (uint32_t id = 0; id < m->n_checks; id++)
            if ((m->checks[id].spec->kind == CHECK_CALCULATED) == is_second)
                a->agreed |= (uint64_t)check_verdict(m, a, id) << id;
    a->health.checked_healthy = a->agreed;
}
