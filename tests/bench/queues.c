// Three ways to the same waiting times, by the same draws:
//   recursion  Lindley's for one server, Kiefer and Wolfowitz's for more: no simulator at all, the
//              floor of what is possible;
//   engine     one LP, one event a customer: the arrival draws the next one and computes start and
//              finish from a heap of the times at which servers become free;
//   station    the model's own station: an event for the arrival and one for the end of service.
// The sums of all waits must be equal to the last nanosecond. Their mean is also compared with
// Erlang's formula: batches give the interval, at the 99.9 % level.
#include "queues.h"

#include <gsl/gsl_cdf.h>
#include <math.h>

#include "base/base.h"
#include "base/variate.h"
#include "engine/cell.h"
#include "engine/engine.h"
#include "model/station.h"

enum { QUEUE_MAX_SERVERS = 8, QUEUE_BATCHES = 64, QUEUE_WAITING = 1 << 13 };

static const double QUEUE_WORK_S = 1e-3, QUEUE_LOAD = 0.8;

struct queue_case {
    int n_servers;
    uint64_t n_customers;
    struct variate gap, work;
    double mean_wait_ns[3]; // by way, for the comparison
    simtime batches[QUEUE_BATCHES];
    struct arena arena;
};

enum queue_way { QUEUE_RECURSION, QUEUE_ENGINE, QUEUE_STATION, QUEUE_WAYS };

// A queue on its way.
struct queue_run {
    const struct queue_case *c;
    struct stream arrivals, services;
    uint64_t n_arrived;
    simtime total_wait;
    simtime free[QUEUE_MAX_SERVERS]; // a heap: when each server becomes free, the earliest first
    simtime *batches;
    // Station.
    struct station station;
};

enum { QUEUE_ARRIVAL = 1 };

static simtime queue_draw(const struct variate *v, struct stream *s)
{
    simtime t = (simtime)variate_draw(v, s);
    return t >= 1 ? t : 1; // an event's least delay
}

static void queue_start(struct queue_run *q, struct queue_case *c)
{
    *q = (struct queue_run){.c = c, .batches = c->batches};
    q->arrivals = stream_open(1, 0, "queue", "arrivals");
    q->services = stream_open(1, 0, "queue", "services");
    for (int i = 0; i < QUEUE_BATCHES; i++)
        c->batches[i] = 0;
}

// The server that is free first works until `finish`.
static inline void queue_occupy(struct queue_run *q, int n, simtime finish)
{
    int at = 0;
    for (int child = 1; child < n; child = 2 * at + 1) {
        child += child + 1 < n && q->free[child + 1] < q->free[child];
        if (q->free[child] >= finish)
            break;
        q->free[at] = q->free[child];
        at = child;
    }
    q->free[at] = finish;
}

static inline void queue_note(struct queue_run *q, uint64_t customer, simtime wait)
{
    q->total_wait += wait;
    q->batches[customer * QUEUE_BATCHES / q->c->n_customers] += wait;
}

// ---- the recursion

static void queue_lindley(struct queue_run *q)
{
    const struct queue_case *c = q->c;
    simtime wait = 0;
    queue_draw(&c->gap, &q->arrivals);
    for (uint64_t i = 0; i < c->n_customers; i++) {
        queue_note(q, i, wait);
        wait += queue_draw(&c->work, &q->services) - queue_draw(&c->gap, &q->arrivals);
        wait = wait > 0 ? wait : 0;
    }
}

static void queue_kiefer_wolfowitz(struct queue_run *q)
{
    const struct queue_case *c = q->c;
    simtime now = 0;
    for (uint64_t i = 0; i < c->n_customers; i++) {
        now += queue_draw(&c->gap, &q->arrivals);
        simtime start = q->free[0] > now ? q->free[0] : now;
        queue_note(q, i, start - now);
        queue_occupy(q, c->n_servers, start + queue_draw(&c->work, &q->services));
    }
}

// ---- the engine

static void queue_next_arrival(struct queue_run *q, struct cell *cell)
{
    if (++q->n_arrived < q->c->n_customers)
        cell_send(cell, 0, queue_draw(&q->c->gap, &q->arrivals), QUEUE_ARRIVAL, NULL, 0);
}

static void queue_handle(struct cell *cell, void *world, const struct event *event)
{
    struct queue_run *q = world;
    simtime now = event->time, start = q->free[0] > now ? q->free[0] : now;
    queue_note(q, q->n_arrived, start - now);
    queue_occupy(q, q->c->n_servers, start + queue_draw(&q->c->work, &q->services));
    queue_next_arrival(q, cell);
}

// ---- the station

static void queue_handle_station(struct cell *cell, void *world, const struct event *event)
{
    struct queue_run *q = world;
    simtime start, now = event->time, work = queue_draw(&q->c->work, &q->services);
    enum station_verdict verdict = station_admit(&q->station, now, SIMTIME_NEVER, &start);
    REQUIRE(verdict == STATION_START, "more than %d customers wait", QUEUE_WAITING);
    queue_note(q, q->n_arrived, start - now);
    station_occupy(&q->station, now, start, start + work);
    queue_next_arrival(q, cell);
}

static void queue_run_engine(struct queue_run *q, engine_handler handler)
{
    static const uint32_t cell = 0;
    static const simtime alone = SIMTIME_NEVER;
    struct engine *engine = engine_create(&(struct engine_conf){.n_lps = 1,
                                                                .lp_cell = &cell,
                                                                .n_cells = 1,
                                                                .lookahead = &alone,
                                                                .handler = handler,
                                                                .world = q});
    engine_post(engine, 0, 0, queue_draw(&q->c->gap, &q->arrivals), QUEUE_ARRIVAL, NULL, 0);
    engine_run(engine, SIMTIME_NEVER - 1, 1, NULL);
    engine_destroy(engine);
}

// ---- measuring

static double queue_measure(struct queue_case *c, enum queue_way way)
{
    static struct queue_run q;
    queue_start(&q, c);
    station_init(&q.station, (uint32_t)c->n_servers, QUEUE_WAITING);
    double start = harness_cpu_seconds();
    if (way == QUEUE_RECURSION)
        (c->n_servers == 1 ? queue_lindley : queue_kiefer_wolfowitz)(&q);
    else
        queue_run_engine(&q, way == QUEUE_ENGINE ? queue_handle : queue_handle_station);
    double seconds = harness_cpu_seconds() - start;
    station_free(&q.station);
    c->mean_wait_ns[way] = (double)q.total_wait / (double)c->n_customers;
    return seconds / (double)c->n_customers * 1e9;
}

static double queue_recursion(void *c)
{
    return queue_measure(c, QUEUE_RECURSION);
}

static double queue_engine(void *c)
{
    return queue_measure(c, QUEUE_ENGINE);
}

static double queue_station(void *c)
{
    return queue_measure(c, QUEUE_STATION);
}

// Mean wait of M/M/n in units of the mean service time, by Erlang's recursion for B, then C.
static double queue_formula(int n_servers)
{
    double offered = QUEUE_LOAD * n_servers, b = 1;
    for (int i = 1; i <= n_servers; i++)
        b = offered * b / (i + offered * b);
    double c = b / (1 - QUEUE_LOAD * (1 - b));
    return c / (n_servers * (1 - QUEUE_LOAD));
}

static void queue_add_wait(struct harness *h, const struct queue_case *c, const char *size)
{
    double mean = c->mean_wait_ns[QUEUE_RECURSION], square = 0;
    double reference = queue_formula(c->n_servers) * QUEUE_WORK_S * 1e9;
    double per_batch = (double)c->n_customers / QUEUE_BATCHES;
    for (int i = 0; i < QUEUE_BATCHES; i++)
        square += pow((double)c->batches[i] / per_batch - mean, 2);
    double error = sqrt(square / (QUEUE_BATCHES - 1) / QUEUE_BATCHES) *
                   gsl_cdf_tdist_Pinv(0.9995, QUEUE_BATCHES - 1);
    harness_add(
        h, &(struct harness_row){
               .variant = "mean wait, 99.9 % interval",
               .size = size,
               .unit = "ms",
               .rounds = 1,
               .value = {mean * 1e-6, (mean - error) * 1e-6, (mean + error) * 1e-6},
               .ratio = {mean / reference, (mean - error) / reference, (mean + error) / reference},
               .reference = "Erlang's formula",
               .target = {GOAL_RATIO_HOLDS_ONE, 1}});
}

static void queue_check(const struct queue_case *c)
{
    for (int way = 0; way < QUEUE_WAYS; way++)
        REQUIRE(c->mean_wait_ns[way] == c->mean_wait_ns[QUEUE_RECURSION],
                "%d servers, way %d: mean wait %.9g ns instead of %.9g", c->n_servers, way,
                c->mean_wait_ns[way], c->mean_wait_ns[QUEUE_RECURSION]);
}

static void queue_at(struct harness *h, int n_servers, const char *size)
{
    struct queue_case c = {.n_servers = n_servers, .n_customers = h->is_quick ? 200000 : 4000000};
    struct distribution work = {.kind = DISTRIBUTION_EXPONENTIAL, .a = QUEUE_WORK_S};
    struct distribution gap = {.kind = DISTRIBUTION_EXPONENTIAL,
                               .a = QUEUE_WORK_S / (QUEUE_LOAD * n_servers)};
    c.work = variate_compile(&c.arena, &work, 1e9);
    c.gap = variate_compile(&c.arena, &gap, 1e9);
    struct harness_target target = {n_servers > 1 ? GOAL_RATIO_MOST : GOAL_NONE, 2};
    const struct harness_contender contenders[] = {
        {.variant = "bare recursion",
         .measure = queue_recursion,
         .argument = &c,
         .is_reference = true},
        {.variant = "engine, 1 event each",
         .measure = queue_engine,
         .argument = &c,
         .target = target},
        {.variant = "station of the model", .measure = queue_station, .argument = &c},
    };
    harness_contest(h, &(struct harness_contest){.size = size,
                                                 .unit = "ns/customer",
                                                 .is_cost = true,
                                                 .rounds = h->is_quick ? 2 : 5,
                                                 .n = ARRAY_LEN(contenders),
                                                 .contenders = contenders});
    queue_check(&c);
    queue_add_wait(h, &c, size);
    arena_free(&c.arena);
}

void queues_bench(struct harness *h)
{
    queue_at(h, 1, "M/M/1");
    queue_at(h, 8, "M/M/8");
    harness_note(h,
                 "servers are busy %.0f %% of the time; all ways give the same sum of waits, "
                 "exactly",
                 100 * QUEUE_LOAD);
}
