#include "model/strain.h"

#include "model/context.h"
#include "model/foresight.h"

struct strain strain_open(void)
{
    return (struct strain){.calm = {.notice = foresight_target_notice}};
}

static void strain_plan_look(const struct context *x, struct strain *s, simtime delay)
{
    if (s->is_watched)
        return;
    s->is_watched = true;
    context_send(x, x->lp, delay, EV_CALM_LOOK, NULL, 0);
}

// Its balancer's first node is where the news is, at once but for the way.
static void strain_tell(const struct context *x, const struct pool *p)
{
    const struct model *m = x->model;
    const struct calm_view *view = &p->strain.calm.view;
    const struct payload_calm news = {.from = view->from, .is_disturbed = view->is_disturbed};
    const int32_t balancer = m->balancer_of[p->service * m->topology->n_regions + p->region];
    const uint32_t lp = model_lp(m, LP_BALANCER, (uint32_t)balancer);
    context_send(x, lp, foresight_news_take(m, x->lp, lp), EV_CALM, &news, sizeof news);
}

void strain_note(const struct context *x, struct pool *p, simtime until)
{
    if (until > p->strain.until)
        p->strain.until = until;
    if (!calm_review(&p->strain.calm, true, x->now))
        return;
    strain_tell(x, p);
    strain_plan_look(x, &p->strain, p->strain.calm.notice);
}

void strain_watch(const struct context *x, struct pool *p)
{
    strain_plan_look(x, &p->strain, strain_wait);
}

// When the first of those who are held will have waited long; SIMTIME_NEVER: none is held.
static simtime strain_due(const struct pool *p)
{
    const struct station *s = &p->station;
    return s->n_held > 0 ? p->tasks.items[station_first_held(s)].asked + strain_wait
                         : SIMTIME_NEVER;
}

void strain_on_look(const struct context *x, struct pool *p)
{
    struct strain *s = &p->strain;
    const simtime due = strain_due(p);
    s->is_watched = false;
    if (due <= x->now || pool_has_no_room(x, p))
        s->until = x->now;
    const bool is_on = x->now < s->until + s->calm.notice;
    const bool is_news = calm_review(&s->calm, is_on, x->now);
    if (is_news)
        strain_tell(x, p);
    if (is_news || is_on)
        strain_plan_look(x, s, s->calm.notice);
    else if (due != SIMTIME_NEVER)
        strain_plan_look(x, s, due - x->now);
}

void strain_on_foreseen(const struct context *x, struct pool *p, const struct event *e)
{
    const struct payload_probe probe = payload_of(e, payload_probe);
    const struct foresight_way way = {x->model->zone_place[p->region][probe.node],
                                      context_place(x, x->lp)};
    const simtime back = foresight_from_target(x, probe.word, way, x->now);
    REQUIRE(timeline_fine_until(&x->world->pool_faults[p->index], x->now) > x->now &&
                calm_holds(&p->strain.calm.view, x->now, x->now),
            "a foreseen probe of a pool that is not calm");
    context_send(x, event_src(e), back - x->now, EV_TARGET_FOUND, &probe, sizeof probe);
}
