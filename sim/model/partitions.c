#include "model/partitions.h"

// ---- finding

// How many of a list begin at `key` or before.
static size_t partitions_upto(const struct partition *list, size_t n, uint32_t key)
{
    size_t low = 0, high = n;
    while (low < high) {
        const size_t middle = (low + high) / 2;
        if (list[middle].first <= key)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

struct partition *partitions_of(const struct partitions *p, uint32_t item)
{
    const size_t at = partitions_upto(p->single.items, p->single.n, item);
    if (at > 0 && p->single.items[at - 1].first == item)
        return &p->single.items[at - 1];
    return &p->ranges
                .items[partitions_upto(p->ranges.items, p->ranges.n, partitions_hash(item)) - 1];
}

// ---- splitting

static void partitions_cool(struct partition *at)
{
    at->heat = (struct partition_heat){0};
}

static uint64_t partitions_width(const struct partitions *p, size_t i)
{
    const uint64_t end = i + 1 < p->ranges.n ? p->ranges.items[i + 1].first : UINT64_C(1) << 32;
    return end - p->ranges.items[i].first;
}

// Both halves have the tokens, in parts of their depth, that the whole had.
static void partitions_halve(struct partitions *p, size_t i)
{
    const uint64_t width = partitions_width(p, i);
    if (width < 2)
        return;
    partitions_cool(&p->ranges.items[i]);
    array_push(&p->ranges, p->ranges.items[i]);
    for (size_t k = p->ranges.n - 1; k > i + 1; k--)
        p->ranges.items[k] = p->ranges.items[k - 1];
    p->ranges.items[i + 1] = p->ranges.items[i];
    p->ranges.items[i + 1].first += (uint32_t)(width / 2);
}

void partitions_grow(struct partitions *p, uint32_t n)
{
    const uint64_t widest = (UINT64_C(1) << 32) / n + 8; // halves are rounded
    for (size_t i = 0; i < p->ranges.n;)
        if (partitions_width(p, i) > widest)
            partitions_halve(p, i);
        else
            i++;
}

// Gives an item a partition for itself, like the one where it is.
static void partitions_isolate(struct partitions *p, struct partition *from, uint32_t item)
{
    partitions_cool(from);
    struct partition single = *from;
    single.first = item;
    single.is_single = true;
    array_push(&p->single, single);
    size_t k = p->single.n - 1;
    for (; k > 0 && p->single.items[k - 1].first > item; k--)
        p->single.items[k] = p->single.items[k - 1];
    p->single.items[k] = single;
}

// ---- heat

// Counts of those that others do not outweigh.
static void partitions_count(struct partition_heat *h, uint32_t item)
{
    int free = -1;
    h->total++;
    for (int i = 0; i < PARTITIONS_CANDIDATES; i++) {
        if (h->counts[i] == 0) {
            free = i;
        } else if (h->items[i] == item) {
            h->counts[i]++;
            return;
        }
    }
    for (int i = 0; free < 0 && i < PARTITIONS_CANDIDATES; i++)
        h->counts[i]--;
    if (free >= 0) {
        h->items[free] = item;
        h->counts[free] = 1;
    }
}

static void partitions_split(struct partitions *p, struct partition *at)
{
    const struct partition_heat *h = &at->heat;
    int first = 0;
    for (int i = 1; i < PARTITIONS_CANDIDATES; i++)
        if (h->counts[i] > h->counts[first])
            first = i;
    if ((uint64_t)h->counts[first] * PARTITIONS_SINGLE_SHARE >= h->total)
        partitions_isolate(p, at, h->items[first]);
    else
        partitions_halve(p, (size_t)(at - p->ranges.items));
}

void partitions_note(struct partitions *p, struct partition *at, uint32_t item, simtime now)
{
    struct partition_heat *h = &at->heat;
    if (p->split_after == 0 || at->is_single)
        return;
    if (h->total == 0 || now - h->last > p->split_after / 10) {
        partitions_cool(at);
        h->since = now;
    }
    h->last = now;
    partitions_count(h, item);
    if (now - h->since >= p->split_after)
        partitions_split(p, at);
}

// ---- life

void partitions_open(struct partitions *p, uint32_t n, const struct partition *model,
                     simtime split_after)
{
    REQUIRE(n > 0, "a store without partitions");
    *p = (struct partitions){.split_after = split_after};
    for (uint64_t i = 0; i < n; i++) {
        array_push(&p->ranges, *model);
        p->ranges.items[i].first = (uint32_t)((i << 32) / n);
    }
}

void partitions_free(struct partitions *p)
{
    array_free(&p->ranges);
    array_free(&p->single);
}
