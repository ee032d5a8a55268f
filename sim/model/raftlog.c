#include "model/raftlog.h"

#include "base/array.h"

enum { RAFTLOG_FIRST_CAPACITY = 64 };

void raftlog_init(struct raftlog *l)
{
    *l = (struct raftlog){.ring = array_new(struct raftlog_entry, RAFTLOG_FIRST_CAPACITY),
                          .mask = RAFTLOG_FIRST_CAPACITY - 1};
}

void raftlog_free(struct raftlog *l)
{
    array_release(l->ring);
    *l = (struct raftlog){0};
}

void raftlog_add(struct raftlog *l, const struct raftlog_entry *entry)
{
    REQUIRE(l->last < UINT32_MAX && version_index(entry->version) == l->last + 1,
            "entry %u follows %u", version_index(entry->version), l->last);
    if (UNLIKELY(l->last - l->base > l->mask))
        l->ring = array_double_ring(l->ring, &l->mask, l->base + 1, l->last + UINT64_C(1),
                                    sizeof *l->ring);
    l->last++;
    *raftlog_at(l, l->last) = *entry;
    raftlog_at(l, l->last)->is_stored = false;
}

bool raftlog_store(struct raftlog *l, uint32_t index)
{
    bool is_asked = false;
    raftlog_at(l, index)->is_stored = true;
    while (l->stored < l->last && raftlog_at(l, l->stored + 1)->is_stored)
        is_asked |= raftlog_at(l, ++l->stored)->is_asked;
    return is_asked;
}

void raftlog_cut(struct raftlog *l, uint32_t last)
{
    CHECK(last >= l->base && last <= l->last);
    l->last = last;
    l->stored = l->stored < last ? l->stored : last;
}

void raftlog_drop(struct raftlog *l, uint32_t index)
{
    CHECK(index <= l->stored);
    if (index <= l->base)
        return;
    l->base_version = raftlog_version(l, index);
    l->base = index;
}
