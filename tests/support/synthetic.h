// Synthetic models: random users of the engine, made from a seed, that use all it offers.
//
// LPs live in groups. Between each two groups there is a least delay, or they never talk; within a
// group every delay from 1 ns on is legal. A partition puts whole groups together and never cuts
// one: all partitions are legal, their lookaheads follow from the groups' delays, and all of them
// must execute the same events.
//
// Jobs hop from LP to LP. On its way a job may arm and cancel timers, or make its LP flood one or
// many others with notes, all due at one instant. Delays are often exactly the least; most events
// fall on multiples of a quantum, so that ties abound; some sleep until all wake at once, after a
// silence; a few go far beyond all rings of a calendar. LPs stop after so many jobs and swallow the
// rest.
//
// What an LP does next is drawn from its memory, which mixes in every byte of every event it saw.
// So a difference in its order changes all that follows. No random stream of the simulator is used.
#pragma once

#include "engine/cell.h"
#include "engine/engine.h"

enum synthetic_kind { SYNTHETIC_JOB = 1, SYNTHETIC_NOTE, SYNTHETIC_TIMER };
enum { SYNTHETIC_LANES = 3, SYNTHETIC_SLOTS = 32 };

// Which groups talk.
enum synthetic_shape {
    SYNTHETIC_FULL,    // every group to every other
    SYNTHETIC_CHAIN,   // each to the next
    SYNTHETIC_CYCLE,   // each to the next, the last to the first
    SYNTHETIC_STAR,    // all with the first, both ways
    SYNTHETIC_SPARSE,  // about a third of all pairs
    SYNTHETIC_ISLANDS, // none
    SYNTHETIC_SHAPES,
};

struct synthetic_conf {
    uint64_t seed;
    uint32_t n_lps, n_groups; // 1 <= n_groups <= n_lps
    enum synthetic_shape shape;
    simtime least_ns, most_ns; // range of the least delays between groups
    simtime spread_ns;         // most delays exceed the least one by less than this
    simtime quantum_ns;        // three in four events fall on multiples of it
    simtime silence_ns;        // those who sleep wake at multiples of it
    uint32_t n_jobs;
    uint32_t life;                // jobs an LP handles before it stops; 0: no end
    uint32_t far, sleep;          // of a thousand events, how many go far, how many sleep
    uint32_t far_doublings;       // how far: up to spread_ns times two to this
    uint32_t flood, timer, burst; // of a thousand jobs, how many do this; burst: many timers
    uint32_t n_lanes;             // an LP, <= SYNTHETIC_LANES
    // How it is run: changes nothing.
    uint32_t n_cells; // <= n_groups: each group is a cell; else groups are dealt to cells at random
    uint64_t deal;    // seed of that
    int bucket_shift;
    // Called for each event before the LP is; may be NULL.
    void (*hook)(void *argument, struct cell *cell, const struct event *event);
    void *hook_argument;
};

struct synthetic_lp {
    uint64_t memory;
    uint32_t life; // jobs left
    uint32_t lanes[SYNTHETIC_LANES];
    uint32_t slot_lane[SYNTHETIC_SLOTS];
    uint64_t tickets[SYNTHETIC_SLOTS]; // 0: none
};

struct synthetic {
    struct synthetic_conf conf;
    struct synthetic_lp *lps;
    uint32_t *group_of;     // [n_lps]
    uint32_t *members;      // [n_lps] LPs by group
    uint32_t *first_member; // [n_groups + 1]
    simtime *links;         // [n_groups][n_groups] least delay, SIMTIME_NEVER: never
    uint32_t *peers;        // [n_groups][n_groups] groups that a group talks to, itself first
    uint32_t *n_peers;      // [n_groups]
    struct engine *engine;
};

// The next number of a small generator (splitmix64), and one below n > 0.
uint64_t synthetic_draw(uint64_t *state);
uint64_t synthetic_below(uint64_t *state, uint64_t n);

// A model of some `n_events` events or fewer, in one cell; a life of 0 is possible.
struct synthetic_conf synthetic_random(uint64_t seed, uint32_t n_events);
// A steady load: jobs that never end, timers most of which are cancelled.
struct synthetic_conf synthetic_steady(uint64_t seed, uint32_t n_lps, uint32_t n_groups);

void synthetic_open(struct synthetic *s, const struct synthetic_conf *conf);
void synthetic_close(struct synthetic *s);
// Mixes what all LPs remember, and their timers.
uint64_t synthetic_state(const struct synthetic *s);
