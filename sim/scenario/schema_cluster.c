// Keys of a store's cluster: a database's instances and storage inside a region.
#include "base/base.h"
#include "model/topology.h"
#include "scenario/schema.h"

#define SOURCE_VERBITSKI "Aurora (Verbitski et al., SIGMOD 2017)"
#define SOURCE_AURORA "Aurora User Guide, 'High availability for Amazon Aurora'"

#define SOURCE_MULTI_AZ                                                                            \
    "RDS User Guide, Multi-AZ DB instance deployments: one standby, not readable"
#define SOURCE_MULTI_AZ_CLUSTER                                                                    \
    "RDS User Guide, Multi-AZ DB cluster deployments: two readable standbys"

static const struct field_default instances_defaults[] = {
    {"^product=rds-multi-az", "2", SOURCE_MULTI_AZ},
    {"^product=rds-multi-az-cluster", "3", SOURCE_MULTI_AZ_CLUSTER},
    {NULL, NULL, NULL},
};
static const struct field_default readable_defaults[] = {
    {"^product=rds-multi-az", "false", SOURCE_MULTI_AZ},
    {NULL, NULL, NULL},
};
static const struct field_default failover_defaults[] = {
    {"^product=rds-multi-az", "{lognormal: {median: 85 s, p99: 120 s}}",
     "RDS User Guide, Multi-AZ failover: typically 60 to 120 s"},
    {"^product=rds-multi-az-cluster", "{lognormal: {median: 22 s, p99: 35 s}}",
     "RDS User Guide, Multi-AZ DB clusters: typically less than 35 s"},
    {NULL, NULL, NULL},
};

static const struct field storage_fields[] = {
    {"copies_per_zone", FIELD_INTEGER, SCHEMA_MEMBER(struct storage_spec, copies_per_zone),
     .initial = "none", .keyword = "none", .low = 1, .high = CLUSTER_MAX_COPIES,
     .source = "Each instance has a copy of its own, as in RDS; " SOURCE_VERBITSKI ": 2",
     .doc = "Copies in each zone of a volume that all instances share."},
    {"zones", FIELD_INTEGER, SCHEMA_MEMBER(struct storage_spec, zones), .initial = "3",
     .when = "copies_per_zone!=none", .low = 1, .high = TOPOLOGY_MAX_ZONES,
     .source = SOURCE_VERBITSKI ": three zones", .doc = "Zones with copies: a, b, c ..."},
    {"write", FIELD_INTEGER, SCHEMA_MEMBER(struct storage_spec, write_quorum),
     .initial = "majority", .keyword = "majority", .when = "copies_per_zone!=none", .low = 1,
     .high = CLUSTER_MAX_COPIES * TOPOLOGY_MAX_ZONES, .source = SOURCE_VERBITSKI ": four of six",
     .doc = "Copies that a write needs; 'majority': more than half."},
    {"read", FIELD_INTEGER, SCHEMA_MEMBER(struct storage_spec, read_quorum), .initial = "overlap",
     .keyword = "overlap", .when = "copies_per_zone!=none", .low = 1,
     .high = CLUSTER_MAX_COPIES * TOPOLOGY_MAX_ZONES, .source = SOURCE_VERBITSKI ": three of six",
     .doc = "Copies without which nothing can be read; 'overlap': as few as have a copy of every "
            "write among them."},
    {"failures", FIELD_QUANTITY, SCHEMA_MEMBER(struct storage_spec, copy_failures_per_s),
     .initial = "0 /year", .dimension = DIMENSION_RATE, .when = "copies_per_zone!=none", .low = 0,
     .high = 1,
     .source = "None unless given. Google's storage nodes: one in 4.3 months (Ford et al., OSDI "
               "2010; general knowledge)",
     .doc = "Failures of one copy by itself, at random."},
    {"repair", FIELD_DISTRIBUTION, SCHEMA_MEMBER(struct storage_spec, copy_repair),
     .initial = "10 s", .dimension = DIMENSION_TIME, .when = "copies_per_zone!=none", .low = 0,
     .high = 3.2e9,
     .source = SOURCE_VERBITSKI ": a segment of 10 GB is repaired in 10 s at 10 Gbit/s",
     .doc = "From its failure, or from its zone's return, until a copy is up again."},
};
static const struct schema_record storage_record = {
    "storage", "A volume with copies in several zones, shared by all instances.",
    SCHEMA_RECORD(struct storage_spec, storage_fields)};

static const struct field cluster_fields[] = {
    {"instances", FIELD_INTEGER, SCHEMA_MEMBER(struct cluster_spec, instances), .initial = "none",
     .keyword = "none", .alternatives = instances_defaults, .low = 1, .high = CLUSTER_MAX_INSTANCES,
     .source = "Without a cluster a replica is as available as its region",
     .doc = "Database instances in each region of the store, in zones in turn; the first is the "
            "writer. The store's `servers` are dealt to those that serve."},
    {"writer_zone", FIELD_NAME, SCHEMA_MEMBER(struct cluster_spec, writer_zone), .initial = "a",
     .scope = SCOPE_ZONE, .when = "instances!=none", .source = "Zones are alike",
     .doc = "Zone of the first instance."},
    {"readable", FIELD_BOOL, SCHEMA_MEMBER(struct cluster_spec, readable), .initial = "true",
     .alternatives = readable_defaults, .when = "instances!=none|1",
     .source = "Aurora Replicas and the standbys of an RDS Multi-AZ cluster are; the standby of an "
               "RDS Multi-AZ instance is not (RDS User Guide)",
     .doc = "Whether the other instances serve reads."},
    {"failover", FIELD_DISTRIBUTION, SCHEMA_MEMBER(struct cluster_spec, failover),
     .initial = "{lognormal: {median: 12 s, p99: 30 s}}", .alternatives = failover_defaults,
     .when = "instances!=none|1", .dimension = DIMENSION_TIME, .low = 0, .high = 86400,
     .source = SOURCE_AURORA ": often less than 30 s; five trials: 11 to 16 s (zatoima.github.io)",
     .doc = "From the writer's failure until another instance takes writes, as clients see it."},
    {"restart", FIELD_DISTRIBUTION, SCHEMA_MEMBER(struct cluster_spec, restart),
     .initial = "{lognormal: {median: 4 min, p99: 10 min}}", .when = "instances!=none",
     .dimension = DIMENSION_TIME, .low = 0, .high = 3.2e9,
     .source = SOURCE_AURORA ": a new writer is made in less than 10 min; median assumed",
     .doc = "From an instance's failure, or from its zone's return, until it, or a new one in its "
            "place, is up. A single instance on shared storage is made in another zone when its "
            "own is lost."},
    {"failures", FIELD_QUANTITY, SCHEMA_MEMBER(struct cluster_spec, instance_failures_per_s),
     .initial = "0 /year", .dimension = DIMENSION_RATE, .when = "instances!=none", .low = 0,
     .high = 1,
     .source = "None unless given. 8 % of servers see a hardware fault in a year (Vishwanath & "
               "Nagappan, SoCC 2010; general knowledge)",
     .doc = "Failures of one instance by itself, at random."},
    {"storage", FIELD_BLOCK, SCHEMA_MEMBER(struct cluster_spec, storage), .initial = "{}",
     .when = "instances!=none", .record = &storage_record,
     .doc = "A volume that all instances share (Aurora)."},
};
const struct schema_record schema_cluster = {
    "cluster", "A database's instances in the zones of a region, and their storage.",
    SCHEMA_RECORD(struct cluster_spec, cluster_fields)};
