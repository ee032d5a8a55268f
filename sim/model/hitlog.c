#include "model/hitlog.h"

#include "base/array.h"

enum { HITLOG_FIRST_CAPACITY = 64, HITLOG_LEAST_BITS = 4, HITLOG_MOST_BITS = 20 };

void hitlog_init(struct hitlog *log, uint32_t size, simtime notice, struct copy_counts *counts)
{
    uint32_t bits = HITLOG_LEAST_BITS;
    while (bits < HITLOG_MOST_BITS && UINT32_C(1) << bits < size)
        bits++;
    *log = (struct hitlog){
        .mask = HITLOG_FIRST_CAPACITY - 1, .shift = 32 - bits, .notice = notice, .counts = counts};
    log->ring = array_new(struct hitlog_entry, HITLOG_FIRST_CAPACITY);
    log->heads = array_new(uint64_t, (size_t)1 << bits);
}

void hitlog_free(struct hitlog *log)
{
    array_release(log->ring);
    array_release(log->heads);
    *log = (struct hitlog){0};
}

static uint64_t *hitlog_head(const struct hitlog *log, uint32_t item)
{
    return &log->heads[item * UINT32_C(0x9E3779B1) >> log->shift];
}

// Counts and forgets those of which all notices have come.
static void hitlog_forget(struct hitlog *log, simtime before)
{
    while (log->first < log->next && log->ring[log->first & log->mask].read.time < before)
        copy_count(log->counts, &log->ring[log->first++ & log->mask].read);
}

void hitlog_add(struct hitlog *log, simtime now, const struct copy_read *read)
{
    uint64_t *head = hitlog_head(log, read->item);
    hitlog_forget(log, now - log->notice);
    if (UNLIKELY(log->next - log->first > log->mask))
        log->ring = array_double_ring(log->ring, &log->mask, log->first, log->next,
                                      sizeof *log->ring);
    if (read->time > log->newest)
        log->newest = read->time;
    else if (log->newest - read->time > log->disorder)
        log->disorder = log->newest - read->time;
    log->ring[log->next & log->mask] = (struct hitlog_entry){.read = *read, .earlier = *head};
    *head = ++log->next; // position + 1
}

void hitlog_notice(struct hitlog *log, uint32_t item, const struct unseen_write *write)
{
    // Positions before `first` are forgotten: the chain ends there.
    for (uint64_t at = *hitlog_head(log, item); at > log->first;) {
        struct hitlog_entry *e = &log->ring[(at - 1) & log->mask];
        if (e->read.time < write->committed - log->disorder)
            break; // and so are all before it
        if (e->read.item == item && e->read.time >= write->committed)
            copy_misses(&e->read, write);
        at = e->earlier;
    }
}

void hitlog_settle(struct hitlog *log)
{
    hitlog_forget(log, SIMTIME_NEVER);
}
