// Cache: copies of a store's items near the services that read them, in a zone or in a region.
//
// What real caches do. A program asks its cache first (look-aside: Redis or memcached, by
// ElastiCache or on one's own), or the cache stands in the way (DynamoDB Accelerator, DAX). A hit
// is answered at once. A miss goes on to the store; the answer is put into the cache with a time to
// live, and when there is no room the copy not used for the longest time makes way. A write goes to
// the store; then the copy is deleted, or replaced (write-through), or stays until it expires.
// Caches elsewhere learn of the write only if something tells them: the writer, by messages of its
// own, a change feed of each replica (mcsqueal at Facebook, DynamoDB Streams), or nothing before
// the copy expires. Several things go wrong. Many readers miss the same hot item at once, and all
// ask the store (stampede), unless one fetches for all (request coalescing, singleflight). A slow
// fetch brings an old version after the write's deletion has passed: it stays until it expires,
// unless the cache has given the fetch a lease that the deletion revokes (Nishtala et al., "Scaling
// Memcache at Facebook", NSDI 2013, 3.2.1). A deletion that reaches another region before the write
// does makes it fetch the old version again (the same, 5, which has remote markers against that).
// And a cache that was lost is cold when it comes back, so that its store meets the full load
// (Bronson et al., "Metastable Failures in Distributed Systems", HotOS 2021). Modelled: all of
// that, with the exact contents: each copy with its version and expiry. Look-ups wait in a bounded
// FIFO queue for one of the cache's servers. A cache of a zone is as available as its zone, one of
// a region as its region; faults can hit caches alone. Nodes of a cache are shares of it, dealt out
// by consistent hashing: a fault that leaves a share of the capacity takes the other nodes' copies
// and room along, their items are the remaining nodes' until they are back, and then nobody's.
// Callers that find it down, erring or full go to the store after that round trip (or fail). Probes
// that run a service's calls ask the store. Left out: a hot node's own queue (servers are the whole
// cache's), replicas of a node, negative and query caches, copies served while they are renewed,
// jitter of expiry, items of different sizes, caches inside a server's process, and items that only
// one region's users ask for: newcomers after a failover find what is popular everywhere; users'
// own items, which go past it (session.h), as strong reads do. Writes whose answer is an error
// leave the copy as it is, as programs do that delete it after success; the store may have made
// them. Knobs: scope, size, ttl, on_write, invalidation, leases, coalesce, change_feed, starts.
//
// How it is computed: the LP stands in the way of the calls. A look-aside cache takes as many
// messages of the same kinds: where a program would get a miss and ask the store itself, the LP
// asks in its place. A look-up is planned on arrival, as a pool's work is (pool.h), and returns
// what the cache holds then; nothing but its faults could come between. Reads are judged as those
// of a replica's copy are (copy.h): the cache notices every acknowledged write, each copy knows
// what it misses, and reads of the last moments are corrected (hitlog.h). A fetch collects the
// notices that come while it is under way, and the replica's of what its answer misses
// (cachefeed.h). Where a network's direct way is longer than one by the cache, a notice that is
// under way to the replica by then is missed.
#pragma once

#include "base/stream.h"
#include "model/fetches.h"
#include "model/hitlog.h"
#include "model/lru.h"
#include "model/station.h"
#include "model/storerecord.h"
#include "model/timeline.h"

struct cache_plan;
struct caching_spec;
struct context;
struct event;
struct model;
struct path;
struct payload_write;
struct pool;
struct pool_way;
struct world;

// What a pool has asked for. Frames: those that are held, or that a fault comes between.
struct lookup {
    _Alignas(32) SLOT_HEADER;
    uint64_t call;   // caller's token
    uint32_t caller; // LP
    uint32_t item_word;
    uint8_t class_index;
    uint8_t flags; // enum request_flags
};

_Static_assert(sizeof(struct lookup) == 32, "two a cache line");

struct cache {
    uint32_t index;
    uint16_t store, region;
    uint32_t replica; // LP that it asks
    const struct caching_spec *spec;
    const struct cache_plan *plan;
    const struct path *to_replica;
    const struct path *paths; // [to place]
    const struct fault_state *fault;
    simtime change; // of the fault state: no start is planned beyond
    struct station station;
    SLOTS(struct lookup) lookups;
    struct lru copies;
    struct fetches fetches;
    struct hitlog hits;
    uint32_t epoch; // of the leader whose writes count
    uint32_t timeout_lane;
    struct stream work, network, errors, invalidation;
    double stretch;             // of work, see station_set_capacity
    struct store_record counts; // this cache's part
};

// Where a pool's calls of a store go: reads, and writes unless they do not come by, to the cache of
// its zone or region, if the store has caches.
void cache_intercept(const struct model *m, const struct pool *p, int store, struct pool_way *ways);
// From now on it asks the store's replica in this region.
void cache_turn(const struct model *m, struct cache *c, uint8_t region);
void cache_open(struct world *w, uint32_t index);
void cache_close(struct world *w, uint32_t index);
void cache_on_request(const struct context *x, struct cache *c, const struct event *e);
void cache_on_done(const struct context *x, struct cache *c, const struct event *e);
void cache_on_fill(const struct context *x, struct cache *c, const struct event *e);
void cache_on_timeout(const struct context *x, struct cache *c, const struct event *e);
void cache_on_change(const struct context *x, struct cache *c, const struct event *e);
void cache_on_fault(const struct context *x, struct cache *c, const struct event *e);
void cache_on_heard(const struct context *x, struct cache *c, const struct event *e);
void cache_on_committed(struct cache *c, const struct event *e);
// A write was acknowledged: judges reads until now and to come.
void cache_notice(struct cache *c, const struct payload_write *p);
// After the run: counts what has not been counted.
void cache_settle(struct cache *c);
