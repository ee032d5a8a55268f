#include "model/instants.h"

#include "base/array.h"

enum { INSTANTS_AT_FIRST = 64 };

void instants_free(struct instants *h)
{
    array_release(h->at);
    *h = (struct instants){0};
}

void instants_grow(struct instants *h)
{
    size_t want = h->n < INSTANTS_AT_FIRST ? INSTANTS_AT_FIRST : (size_t)h->n + 1;
    h->at = array_grow(h->at, &h->capacity, want, sizeof *h->at);
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
