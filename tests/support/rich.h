// Rich random worlds: a bit of everything the model knows, small and quick, made from a seed.
//
// One to three regions and zones, services that call each other and stores of any mode, every
// steering policy, health checks, populations with retries, lossy links, and random faults of all
// kinds. Delays inside a region are tens of milliseconds, so that windows are few even when every
// LP is a cell of its own.
#pragma once

#include "support/tiny.h"

// Fills *t; equal seeds give equal worlds. Six seconds of simulated time.
void rich_make(struct tiny *t, uint64_t seed);

// Gives its users more of what clients do: demand of all kinds, patience, cancelling, deadlines,
// hedging, breakers, connection pools, stickiness. What rich_make made is else as it was.
void rich_add_clients(struct tiny *t, uint64_t seed);

// Puts an accelerator, or a global balancer (even seeds), in front of its regions.
void rich_add_edges(struct tiny *t, uint64_t seed);

// Lets its stores agree by consensus, all over its zones, and gives it one if it has none.
void rich_add_consensus(struct tiny *t, uint64_t seed);
// Gives users items of their own, and stores that follow later guarantees for them
// (rich_sessions.c).
void rich_add_sessions(struct tiny *t, uint64_t seed);
// Lets operators move leaders of its stores, and the routes to them (rich_operators.c).
void rich_add_operators(struct tiny *t, uint64_t seed);

// Runs one replication; rich_drop frees the record, whose journal's names are copies: else they
// would end with the model.
void rich_run(const struct tiny *t, enum model_partition partition,
              const struct world_run_conf *conf, struct record *record);
void rich_drop(struct record *record);

// True when two records agree in every integer (names by their text); otherwise says on stderr what
// differs.
bool rich_same_record(const struct record *a, const struct record *b);
