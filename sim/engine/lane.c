#include "engine/lane.h"

#include <string.h>

#include "base/base.h"

enum { LANE_FIRST_ENTRIES = 16 };

// Doubles the ring and puts every entry where its position belongs in the larger one.
void lane_grow(struct lane *lane)
{
    size_t old = lane->ring.capacity;
    array_reserve(&lane->ring, old == 0 ? LANE_FIRST_ENTRIES : old + 1);
    size_t capacity = lane->ring.capacity;
    REQUIRE((capacity & (capacity - 1)) == 0, "lane of %zu entries", capacity);
    // An entry's new place is its old one or the same in the upper half, which is still empty.
    for (uint64_t p = lane->head; p < lane->tail; p++) {
        size_t was = (size_t)p & (old - 1), is = (size_t)p & (capacity - 1);
        if (was != is)
            lane->ring.items[is] = lane->ring.items[was];
    }
}

bool lane_take(struct lane *lane, uint64_t position, struct lane_entry *out)
{
    if (position < lane->head || lane_at(lane, position)->key == 0)
        return false;
    *out = *lane_at(lane, position);
    lane_at(lane, position)->key = 0;
    lane_skip_dead(lane);
    return true;
}

const struct lane_entry *lane_first(const struct lane *lane)
{
    return lane->head < lane->tail ? lane_at(lane, lane->head) : NULL;
}

void lane_event(const struct lane *lane, uint32_t id, uint64_t position, struct event *out)
{
    const struct lane_entry *entry = lane_at(lane, position);
    *out = (struct event){
        .time = entry->time, .key = entry->key, .dst = lane->lp, .kind = EVENT_KIND_LANE};
    struct lane_head head = {.position = position, .lane = id};
    _Static_assert(sizeof head <= EVENT_PAYLOAD_BYTES, "a lane's head fits an event");
    memcpy(out->payload, &head, sizeof head);
}

void lane_delivery(const struct lane *lane, const struct lane_entry *entry, struct event *out)
{
    *out =
        (struct event){.time = entry->time, .key = entry->key, .dst = lane->lp, .kind = lane->kind};
    memcpy(out->payload, &entry->token, sizeof entry->token);
}

void lane_each(const struct lane *lane, void (*visit)(void *argument, const struct event *event),
               void *argument)
{
    for (uint64_t p = lane->head; p < lane->tail; p++) {
        if (lane_at(lane, p)->key == 0)
            continue;
        struct event event;
        lane_delivery(lane, lane_at(lane, p), &event);
        visit(argument, &event);
    }
}

void lane_free(struct lane *lane)
{
    array_free(&lane->ring);
}
