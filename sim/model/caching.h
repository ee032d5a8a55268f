// Caches in front of a store as a design describes them (cache.h says what they do). Validated
// data, units as in topology.h.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/distribution.h"

// Callers of a zone share a cache there, or those of a region.
enum caching_scope { CACHING_NONE, CACHING_ZONE, CACHING_REGION };

// What becomes of a cache's copy when a write through it has been acknowledged.
enum caching_on_write {
    CACHING_INVALIDATES,
    CACHING_UPDATES, // writes are put into the cache, copy or not
    CACHING_LEAVES,  // writes do not come by
};

// Which caches are told of a write that was acknowledged, by that of the writer.
enum caching_reach {
    CACHING_OWN,       // no other
    CACHING_IN_REGION, // those of the zones of its region
    CACHING_EVERYWHERE,
};

enum caching_start { CACHING_WARM, CACHING_COLD };

struct caching_spec {
    enum caching_scope scope;
    uint32_t size;                // items a cache holds
    double ttl_s;                 // of a copy, from when it was put in
    struct distribution hit_time; // of a look-up, seconds
    int servers, queue;           // of look-ups, as a store's
    enum caching_on_write on_write;
    enum caching_reach reach;
    bool leases;    // what a write has overtaken is not put in
    bool coalesces; // reads of an item that is being fetched wait for that
    bool fails_open;
    bool has_feed;                  // replicas tell of changes ...
    struct distribution feed_delay; // ... after this long, seconds
    enum caching_start starts;
    uint32_t warm; // bit set of the regions where they start warm
};
