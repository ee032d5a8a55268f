// A connection that a user's client keeps, in 16 bytes: there may be millions of users, met in
// random order.
#pragma once

#include "model/model.h"

// Times are in units of 16 ns, so that their last four bits hold where the connection goes.
struct client {
    uint64_t opened;    // and the region; may be a time to come (context_connect)
    uint64_t last_used; // and the zone of the node x 2, and whether it is open
};

_Static_assert(sizeof(struct client) == 16, "four users a cache line");
_Static_assert(TOPOLOGY_MAX_ENDPOINTS <= 16 && TOPOLOGY_MAX_ZONES <= 8, "fit four and three bits");

enum { CLIENT_REST = 15 }; // bits of a client's times that are none

static inline simtime client_opened(const struct client *c)
{
    return (simtime)(c->opened & ~(uint64_t)CLIENT_REST);
}

static inline simtime client_last_used(const struct client *c)
{
    return (simtime)(c->last_used & ~(uint64_t)CLIENT_REST);
}

static inline uint8_t client_region(const struct client *c)
{
    return c->opened & CLIENT_REST;
}

static inline uint8_t client_zone(const struct client *c)
{
    return (c->last_used & CLIENT_REST) >> 1;
}

static inline bool client_is_open(const struct client *c)
{
    return c->last_used & 1;
}

// A connection that is still being opened, for another request, is none yet.
static inline bool client_is_connected(const struct client *c, const struct population_plan *plan,
                                       simtime now)
{
    return client_is_open(c) && now >= client_opened(c) &&
           now - client_last_used(c) < plan->idle_timeout && now - client_opened(c) < plan->max_age;
}

static inline void client_open(struct client *c, simtime opened, uint8_t region, uint8_t zone)
{
    uint64_t time = (uint64_t)opened & ~(uint64_t)CLIENT_REST;
    c->opened = time | region;
    c->last_used = time | (uint64_t)zone << 1 | 1;
}

static inline void client_use(struct client *c, simtime now)
{
    c->last_used = ((uint64_t)now & ~(uint64_t)CLIENT_REST) | (c->last_used & CLIENT_REST);
}

static inline void client_close(struct client *c)
{
    c->last_used &= ~UINT64_C(1);
}
