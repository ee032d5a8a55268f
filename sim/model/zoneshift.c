#include "model/zoneshift.h"

#include "model/context.h"
#include "model/fault.h"

// Zonal autoshift: weekly, for about 30 minutes; when something is in the way it is tried again,
// how often is not said.
static const simtime practice_every = 7 * SIMTIME_DAY, practice_lasts = 30 * SIMTIME_MIN,
                     practice_retry = 60 * SIMTIME_MIN;

// Bit set of the zone that is shifted away from; at most one.
static uint8_t zoneshift_applied(const struct zoneshift *s)
{
    for (int i = 0; i < SHIFT_CAUSES; i++)
        if (s->runs[i].is_active)
            return (uint8_t)(1u << s->runs[i].zone);
    return 0;
}

static void zoneshift_apply(const struct context *x, struct balancer *b)
{
    const uint8_t zones = zoneshift_applied(&b->shift), before = b->group.shifted;
    const char *name = x->model->lps[x->lp].name;
    if (zones == before)
        return;
    if (before != 0)
        context_journal(x, JOURNAL_ZONE_RESTORED, name, (uint32_t)__builtin_ctz(before));
    if (zones != 0)
        context_journal(x, JOURNAL_ZONE_SHIFTED, name, (uint32_t)__builtin_ctz(zones));
    targetgroup_shift(&b->group, zones, x->now);
    balancer_review(x, b);
}

bool zoneshift_start(const struct context *x, struct balancer *b, enum shift_cause cause,
                     struct zoneshift_run run)
{
    struct zoneshift_run *own = &b->shift.runs[cause];
    if (cause == SHIFT_FOR_PRACTICE && zoneshift_applied(&b->shift) != 0)
        return false;
    if (own->is_active && own->zone != run.zone)
        return false;
    if (cause == SHIFT_BY_AWS && own->is_active && own->until > run.until)
        return true; // an earlier impairment lasts longer
    const struct payload_shift end = {.cause = (uint8_t)cause};
    *own = run;
    own->is_active = true;
    b->shift.runs[SHIFT_FOR_PRACTICE].is_active = cause == SHIFT_FOR_PRACTICE;
    context_send(x, x->lp, run.until > x->now ? run.until - x->now : 1, EV_ZONE_SHIFT, &end,
                 sizeof end);
    zoneshift_apply(x, b);
    return true;
}

void zoneshift_stop(const struct context *x, struct balancer *b, enum shift_cause cause)
{
    b->shift.runs[cause].is_active = false;
    zoneshift_apply(x, b);
}

static void zoneshift_practise(const struct context *x, struct balancer *b)
{
    const struct payload_shift again = {.cause = SHIFT_FOR_PRACTICE, .is_start = 1};
    const struct zoneshift_run run = {.zone = (uint8_t)stream_below(&b->shift.practice, b->n_zones),
                                      .until = x->now + practice_lasts};
    const bool is_on = zoneshift_start(x, b, SHIFT_FOR_PRACTICE, run);
    context_send(x, x->lp, is_on ? practice_every : practice_retry, EV_ZONE_SHIFT, &again,
                 sizeof again);
}

void zoneshift_on_event(const struct context *x, struct balancer *b, const struct event *e)
{
    const struct payload_shift s = payload_of(e, payload_shift);
    const struct zoneshift_run *own = &b->shift.runs[s.cause];
    if (!s.is_start && own->is_active && x->now >= own->until) // else it was renewed
        zoneshift_stop(x, b, (enum shift_cause)s.cause);
    else if (s.is_start && s.cause == SHIFT_FOR_PRACTICE)
        zoneshift_practise(x, b);
    else if (s.is_start)
        zoneshift_start(x, b, (enum shift_cause)s.cause,
                        (struct zoneshift_run){.zone = s.zone, .until = s.until});
}

// ---- what AWS will do

static void zoneshift_post(struct world *w, const struct balancer *b, simtime at,
                           const struct payload_shift *shift)
{
    const uint32_t lp = model_lp(w->model, LP_BALANCER, b->index);
    engine_post(w->engine, lp, lp, at, EV_ZONE_SHIFT, shift, sizeof *shift);
}

static simtime zoneshift_after(simtime time, const struct distribution *d, struct stream *s)
{
    const simtime wait = context_duration(distribution_quantile(d, stream_uniform(s)) * 1e9);
    return simtime_after(time, wait);
}

// Whether a fault is one of the zone, which AWS's telemetry sees.
static bool zoneshift_concerns(const struct world *w, const struct fault_instance *f, int region,
                               int zone)
{
    const struct fault_place *p = &f->target->place;
    return w->model->plan->faults[f->target->fault].target == FAULT_ZONE && p->region == region &&
           p->zone == zone;
}

// AWS's decisions on a zone: the same for all balancers, in all designs.
static void zoneshift_plan(struct world *w, const struct balancer *b, uint8_t zone)
{
    const struct autoshift_spec *spec = &b->group.spec->autoshift;
    const char *name = arena_printf(&w->arena, "zone/%s/%c",
                                    w->model->topology->regions[b->region].name, 'a' + zone);
    struct stream s = stream_open(w->seed, w->replication, name, "autoshift");
    for (size_t i = 0; i < w->faults.n; i++) {
        const struct fault_instance *f = &w->faults.items[i];
        if (!zoneshift_concerns(w, f, b->region, zone))
            continue;
        const simtime over = fault_over(w, f);
        const simtime start = zoneshift_after(f->start, &spec->starts_after, &s);
        const struct payload_shift shift = {.cause = SHIFT_BY_AWS,
                                            .zone = zone,
                                            .is_start = 1,
                                            .until = zoneshift_after(over, &spec->ends_after, &s)};
        if (start < over) // else it has recovered before
            zoneshift_post(w, b, start, &shift);
    }
}

void zoneshift_open(struct world *w, struct balancer *b)
{
    const struct autoshift_spec *spec = &b->group.spec->autoshift;
    const struct payload_shift first = {.cause = SHIFT_FOR_PRACTICE, .is_start = 1};
    const char *name = w->model->lps[model_lp(w->model, LP_BALANCER, b->index)].name;
    if (!spec->enabled)
        return;
    for (uint8_t z = 0; z < b->n_zones; z++)
        zoneshift_plan(w, b, z);
    b->shift.practice = stream_open(w->seed, w->replication, name, "practice runs");
    const double share = stream_uniform(&b->shift.practice); // of the week
    if (spec->practice)
        zoneshift_post(w, b, (simtime)(share * (double)practice_every), &first);
}
