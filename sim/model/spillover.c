#include "model/spillover.h"

#include <math.h>

#include "model/context.h"
#include "model/recordset.h"

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

// The region that a request asks after `rank` others, or NO_REGION: `first`, then the usable ones,
// nearest first.
static uint8_t spillover_asks(const struct model *m, uint32_t population, uint8_t first, int rank,
                              uint32_t usable)
{
    const struct record_set_plan *groups = &m->record_sets[0];
    const uint8_t *order = recordset_order(groups, (uint16_t)population);
    if (rank == 0)
        return first;
    for (; *order != RECORDSET_NO_RECORD; order++) {
        const uint8_t region = groups->records[*order].region;
        if (region != first && (usable >> region & 1) && --rank == 0)
            return region;
    }
    return NO_REGION;
}

struct spillover_step {
    int rank;
    uint32_t usable;                       // regions, bit set
    double arriving[TOPOLOGY_MAX_REGIONS]; // requests
    double share[TOPOLOGY_MAX_REGIONS];    // of them, that is let in
};

// Adds up what is left at the regions that it asks next, or lets those have their shares.
static void spillover_walk(const struct model *m, struct spillover *s, struct spillover_step *step,
                           bool is_let_in)
{
    const uint32_t n_regions = (uint32_t)m->topology->n_regions;
    for (uint32_t i = 0; i < m->count[LP_POPULATION] * n_regions; i++) {
        if (s->left[i] <= 0)
            continue;
        const uint8_t asked = spillover_asks(m, i / n_regions, (uint8_t)(i % n_regions), step->rank,
                                             step->usable);
        if (asked == NO_REGION)
            s->left[i] = 0;
        else if (is_let_in)
            s->left[i] *= 1 - step->share[asked];
        else
            step->arriving[asked] += s->left[i];
    }
}

// A region has room for a share of those who arrive; returns whether others have to go on.
static bool spillover_fill(struct spillover_step *step, uint8_t region, double *room, double *level)
{
    const double arriving = step->arriving[region];
    const bool is_full = arriving > *room;
    step->share[region] = is_full ? *room / arriving : 1;
    *room = is_full ? 0 : *room - arriving;
    if (is_full && *level == SPILLOVER_ALL)
        *level = step->rank + step->share[region];
    return is_full;
}

void spillover_level(const struct model *m, struct spillover *s, uint32_t usable, double *level)
{
    const struct edge_plan *plan = &m->edges;
    const int n_regions = m->topology->n_regions;
    double room[TOPOLOGY_MAX_REGIONS];
    for (int r = 0; r < n_regions; r++) {
        level[r] = SPILLOVER_ALL;
        room[r] = plan->capacity_rps[r] > 0
                      ? plan->capacity_rps[r] * simtime_to_seconds(plan->report_period)
                      : (double)INFINITY;
    }
    for (uint32_t i = 0; i < m->count[LP_POPULATION] * (uint32_t)n_regions; i++)
        s->left[i] = s->aimed[i];
    bool goes_on = true;
    for (int rank = 0; goes_on && rank < n_regions; rank++) {
        struct spillover_step step = {.rank = rank, .usable = usable};
        goes_on = false;
        spillover_walk(m, s, &step, false);
        for (uint8_t r = 0; r < n_regions; r++)
            goes_on |= spillover_fill(&step, r, &room[r], &level[r]);
        spillover_walk(m, s, &step, true);
    }
}

void spillover_on_look(const struct context *x, struct authority *a)
{
    const struct edge_plan *plan = &x->model->edges;
    double level[TOPOLOGY_MAX_REGIONS];
    spillover_level(x->model, &a->spillover, edge_usable(plan, a->told & plan->groups), level);
    for (uint8_t r = 0; r < x->model->topology->n_regions; r++) {
        if (level[r] != a->spillover.level[r])
            edge_turn_dial(x, a, r, level[r]);
        a->spillover.level[r] = level[r];
    }
    context_send(x, x->lp, plan->report_period, EV_SPILLOVER_LOOK, NULL, 0);
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
    const size_t n = (size_t)m->count[LP_POPULATION] * (size_t)m->topology->n_regions;
    s->aimed = arena_push(&w->arena, uint32_t, n);
    s->left = arena_push(&w->arena, double, n);
    for (int r = 0; r < m->topology->n_regions; r++)
        s->level[r] = SPILLOVER_ALL;
    for (uint32_t i = 0; i < m->count[LP_POPULATION]; i++)
        spillover_post(w, model_lp(m, LP_POPULATION, i), EV_EDGE_REPORT);
    spillover_post(w, model_lp(m, LP_AUTHORITY, 0), EV_SPILLOVER_LOOK);
}
