#include "model/spillover.h"

#include "model/context.h"

// ---- at the edge

void spillover_on_report_due(const struct context *x, struct population *p)
{
    const struct edge_plan *plan = &x->model->edges;
    for (uint8_t r = 0; r < x->model->topology->n_regions; r++) {
        const struct payload_load load = {
            .aimed = p->edge.aimed[r], .population = (uint16_t)p->index, .region = r};
        if (plan->capacity_rps[r] <= 0)
            continue;
        context_tell(x, &p->edge.reports, model_lp(x->model, LP_AUTHORITY, 0), EV_EDGE_LOAD, &load,
                     sizeof load);
        p->edge.aimed[r] = 0;
    }
    context_send(x, x->lp, plan->report_period, EV_EDGE_REPORT, NULL, 0);
}

// ---- at the authority

void spillover_on_load(const struct context *x, struct authority *a, const struct event *e)
{
    const struct payload_load *load = &payload_of(e, payload_load);
    a->spillover.aimed[load->population * x->model->topology->n_regions + load->region] =
        load->aimed;
}

// The share of a region's requests that it has capacity for.
static double spillover_dial(const struct context *x, const struct spillover *s, int region)
{
    const struct edge_plan *plan = &x->model->edges;
    double aimed = 0;
    for (uint32_t i = 0; i < x->model->count[LP_POPULATION]; i++)
        aimed += s->aimed[i * (uint32_t)x->model->topology->n_regions + (uint32_t)region];
    const double capacity = plan->capacity_rps[region] * simtime_to_seconds(plan->report_period);
    return aimed > capacity ? capacity / aimed : 1;
}

void spillover_on_look(const struct context *x, struct authority *a)
{
    for (uint8_t r = 0; r < x->model->topology->n_regions; r++) {
        if (x->model->edges.capacity_rps[r] <= 0)
            continue;
        const double dial = spillover_dial(x, &a->spillover, r);
        if (dial != a->spillover.dial[r])
            edge_turn_dial(x, a, r, dial);
        a->spillover.dial[r] = dial;
    }
    context_send(x, x->lp, x->model->edges.report_period, EV_SPILLOVER_LOOK, NULL, 0);
}

// ---- life

// The first of its kind, somewhere in the first period.
static void spillover_post(struct world *w, uint32_t lp, enum event_kind kind)
{
    struct stream phase = stream_open(w->seed, w->replication, w->model->lps[lp].name,
                                      "load reports' phase");
    const double period = (double)w->model->edges.report_period;
    engine_post(w->engine, lp, lp, 1 + (simtime)(stream_uniform(&phase) * period), (uint16_t)kind,
                NULL, 0);
}

void spillover_open(struct world *w)
{
    const struct model *m = w->model;
    struct spillover *s = &w->authority.spillover;
    if (!m->edges.has_capacity)
        return;
    s->aimed = arena_push(&w->arena, uint32_t,
                          (size_t)m->count[LP_POPULATION] * (size_t)m->topology->n_regions);
    for (int r = 0; r < m->topology->n_regions; r++)
        s->dial[r] = 1;
    for (uint32_t i = 0; i < m->count[LP_POPULATION]; i++)
        spillover_post(w, model_lp(m, LP_POPULATION, i), EV_EDGE_REPORT);
    spillover_post(w, model_lp(m, LP_AUTHORITY, 0), EV_SPILLOVER_LOOK);
}
