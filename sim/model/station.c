#include "model/station.h"

#include <math.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/base.h"

static uint32_t station_ring_size(uint32_t limit)
{
    uint32_t size = 8;
    while (size < limit && size < 1u << 31)
        size *= 2;
    return size;
}

void station_init(struct station *s, uint32_t servers, uint32_t limit)
{
    size_t capacity = 0;
    *s = (struct station){.servers = servers, .limit = limit};
    s->mask = station_ring_size(limit) - 1;
    s->ring = array_grow(NULL, &capacity, (size_t)s->mask + 1, sizeof *s->ring);
}

void station_free(struct station *s)
{
    array_release(s->ring);
    s->ring = NULL;
}

double station_set_capacity(struct station *s, uint32_t n, double share)
{
    s->servers = (uint32_t)ceil(n * share);
    return s->servers > 0 ? s->servers / (n * share) : 1;
}

enum station_verdict station_admit(struct station *s, uint32_t frame)
{
    if (s->busy < s->servers && s->waiting == 0) {
        s->busy++;
        return STATION_START;
    }
    if (s->waiting >= s->limit)
        return STATION_FULL;
    s->ring[(s->head + s->waiting) & s->mask] = frame;
    s->waiting++;
    return STATION_WAIT;
}

bool station_next(struct station *s, uint32_t *next)
{
    if (s->waiting == 0 || s->busy >= s->servers)
        return false;
    *next = s->ring[s->head & s->mask];
    s->head++;
    s->waiting--;
    s->busy++;
    return true;
}

bool station_release(struct station *s, uint32_t *next)
{
    CHECK(s->busy > 0);
    s->busy--;
    return station_next(s, next);
}

void station_clear(struct station *s)
{
    s->busy = 0;
    s->waiting = 0;
    s->head = 0;
}
