#include "model/copy.h"

#include "base/array.h"
#include "model/version.h"

enum { COPY_FIRST_CAPACITY = 64 };

// Why an item is kept; else by mode (copy_comes, copy_fail).
static const uint32_t copy_kept_for_good = UINT32_C(1) << 31;
static const uint32_t copy_kept_untold = 1;

// ---- counts

static struct histogram *copy_histogram(struct copy_counts *counts, int i)
{
    struct histogram *all[] = {&counts->age, &counts->behind, &counts->since, &counts->since_st};
    return i < (int)ARRAY_LEN(all) ? all[i] : NULL;
}

void copy_counts_init(struct copy_counts *counts)
{
    struct histogram *h;
    counts->stale = counts->stale_strong = 0;
    for (int i = 0; (h = copy_histogram(counts, i)) != NULL; i++)
        histogram_init(h);
}

void copy_counts_free(struct copy_counts *counts)
{
    struct histogram *h;
    for (int i = 0; (h = copy_histogram(counts, i)) != NULL; i++)
        histogram_free(h);
}

void copy_counts_merge(struct copy_counts *into, const struct copy_counts *from)
{
    into->stale += from->stale;
    into->stale_strong += from->stale_strong;
    histogram_merge(&into->age, &from->age);
    histogram_merge(&into->behind, &from->behind);
    histogram_merge(&into->since, &from->since);
    histogram_merge(&into->since_st, &from->since_st);
}

void copy_count(struct copy_counts *counts, const struct copy_read *r)
{
    if (r->newest != COPY_NO_WRITE)
        histogram_add(&counts->since, (uint64_t)(r->time - r->newest));
    if (r->behind == 0)
        return;
    counts->stale++;
    counts->stale_strong += r->is_strong;
    histogram_add(&counts->age, (uint64_t)(r->time - r->missed));
    histogram_add(&counts->behind, r->behind);
    if (r->newest != COPY_NO_WRITE)
        histogram_add(&counts->since_st, (uint64_t)(r->time - r->newest));
}

// ---- the log of reads

// The read at a position + 1 of 32 bits, if the log still holds it and it is one of the item.
static struct copy_read *copy_logged(const struct copy *c, uint32_t position, uint32_t item)
{
    const uint64_t back = (uint32_t)((uint32_t)c->next - position) + UINT64_C(1);
    if (position == 0 || back > c->next - c->first)
        return NULL;
    struct copy_read *r = &c->ring[(c->next - back) & c->mask];
    return r->item == item ? r : NULL;
}

// Counts and forgets those of which all notices have come.
static void copy_forget(struct copy *c, simtime before)
{
    while (c->first < c->next && c->ring[c->first & c->mask].time < before)
        copy_count(c->counts, &c->ring[c->first++ & c->mask]);
}

// All that this replica has not been told of is later by any clock. After the run nothing settles.
static inline void copy_settle_own(struct copy *c, simtime now)
{
    if (UNLIKELY(c->settling.is_own) && now < SIMTIME_NEVER)
        items_settle(&c->items, version_before(now - c->settling.after), c->first);
}

static void copy_log(struct copy *c, simtime now, struct item *item, const struct copy_read *read)
{
    copy_forget(c, now - c->notice);
    copy_settle_own(c, now);
    if (UNLIKELY(c->next - c->first > c->mask))
        c->ring = array_double_ring(c->ring, &c->mask, c->first, c->next, sizeof *c->ring);
    if (read->time > c->newest)
        c->newest = read->time;
    else if (c->newest - read->time > c->disorder)
        c->disorder = c->newest - read->time;
    c->ring[c->next & c->mask] = *read;
    item->latest = ++c->next; // position + 1
}

// ---- what a read misses

void copy_misses(struct copy_read *read, const struct unseen_write *w)
{
    if (w->committed > read->newest)
        read->newest = w->committed;
    if (w->version <= read->version)
        return;
    read->behind++;
    if (read->missed > w->committed)
        read->missed = w->committed;
}

// The same as adding all of the item's, which are newer than its copy.
static void copy_misses_all(const struct copy *c, const struct item *item, struct copy_read *read)
{
    read->behind = unseen_count(&c->unseen, item);
    if (read->behind == 0)
        return;
    const struct unseen_write *newest = unseen_newest(&c->unseen, item);
    read->missed = unseen_oldest(&c->unseen, item)->committed;
    if (newest->committed > read->newest)
        read->newest = newest->committed;
}

// Whether the item's own version has been acknowledged by then, and still matters: of one that has
// settled it may not be known any more.
static bool copy_is_own_known(const struct copy *c, const struct item *item, simtime time)
{
    return item->version != 0 && item->committed <= time &&
           (item->unseen != 0 || !items_has_settled(&c->items, item->version));
}

// A read of several replicas' copies, which began in the past.
static void copy_misses_some(const struct copy *c, const struct item *item, struct copy_read *read)
{
    const struct unseen_write own = {.version = item->version, .committed = item->committed},
                              *w = NULL;
    bool is_own_listed = false;
    while ((w = unseen_next(&c->unseen, item, w)) != NULL) {
        is_own_listed |= w->version == own.version;
        if (w->committed <= read->time)
            copy_misses(read, w);
    }
    if (!is_own_listed && copy_is_own_known(c, item, read->time))
        copy_misses(read, &own);
}

// Writes of a leader that has been replaced are lost.
static void copy_drop_lost(struct copy *c, struct item *item)
{
    while (item->unseen != 0 && version_epoch(unseen_oldest(&c->unseen, item)->version) < c->epoch)
        unseen_drop(&c->unseen, item, unseen_oldest(&c->unseen, item)->version);
}

static void copy_begin_read(const struct copy *c, const struct item *item, struct copy_read *read)
{
    read->newest = copy_is_own_known(c, item, read->time) ? item->committed : COPY_NO_WRITE;
    read->missed = SIMTIME_NEVER;
    read->behind = 0;
}

void copy_read(struct copy *c, simtime now, const struct copy_asked *asked, uint64_t version)
{
    struct item *item = items_at(&c->items, asked->item);
    struct copy_read read = {.time = asked->time,
                             .version = version,
                             .earlier = (uint32_t)item->latest,
                             .item = asked->item,
                             .is_strong = asked->is_strong};
    if (UNLIKELY(version <= c->settled)) // every copy has these
        read.version = c->settled;
    copy_begin_read(c, item, &read);
    if (UNLIKELY(item->unseen != 0))
        copy_drop_lost(c, item);
    if (LIKELY(c->history == 0))
        copy_misses_all(c, item, &read);
    else
        copy_misses_some(c, item, &read);
    copy_log(c, now, item, &read);
}

// ---- writes

// A version takes the place of one that the item was kept for, perhaps.
static void copy_take_place(const struct copy *c, struct item *item, uint64_t version)
{
    switch (c->mode) {
    case STORE_MULTI_LEADER:
    case STORE_CONSENSUS:
        break;
    case STORE_SINGLE_LEADER:
        item->kept &= ~copy_kept_untold;
        break;
    case STORE_QUORUM:
        if (version_second(version) > item->kept)
            item->kept = 0;
        break;
    }
}

void copy_write(struct copy *c, simtime now, const struct payload_write *w)
{
    copy_settle_own(c, now);
    struct item *item = items_at(&c->items, w->item);
    item->version = w->version;
    item->committed = w->committed;
    item->serial = w->serial;
    if (UNLIKELY(item->kept != 0))
        copy_take_place(c, item, w->version);
    if (c->history == 0)
        unseen_drop(&c->unseen, item, w->version);
    else
        unseen_see(&c->unseen, item, w->version, now);
    if (c->newest <= now)
        return; // no read is to come
    struct copy_read *r = copy_logged(c, (uint32_t)item->latest, w->item);
    for (; r != NULL && r->time > now - c->disorder; r = copy_logged(c, r->earlier, w->item)) {
        if (r->time <= now || r->version >= w->version)
            continue;
        r->version = w->version;
        if (w->committed <= r->time && w->committed > r->newest)
            r->newest = w->committed;
        copy_misses_all(c, item, r);
        r->missed = r->behind == 0 ? SIMTIME_NEVER : r->missed;
    }
}

// What has arrived is of interest to reads that began before: and the last before these.
static void copy_drop_old(struct copy *c, struct item *item, simtime before)
{
    while (unseen_count(&c->unseen, item) > 1) {
        const struct unseen_write *w = unseen_oldest(&c->unseen, item);
        if (c->unseen.writes.items[w->next].seen >= before)
            break;
        unseen_drop(&c->unseen, item, w->version);
    }
}

void copy_notice(struct copy *c, const struct payload_write *p)
{
    struct item *item = items_at(&c->items, p->item);
    const struct unseen_write w = {
        .version = p->version, .committed = p->committed, .serial = p->serial};
    if (w.version == item->version) {
        item->committed = w.committed;
        item->serial = w.serial;
    }
    if (version_epoch(w.version) < c->epoch)
        return; // it is lost: no read has missed it, be it noted before or after this
    if (w.version > item->version || c->history > 0)
        unseen_add(&c->unseen, item, &w);
    if (c->history > 0) {
        unseen_see(&c->unseen, item, item->version, w.committed);
        copy_drop_old(c, item, w.committed - c->history);
    }
    struct copy_read *r = copy_logged(c, (uint32_t)item->latest, p->item);
    for (; r != NULL && r->time >= w.committed - c->disorder;
         r = copy_logged(c, r->earlier, p->item))
        if (r->time >= w.committed)
            copy_misses(r, &w);
}

uint64_t copy_version_at(const struct copy *c, uint32_t id, simtime time)
{
    const struct item *item = items_find(&c->items, id);
    const struct unseen_write *w = NULL;
    uint64_t version = 0;
    if (item->committed <= time)
        return item->version;
    while ((w = unseen_next(&c->unseen, item, w)) != NULL) {
        if (w->seen <= time && w->committed <= time)
            version = w->version;
    }
    return version;
}

void copy_recall(const struct copy *c, struct payload_write *p)
{
    const struct item *item = items_find(&c->items, p->item);
    const struct unseen_write *w = NULL;
    while ((w = unseen_next(&c->unseen, item, w)) != NULL) {
        if (w->version != p->version)
            continue;
        p->committed = w->committed;
        p->serial = w->serial;
    }
}

void copy_comes(struct copy *c, uint32_t id)
{
    items_at(&c->items, id)->kept++;
}

void copy_came(struct copy *c, uint32_t id)
{
    struct item *item = items_at(&c->items, id);
    item->kept -= (item->kept & ~copy_kept_for_good) > 0; // 0: one that is gone was not told
}

void copy_fail(struct copy *c, const struct payload_write *w)
{
    const uint32_t second = version_second(w->version);
    if (items_find(&c->items, w->item)->version >= w->version)
        return;
    struct item *item = items_at(&c->items, w->item);
    const bool was_kept = item->kept != 0;                   // then nothing has been dropped
    if (!was_kept && item->version == 0 && c->settled > 0) { // what had been was no later
        item->version = c->settled;
        item->committed = ITEMS_BOUND;
    }
    if (second > item->kept)
        item->kept = second;
}

void copy_wait(struct copy *c, uint32_t id)
{
    items_at(&c->items, id)->kept |= copy_kept_untold;
}

// What was acknowledged before the warm-up's end and told after it stays kept: it counts, and its
// time would not say so.
void copy_told(struct copy *c, const struct payload_write *w)
{
    const struct item *item = items_find(&c->items, w->item);
    const bool is_present = item->version != 0 && item->serial == w->serial;
    const simtime from = c->items.counted_from;
    if (is_present && (w->committed >= from) == (item->committed >= from))
        items_at(&c->items, w->item)->kept &= ~copy_kept_untold;
}

void copy_lose(struct copy *c, const struct payload_write *w)
{
    if (items_find(&c->items, w->item)->version == w->version)
        copy_wait(c, w->item);
}

void copy_keep(struct copy *c, uint32_t id)
{
    items_at(&c->items, id)->kept |= copy_kept_for_good;
}

void copy_forget_history(struct copy *c, uint32_t id, uint64_t version)
{
    if (id < c->items.first_kept && items_find(&c->items, id)->unseen != 0)
        unseen_drop(&c->unseen, items_at(&c->items, id), version);
}

void copy_give_up(struct copy *c, const struct payload_write *w)
{
    unseen_give_up(&c->unseen, items_at(&c->items, w->item), w->version);
}

// ---- life

void copy_init(struct copy *c, uint32_t n_items, const struct copy_conf *conf)
{
    *c = (struct copy){.mask = COPY_FIRST_CAPACITY - 1,
                       .mode = conf->mode,
                       .notice = conf->notice,
                       .history = conf->history,
                       .counts = conf->counts};
    c->ring = array_new(struct copy_read, COPY_FIRST_CAPACITY);
    items_init(&c->items, n_items, conf->n_slots, conf->counted_from);
}

void copy_free(struct copy *c)
{
    array_release(c->ring);
    items_free(&c->items);
    unseen_free(&c->unseen);
    *c = (struct copy){0};
}

void copy_settle(struct copy *c)
{
    copy_forget(c, SIMTIME_NEVER);
}
