// Executing events, sending, timers.
//
// Where determinism could break: a key must come from the running LP's own sequence (cell_next_key
// is the only source), and an event for another cell must not be due before that cell's window ends
// (cell_require_lookahead traps it at the send, where the cause is on the stack).
#include "engine/cell.h"

#include <inttypes.h>
#include <string.h>

#include "base/base.h"
#include "engine/digest.h"

enum { CELL_PREFETCH_DISTANCE = 6, CELL_MANY_CHUNKS = 2048 };

static const char *cell_lp_name(const struct cell *cell, uint32_t lp)
{
    return cell->lp_name != NULL ? cell->lp_name(cell->world, lp) : "?";
}

void cell_refuse_send(const struct cell *cell, uint32_t dst, simtime delay, uint16_t kind,
                      size_t size)
{
    uint32_t lp = cell->context.lp;
    REQUIRE(dst < cell->n_lps,
            "LP %" PRIu32 " (%s) sends kind %d to LP %" PRIu32 ", but there are %" PRIu32 " LPs",
            lp, cell_lp_name(cell, lp), kind, dst, cell->n_lps);
    REQUIRE(delay >= 1,
            "LP %" PRIu32 " (%s) sends kind %d to LP %" PRIu32 " (%s) after %" PRId64
            " ns; the least delay is 1 ns",
            lp, cell_lp_name(cell, lp), kind, dst, cell_lp_name(cell, dst), delay);
    REQUIRE(size <= EVENT_PAYLOAD_BYTES && kind != EVENT_KIND_LANE,
            "LP %" PRIu32
            " (%s) sends kind %d with %zu bytes; kinds are below %d, payloads have at "
            "most %d bytes",
            lp, cell_lp_name(cell, lp), kind, size, EVENT_KIND_LANE, EVENT_PAYLOAD_BYTES);
    bug_stop(__FILE__, __LINE__, "time overflow",
             "LP %" PRIu32 " (%s) sends kind %d to LP %" PRIu32 " (%s) after %" PRId64
             " ns; simulated time ends at %" PRId64 " ns",
             lp, cell_lp_name(cell, lp), kind, dst, cell_lp_name(cell, dst), delay,
             SIMTIME_NEVER - 1);
}

void cell_refuse_key(const struct cell *cell)
{
    bug_stop(__FILE__, __LINE__, "sequence counter full",
             "LP %" PRIu32 " (%s) has sent 2^%d events and timers: the bound of a run",
             cell->context.lp, cell_lp_name(cell, cell->context.lp), EVENT_SEQUENCE_BITS);
}

static void cell_require_lookahead(const struct cell *cell, uint32_t dst, simtime time)
{
    uint32_t to = cell->lp_cell[dst], lp = cell->context.lp;
    simtime delay = time - cell->context.time_ns;
    REQUIRE(to == cell->id || cell->lookahead[to] != SIMTIME_NEVER,
            "LP %" PRIu32 " (%s) sends to LP %" PRIu32
            " (%s), but by the lookahead (SIMTIME_NEVER) "
            "cell %" PRIu32 " never sends to cell %" PRIu32,
            lp, cell_lp_name(cell, lp), dst, cell_lp_name(cell, dst), (uint32_t)cell->id, to);
    REQUIRE(to == cell->id || delay >= cell->lookahead[to],
            "LP %" PRIu32 " (%s) sends to LP %" PRIu32 " (%s) after %" PRId64
            " ns, but the lookahead from cell %" PRIu32 " to cell %" PRIu32 " is %" PRId64 " ns",
            lp, cell_lp_name(cell, lp), dst, cell_lp_name(cell, dst), delay, cell->id, to,
            cell->lookahead[to]);
}

struct event *cell_place_away(struct cell *cell, uint32_t dst, simtime time, uint64_t key)
{
    cell_require_lookahead(cell, dst, time);
    if (cell->oracle != NULL)
        return heap_place(cell->oracle, time, key);
    cell->n_remote++;
    return mailroom_place(cell->mail, cell->id, cell->lp_cell[dst]);
}

void cell_refuse_lane(const struct cell *cell, uint32_t lane)
{
    uint32_t lp = cell->context.lp;
    REQUIRE(lane < cell->lanes.n,
            "LP %" PRIu32 " (%s) names lane %" PRIu32 " of %zu that its cell has", lp,
            cell_lp_name(cell, lp), lane, cell->lanes.n);
    uint32_t owner = cell->lanes.items[lane].lp;
    bug_stop(__FILE__, __LINE__, "a lane of another LP",
             "LP %" PRIu32 " (%s) uses lane %" PRIu32 " of LP %" PRIu32 " (%s)", lp,
             cell_lp_name(cell, lp), lane, owner, cell_lp_name(cell, owner));
}

void cell_refuse_ticket(const struct cell *cell, uint32_t lane, uint64_t ticket)
{
    uint32_t lp = cell->context.lp;
    bug_stop(__FILE__, __LINE__, "a dead timer",
             "LP %" PRIu32 " (%s) disarms timer %" PRIu64 " of lane %" PRIu32
             ", which is not armed: it has fired, was disarmed or never existed",
             lp, cell_lp_name(cell, lp), ticket, lane);
}

void cell_refuse_timer(const struct cell *cell, uint32_t lane)
{
    uint32_t lp = cell->context.lp;
    bug_stop(__FILE__, __LINE__, "time overflow",
             "LP %" PRIu32 " (%s) arms a timer of %" PRId64 " ns; simulated time ends at %" PRId64
             " ns",
             lp, cell_lp_name(cell, lp), cell->lanes.items[lane].delay, SIMTIME_NEVER - 1);
}

void cell_queue_timer(struct cell *cell, uint32_t lane, uint64_t position)
{
    struct event event;
    lane_event(&cell->lanes.items[lane], lane, position, &event);
    // The oracle never sets is_queued: each of its timers is an event of its own.
    cell->lanes.items[lane].is_queued = cell->oracle == NULL;
    if (cell->oracle != NULL)
        heap_push(cell->oracle, &event);
    else
        calendar_push(&cell->calendar, &event);
}

// A lane's event is due: true if cell->delivery is to be executed.
static bool cell_take_timer(struct cell *cell, const struct event *event)
{
    struct lane_head head;
    memcpy(&head, event->payload, sizeof head);
    struct lane *lane = &cell->lanes.items[head.lane];
    struct lane_entry entry;
    bool is_live = lane_take(lane, head.position, &entry);
    if (is_live)
        lane_delivery(lane, &entry, &cell->delivery);
    if (cell->oracle == NULL) {
        lane->is_queued = false;
        if (lane_first(lane) != NULL)
            cell_queue_timer(cell, head.lane, lane->head);
    }
    return is_live;
}

static inline void cell_handle(struct cell *cell, const struct event *event)
{
    CHECK(event->time >= cell->context.time_ns);
    cell->context.time_ns = event->time;
    cell->context.lp = event->dst;
    cell->running = &cell->lps[cell->lp_slot[event->dst]];
    cell->running->chain = digest_event(cell->running->chain, event);
    cell->handler(cell, cell->world, event);
}

static bool cell_execute_timer(struct cell *cell, const struct event *event)
{
    if (!cell_take_timer(cell, event))
        return false;
    cell_handle(cell, &cell->delivery);
    return true;
}

bool cell_execute(struct cell *cell, const struct event *event)
{
    if (event->kind == EVENT_KIND_LANE)
        return cell_execute_timer(cell, event);
    cell_handle(cell, event);
    return true;
}

// Brings into the cache what the event some places down the run will need.
static void cell_prefetch(struct cell *cell)
{
    const struct run *run = &cell->calendar.run;
    calendar_prefetch(&cell->calendar);
    size_t at = run->at + CELL_PREFETCH_DISTANCE;
    if (at >= run->order.n)
        return;
    const struct event *event = run_event(run, run->order.items[at]);
    __builtin_prefetch(&cell->lps[cell->lp_slot[event->dst]]);
    if (cell->prefetch != NULL)
        cell->prefetch(cell->world, event);
}

// Whether what events need is too much for the first caches: the state of many LPs, or, if the
// model knows what to ask for, what belongs to many pending events.
static bool cell_is_large(const struct cell *cell)
{
    return cell->has_many_lps ||
           (cell->prefetch != NULL && cell->calendar.pool.n_used > CELL_MANY_CHUNKS);
}

void cell_run(struct cell *cell, simtime horizon)
{
    const struct event *event;
    uint64_t n = 0;
    const bool is_large = cell_is_large(cell);
    cell->calendar.is_prefetched = is_large;
    bug_set_context(&cell->context);
    while ((event = calendar_pop(&cell->calendar, horizon)) != NULL) {
        if (is_large)
            cell_prefetch(cell);
        if (UNLIKELY(event->kind == EVENT_KIND_LANE)) {
            n += cell_execute_timer(cell, event);
            continue;
        }
        cell_handle(cell, event);
        n++;
    }
    cell->n_executed += n;
}

static void cell_take_mail(void *argument, const struct event *event)
{
    struct cell *cell = argument;
    calendar_push(&cell->calendar, event);
}

simtime cell_collect(struct cell *cell)
{
    mailroom_empty(cell->mail, cell->id, cell_take_mail, cell);
    return calendar_next(&cell->calendar);
}
