// Keys of the caches in front of a topology's stores.
#include "base/base.h"
#include "model/caching.h"
#include "scenario/schema.h"

#define ASSUMED "Assumption"
#define IF_THERE "scope=zone|region"
#define SOURCE_MEMCACHE "Nishtala et al., 'Scaling Memcache at Facebook', NSDI 2013"

static const struct choice scopes[] = {
    {"none", CACHING_NONE, "there is no cache"},
    {"zone", CACHING_ZONE, "each zone with callers has one, which fails with its zone"},
    {"region", CACHING_REGION, "each region with callers has one, a zone's round trip away"},
    {NULL, 0, NULL},
};

static const struct choice on_writes[] = {
    {"invalidate", CACHING_INVALIDATES, "it is deleted"},
    {"write-through", CACHING_UPDATES, "what was written is put in, whether there was one or not"},
    {"none", CACHING_LEAVES, "it stays until it expires; writes go to the store directly"},
    {NULL, 0, NULL},
};

static const struct choice reaches[] = {
    {"own", CACHING_OWN, "only the writer's; others by 'change_feed', or when they expire"},
    {"region", CACHING_IN_REGION, "those of all zones of the writer's region"},
    {"everywhere", CACHING_EVERYWHERE,
     "all, by messages across the network, which may come before the write itself does"},
    {NULL, 0, NULL},
};

static const struct choice starts[] = {
    {"warm", CACHING_WARM, "the most popular items, each somewhere in its time to live"},
    {"cold", CACHING_COLD, "nothing"},
    {NULL, 0, NULL},
};

static const struct field cache_fields[] = {
    {"scope", FIELD_CHOICE, SCHEMA_MEMBER(struct caching_spec, scope), .initial = "none",
     .choices = scopes, .source = "None unless given", .doc = "Who shares a cache."},
    {"size", FIELD_INTEGER, SCHEMA_MEMBER(struct caching_spec, size), .low = 1, .high = 100000000,
     .when = IF_THERE,
     .doc = "Items that it holds; when there is no room, the one not used for the longest time "
            "makes way."},
    {"ttl", FIELD_QUANTITY, SCHEMA_MEMBER(struct caching_spec, ttl_s), .initial = "5 min",
     .dimension = DIMENSION_TIME, .low = 1e-3, .high = 3.2e9, .when = IF_THERE,
     .source = "DAX: 5 min (DynamoDB Developer Guide, 'DAX cluster components', item cache)",
     .doc = "A copy expires this long after it was put in."},
    {"hit_time", FIELD_DISTRIBUTION, SCHEMA_MEMBER(struct caching_spec, hit_time),
     .initial = "{lognormal: {median: 200 us, p99: 1 ms}}", .dimension = DIMENSION_TIME, .low = 0,
     .high = 600, .when = IF_THERE,
     .source = "ElastiCache: 'sub-millisecond'; DAX: 'microseconds' (product pages); tail assumed",
     .doc = "Time a look-up takes; the network's time comes on top."},
    {"servers", FIELD_INTEGER, SCHEMA_MEMBER(struct caching_spec, servers), .initial = "1000",
     .low = 1, .high = 100000, .when = IF_THERE, .source = ASSUMED " (no bottleneck)",
     .doc = "Look-ups that it can work on at the same time, writes that come by included."},
    {"queue", FIELD_INTEGER, SCHEMA_MEMBER(struct caching_spec, queue), .initial = "1000", .low = 0,
     .high = 1000000, .when = IF_THERE, .source = ASSUMED,
     .doc = "Look-ups that may wait; further ones find it full."},
    {"on_write", FIELD_CHOICE, SCHEMA_MEMBER(struct caching_spec, on_write),
     .initial = "invalidate", .choices = on_writes, .when = IF_THERE,
     .source = SOURCE_MEMCACHE ", 2: deletion, because it may be repeated; write-through: DAX",
     .doc = "What becomes of the copy in the writer's cache when the store has acknowledged a "
            "write."},
    {"invalidation", FIELD_CHOICE, SCHEMA_MEMBER(struct caching_spec, reach), .initial = "own",
     .choices = reaches, .when = "on_write=invalidate|write-through",
     .source = SOURCE_MEMCACHE ", 2: a web server deletes in its own cluster",
     .doc = "Which caches delete their copy when the writer's has got the acknowledgement; a "
            "message that a fault of the network stops is lost."},
    {"leases", FIELD_BOOL, SCHEMA_MEMBER(struct caching_spec, leases), .initial = "false",
     .when = IF_THERE, .source = SOURCE_MEMCACHE ", 3.2.1: an addition to memcached",
     .doc = "Whether what was fetched is not put in when a deletion or write-through came "
            "meanwhile, nor an older version in place of a newer one."},
    {"coalesce", FIELD_BOOL, SCHEMA_MEMBER(struct caching_spec, coalesces), .initial = "false",
     .when = IF_THERE,
     .source = "Clients of Redis and memcached do not unless the program does (singleflight)",
     .doc = "Whether reads of an item that is being fetched wait for that fetch, instead of "
            "asking the store as well (a stampede)."},
    {"change_feed", FIELD_BOOL, SCHEMA_MEMBER(struct caching_spec, has_feed), .initial = "false",
     .when = IF_THERE, .source = SOURCE_MEMCACHE ", 3.2: a system of its own (mcsqueal)",
     .doc = "Whether each replica has all caches that read from it delete what it has written, "
            "by replication too."},
    {"feed_delay", FIELD_DISTRIBUTION, SCHEMA_MEMBER(struct caching_spec, feed_delay),
     .initial = "{lognormal: {median: 200 ms, p99: 1 s}}", .dimension = DIMENSION_TIME, .low = 0,
     .high = 604800, .when = "change_feed=true",
     .source = ASSUMED " (a log that is tailed, or a stream that is polled several times a second)",
     .doc = "From a write at a replica until its news leave it; the network's time comes on top."},
    {"fail_open", FIELD_BOOL, SCHEMA_MEMBER(struct caching_spec, fails_open), .initial = "true",
     .when = IF_THERE, .source = "Look-aside: a program without its cache asks the store",
     .doc = "Whether callers that find it down, erring or full go to the store; else that is "
            "their answer."},
    {"starts", FIELD_CHOICE, SCHEMA_MEMBER(struct caching_spec, starts), .initial = "warm",
     .choices = starts, .when = IF_THERE, .source = ASSUMED " (a service that has been running)",
     .doc = "What it holds at the start of the run."},
    {"warm_regions", FIELD_NAME_SET, SCHEMA_MEMBER(struct caching_spec, warm), .initial = "all",
     .keyword = "all", .scope = SCOPE_REGION, .when = "starts=warm",
     .source = ASSUMED " (all regions have been in use)",
     .doc = "Where they start warm: a region that waits for a failover has had no reads."},
};
const struct schema_record schema_cache = {"cache",
                                           "Caches in front of the store, where its callers are.",
                                           SCHEMA_RECORD(struct caching_spec, cache_fields)};
