// Keys of stores' limits of throughput.
#include "base/base.h"
#include "model/topology.h"
#include "scenario/schema.h"

#define ASSUMED "Assumption"
#define SOURCE_DYNAMO "DynamoDB Developer Guide"
#define SOURCE_PARTITIONS SOURCE_DYNAMO ", 'Best practices for designing and using partition keys'"
#define SOURCE_INITIAL SOURCE_DYNAMO ", 'On-demand capacity mode': a new table's"
#define SOURCE_QUOTA SOURCE_DYNAMO ", 'Quotas': of a table, unless raised"

static const struct choice capacities[] = {
    {"unlimited", CAPACITY_UNLIMITED, "no limits: servers and their queue are all"},
    {"provisioned", CAPACITY_PROVISIONED, "fixed rates, and bursts of what was not used"},
    {"on-demand", CAPACITY_ON_DEMAND, "twice the highest traffic so far, up to a quota"},
    {NULL, 0, NULL},
};

static const struct field_default capacity_defaults[] = {
    {"^product=dynamodb-mrec|dynamodb-mrsc", "on-demand",
     SOURCE_DYNAMO ", 'On-demand capacity mode': the default and recommended option"},
    {NULL, NULL, NULL},
};

static const struct field_default read_defaults[] = {
    {"capacity=on-demand", "12000 req/s", SOURCE_INITIAL},
    {NULL, NULL, NULL},
};

static const struct field_default write_defaults[] = {
    {"capacity=on-demand", "4000 req/s", SOURCE_INITIAL},
    {NULL, NULL, NULL},
};

#define T(member) SCHEMA_MEMBER(struct throughput_spec, member)

static const struct field throughput_fields[] = {
    {"capacity", FIELD_CHOICE, T(capacity), .initial = "unlimited", .choices = capacities,
     .alternatives = capacity_defaults,
     .source = "Stores have no limits of their own unless they say so",
     .doc = "What a region's replica takes, in units of capacity a second."},
    {"read", FIELD_QUANTITY, T(read_per_s), .alternatives = read_defaults,
     .when = "capacity!=unlimited", .dimension = DIMENSION_RATE, .low = 1e-3, .high = 1e9,
     .doc = "Read units a second in each region; on demand: those at first."},
    {"write", FIELD_QUANTITY, T(write_per_s), .alternatives = write_defaults,
     .when = "capacity!=unlimited", .dimension = DIMENSION_RATE, .low = 1e-3, .high = 1e9,
     .doc = "Write units a second in each region, replicated writes included; on demand: those at "
            "first."},
    {"most_read", FIELD_QUANTITY, T(most_read_per_s), .initial = "40000 req/s",
     .when = "capacity=on-demand", .dimension = DIMENSION_RATE, .low = 1e-3, .high = 1e9,
     .source = SOURCE_QUOTA, .doc = "Quota of read units a second."},
    {"most_write", FIELD_QUANTITY, T(most_write_per_s), .initial = "40000 req/s",
     .when = "capacity=on-demand", .dimension = DIMENSION_RATE, .low = 1e-3, .high = 1e9,
     .source = SOURCE_QUOTA, .doc = "Quota of write units a second."},
    {"growth", FIELD_QUANTITY, T(growth_s), .initial = "30 min", .when = "capacity=on-demand",
     .dimension = DIMENSION_TIME, .low = 1, .high = 604800,
     .source = SOURCE_DYNAMO
     ", 'Pre-warming a table': no more than double the previous peak within "
     "30 minutes",
     .doc = "Time from a new peak of traffic until twice as much is sustained."},
    {"burst", FIELD_QUANTITY, T(burst_s), .initial = "300 s", .when = "capacity=provisioned",
     .dimension = DIMENSION_TIME, .low = 0, .high = 604800,
     .source = SOURCE_DYNAMO ", 'Burst and adaptive capacity': up to 300 s of unused capacity",
     .doc = "Capacity that was not used is kept so long, a second at least; all of it at first."},
    {"adaptive", FIELD_BOOL, T(adaptive), .initial = "true", .when = "capacity=provisioned",
     .source = SOURCE_DYNAMO ", 'Burst and adaptive capacity': on for every table",
     .doc = "Whether a partition may use what the others leave, up to its own limits, and is split "
            "when that is too little; else each has an equal share of the rates."},
    {"partitions", FIELD_INTEGER, T(partitions), .initial = "derived", .keyword = "derived",
     .when = "capacity!=unlimited", .low = 1, .high = 100000,
     .source = SOURCE_DYNAMO ", 'Partitions': as many as the rates need, read over partition_read "
                             "plus write over partition_write, rounded up; on demand the greater "
                             "of both",
     .doc = "Partitions at first, to which items are dealt by a hash."},
    {"partition_read", FIELD_QUANTITY, T(partition_read_per_s), .initial = "3000 req/s",
     .when = "capacity!=unlimited", .dimension = DIMENSION_RATE, .low = 1e-3, .high = 1e9,
     .source = SOURCE_PARTITIONS, .doc = "Read units a second that a partition serves at most."},
    {"partition_write", FIELD_QUANTITY, T(partition_write_per_s), .initial = "1000 req/s",
     .when = "capacity!=unlimited", .dimension = DIMENSION_RATE, .low = 1e-3, .high = 1e9,
     .source = SOURCE_PARTITIONS, .doc = "Write units a second that a partition serves at most."},
    {"split_after", FIELD_QUANTITY, T(split_after_s), .initial = "10 min",
     .when = "capacity!=unlimited", .dimension = DIMENSION_TIME, .low = 0, .high = 604800,
     .source = ASSUMED
     " (AWS Database Blog, 'Scaling DynamoDB', parts 2 and 3: split for heat under "
     "sustained load; minutes)",
     .doc =
         "A partition that has been at its limits for so long is split, or its hottest item gets "
         "one for itself; 0: never."},
    {"item_size", FIELD_QUANTITY, T(item_bytes), .initial = "1 KiB", .when = "capacity!=unlimited",
     .dimension = DIMENSION_SIZE, .low = 1, .high = 409600,
     .source = "YCSB's default record: ten fields of 100 bytes; at most 400 KB (" SOURCE_DYNAMO
               ", 'Quotas')",
     .doc = "Size of an item: a write takes a unit for each KiB, a strong read for each 4 KiB, an "
            "eventual one half of that."},
};
const struct schema_record schema_throughput = {
    "throughput", "Units of capacity, and how many there are.",
    SCHEMA_RECORD(struct throughput_spec, throughput_fields)};
