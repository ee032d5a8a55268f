// Keys of a topology's stores.
#include "base/base.h"
#include "model/topology.h"
#include "scenario/schema.h"

#define ASSUMED "Assumption"

static const struct choice quorum_reads[] = {
    {"quorum", QUORUM_READ_QUORUM, "asks 'read' replicas and takes the newest answer"},
    {"local", QUORUM_READ_LOCAL, "asks the nearest replica only: fast, may be stale"},
    {NULL, 0, NULL},
};

static const struct field quorum_fields[] = {
    {"write", FIELD_INTEGER, SCHEMA_MEMBER(struct store_spec, write_quorum), .initial = "majority",
     .keyword = "majority", .low = 1, .high = TOPOLOGY_MAX_REGIONS,
     .source = "Majority quorums, as in DynamoDB multi-Region strong consistency (2 of 3 regions)",
     .doc = "Replicas that must have a write before it is acknowledged."},
    {"read_mode", FIELD_CHOICE, SCHEMA_MEMBER(struct store_spec, read_mode), .initial = "quorum",
     .choices = quorum_reads, .source = "Strongly consistent reads",
     .doc = "How reads are answered."},
    {"read", FIELD_INTEGER, SCHEMA_MEMBER(struct store_spec, read_quorum), .initial = "majority",
     .keyword = "majority", .low = 1, .high = TOPOLOGY_MAX_REGIONS, .when = "read_mode=quorum",
     .source = "Majority quorums", .doc = "Replicas that must answer a read."},
    {"timeout", FIELD_QUANTITY, SCHEMA_MEMBER(struct store_spec, quorum_timeout_s),
     .initial = "1 s", .dimension = DIMENSION_TIME, .low = 1e-3, .high = 600, .source = ASSUMED,
     .doc = "An operation without its quorum after this time is an error."},
};
static const struct record quorum_record = {"quorum",
                                            "How many replicas take part in an operation.",
                                            SCHEMA_RECORD(struct store_spec, quorum_fields)};

static const struct field failover_fields[] = {
    {"automatic", FIELD_BOOL, SCHEMA_MEMBER(struct store_spec, failover), .initial = "false",
     .source = "Aurora Global Database: an operator or automation must start a failover "
               "(Aurora User Guide, disaster recovery)",
     .doc = "Whether a follower is promoted when the leader falls silent."},
    {"heartbeat", FIELD_QUANTITY, SCHEMA_MEMBER(struct store_spec, heartbeat_s), .initial = "1 s",
     .when = "automatic=true", .dimension = DIMENSION_TIME, .low = 0.01, .high = 600,
     .source = ASSUMED, .doc = "The leader tells its followers that it lives this often."},
    {"detect", FIELD_QUANTITY, SCHEMA_MEMBER(struct store_spec, detect_s), .initial = "30 s",
     .when = "automatic=true", .dimension = DIMENSION_TIME, .low = 0.01, .high = 86400,
     .source = ASSUMED " (three periods of a 10 s alarm: 30 to 60 s, CloudWatch guide)",
     .doc = "Silence that counts as a failure."},
    {"decide", FIELD_DISTRIBUTION, SCHEMA_MEMBER(struct store_spec, decide),
     .initial = "{lognormal: {median: 60 s, p99: 5 min}}", .when = "automatic=true",
     .dimension = DIMENSION_TIME, .low = 0, .high = 604800,
     .source = ASSUMED
     " (automated region failover takes 1 to 5 min; a human decision 10 to 45 min)",
     .doc = "From the failure being noticed to the decision to promote."},
    {"promote", FIELD_DISTRIBUTION, SCHEMA_MEMBER(struct store_spec, promote),
     .initial = "{lognormal: {median: 60 s, p99: 5 min}}", .when = "automatic=true",
     .dimension = DIMENSION_TIME, .low = 0, .high = 604800,
     .source = "Aurora Global Database: 'under a minute once started' (Well-Architected labs); 1 "
               "to 5 min in runbooks",
     .doc = "From the decision until the follower accepts writes."},
};
static const struct record failover_record = {
    "failover", "Promotion of a follower when the leader is lost; the times add up.",
    SCHEMA_RECORD(struct store_spec, failover_fields)};

static const struct choice store_modes[] = {
    {"multi-leader", STORE_MULTI_LEADER,
     "every replica takes writes and sends them on later; the last writer wins"},
    {"single-leader", STORE_SINGLE_LEADER, "one replica takes writes, the others follow later"},
    {"quorum", STORE_QUORUM, "a write waits for several replicas"},
    {NULL, 0, NULL},
};

static const struct field store_fields[] = {
    {"mode", FIELD_CHOICE, SCHEMA_MEMBER(struct store_spec, mode), .choices = store_modes,
     .doc = "How replicas agree."},
    {"regions", FIELD_NAME_SET, SCHEMA_MEMBER(struct store_spec, regions), .initial = "all",
     .keyword = "all", .scope = SCOPE_REGION,
     .source = "Stores have a replica everywhere unless they say otherwise",
     .doc = "Regions with a replica."},
    {"leader", FIELD_NAME, SCHEMA_MEMBER(struct store_spec, leader), .scope = SCOPE_REGION,
     .when = "mode=single-leader", .doc = "Region of the first leader."},
    {"servers", FIELD_INTEGER, SCHEMA_MEMBER(struct store_spec, servers), .low = 1, .high = 100000,
     .doc = "Operations that a replica can work on at the same time."},
    {"read_time", FIELD_DISTRIBUTION, SCHEMA_MEMBER(struct store_spec, read_time),
     .initial = "{lognormal: {median: 3 ms, p99: 12 ms}}", .dimension = DIMENSION_TIME, .low = 0,
     .high = 600,
     .source = "DynamoDB: single-digit ms (Developer Guide); GetItem p50 2-4 ms, p99 8-15 ms "
               "(general knowledge)",
     .doc = "Time a replica works on a read."},
    {"write_time", FIELD_DISTRIBUTION, SCHEMA_MEMBER(struct store_spec, write_time),
     .initial = "{lognormal: {median: 5 ms, p99: 18 ms}}", .dimension = DIMENSION_TIME, .low = 0,
     .high = 600,
     .source = "DynamoDB: single-digit ms (Developer Guide); PutItem p50 4-6 ms, p99 10-25 ms "
               "(general knowledge)",
     .doc = "Time a replica works on a write."},
    {"queue", FIELD_INTEGER, SCHEMA_MEMBER(struct store_spec, queue), .initial = "1000", .low = 0,
     .high = 1000000, .source = ASSUMED,
     .doc = "Operations that may wait at a replica; further ones are shed."},
    {"replication_delay", FIELD_DISTRIBUTION, SCHEMA_MEMBER(struct store_spec, replication_delay),
     .initial = "{lognormal: {median: 400 ms, p99: 1.5 s}}",
     .when = "mode=multi-leader|single-leader", .dimension = DIMENSION_TIME, .low = 0,
     .high = 604800,
     .source = "DynamoDB global tables: 'typically within a second' (Developer Guide, how global "
               "tables work)",
     .doc = "From a commit until the change leaves its region; the network's time comes on top."},
    {"items", FIELD_INTEGER, SCHEMA_MEMBER(struct store_spec, items), .initial = "100000", .low = 1,
     .high = 100000000, .source = ASSUMED, .doc = "Items that reads and writes choose from."},
    {"zipf", FIELD_QUANTITY, SCHEMA_MEMBER(struct store_spec, zipf), .initial = "0.99",
     .dimension = DIMENSION_NUMBER, .low = 0, .high = 3,
     .source = "YCSB's default; web objects 0.6-0.85, Twitter cache clusters' median 1.21",
     .doc = "Exponent of the items' popularity; 0: all equally popular."},
    {"cache", FIELD_BLOCK, SCHEMA_MEMBER(struct store_spec, cache), .initial = "{}",
     .record = &schema_cache, .doc = "Caches in front of it."},
    {"quorum", FIELD_BLOCK, .offset = 0, .initial = "{}", .when = "mode=quorum",
     .record = &quorum_record, .doc = "How many replicas take part."},
    {"failover", FIELD_BLOCK, .offset = 0, .initial = "{}", .when = "mode=single-leader",
     .record = &failover_record, .doc = "Promotion of a follower."},
};
const struct record schema_store = {"store",
                                    "A replicated store: one replica in each of its regions.",
                                    SCHEMA_RECORD(struct store_spec, store_fields)};
