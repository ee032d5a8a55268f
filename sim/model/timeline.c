#include "model/timeline.h"

#include <stdlib.h>

const struct fault_state fault_state_fine = {.has_control_plane = true, .slow = 1, .capacity = 1};

void timeline_add(struct timeline *t, simtime start, simtime end, struct fault_state state)
{
    REQUIRE(start >= 0 && start <= end, "fault from %lld to %lld", (long long)start,
            (long long)end);
    if (start < end)
        array_push(&t->intervals,
                   ((struct timeline_interval){.start = start, .end = end, .state = state}));
}

static void fault_state_combine(struct fault_state *s, const struct fault_state *add)
{
    s->is_dead |= add->is_dead;
    s->is_refusing |= add->is_refusing;
    s->has_control_plane &= add->has_control_plane;
    s->no_writes |= add->no_writes;
    s->no_reads |= add->no_reads;
    s->slow *= add->slow;
    s->loss = 1 - (1 - s->loss) * (1 - add->loss);
    s->errors = 1 - (1 - s->errors) * (1 - add->errors);
    s->wrong = 1 - (1 - s->wrong) * (1 - add->wrong);
    s->capacity *= add->capacity;
}

static int compare_times(const void *a, const void *b)
{
    simtime x = *(const simtime *)a, y = *(const simtime *)b;
    return (x > y) - (x < y);
}

static struct fault_state timeline_combined(const struct timeline *t, simtime time)
{
    struct fault_state state = fault_state_fine;
    for (size_t i = 0; i < t->intervals.n; i++) {
        const struct timeline_interval *v = &t->intervals.items[i];
        if (v->start <= time && time < v->end)
            fault_state_combine(&state, &v->state);
    }
    return state;
}

void timeline_seal(struct timeline *t)
{
    ARRAY(simtime) times = {0};
    for (size_t i = 0; i < t->intervals.n; i++) {
        array_push(&times, t->intervals.items[i].start);
        if (t->intervals.items[i].end != SIMTIME_NEVER)
            array_push(&times, t->intervals.items[i].end);
    }
    if (times.n > 0)
        qsort(times.items, times.n, sizeof *times.items, compare_times);
    for (size_t i = 0; i < times.n; i++) {
        if (i > 0 && times.items[i] == times.items[i - 1])
            continue;
        struct timeline_change change = {times.items[i], timeline_combined(t, times.items[i])};
        array_push(&t->changes, change);
    }
    array_free(&times);
    t->first = t->changes.n > 0 ? t->changes.items[0].time : SIMTIME_NEVER;
}

void timeline_free(struct timeline *t)
{
    array_free(&t->intervals);
    array_free(&t->changes);
}

// Number of changes at or before `time`.
static size_t timeline_position(const struct timeline *t, simtime time)
{
    size_t low = 0, high = t->changes.n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (t->changes.items[middle].time <= time)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const struct fault_state *timeline_look_up(const struct timeline *t, simtime time)
{
    size_t at = timeline_position(t, time);
    return at == 0 ? &fault_state_fine : &t->changes.items[at - 1].state;
}

simtime timeline_look_for_alive(const struct timeline *t, simtime from)
{
    size_t at = timeline_position(t, from);
    if (at == 0)
        return from;
    const struct fault_state *s = &t->changes.items[at - 1].state;
    if (!s->is_dead && !s->is_refusing)
        return from;
    for (; at < t->changes.n; at++) {
        s = &t->changes.items[at].state;
        if (!s->is_dead && !s->is_refusing)
            return t->changes.items[at].time;
    }
    return SIMTIME_NEVER;
}

simtime timeline_next_change(const struct timeline *t, simtime time)
{
    size_t at = timeline_position(t, time);
    return at < t->changes.n ? t->changes.items[at].time : SIMTIME_NEVER;
}

static bool fault_state_is_fine(const struct fault_state *s)
{
    return !s->is_dead && !s->is_refusing && !s->no_writes && !s->no_reads && s->slow <= 1 &&
           s->loss <= 0 && s->errors <= 0 && s->wrong <= 0 && s->capacity >= 1;
}

simtime timeline_fine_until(const struct timeline *t, simtime from)
{
    return fault_state_is_fine(timeline_at(t, from)) ? timeline_next_change(t, from) : from;
}

simtime timeline_next_failure(const struct timeline *t, simtime after)
{
    for (size_t i = timeline_position(t, after); i < t->changes.n; i++)
        if (t->changes.items[i].state.is_dead || t->changes.items[i].state.is_refusing)
            return t->changes.items[i].time;
    return SIMTIME_NEVER;
}

simtime timeline_up_since(const struct timeline *t, simtime time)
{
    simtime since = time;
    if (LIKELY(time < t->first))
        return 0;
    for (size_t at = timeline_position(t, time); at > 0; at--) {
        const struct timeline_change *c = &t->changes.items[at - 1];
        if (c->state.is_dead || c->state.is_refusing)
            return since;
        since = c->time;
    }
    return 0;
}
