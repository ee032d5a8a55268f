#include "model/poolwatch.h"

#include "model/context.h"

static double factor_of(const struct pool *p)
{
    return (double)p->fault->slow * p->stretch;
}

void poolwatch_note(struct pool *p, uint32_t task, simtime start, simtime finish)
{
    while (p->works.n < p->tasks.n)
        (void)array_push_zero(&p->works);
    p->works.items[task] = (struct pool_work){.task = slots_token(&p->tasks, task),
                                              .start = start,
                                              .finish = finish,
                                              .factor = factor_of(p)};
}

// The first word whose draw is above: draws never fall when words rise.
static uint64_t first_word_above(const struct variate *v, double value)
{
    uint64_t low = 0, high = UINT64_MAX;
    while (low < high) {
        const uint64_t middle = low + (high - low) / 2;
        if (variate_at(v, middle) > value)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

// Given that it has taken until now.
static simtime draw_finish(const struct context *x, struct pool *p, const struct pool_work *w)
{
    __extension__ typedef unsigned __int128 wide;
    const double elapsed = (double)(x->now - w->start - 1) / w->factor;
    const uint64_t first = first_word_above(p->work_time, elapsed);
    const uint64_t beyond = (uint64_t)((wide)stream_word(&p->work) * (UINT64_MAX - first) >> 64);
    const simtime took = 1 + context_duration(variate_at(p->work_time, first + beyond) * w->factor);
    return w->start + took > x->now ? w->start + took : x->now + 1;
}

static void redraw(const struct context *x, struct pool *p)
{
    instants_clear(&p->station.busy);
    for (size_t i = 0; i < p->works.n; ++i) {
        struct pool_work *w = &p->works.items[i];
        if (w->finish <= x->now || !slots_is_live(&p->tasks, w->task))
            continue;
        const struct payload_token done = {w->task};
        w->finish = draw_finish(x, p, w);
        instants_add(&p->station.busy, x->now, w->finish);
        context_send(x, x->lp, w->finish - x->now, EV_WORK_DONE, &done, sizeof done);
    }
}

void poolwatch_meet(const struct context *x, struct pool *p)
{
    if (p->is_branched)
        redraw(x, p);
    p->is_branched = false;
    p->watch->meet(p->watch->argument, station_waiting(&p->station, x->now));
}
