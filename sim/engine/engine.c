// Set-up and readers.
//
// Set-up copies what it is given, numbers each cell's LPs by rising id and gives each cell its own
// memory, so that during a run a thread writes only to the cells it owns. Cost: O(LPs + cells^2),
// once.
#include "engine/engine.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "base/walltime.h"
#include "engine/digest.h"
#include "engine/engine_state.h"

enum { ENGINE_TELLING_EVENTS = 256, ENGINE_BUCKET_EVENTS = 400 };
enum { ENGINE_MANY_LPS = 1024, ENGINE_MAX_CELLS = 4096, ENGINE_DEFAULT_SHIFT = 20 };

// Buckets about as wide as the lookahead to begin with.
static int engine_choose_shift(const struct engine *engine)
{
    if (engine->conf.bucket_shift != 0)
        return engine->conf.bucket_shift;
    if (engine->lookahead.least == SIMTIME_NEVER)
        return ENGINE_DEFAULT_SHIFT;
    int shift = 63 - __builtin_clzll((uint64_t)engine->lookahead.least);
    return shift < CALENDAR_MAX_SHIFT ? shift : CALENDAR_MAX_SHIFT;
}

static void engine_init_cell(struct engine *engine, uint32_t id)
{
    const struct engine_conf *conf = &engine->conf;
    struct cell *cell = &engine->cells[id];
    if (conf->context != NULL)
        cell->context = *conf->context;
    cell->local = cell->id = (uint16_t)id;
    cell->n_lps = conf->n_lps;
    cell->lp_cell = engine->lp_cell;
    cell->lp_slot = engine->lp_slot;
    cell->context.is_handling = true;
    cell->lookahead = conf->lookahead + (size_t)id * conf->n_cells;
    cell->mail = &engine->mail;
    cell->handler = conf->handler;
    cell->prefetch = conf->prefetch;
    cell->world = conf->world;
    cell->lp_name = conf->lp_name;
    calendar_init(&cell->calendar, engine_choose_shift(engine), conf->bucket_shift == 0);
}

static struct cell_lp *engine_lp(const struct engine *engine, uint32_t lp)
{
    return &engine->cells[engine->lp_cell[lp]].lps[engine->lp_slot[lp]];
}

static void engine_place_lps(struct engine *engine)
{
    const struct engine_conf *conf = &engine->conf;
    uint32_t *count = array_new(uint32_t, conf->n_cells);
    for (uint32_t lp = 0; lp < conf->n_lps; lp++) {
        uint32_t cell = conf->lp_cell != NULL ? conf->lp_cell[lp] : 0;
        REQUIRE(cell < conf->n_cells, "LP %" PRIu32 " in cell %" PRIu32 " of %" PRIu32, lp, cell,
                conf->n_cells);
        engine->lp_cell[lp] = (uint16_t)cell;
        engine->lp_slot[lp] = count[cell]++;
    }
    for (uint32_t id = 0; id < conf->n_cells; id++) {
        engine->cells[id].lps = array_new_apart(struct cell_lp, count[id]);
        engine->cells[id].has_many_lps = count[id] > ENGINE_MANY_LPS;
    }
    for (uint32_t lp = 0; lp < conf->n_lps; lp++)
        engine_lp(engine, lp)->key = (uint64_t)lp << EVENT_SEQUENCE_BITS;
    array_release(count);
}

// Replaces what the caller lent by copies, so that it may go away.
static void engine_copy_conf(struct engine *engine, const struct engine_conf *conf)
{
    size_t n_pairs = (size_t)conf->n_cells * conf->n_cells;
    simtime *lookahead = array_new(simtime, n_pairs);
    if (conf->lookahead != NULL)
        memcpy(lookahead, conf->lookahead, n_pairs * sizeof *lookahead);
    engine->conf = *conf;
    engine->conf.lookahead = lookahead;
}

struct engine *engine_create(const struct engine_conf *conf)
{
    REQUIRE(conf->n_lps >= 1 && conf->n_lps < 1u << EVENT_LP_BITS, "%" PRIu32 " LPs", conf->n_lps);
    REQUIRE(conf->n_cells >= 1 && conf->n_cells <= ENGINE_MAX_CELLS, "%" PRIu32 " cells",
            conf->n_cells);
    REQUIRE(conf->handler != NULL, "engine_conf.handler is NULL");
    REQUIRE(conf->lookahead != NULL || conf->n_cells == 1,
            "engine_conf.lookahead is NULL, but there are %" PRIu32 " cells", conf->n_cells);
    struct engine *engine = array_new_apart(struct engine, 1);
    engine_copy_conf(engine, conf);
    engine->windows.governor = governor_create();
    if (conf->always_team)
        engine->windows.governor.stretch_ns = INT64_MAX;
    engine->windows.next = array_new_apart(simtime, conf->n_cells);
    engine->windows.events = array_new(uint64_t, conf->n_cells);
    lookahead_init(&engine->lookahead, engine->conf.lookahead, conf->n_cells);
    engine->lp_cell = array_new(uint16_t, conf->n_lps);
    engine->lp_slot = array_new(uint32_t, conf->n_lps);
    engine->cells = array_new_apart(struct cell, conf->n_cells);
    engine_place_lps(engine);
    engine->conf.lp_cell = NULL; // lent by the caller; engine->lp_cell holds it now
    mailroom_init(&engine->mail, conf->n_cells);
    for (uint32_t id = 0; id < conf->n_cells; id++)
        engine_init_cell(engine, id);
    return engine;
}

// What is for set-up and readers is not for handlers.
static void engine_require_rest(const struct engine *engine, const char *function)
{
    REQUIRE(!engine->is_running, "%s during a run: handlers may call the functions of cell.h only",
            function);
}

void engine_destroy(struct engine *engine)
{
    if (engine == NULL)
        return;
    engine_require_rest(engine, "engine_destroy");
    for (uint32_t id = 0; id < engine->conf.n_cells; id++) {
        struct cell *cell = &engine->cells[id];
        calendar_free(&cell->calendar);
        for (size_t i = 0; i < cell->lanes.n; i++)
            lane_free(&cell->lanes.items[i]);
        array_free(&cell->lanes);
        array_release(cell->lps);
    }
    lookahead_free(&engine->lookahead);
    array_release(engine->windows.next);
    array_release(engine->windows.events);
    mailroom_free(&engine->mail);
    heap_free(&engine->serial);
    array_free(&engine->posted);
    array_release((void *)engine->conf.lookahead);
    array_release(engine->lp_cell);
    array_release(engine->lp_slot);
    array_release(engine->cells);
    array_release(engine);
}

static const char *engine_lp_name(const struct engine *engine, uint32_t lp)
{
    const struct engine_conf *conf = &engine->conf;
    return conf->lp_name != NULL && lp < conf->n_lps ? conf->lp_name(conf->world, lp) : "?";
}

// What is set up must be set up in time, for an LP that exists.
static void engine_require_set_up(const struct engine *engine, const char *what, uint32_t lp)
{
    REQUIRE(!engine->has_run, "%s LP %" PRIu32 " (%s) after the first run has begun", what, lp,
            engine_lp_name(engine, lp));
    REQUIRE(lp < engine->conf.n_lps, "%s LP %" PRIu32 ", but there are %" PRIu32 " LPs", what, lp,
            engine->conf.n_lps);
}

uint32_t engine_lane(struct engine *engine, uint32_t lp, simtime delay, uint16_t kind)
{
    engine_require_set_up(engine, "lane of", lp);
    REQUIRE(delay >= 1 && delay < SIMTIME_NEVER / 2 && kind != EVENT_KIND_LANE,
            "lane of LP %" PRIu32 " (%s): delay %" PRId64 " ns (1 .. %" PRId64
            "), kind %d (below %d)",
            lp, engine_lp_name(engine, lp), delay, SIMTIME_NEVER / 2 - 1, kind, EVENT_KIND_LANE);
    struct cell *cell = &engine->cells[engine->lp_cell[lp]];
    array_push(&cell->lanes, ((struct lane){.delay = delay, .lp = lp, .kind = kind}));
    return (uint32_t)(cell->lanes.n - 1);
}

void engine_post(struct engine *engine, uint32_t src, uint32_t dst, simtime time, uint16_t kind,
                 const void *payload, size_t size)
{
    engine_require_set_up(engine, "first event of", src);
    engine_require_set_up(engine, "first event for", dst);
    REQUIRE(
        time >= 0 && time < SIMTIME_NEVER && size <= EVENT_PAYLOAD_BYTES && kind != EVENT_KIND_LANE,
        "first event of LP %" PRIu32 " (%s): time %" PRId64
        " ns (0 or later), %zu bytes (at most %d), kind %d (below %d)",
        src, engine_lp_name(engine, src), time, size, EVENT_PAYLOAD_BYTES, kind, EVENT_KIND_LANE);
    struct event event = {
        .time = time, .key = ++engine_lp(engine, src)->key, .dst = dst, .kind = kind};
    if (size > 0)
        memcpy(event.payload, payload, size);
    array_push(&engine->posted, event);
}

static int engine_compare_times(const void *a, const void *b)
{
    const simtime *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

// Mean distance of the first events, ns, by the middle half of a sample: what lies far off from the
// rest, as ends of faults and tests do, does not count.
static double engine_distance(const struct engine *engine)
{
    simtime times[ENGINE_TELLING_EVENTS];
    const size_t n = engine->posted.n;
    for (uint32_t i = 0; i < ENGINE_TELLING_EVENTS; i++) {
        uint32_t scattered = i * UINT32_C(2654435769); // by the golden ratio: posts may be periodic
        times[i] = engine->posted.items[(uint64_t)scattered * n >> 32].time;
    }
    qsort(times, ENGINE_TELLING_EVENTS, sizeof *times, engine_compare_times);
    simtime low = times[ENGINE_TELLING_EVENTS / 4], high = times[ENGINE_TELLING_EVENTS * 3 / 4];
    return (double)(high - low) / ((double)n / 2);
}

// A bucket width that suits the first events, as far as they tell: some hundreds of them a bucket,
// and not beyond the lookahead. The calendars' tuners go on from there.
static void engine_fit_buckets(struct engine *engine)
{
    if (engine->conf.bucket_shift != 0 || engine->posted.n < ENGINE_TELLING_EVENTS)
        return;
    double width = engine_distance(engine) * engine->conf.n_cells * ENGINE_BUCKET_EVENTS;
    if (width < 1)
        return; // most begin at one time, which tells nothing
    int shift = ilogb(width), most = engine_choose_shift(engine);
    if (engine->lookahead.least != SIMTIME_NEVER && shift > most)
        shift = most;
    for (uint32_t id = 0; id < engine->conf.n_cells; id++)
        calendar_resize(&engine->cells[id].calendar,
                        shift < CALENDAR_MAX_SHIFT ? shift : CALENDAR_MAX_SHIFT);
}

// From now on the lanes of a cell are written by the thread that runs it.
static void engine_set_lanes_apart(struct cell *cell)
{
    struct lane *lanes = array_new_apart(struct lane, cell->lanes.n);
    if (cell->lanes.n > 0)
        memcpy(lanes, cell->lanes.items, cell->lanes.n * sizeof *lanes);
    array_release(cell->lanes.items);
    cell->lanes.items = lanes;
    cell->lanes.capacity = cell->lanes.n;
}

void engine_begin(struct engine *engine, simtime end,
                  void (*deal)(struct engine *engine, const struct event *event))
{
    REQUIRE(end >= 0, "end at %" PRId64 " ns", end);
    for (uint32_t id = 0; id < engine->conf.n_cells && !engine->has_run; id++)
        engine_set_lanes_apart(&engine->cells[id]);
    engine->has_run = true;
    engine_fit_buckets(engine);
    for (size_t i = 0; i < engine->posted.n; i++)
        deal(engine, &engine->posted.items[i]);
    array_free(&engine->posted);
}

uint64_t engine_events(const struct engine *engine)
{
    uint64_t n = 0;
    for (uint32_t id = 0; id < engine->conf.n_cells; id++)
        n += engine->cells[id].n_executed;
    return n;
}

uint64_t engine_digest(const struct engine *engine)
{
    engine_require_rest(engine, "engine_digest");
    uint64_t *chains = array_new(uint64_t, engine->conf.n_lps);
    for (uint32_t lp = 0; lp < engine->conf.n_lps; lp++)
        chains[lp] = engine_lp(engine, lp)->chain;
    uint64_t digest = digest_combine(chains, engine->conf.n_lps);
    array_release(chains);
    return digest;
}

// A visitor that leaves out the heads of lanes: the lanes themselves are visited entry by entry.
struct visitor {
    void (*visit)(void *argument, const struct event *event);
    void *argument;
};

static void engine_visit(void *argument, const struct event *event)
{
    const struct visitor *visitor = argument;
    if (event->kind != EVENT_KIND_LANE)
        visitor->visit(visitor->argument, event);
}

void engine_pending(const struct engine *engine,
                    void (*visit)(void *argument, const struct event *event), void *argument)
{
    struct visitor visitor = {visit, argument};
    engine_require_rest(engine, "engine_pending");
    for (size_t i = 0; i < engine->posted.n; i++)
        visit(argument, &engine->posted.items[i]);
    for (size_t i = 0; i < engine->serial.events.n; i++)
        engine_visit(&visitor, &engine->serial.events.items[i]);
    for (uint32_t id = 0; id < engine->conf.n_cells; id++) {
        const struct cell *cell = &engine->cells[id];
        calendar_each(&cell->calendar, engine_visit, &visitor);
        for (size_t i = 0; i < cell->lanes.n; i++)
            lane_each(&cell->lanes.items[i], visit, argument);
    }
}

static void engine_count(void *argument, const struct event *event)
{
    (void)event;
    ++*(uint64_t *)argument;
}

// After a loop: puts the caller's context back and says why the run ended.
static enum engine_stop engine_finish(struct engine *engine, bool is_complete)
{
    uint64_t n_live = 0;
    engine->is_running = false;
    bug_set_context(engine->conf.context);
    engine_pending(engine, engine_count, &n_live);
    if (!is_complete)
        return ENGINE_STOP_CANCEL;
    return n_live > 0 ? ENGINE_STOP_END : ENGINE_STOP_EMPTY;
}

static void engine_start(struct engine *engine)
{
    engine_require_rest(engine, "a run inside a run");
    engine->is_running = true;
}

enum engine_stop engine_run(struct engine *engine, simtime end, int n_threads,
                            const volatile int *cancel)
{
    engine_start(engine);
    return engine_finish(engine, window_loop(engine, end, n_threads, cancel));
}

enum engine_stop engine_run_serial(struct engine *engine, simtime end, const volatile int *cancel)
{
    engine_start(engine);
    int64_t start_ns = walltime_ns();
    bool is_complete = oracle_loop(engine, end, cancel);
    engine->windows.n_threads = 1;
    engine->windows.wall_ns += walltime_ns() - start_ns;
    return engine_finish(engine, is_complete);
}

bool engine_step(struct engine *engine, simtime end)
{
    engine->is_running = true;
    const bool has_one = oracle_step(engine, end);
    engine->is_running = false;
    return has_one;
}

struct engine_stats engine_stats_of(const struct engine *engine)
{
    engine_require_rest(engine, "engine_stats_of");
    struct engine_stats stats = {.events = engine_events(engine),
                                 .windows = engine->windows.n,
                                 .team_windows = engine->windows.n_team,
                                 .n_threads = engine->windows.n_threads,
                                 .wall_ns = engine->windows.wall_ns,
                                 .peak_bytes = mailroom_bytes(&engine->mail) +
                                               engine->serial.events.capacity *
                                                   sizeof(struct event)};
    for (int t = 0; t < ENGINE_MAX_THREADS; t++)
        stats.team_ns += engine->windows.team_ns[t],
            stats.waited_ns += engine->windows.waited_ns[t];
    for (uint32_t id = 0; id < engine->conf.n_cells; id++) {
        const struct cell *cell = &engine->cells[id];
        stats.heap_pushes += cell->calendar.work.born;
        stats.far_pushes += cell->calendar.work.far + cell->calendar.work.beyond;
        stats.remote_sends += cell->n_remote;
        stats.lane_dead += cell->n_cancelled;
        stats.peak_bytes += calendar_bytes(&cell->calendar);
        for (size_t i = 0; i < cell->lanes.n; i++)
            stats.peak_bytes += cell->lanes.items[i].ring.capacity * sizeof(struct lane_entry);
    }
    return stats;
}
