#include "model/readlog.h"

#include <stddef.h>
#include <string.h>

#include "base/array.h"
#include "base/base.h"
#include "model/events.h"

enum { READLOG_FIRST_CAPACITY = 1 << 12 };

static struct readlog_entry *readlog_new_ring(uint64_t capacity)
{
    size_t got = 0;
    struct readlog_entry *ring = array_grow(NULL, &got, (size_t)capacity, sizeof *ring);
    REQUIRE(got == capacity, "ring of %zu reads", got);
    return ring;
}

void readlog_init(struct readlog *log, uint32_t n_items, struct histogram *staleness)
{
    size_t got = 0;
    *log = (struct readlog){
        .mask = READLOG_FIRST_CAPACITY - 1, .n_items = n_items, .staleness = staleness};
    log->ring = readlog_new_ring(READLOG_FIRST_CAPACITY);
    log->items = array_grow(NULL, &got, n_items, sizeof *log->items);
    memset(log->items, 0, n_items * sizeof *log->items);
}

void readlog_free(struct readlog *log)
{
    array_release(log->ring);
    array_release(log->items);
    *log = (struct readlog){0};
}

static void readlog_double(struct readlog *log)
{
    uint64_t capacity = (log->mask + 1) * 2;
    struct readlog_entry *ring = readlog_new_ring(capacity);
    for (uint64_t i = log->first; i < log->next; i++)
        ring[i & (capacity - 1)] = log->ring[i & log->mask];
    array_release(log->ring);
    log->ring = ring;
    log->mask = capacity - 1;
}

void readlog_add(struct readlog *log, uint32_t item, simtime time, uint64_t version)
{
    CHECK(item < log->n_items);
    if (UNLIKELY(log->next - log->first > log->mask))
        readlog_double(log);
    if (time > log->newest)
        log->newest = time;
    else if (log->newest - time > log->disorder)
        log->disorder = log->newest - time;
    log->ring[log->next & log->mask] = (struct readlog_entry){
        .time = time, .version = version, .earlier = log->items[item].latest, .item = item};
    log->items[item].latest = ++log->next; // position + 1
}

void readlog_write(struct readlog *log, simtime now, uint32_t item, uint64_t version)
{
    log->items[item].version = version;
    if (log->newest <= now)
        return; // no read is to come
    for (uint64_t at = log->items[item].latest; at > log->first;) {
        struct readlog_entry *e = &log->ring[(at - 1) & log->mask];
        if (e->time <= now - log->disorder)
            break; // and so are all before it
        if (e->time > now && e->version < version)
            e->version = version;
        at = e->earlier;
    }
}

uint64_t readlog_learn(struct readlog *log, simtime now, const struct payload_write *p)
{
    uint64_t counted = 0;
    // Positions before `first` are forgotten: the chain ends there.
    for (uint64_t at = log->items[p->item].latest; at > log->first;) {
        struct readlog_entry *e = &log->ring[(at - 1) & log->mask];
        if (e->time < p->committed - log->disorder)
            break; // and so are all before it
        bool is_affected = e->time >= p->committed && e->time <= now;
        if (is_affected && e->version < p->version && !e->is_counted) {
            e->is_counted = 1;
            histogram_add(log->staleness, (uint64_t)(e->time - p->committed));
            counted++;
        }
        at = e->earlier;
    }
    return counted;
}

void readlog_forget(struct readlog *log, simtime time)
{
    while (log->first < log->next && log->ring[log->first & log->mask].time < time)
        log->first++;
}
