// Time that passes for people, by a clock that rises and is never set. Never a part of results.
// Thread class: anything; safe in signal handlers.
#pragma once

#include <stdint.h>

int64_t walltime_ns(void);
double walltime_s(void);
