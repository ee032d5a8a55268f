// Replicas are made before a run, all that they need later with them, and freed after it.
#pragma once

#include <stdint.h>

struct world;

// Of one replica, whose faults are known (fault.h). Timers' lanes are opened.
void replicalife_open(struct world *w, uint32_t index);
void replicalife_close(struct world *w, uint32_t index);
