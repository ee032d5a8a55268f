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
            "LP %" PRIu32 " (%s) sends kind %d with %zu bytes; kinds are below %d, payloads have at "
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
    uint32_t to = cell->places[dst].cell, lp = cell->context.lp;
    simtime delay = time - cell->context.time_ns;
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
    return mailroom_place(cell->mail, cell->id, cell->places[dst].cell);
}

// Puts the entry at `position` into the event list.
static void cell_queue_timer(struct cell *cell, uint32_t id, uint64_t position)
{
    struct event event;
    lane_event(&cell->lanes.items[id], id, position, &event);
    if (cell->oracle != NULL)
        heap_push(cell->oracle, &event);
    else
        calendar_push(&cell->calendar, &event);
}

// A lane of the running LP.
static struct lane *cell_own_lane(struct cell *cell, uint32_t id)
{
    uint32_t lp = cell->context.lp;
    REQUIRE(id < cell->lanes.n, "LP %" PRIu32 " (%s) uses lane %" PRIu32 " of %zu", lp,
            cell_lp_name(cell, lp), id, cell->lanes.n);
    struct lane *lane = &cell->lanes.items[id];
    REQUIRE(lane->lp == lp,
            "LP %" PRIu32 " (%s) uses lane %" PRIu32 ", which is that of LP %" PRIu32 " (%s)", lp,
            cell_lp_name(cell, lp), id, lane->lp, cell_lp_name(cell, lane->lp));
    return lane;
}

uint64_t cell_arm(struct cell *cell, uint32_t lane, uint64_t token)
{
    struct lane *l = cell_own_lane(cell, lane);
    REQUIRE(l->delay < SIMTIME_NEVER - cell->context.time_ns,
            "LP %" PRIu32 " (%s) arms a timer of %" PRId64 " ns; simulated time ends at %" PRId64
            " ns",
            l->lp, cell_lp_name(cell, l->lp), l->delay, SIMTIME_NEVER - 1);
    struct lane_entry entry = {
        .time = cell->context.time_ns + l->delay, .key = cell_next_key(cell), .token = token};
    uint64_t position = lane_arm(l, &entry);
    if (!l->is_queued) {
        // The oracle never sets is_queued: each of its timers is an event of its own.
        l->is_queued = cell->oracle == NULL;
        cell_queue_timer(cell, lane, position);
    }
    return position + 1;
}

void cell_disarm(struct cell *cell, uint32_t lane, uint64_t ticket)
{
    bool was_live = lane_cancel(cell_own_lane(cell, lane), ticket);
    CHECK(was_live);
    cell->n_cancelled += was_live;
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
        lane->is_queued = lane_first(lane) != NULL;
        if (lane->is_queued)
            cell_queue_timer(cell, head.lane, lane->head);
    }
    return is_live;
}

bool cell_execute(struct cell *cell, const struct event *event)
{
    if (UNLIKELY(event->kind == EVENT_KIND_LANE)) {
        if (!cell_take_timer(cell, event))
            return false;
        event = &cell->delivery;
    }
    CHECK(event->time >= cell->context.time_ns);
    cell->context.time_ns = event->time;
    cell->context.lp = event->dst;
    cell->running = &cell->lps[cell->places[event->dst].slot];
    cell->running->chain = digest_event(cell->running->chain, event);
    cell->n_executed++;
    cell->handler(cell, cell->world, event);
    return true;
}

void cell_run(struct cell *cell, simtime horizon)
{
    const struct event *event;
    bug_set_context(&cell->context);
    while ((event = calendar_pop(&cell->calendar, horizon)) != NULL)
        cell_execute(cell, event);
}

static void cell_take_mail(void *argument, const struct event *event)
{
    struct cell *cell = argument;
    calendar_push(&cell->calendar, event);
}

void cell_collect(struct cell *cell)
{
    mailroom_empty(cell->mail, cell->id, cell_take_mail, cell);
    cell->next = calendar_next(&cell->calendar);
}
