// A compiled model (read-only, shared by all replications of a design) and the running of one
// replication.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "engine/engine.h"
#include "model/geography.h"
#include "model/record.h"
#include "model/storehistory.h"
#include "model/topology.h"
#include "model/workload.h"

struct model;
struct tables;

// How LPs are grouped into cells. Changes speed, never results.
enum model_partition {
    PARTITION_DEFAULT, // a cell a region, a cell a population, one for global control; on one
                       // thread a single one
    PARTITION_ONE,     // everything in one cell
    PARTITION_MANY,    // a cell an LP
};

struct model_options {
    // Demand and capacity are thinned together by this factor (0 < scale <= 1): queueing is then
    // not representative, and every output says so.
    double scale;
    enum model_partition partition;
    // Every store keeps what is known of its items in a table that begins with so many slots
    // (items.h): for tests. 0: as suits their number.
    uint32_t item_slots;
    // Where tables of other models are that can be used again; NULL: none. Must outlive the model.
    struct tables *tables;
};

// Compiles a validated topology, workload and optional fault plan (NULL: none). The specs, the
// geography and their strings must outlive the model. Cost: milliseconds (quantile tables).
struct model *model_compile(const struct topology *topology, const struct workload *workload,
                            const struct fault_plan *plan, const struct geography *geography,
                            const struct model_options *options);
void model_free(struct model *model);

// Simulated time a run covers.
simtime model_duration(const struct model *model);
// One line a fault of the plan that has no effect in this topology, e.g. because it names a region
// that the design lacks; NULL when index is beyond the last.
const char *model_note(const struct model *model, size_t index);

// Which probes travel as messages. How those are handled that need not is in foresight.h.
enum probe_sending {
    PROBES_FORESEEN, // only those whose outcome is not certain
    PROBES_SENT,     // all, with the same results
    PROBES_ORDINARY, // all, and none is foreseen: each is handled as a request
};

struct world;
// Is told of every request that comes to a pool after the warm-up, and how many it finds waiting.
// That pool plans nothing ahead: send probes as PROBES_ORDINARY.
struct world_watch {
    uint32_t pool; // index
    void (*meet)(void *argument, uint32_t waiting);
    void *argument;
};

struct world_run_conf {
    uint64_t seed;
    uint32_t replication;
    int n_threads; // windows in parallel when > 1
    bool serial;   // the oracle instead of windows
    enum probe_sending probes;
    const volatile int *cancel;
    // Called now and then with the share of simulated time that is done; may be NULL.
    void (*progress)(void *argument, double share_done);
    void *progress_argument;
    struct engine_stats *stats; // filled at the end; may be NULL
    // For tests: what clients ask of stores, and what they are told. Called by the threads that run
    // the cells. A run with one is another run: reads are not answered ahead of their time.
    const struct store_history *history; // may be NULL
    const struct world_watch *watch;     // may be NULL
};

// Runs one replication and fills *record (record_free releases it). False when it was cancelled.
// Thread class: any thread; one world a call, nothing shared but the read-only model.
bool world_run(const struct model *model, const struct world_run_conf *conf, struct record *record);

// The same event by event, for those that look at the world in between; a serial run, and nothing
// is collected. world_step is false when none is left.
struct world *world_begin(const struct model *model, const struct world_run_conf *conf);
bool world_step(struct world *w);
void world_end(struct world *w);

// From now on, arrivals and works to come are other ones, as `branch` says: for a copy of a world
// that is to have another future. What has been drawn already stays, but for works under way at the
// pool that is watched.
void world_branch(struct world *w, uint64_t branch);
