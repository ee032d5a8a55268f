#include "model/fetches.h"

#include <string.h>

#include "base/base.h"

static uint32_t *fetches_head(const struct fetches *f, uint32_t item)
{
    uint32_t mixed = item * UINT32_C(0x9E3779B1);
    return &f->heads.items[(mixed >> 8) & (f->heads.n - 1)];
}

static void fetches_file(struct fetches *f, uint32_t index)
{
    struct fetch *fetch = &f->frames.items[index];
    uint32_t *head = fetches_head(f, fetch->item);
    fetch->next = *head;
    *head = index + 1;
}

// As many chains as frames: all are filed anew.
static void fetches_refile(struct fetches *f)
{
    array_reserve(&f->heads, f->frames.n);
    REQUIRE((f->frames.n & (f->frames.n - 1)) == 0, "%zu frames", f->frames.n);
    f->heads.n = f->frames.n;
    memset(f->heads.items, 0, f->heads.n * sizeof *f->heads.items);
    for (uint32_t i = 0; i < f->frames.n; i++)
        if (slots_is_taken(&f->frames, i) && f->frames.items[i].kind != FETCH_PASS)
            fetches_file(f, i);
}

uint32_t fetches_take(struct fetches *f, enum fetch_kind kind, uint32_t item)
{
    const uint32_t index = slots_take(&f->frames);
    struct fetch *fetch = &f->frames.items[index];
    fetch->kind = (uint8_t)kind;
    fetch->item = item;
    fetch->timer = 0;
    fetch->heard = 0;
    fetch->last_waiter = 0;
    fetch->is_overtaken = false;
    if (UNLIKELY(f->heads.n < f->frames.n))
        fetches_refile(f);
    else if (kind != FETCH_PASS)
        fetches_file(f, index);
    return index;
}

static uint32_t fetches_match(const struct fetches *f, uint32_t at, uint32_t item)
{
    while (at != 0 && f->frames.items[at - 1].item != item)
        at = f->frames.items[at - 1].next;
    return at;
}

uint32_t fetches_find(const struct fetches *f, uint32_t item)
{
    return f->heads.n > 0 ? fetches_match(f, *fetches_head(f, item), item) : 0;
}

uint32_t fetches_find_other(const struct fetches *f, uint32_t found)
{
    const struct fetch *fetch = &f->frames.items[found - 1];
    return fetches_match(f, fetch->next, fetch->item);
}

void fetches_wait(struct fetches *f, uint32_t index, const struct waiter *waits)
{
    const uint32_t at = slots_take(&f->waiters) + 1;
    struct fetch *fetch = &f->frames.items[index];
    struct waiter *waiter = &f->waiters.items[at - 1];
    waiter->caller = waits->caller;
    waiter->call = waits->call;
    waiter->began = waits->began;
    waiter->next = at;
    if (fetch->last_waiter != 0) {
        struct waiter *last = &f->waiters.items[fetch->last_waiter - 1];
        waiter->next = last->next;
        last->next = at;
    }
    fetch->last_waiter = at;
}

bool fetches_next_waiter(struct fetches *f, uint32_t index, struct waiter *waiter)
{
    struct fetch *fetch = &f->frames.items[index];
    if (fetch->last_waiter == 0)
        return false;
    struct waiter *last = &f->waiters.items[fetch->last_waiter - 1];
    const uint32_t first = last->next;
    *waiter = f->waiters.items[first - 1];
    last->next = waiter->next;
    if (first == fetch->last_waiter)
        fetch->last_waiter = 0;
    slots_release(&f->waiters, first - 1);
    return true;
}

// ---- what it misses

void fetches_hear(struct fetches *f, uint32_t index, const struct unseen_write *write)
{
    uint32_t at = f->frames.items[index].heard;
    while (at != 0 && f->heard.items[at - 1].version != write->version)
        at = f->heard.items[at - 1].earlier;
    if (at != 0)
        return;
    at = slots_take(&f->heard) + 1;
    struct heard *heard = &f->heard.items[at - 1];
    heard->version = write->version;
    heard->committed = write->committed;
    heard->earlier = f->frames.items[index].heard;
    f->frames.items[index].heard = at;
}

void fetches_judge(const struct fetches *f, uint32_t index, struct copy_read *read)
{
    read->newest = COPY_NO_WRITE;
    read->missed = SIMTIME_NEVER;
    read->behind = 0;
    for (uint32_t at = f->frames.items[index].heard; at != 0; at = f->heard.items[at - 1].earlier) {
        const struct heard *heard = &f->heard.items[at - 1];
        const struct unseen_write w = {.version = heard->version, .committed = heard->committed};
        if (w.committed <= read->time)
            copy_misses(read, &w);
    }
}

static void fetches_forget(struct fetches *f, struct fetch *fetch)
{
    while (fetch->heard != 0) {
        const uint32_t at = fetch->heard;
        fetch->heard = f->heard.items[at - 1].earlier;
        slots_release(&f->heard, at - 1);
    }
}

void fetches_release(struct fetches *f, uint32_t index)
{
    struct fetch *fetch = &f->frames.items[index];
    fetches_forget(f, fetch);
    CHECK(fetch->last_waiter == 0);
    if (fetch->kind != FETCH_PASS) {
        uint32_t *at = fetches_head(f, fetch->item);
        while (*at != index + 1)
            at = &f->frames.items[*at - 1].next;
        *at = fetch->next;
    }
    slots_release(&f->frames, index);
}

void fetches_free(struct fetches *f)
{
    slots_free(&f->frames);
    slots_free(&f->waiters);
    slots_free(&f->heard);
    array_free(&f->heads);
}
