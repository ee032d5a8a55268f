// Pins: planned ahead, requests start when they do in a plain FIFO queue in front of c servers, and
// the same are shed, in random programs of arrivals, changes of the number of servers (none at all
// included) and losses of power, for queue limits about the sizes of its rings. A station that were
// not first in, first out would be noticed, and so would one that planned beyond a change. Whoever
// is withdrawn from the line is gone, and the others keep their order.
#include <criterion/criterion.h>
#include <string.h>

#include "base/stream.h"
#include "model/station.h"

enum { REQUESTS = 1500, CHANGES = 40, SHED = -1, LOST = -2, NEVER_STARTED = -3 };

static const simtime END = (simtime)1 << 40;

static struct program {
    uint32_t limit;
    simtime arrives[REQUESTS], takes[REQUESTS];
    simtime changes[CHANGES + 1]; // the last one never comes
    uint32_t servers[CHANGES + 1];
    bool is_loss[CHANGES]; // of power: all are forgotten
} g;

static simtime starts[2][REQUESTS]; // station, twin

static int compare_times(const void *a, const void *b)
{
    simtime v = *(const simtime *)a, w = *(const simtime *)b;
    return (v > w) - (v < w);
}

static void make(uint64_t seed, uint32_t limit)
{
    struct stream s = stream_open(seed, 0, "test", "station");
    g.limit = limit;
    for (int i = 0; i < REQUESTS; i++) {
        g.arrives[i] = (simtime)(stream_uniform(&s) * (double)END);
        g.takes[i] = 1 + (simtime)(stream_uniform(&s) * 4 * (double)END / REQUESTS);
    }
    for (int i = 0; i < CHANGES; i++) {
        g.changes[i] = (simtime)(stream_uniform(&s) * (double)END);
        g.servers[i] = stream_below(&s, 5);
        g.is_loss[i] = stream_below(&s, 10) == 0;
    }
    g.servers[CHANGES] = 2;
    g.changes[CHANGES] = SIMTIME_NEVER;
    qsort(g.arrives, REQUESTS, sizeof *g.arrives, compare_times);
    qsort(g.changes, CHANGES, sizeof *g.changes, compare_times);
}

// ---- the twin: one event at a time

static struct {
    int line[REQUESTS], n_line;
    simtime ends[REQUESTS]; // of those in service
    int n_busy;
    uint32_t servers;
} t;

static void twin_start(simtime now, bool is_last_in_first_out)
{
    while (t.n_line > 0 && (uint32_t)t.n_busy < t.servers) {
        int at = is_last_in_first_out ? t.n_line - 1 : 0, request = t.line[at];
        memmove(t.line + at, t.line + at + 1, (size_t)(t.n_line - at - 1) * sizeof *t.line);
        t.n_line--;
        starts[1][request] = now;
        t.ends[t.n_busy++] = now + g.takes[request];
    }
}

static int twin_next_end(void)
{
    int first = -1;
    for (int i = 0; i < t.n_busy; i++)
        if (first < 0 || t.ends[i] < t.ends[first])
            first = i;
    return first;
}

static void twin_arrive(int request)
{
    if ((uint32_t)t.n_busy < t.servers && t.n_line == 0)
        t.line[t.n_line++] = request;
    else if ((uint32_t)t.n_line < g.limit)
        t.line[t.n_line++] = request;
    else
        starts[1][request] = SHED;
}

static void twin_change(int change)
{
    t.servers = g.servers[change];
    if (!g.is_loss[change])
        return;
    for (int i = 0; i < t.n_line; i++)
        starts[1][t.line[i]] = LOST;
    t.n_line = t.n_busy = 0;
}

static void run_twin(bool is_sabotaged)
{
    memset(&t, 0, sizeof t);
    t.servers = 2;
    for (int request = 0, change = 0;;) {
        int end = twin_next_end();
        simtime ends = end < 0 ? SIMTIME_NEVER : t.ends[end];
        simtime arrives = request < REQUESTS ? g.arrives[request] : SIMTIME_NEVER;
        simtime changes = g.changes[change];
        simtime now = ends < arrives ? ends : arrives;
        now = changes < now ? changes : now;
        if (now == SIMTIME_NEVER)
            break;
        if (now == ends)
            t.ends[end] = t.ends[--t.n_busy];
        else if (now == changes)
            twin_change(change++);
        else
            twin_arrive(request++);
        twin_start(now, is_sabotaged);
    }
    for (int i = 0; i < t.n_line; i++)
        starts[1][t.line[i]] = NEVER_STARTED;
}

// ---- the station, as an owner uses it

static struct {
    struct station station;
    simtime horizon;
    simtime ends[REQUESTS]; // of those that may not end before the horizon: events of their own
    int n_ends;
} o;

static void owner_start(int request, simtime now, simtime start)
{
    simtime finish = start + g.takes[request];
    starts[0][request] = start;
    station_occupy(&o.station, now, start, finish);
    if (finish >= o.horizon)
        o.ends[o.n_ends++] = finish;
}

static void owner_start_held(simtime now)
{
    uint32_t request;
    simtime start;
    while (station_next(&o.station, now, o.horizon, &request, &start))
        owner_start((int)request, now, start);
}

static void owner_arrive(int request)
{
    simtime start, now = g.arrives[request];
    switch (station_admit(&o.station, now, o.horizon, &start)) {
    case STATION_START:
        owner_start(request, now, start);
        break;
    case STATION_HOLD:
        station_hold(&o.station, (uint32_t)request);
        break;
    case STATION_FULL:
        starts[0][request] = SHED;
        break;
    }
}

static void owner_change(int change, bool is_blind)
{
    struct station *s = &o.station;
    s->servers = g.servers[change];
    o.horizon = is_blind ? SIMTIME_NEVER : g.changes[change + 1];
    if (g.is_loss[change]) {
        for (uint32_t i = 0; i < s->n_held; i++)
            starts[0][s->held[(s->first_held + i) & s->mask]] = LOST;
        station_clear(s);
        o.n_ends = 0;
    }
    owner_start_held(g.changes[change]);
}

static void run_station(bool is_blind)
{
    memset(&o, 0, sizeof o);
    station_init(&o.station, 2, g.limit);
    o.horizon = is_blind ? SIMTIME_NEVER : g.changes[0];
    for (int i = 0; i < REQUESTS; i++)
        starts[0][i] = NEVER_STARTED;
    for (int request = 0, change = 0;;) {
        int end = 0;
        for (int i = 1; i < o.n_ends; i++)
            end = o.ends[i] < o.ends[end] ? i : end;
        simtime ends = o.n_ends == 0 ? SIMTIME_NEVER : o.ends[end];
        simtime arrives = request < REQUESTS ? g.arrives[request] : SIMTIME_NEVER;
        simtime changes = g.changes[change];
        if (ends == SIMTIME_NEVER && arrives == SIMTIME_NEVER && changes == SIMTIME_NEVER)
            break;
        if (ends < arrives && ends < changes) {
            o.ends[end] = o.ends[--o.n_ends];
            owner_start_held(ends);
        } else if (changes < arrives) {
            owner_change(change++, is_blind);
        } else {
            owner_arrive(request++);
        }
    }
    station_free(&o.station);
}

static bool agrees(void)
{
    return memcmp(starts[0], starts[1], sizeof starts[0]) == 0;
}

Test(station, random_programs_agree_with_a_plain_queue)
{
    static const uint32_t limits[] = {0, 1, 2, 7, 8, 9, 15, 16, 17, 100};
    int n_shed = 0, n_lost = 0;
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++)
        for (uint64_t seed = 0; seed < 10; seed++) {
            make(seed, limits[i]);
            run_twin(false);
            run_station(false);
            cr_assert(agrees(), "seed %lu, limit %u", seed, limits[i]);
            for (int k = 0; k < REQUESTS; k++)
                n_shed += starts[0][k] == SHED, n_lost += starts[0][k] == LOST;
        }
    cr_expect(n_shed > 100 && n_lost > 10, "%d shed, %d lost", n_shed, n_lost);
}

Test(station, planted_faults_are_found)
{
    make(1, 9);
    run_twin(true);
    run_station(false);
    cr_assert_not(agrees(), "last in, first out went unnoticed");
    run_twin(false);
    run_station(true);
    cr_assert_not(agrees(), "planning beyond a change went unnoticed");
}

// ---- withdrawing

// Of twelve in a line that has gone around its ring, from the front, the middle and the end.
Test(station, withdrawn_frames_are_gone)
{
    static const uint32_t expected[] = {1, 2, 4, 5, 7, 8, 9, 10};
    struct station s;
    uint32_t frame;
    simtime start;
    station_init(&s, 1, 12);
    for (uint32_t i = 0; i < 10; i++) { // moves the beginning of the ring
        station_hold(&s, i);
        cr_assert(station_next(&s, 0, SIMTIME_NEVER, &frame, &start));
    }
    for (uint32_t i = 0; i < 12; i++)
        station_hold(&s, i);
    station_withdraw(&s, 0);
    station_withdraw(&s, 6);
    station_withdraw(&s, 11);
    station_withdraw(&s, 3);
    cr_expect_eq(station_waiting(&s, 0), 8);
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        cr_assert(station_next(&s, 0, SIMTIME_NEVER, &frame, &start));
        cr_expect_eq(frame, expected[i]);
    }
    cr_expect_not(station_next(&s, 0, SIMTIME_NEVER, &frame, &start));
    station_free(&s);
}
