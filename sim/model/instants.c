#include "model/instants.h"

#include "base/array.h"
#include "base/base.h"

void instants_free(struct instants *h)
{
    array_release(h->at);
    *h = (struct instants){0};
}

void instants_add(struct instants *h, simtime time)
{
    if (UNLIKELY(h->n == h->capacity))
        h->at = array_grow(h->at, &h->capacity, h->n < 64 ? 64 : h->n + 1, sizeof *h->at);
    uint32_t at = h->n++;
    for (uint32_t parent; at > 0 && h->at[parent = (at - 1) / 2] > time; at = parent)
        h->at[at] = h->at[parent];
    h->at[at] = time;
}

void instants_replace(struct instants *h, simtime time)
{
    CHECK(h->n > 0);
    uint32_t at = 0, n = h->n;
    for (uint32_t child; (child = 2 * at + 1) < n; at = child) {
        child += child + 1 < n && h->at[child + 1] < h->at[child];
        if (time <= h->at[child])
            break;
        h->at[at] = h->at[child];
    }
    h->at[at] = time;
}

void instants_drop(struct instants *h)
{
    CHECK(h->n > 0);
    simtime last = h->at[--h->n];
    if (h->n > 0)
        instants_replace(h, last);
}
