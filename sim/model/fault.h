// Faults of one replication: the plan's scheduled and random faults drawn, and laid out as
// timelines.
//
// What real outages do: power failures take part or all of a zone and its instances come back over
// hours; regional events usually break one service and its dependents; links fail in one direction
// or both. Scheduled faults replay the shape of a known incident; random ones alternate between
// well and ill: exponential time to failure, any distribution of duration. Each random fault draws
// from a stream named after the fault and what it hits, so all designs of a comparison suffer the
// same history. A service fails as a whole, in one zone, or in some of its targets only (a gray
// failure: one front end of several); a store as a whole, or in a zone if it has instances there
// (cluster.h). Left out: correlated causes beyond those a plan lists, operators' mistakes.
#pragma once

#include "base/simtime.h"

struct fault_instance;
struct model;
struct world;
// Finds what each fault of the plan hits in this design, and notes those that hit nothing.
void fault_compile(struct model *m);
// Draws the faults, fills the world's timelines and schedules the changes of state. Before the run.
void fault_open(struct world *w);
// When all of it has come back, its ramp included.
simtime fault_over(const struct world *w, const struct fault_instance *f);
void fault_close(struct world *w);
