#include "model/station.h"

#include <math.h>

#include "base/array.h"
#include "base/base.h"

enum { STATION_FIRST_PLACES = 64 };

void station_init(struct station *s, uint32_t servers, uint32_t limit)
{
    *s = (struct station){.servers = servers,
                          .limit = limit,
                          .mask = STATION_FIRST_PLACES - 1,
                          .held = array_new(uint32_t, STATION_FIRST_PLACES),
                          .starts = array_new(simtime, STATION_FIRST_PLACES)};
}

// Twice as many places in both rings; what a queue may hold at most can be far more than it does.
static void station_widen(struct station *s)
{
    uint64_t mask = s->mask, same = s->mask;
    s->held = array_double_ring(s->held, &mask, s->first_held, (uint64_t)s->first_held + s->n_held,
                                sizeof *s->held);
    s->starts = array_double_ring(s->starts, &same, s->first_start,
                                  (uint64_t)s->first_start + s->n_starts, sizeof *s->starts);
    s->mask = (uint32_t)mask;
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

// How many wait, planned or held.
uint32_t station_waiting(struct station *s, simtime now)
{
    while (s->n_starts > 0 && s->starts[s->first_start & s->mask] <= now) {
        s->first_start++;
        s->n_starts--;
    }
    return s->n_starts + s->n_held;
}

bool station_is_full(struct station *s, simtime now)
{
    simtime start;
    const bool is_at_once = s->n_held == 0 && station_plan(s, now, now + 1, &start);
    return !is_at_once && station_waiting(s, now) >= s->limit;
}

void station_occupy_later(struct station *s, simtime start, simtime finish)
{
    instants_replace_first(&s->busy, finish);
    if (UNLIKELY(s->n_starts > s->mask))
        station_widen(s);
    s->starts[(s->first_start + s->n_starts++) & s->mask] = start;
}

void station_hold(struct station *s, uint32_t frame)
{
    if (UNLIKELY(s->n_held > s->mask))
        station_widen(s);
    s->held[(s->first_held + s->n_held++) & s->mask] = frame;
}

// Those before it move back by one: who is withdrawn has mostly waited for long.
void station_withdraw(struct station *s, uint32_t frame)
{
    uint32_t place = 0;
    while (place < s->n_held && s->held[(s->first_held + place) & s->mask] != frame)
        place++;
    REQUIRE(place < s->n_held, "frame %u is not held", frame);
    for (; place > 0; place--)
        s->held[(s->first_held + place) & s->mask] = s->held[(s->first_held + place - 1) & s->mask];
    s->first_held++;
    s->n_held--;
}

bool station_next(struct station *s, simtime now, simtime horizon, uint32_t *frame, simtime *start)
{
    if (LIKELY(s->n_held == 0))
        return false;
    if (!station_plan(s, now, horizon, start))
        return false;
    *frame = s->held[s->first_held++ & s->mask];
    s->n_held--;
    return true;
}

void station_clear(struct station *s)
{
    instants_clear(&s->busy);
    s->n_starts = 0;
    s->n_held = 0;
}
