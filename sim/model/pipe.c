#include "model/pipe.h"

#include "model/context.h"

// Both ends, and the link between them.
struct pipe_way {
    const struct timeline *line[3];
    const struct path *path;
};

static struct pipe_way pipe_way(const struct context *x, uint32_t from, uint32_t to)
{
    const struct lp_info *lps = x->model->lps;
    const struct path *path = model_path(x->model, lps[from].place, lps[to].place);
    return (struct pipe_way){{&x->world->replica_faults[lps[from].index],
                              &x->world->links[path->link],
                              &x->world->replica_faults[lps[to].index]},
                             path};
}

// First time >= from at which all of it is up.
static simtime pipe_clear(const struct pipe_way *way, simtime from)
{
    return timeline_all_alive_from(way->line, ARRAY_LEN(way->line), from);
}

static simtime pipe_fails_after(const struct pipe_way *way, simtime after)
{
    simtime first = SIMTIME_NEVER;
    for (size_t i = 0; i < ARRAY_LEN(way->line); i++)
        first = simtime_least(first, timeline_next_failure(way->line[i], after));
    return first;
}

// The first attempt at or after `from` that finds the way open.
static simtime pipe_try(struct replica *r, const struct pipe_way *way, simtime from)
{
    const simtime clear = pipe_clear(way, from);
    if (LIKELY(clear == from) || clear == SIMTIME_NEVER)
        return clear;
    return clear + (simtime)(stream_uniform(&r->shipping) * (double)SIMTIME_S);
}

// The sender works on one write at a time; what is interrupted begins anew.
static simtime pipe_send(struct replica *r, const struct pipe_way *way, struct pipe *pipe,
                         struct net_size size, struct departure d)
{
    const double seconds_per_byte = r->plan->seconds_per_byte;
    if (!r->plan->has_sender)
        return pipe_try(r, way, d.from + d.delay);
    simtime start = pipe_try(r, way, simtime_most(d.from, pipe->free));
    const simtime work = context_duration(variate_draw(&r->plan->send_time, &r->shipping) +
                                          size.bytes * seconds_per_byte * 1e9);
    while (start != SIMTIME_NEVER && pipe_fails_after(way, start) < start + work)
        start = pipe_try(r, way, pipe_fails_after(way, start));
    if (start == SIMTIME_NEVER)
        return SIMTIME_NEVER;
    pipe->free = start + work;
    return pipe_try(r, way, pipe->free + d.delay);
}

// Sent until it gets through.
static struct shipment pipe_travel(const struct context *x, struct replica *r,
                                   const struct pipe_way *way, simtime leaves, struct net_size size)
{
    while (leaves != SIMTIME_NEVER) {
        const simtime delay = net_delay(way->path, way->line[1], &r->shipping, leaves, size);
        if (delay != NET_LOST &&
            timeline_alive_from(way->line[2], leaves + delay) == leaves + delay)
            return (struct shipment){leaves, leaves + delay};
        leaves = pipe_try(r, way, leaves + SIMTIME_S);
    }
    return (struct shipment){SIMTIME_NEVER, x->model->duration + SIMTIME_DAY};
}

struct shipment pipe_plan(const struct context *x, struct replica *r, int member,
                          struct net_size size, struct departure departure)
{
    const uint32_t to = replica_member(x, r, member);
    const struct pipe_way way = pipe_way(x, x->lp, to);
    struct pipe *pipe = &r->pipes[member];
    struct shipment s = pipe_travel(x, r, &way, pipe_send(r, &way, pipe, size, departure), size);
    if (r->spec->mode == STORE_SINGLE_LEADER) {
        s.leaves = pipe->left = simtime_most(s.leaves, pipe->left);
        s.arrives = pipe->last = simtime_most(s.arrives, pipe->last + 1);
    }
    return s;
}

static simtime pipe_delay(const struct context *x, struct replica *r, struct pipe *pipe)
{
    if (x->now >= pipe->held_until) {
        pipe->delay = context_duration(variate_draw(&r->plan->replication_delay, &r->shipping));
        pipe->held_until = x->now + r->plan->delay_hold;
    }
    return pipe->delay;
}

struct departure pipe_departure(const struct context *x, struct replica *r, int member)
{
    const simtime batch = r->plan->batch;
    return (struct departure){.from = batch == 0 ? x->now : (x->now / batch + 1) * batch,
                              .delay = pipe_delay(x, r, &r->pipes[member])};
}

simtime pipe_clear_between(const struct context *x, const struct replica *r, int from, int to,
                           simtime since)
{
    const struct pipe_way way = pipe_way(x, replica_member(x, r, from), replica_member(x, r, to));
    return pipe_clear(&way, since);
}

simtime pipe_clear_from(const struct context *x, const struct replica *r, int member, simtime from)
{
    return pipe_clear_between(x, r, r->member, member, from);
}

simtime pipe_cut_after(const struct context *x, const struct replica *r, int member, simtime after)
{
    const struct pipe_way way = pipe_way(x, x->lp, replica_member(x, r, member));
    return pipe_fails_after(&way, after);
}

simtime pipe_clear_since(const struct context *x, const struct replica *r, int from)
{
    const struct pipe_way way = pipe_way(x, replica_member(x, r, from), x->lp);
    simtime since = 0;
    for (size_t i = 0; i < ARRAY_LEN(way.line); i++)
        since = simtime_most(since, timeline_up_since(way.line[i], x->now));
    return since;
}
