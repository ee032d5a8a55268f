#include "model/demand.h"

#include <math.h>

#include "model/context.h"
#include "model/visit.h"

// ---- compiling

static double demand_diurnal(const struct population_spec *p, double utc_hour)
{
    static const double tau = 6.283185307179586;
    double h = utc_hour + p->utc_offset_s / 3600;
    double level = 1 + p->diurnal_first * cos(tau * (h - p->diurnal_first_peak_h) / 24) +
                   p->diurnal_second * cos(2 * tau * (h - p->diurnal_second_peak_h) / 24);
    return level > 0 ? level : 0;
}

// Of max(1, x), x being what the distribution says: what is missing below 1 is added, by the
// midpoint rule.
static double demand_requests_mean(const struct distribution *requests)
{
    enum { POINTS = 1 << 16 };
    double missing = 0;
    for (int i = 0; i < POINTS; i++) {
        double x = distribution_quantile(requests, (i + 0.5) / POINTS);
        if (x >= 1)
            break;
        missing += (1 - x) / POINTS;
    }
    return distribution_mean(requests) + missing;
}

static const double *demand_gaps(struct arena *arena, const struct population_spec *spec,
                                 double rate_rps)
{
    double *gap_ns = arena_push(arena, double, DEMAND_MINUTES);
    for (int i = 0; i < DEMAND_MINUTES; i++) {
        double now_rps = rate_rps * demand_diurnal(spec, (i + 0.5) / 60);
        gap_ns[i] = now_rps > 0 ? 1e9 / now_rps : (double)INFINITY;
    }
    return gap_ns;
}

static bool demand_is_flat(const double *gap_ns)
{
    bool is_flat = true;
    for (int i = 1; i < DEMAND_MINUTES; i++)
        is_flat &= gap_ns[i] == gap_ns[0];
    return is_flat;
}

struct demand_plan demand_compile(struct arena *arena, const struct population_spec *spec,
                                  double scale)
{
    const struct demand_spec *d = &spec->demand;
    struct demand_plan plan = {.mode = d->mode};
    double rate_rps = spec->rate_rps * scale;
    if (d->mode == DEMAND_SESSIONS) {
        plan.requests = variate_compile(arena, &d->requests, 1);
        rate_rps /= demand_requests_mean(&d->requests);
    }
    if (d->mode != DEMAND_OPEN)
        plan.think = variate_compile(arena, &d->think, 1e9);
    if (d->mode != DEMAND_CLOSED) {
        plan.gap_ns = demand_gaps(arena, spec, rate_rps);
        plan.is_flat = demand_is_flat(plan.gap_ns);
    }
    plan.has_patience = distribution_mean(&d->patience) > 0;
    if (plan.has_patience)
        plan.patience = variate_compile(arena, &d->patience, 1e9);
    return plan;
}

// ---- arrivals

// Who wants what. Of millions of users one is met at random: the processor is told in time.
static void demand_draw(struct population *p, uint32_t class_word)
{
    struct wish *next = &p->demand.next;
    uint64_t word = stream_word(&p->demand.arrivals);
    next->class_word = class_word;
    next->client = (uint32_t)((word >> 32) * p->plan->n_clients >> 32);
    next->item_word = (uint32_t)word;
    next->visit.serial++;
    __builtin_prefetch(&p->clients[next->client]);
}

static void demand_turn_minute(struct demand *d)
{
    d->minute = d->minute + 1 == DEMAND_MINUTES ? 0 : d->minute + 1;
    bool is_last = d->minute_end > SIMTIME_NEVER - SIMTIME_MIN; // a rate that never changes
    d->minute_end = is_last ? SIMTIME_NEVER : d->minute_end + SIMTIME_MIN;
}

// Draws the next arrival after `from`: returns its time; SIMTIME_NEVER: none in the run. The rate
// is constant over each minute: an exponential draw is what the integral of the rate grows by
// between two arrivals (inversion; one draw an arrival, none is rejected). The word's other half
// makes the class.
static simtime demand_next(const struct model *m, struct population *p, simtime from)
{
    struct demand *d = &p->demand;
    uint64_t word = stream_word(&d->arrivals);
    double left = variate_at_half(&m->unit_exponential, (uint32_t)(word >> 32));
    demand_draw(p, (uint32_t)word);
    for (simtime at = from; at < m->duration; at = d->minute_end, demand_turn_minute(d)) {
        double gap_ns = p->plan->demand.gap_ns[d->minute], wait_ns = left * gap_ns;
        double room_ns = (double)(d->minute_end - at);
        if (wait_ns < room_ns) {
            at += wait_ns >= 1 ? (simtime)wait_ns : 1;
            return at < m->duration ? at : SIMTIME_NEVER;
        }
        left -= room_ns / gap_ns;
    }
    return SIMTIME_NEVER;
}

// The request of open demand, or the first of a session.
void demand_on_arrival(const struct context *x, struct population *p)
{
    struct wish *wish = &p->demand.next;
    if (UNLIKELY(p->plan->demand.mode == DEMAND_SESSIONS))
        visit_open_session(p, &wish->visit);
    population_begin(x, p, wish);
    simtime next = demand_next(x->model, p, x->now);
    if (next != SIMTIME_NEVER)
        context_send(x, x->lp, next - x->now, EV_ARRIVAL, NULL, 0);
}

// ---- life

static void demand_open_arrivals(struct world *w, struct population *p, uint32_t lp)
{
    const struct model *m = w->model;
    simtime start_utc = (simtime)(m->workload->start_utc_s * 1e9) % SIMTIME_DAY;
    p->demand.minute = (uint32_t)(start_utc / SIMTIME_MIN);
    p->demand.minute_end = p->plan->demand.is_flat ? SIMTIME_NEVER
                                                   : SIMTIME_MIN - start_utc % SIMTIME_MIN;
    simtime first = demand_next(m, p, 0);
    if (first != SIMTIME_NEVER)
        engine_post(w->engine, lp, lp, first, EV_ARRIVAL, NULL, 0);
}

void demand_open(struct world *w, struct population *p, uint32_t lp)
{
    const char *name = w->model->lps[lp].name;
    p->demand = (struct demand){.arrivals = stream_open(w->seed, w->replication, name, "arrivals"),
                                .visits = stream_open(w->seed, w->replication, name, "visits"),
                                .patience = stream_open(w->seed, w->replication, name, "patience")};
    if (p->plan->demand.mode == DEMAND_CLOSED)
        visit_open_closed(w, p, lp);
    else
        demand_open_arrivals(w, p, lp);
}
