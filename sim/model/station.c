#include "model/station.h"

#include <math.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/base.h"

static uint32_t station_ring_size(uint32_t limit)
{
    uint32_t size = 8;
    while (size < limit && size < 1u << 31)
        size *= 2;
    return size;
}

void station_init(struct station *s, uint32_t servers, uint32_t limit)
{
    size_t capacity = 0, n = station_ring_size(limit);
    *s = (struct station){.servers = servers, .limit = limit, .mask = (uint32_t)n - 1};
    s->held = array_grow(NULL, &capacity, n, sizeof *s->held);
    capacity = 0;
    s->starts = array_grow(NULL, &capacity, n, sizeof *s->starts);
}

void station_free(struct station *s)
{
    instants_free(&s->busy);
    array_release(s->held);
    array_release(s->starts);
    s->held = NULL;
    s->starts = NULL;
}

double station_set_capacity(struct station *s, uint32_t n, double share)
{
    s->servers = (uint32_t)ceil(n * share);
    return s->servers > 0 ? s->servers / (n * share) : 1;
}

// Forgets what has passed: servers that are done, those who waited and have started.
static void station_pass(struct station *s, simtime now)
{
    instants_pass(&s->busy, now);
    while (s->n_starts > 0 && s->starts[s->first_start & s->mask] <= now) {
        s->first_start++;
        s->n_starts--;
    }
}

// When the next in line can start: false if not before the horizon, or not known.
static bool station_plan(const struct station *s, simtime now, simtime horizon, simtime *start)
{
    if (LIKELY(s->busy.n < s->servers))
        *start = now;
    else if (s->busy.n == s->servers && s->servers > 0)
        *start = s->busy.at[0];
    else
        return false;
    return *start < horizon;
}

enum station_verdict station_admit(struct station *s, simtime now, simtime horizon, simtime *start)
{
    station_pass(s, now);
    bool is_planned = s->n_held == 0 && station_plan(s, now, horizon, start);
    if (LIKELY(is_planned && *start == now))
        return STATION_START;
    if (s->n_starts + s->n_held >= s->limit)
        return STATION_FULL;
    return is_planned ? STATION_START : STATION_HOLD;
}

void station_occupy(struct station *s, simtime now, simtime start, simtime finish)
{
    if (start == now) {
        instants_add(&s->busy, finish);
        return;
    }
    instants_replace(&s->busy, finish);
    s->starts[(s->first_start + s->n_starts++) & s->mask] = start;
}

void station_hold(struct station *s, uint32_t frame)
{
    s->held[(s->first_held + s->n_held++) & s->mask] = frame;
}

bool station_next(struct station *s, simtime now, simtime horizon, uint32_t *frame, simtime *start)
{
    if (LIKELY(s->n_held == 0))
        return false;
    station_pass(s, now);
    if (!station_plan(s, now, horizon, start))
        return false;
    *frame = s->held[s->first_held++ & s->mask];
    s->n_held--;
    return true;
}

void station_clear(struct station *s)
{
    s->busy.n = 0;
    s->n_starts = 0;
    s->n_held = 0;
}
