// Throughput: how many operations a second a store takes, as a table and in each of its partitions.
//
// What real systems do. DynamoDB counts units: a write takes one for each KiB of its item, a
// strongly consistent read one for each 4 KiB, an eventually consistent one half of that, rounded
// up. A provisioned table has so many a second in each region, and keeps what it did not use for up
// to 300 s; an on-demand table sustains twice the highest traffic that it has had, up to a quota;
// and each partition serves 3000 read units and 1000 write units a second, whatever the table may
// do. An operation that finds too few is turned away at once (throttled, HTTP 400). Adaptive
// capacity lets a partition use all that the table has left, where once each had its fixed share
// (Developer Guide, 'Read and write operations', 'Burst and adaptive capacity', 'On-demand
// capacity mode'; Elhemali et al., USENIX ATC 2022). Writes that come from other regions take as
// many units as those that are taken here; without them they are late. Modelled: all of that by
// token buckets (bucket.h), for reads and for writes, one for the table in each region and one for
// each partition (partitions.h), peaks (peak.h). A bucket is a second deep, that of a provisioned
// table as deep as its burst, and all are full at first: there was little traffic before. A write
// from elsewhere waits in order of arrival for the next tokens of its partition, then of the table,
// and so goes before those that are turned away meanwhile: they leave, it stays. With a quorum the
// member that is asked decides; what the others write takes their tokens, if they have them or not.
// Probes take units, too. Left out: transactions, which take twice as many; secondary indexes;
// switching modes and auto scaling of rates; what the service itself takes of a burst; a
// partition's reads and writes bounding each other. Knobs: capacity, read, write, item_size,
// partitions, adaptive, burst, split_after.
#pragma once

#include "model/model.h"
#include "model/partitions.h"
#include "model/peak.h"
#include "model/storerecord.h"

// Of a replica: its part of the table, in its region.
struct throughput {
    const struct throughput_plan *plan;
    double rates[THROUGHPUT_KINDS];                   // the table's, at present
    struct bucket table[THROUGHPUT_KINDS];            // where all partitions may use all of it
    struct bucket_time table_costs[STORE_OPERATIONS]; // of the table, or of a partition's share
    struct bucket_time limit_costs[STORE_OPERATIONS]; // of a partition
    struct peak peaks[THROUGHPUT_KINDS];              // halves of a unit
    struct partitions partitions;
};

// scale: of the demand; capacity is thinned with it.
struct throughput_plan throughput_compile(const struct store_spec *spec, double scale);
void throughput_open(struct throughput *t, const struct throughput_plan *plan);
void throughput_close(struct throughput *t);
// Takes the tokens of an operation; false: there are too few, and none is taken.
bool throughput_admit(struct throughput *t, simtime now, uint32_t item,
                      enum store_operation operation);
// The same for a write that waits: when it will have its partition's, and, then asked for, the
// table's.
simtime throughput_await_partition(struct throughput *t, simtime now, uint32_t item);
simtime throughput_await_table(struct throughput *t, simtime now);
// The same for a write that waits for nothing.
void throughput_charge(struct throughput *t, simtime now, uint32_t item);
