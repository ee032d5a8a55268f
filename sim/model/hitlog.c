#include "model/hitlog.h"

#include <stddef.h>
#include <string.h>

#include "base/array.h"
#include "base/base.h"
#include "model/events.h"

enum { HITLOG_FIRST_CAPACITY = 1 << 12, HITLOG_LEAST_BITS = 4, HITLOG_MOST_BITS = 20 };

static struct hitlog_entry *hitlog_new_ring(uint64_t capacity)
{
    size_t got = 0;
    struct hitlog_entry *ring = array_grow(NULL, &got, (size_t)capacity, sizeof *ring);
    REQUIRE(got == capacity, "ring of %zu hits", got);
    return ring;
}

void hitlog_init(struct hitlog *log, uint32_t size, struct histogram *staleness)
{
    uint32_t bits = HITLOG_LEAST_BITS;
    while (bits < HITLOG_MOST_BITS && UINT32_C(1) << bits < size)
        bits++;
    *log = (struct hitlog){
        .mask = HITLOG_FIRST_CAPACITY - 1, .shift = 32 - bits, .staleness = staleness};
    log->ring = hitlog_new_ring(HITLOG_FIRST_CAPACITY);
    log->heads = array_new(uint64_t, (size_t)1 << bits);
}

void hitlog_free(struct hitlog *log)
{
    array_release(log->ring);
    array_release(log->heads);
    *log = (struct hitlog){0};
}

static void hitlog_double(struct hitlog *log)
{
    uint64_t capacity = (log->mask + 1) * 2;
    struct hitlog_entry *ring = hitlog_new_ring(capacity);
    for (uint64_t i = log->first; i < log->next; i++)
        ring[i & (capacity - 1)] = log->ring[i & log->mask];
    array_release(log->ring);
    log->ring = ring;
    log->mask = capacity - 1;
}

static uint64_t *hitlog_head(const struct hitlog *log, uint32_t item)
{
    return &log->heads[item * UINT32_C(0x9E3779B1) >> log->shift];
}

void hitlog_add(struct hitlog *log, uint32_t item, simtime time, uint64_t version)
{
    if (UNLIKELY(log->next - log->first > log->mask))
        hitlog_double(log);
    uint64_t *head = hitlog_head(log, item);
    log->ring[log->next & log->mask] =
        (struct hitlog_entry){.time = time, .version = version, .earlier = *head, .item = item};
    *head = ++log->next; // position + 1
}

uint64_t hitlog_learn(struct hitlog *log, const struct payload_write *p)
{
    uint64_t counted = 0;
    // Positions before `first` are forgotten: the chain ends there.
    for (uint64_t at = *hitlog_head(log, p->item); at > log->first;) {
        struct hitlog_entry *e = &log->ring[(at - 1) & log->mask];
        if (e->time < p->committed)
            break; // and so are all before it
        if (e->item == p->item && e->version < p->version && !e->is_counted) {
            e->is_counted = 1;
            histogram_add(log->staleness, (uint64_t)(e->time - p->committed));
            counted++;
        }
        at = e->earlier;
    }
    return counted;
}

void hitlog_forget(struct hitlog *log, simtime time)
{
    while (log->first < log->next && log->ring[log->first & log->mask].time < time)
        log->first++;
}
