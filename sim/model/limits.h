// Limits of stores as a design describes them: how much they take, and which writes they refuse.
// Validated data, units as in topology.h.
#pragma once

#include <math.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/distribution.h"

enum capacity_mode { CAPACITY_UNLIMITED, CAPACITY_PROVISIONED, CAPACITY_ON_DEMAND };

// What limits have to do with.
enum throughput_kind { THROUGHPUT_READ, THROUGHPUT_WRITE, THROUGHPUT_KINDS };

// Units of capacity, of a table in each of its regions and of its partitions.
struct throughput_spec {
    enum capacity_mode capacity;
    double read_per_s, write_per_s;           // provisioned; on demand: at first
    double most_read_per_s, most_write_per_s; // on demand
    double growth_s; // on demand: from a peak until twice as much is sustained
    double burst_s;  // provisioned: what was not used is kept so long
    bool adaptive;   // a partition may use what the others leave
    int partitions;  // 0: as many as the rates need
    double partition_read_per_s, partition_write_per_s;
    double split_after_s; // a partition at its limits for so long is split; 0: never
    double item_bytes;
};

// Units of capacity that an operation on an item takes, in halves.
static inline uint32_t throughput_write_halves(const struct throughput_spec *s)
{
    return 2 * (uint32_t)ceil(s->item_bytes / 1024);
}

static inline uint32_t throughput_read_halves(const struct throughput_spec *s, bool is_strong)
{
    return (is_strong ? 2 : 1) * (uint32_t)ceil(s->item_bytes / 4096);
}

// Writes that take effect only if nobody has changed the item since it was read.
struct conditional_spec {
    double share;                    // of writes
    struct distribution read_before; // seconds from the read to the write
};
