// Resolver pool: the recursive resolvers that serve one population, each with a cache of the
// service's name.
//
// What real resolvers do. They answer from their cache until the TTL has run out, then ask the
// authority. Users share resolvers unevenly: a few large ones serve most. Modelled: per-resolver
// cache entries that live for the TTL from the moment the answer arrived (Jung, Berger,
// Balakrishnan, INFOCOM 2003), skewed shares of users, least and greatest TTLs, answers without
// records; resolvers far from their users, which name servers take for users of where the resolver
// stands unless it tells the client's subnet (RFC 7871). Who keeps answers too long: namecache.h.
// Left out: joining of simultaneous misses, answers shared between populations, resolver failure.
// Knobs: resolvers, elsewhere, TTL.
#pragma once

#include "base/stream.h"
#include "model/events.h"

struct context;
struct world;

struct cache_entry {
    simtime expires; // 0: empty
    simtime due;     // end of its TTL
    uint16_t regions;
    uint8_t zones;
};

struct resolver {
    uint32_t index;
    struct stream network;
    struct cache_entry *cache; // [n_resolvers]
    uint64_t hits, misses;
};

void resolver_open(struct world *w, uint32_t index);
void resolver_on_query(const struct context *x, struct resolver *r, const struct event *e);
void resolver_on_answer(const struct context *x, struct resolver *r, const struct event *e);
