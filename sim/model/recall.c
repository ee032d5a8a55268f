#include "model/recall.h"

#include <string.h>

#include "base/base.h"

// Tokens hold an index in their low bits and a generation in the high ones.
static uint32_t *recall_head(const struct recall *r, uint32_t asker, uint64_t call)
{
    uint64_t mixed = (call ^ (uint64_t)asker << 40) * UINT64_C(0x9E3779B97F4A7C15);
    return &r->heads.items[(mixed >> 32) & (r->heads.capacity - 1)];
}

static void recall_link(struct recall *r, uint32_t frame)
{
    struct recall_entry *entry = &r->entries.items[frame];
    uint32_t *head = recall_head(r, entry->asker, entry->call);
    entry->next = *head;
    *head = frame + 1;
}

// As many chains as frames, which are a power of two in number: all entries are dealt anew.
static void recall_grow(struct recall *r, size_t n_frames)
{
    size_t n_old = r->heads.capacity;
    ARRAY(uint32_t) old = {.items = array_new(uint32_t, n_old)};
    if (n_old > 0)
        memcpy(old.items, r->heads.items, n_old * sizeof *old.items);
    array_reserve(&r->entries, n_frames);
    array_reserve(&r->heads, n_frames);
    REQUIRE((r->heads.capacity & (r->heads.capacity - 1)) == 0, "%zu chains", r->heads.capacity);
    recall_clear(r);
    for (size_t i = 0; i < n_old; i++)
        for (uint32_t at = old.items[i], next; at != 0; at = next) {
            next = r->entries.items[at - 1].next;
            recall_link(r, at - 1);
        }
    array_free(&old);
}

struct recall_entry *recall_note(struct recall *r, size_t n_frames, uint32_t frame, uint32_t asker,
                                 uint64_t call)
{
    if (UNLIKELY(n_frames > r->heads.capacity))
        recall_grow(r, n_frames);
    struct recall_entry *entry = &r->entries.items[frame];
    *entry = (struct recall_entry){.call = call, .asker = asker};
    recall_link(r, frame);
    return entry;
}

bool recall_find(const struct recall *r, uint32_t asker, uint64_t call, uint32_t *frame)
{
    uint32_t at = r->heads.capacity > 0 ? *recall_head(r, asker, call) : 0;
    for (; at != 0; at = r->entries.items[at - 1].next) {
        const struct recall_entry *entry = &r->entries.items[at - 1];
        *frame = at - 1;
        if (entry->call == call && entry->asker == asker)
            return true;
    }
    return false;
}

void recall_forget(struct recall *r, uint32_t frame)
{
    const struct recall_entry *entry = &r->entries.items[frame];
    uint32_t *at = recall_head(r, entry->asker, entry->call);
    while (*at != frame + 1) {
        REQUIRE(*at != 0, "frame %u was not noted", frame);
        at = &r->entries.items[*at - 1].next;
    }
    *at = entry->next;
}

void recall_clear(struct recall *r)
{
    if (r->heads.capacity > 0)
        memset(r->heads.items, 0, r->heads.capacity * sizeof *r->heads.items);
}

void recall_free(struct recall *r)
{
    array_free(&r->entries);
    array_free(&r->heads);
}
