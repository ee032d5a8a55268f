#include "model/instants.h"

#include "base/array.h"

enum { INSTANTS_AT_FIRST = 64 };

void instants_free(struct instants *h)
{
    array_release(h->at);
    *h = (struct instants){0};
}

void instants_clear(struct instants *h)
{
    h->n = 0;
    h->is_heap = false;
}

// ---- no order

static void instants_sweep(struct instants *h, simtime now)
{
    uint32_t left = 0;
    for (uint32_t i = 0; i < h->n; i++) {
        h->at[left] = h->at[i];
        left += h->at[i] > now;
    }
    h->n = left;
}

void instants_make_room(struct instants *h, simtime now)
{
    if (!h->is_heap)
        instants_sweep(h, now);
    h->enough = 2 * h->n > INSTANTS_AT_FIRST ? 2 * h->n : INSTANTS_AT_FIRST;
    if (h->enough > h->capacity)
        h->at = array_grow(h->at, &h->capacity, h->enough, sizeof *h->at);
}

// ---- a heap

void instants_rise(struct instants *h, uint32_t at)
{
    simtime time = h->at[at];
    for (uint32_t parent; at > 0 && h->at[parent = (at - 1) / 2] > time; at = parent)
        h->at[at] = h->at[parent];
    h->at[at] = time;
}

static void instants_sink(struct instants *h, uint32_t at, simtime time)
{
    for (uint32_t child; (child = 2 * at + 1) < h->n; at = child) {
        child += child + 1 < h->n && h->at[child + 1] < h->at[child];
        if (time <= h->at[child])
            break;
        h->at[at] = h->at[child];
    }
    h->at[at] = time;
}

static void instants_make_heap(struct instants *h)
{
    for (uint32_t i = h->n / 2; i-- > 0;)
        instants_sink(h, i, h->at[i]);
    h->is_heap = true;
}

static void instants_pass(struct instants *h, simtime now)
{
    while (h->n > 0 && h->at[0] <= now) {
        simtime last = h->at[--h->n];
        if (h->n > 0)
            instants_sink(h, 0, last);
    }
}

bool instants_count(struct instants *h, simtime now, uint32_t bound)
{
    if (h->is_heap)
        instants_pass(h, now);
    else
        instants_sweep(h, now);
    if (h->n < bound / 2)
        h->is_heap = false;
    else if (h->n > bound - bound / 8 && !h->is_heap)
        instants_make_heap(h); // a sweep would free few
    return h->n < bound;
}

simtime instants_first(struct instants *h)
{
    CHECK(h->n > 0);
    if (!h->is_heap)
        instants_make_heap(h);
    return h->at[0];
}

void instants_replace_first(struct instants *h, simtime time)
{
    CHECK(h->is_heap && h->n > 0);
    instants_sink(h, 0, time);
}
