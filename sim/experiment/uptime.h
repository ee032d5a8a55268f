// Uptime: users' time in which the service was up for them (useruptime.h), as a share, in a whole
// run and in its worst windows.
//
// Windows of several lengths tell many short failures from few long ones: of each length the worst
// stretch of the run (windowed user-uptime: Hauer et al., NSDI 2020; there the minimal cumulative
// ratio). All populations together, after the warm-up. Thread class: any thread.
#pragma once

#include <stddef.h>

#include "model/record.h"
#include "model/workload.h"

// Milliseconds of users' time.
struct uptime {
    uint64_t up_ms, down_ms;
};

enum { UPTIME_LENGTHS = 4 };

struct uptime uptime_of(const struct record *record, const struct workload *workload);
// NaN when no user was there.
double uptime_share(struct uptime u);
// The lengths that suit a workload: whole numbers of its windows, shorter than what is measured.
// Returns how many there are.
size_t uptime_lengths(const struct workload *workload, double length_s[UPTIME_LENGTHS]);
// The least share in any stretch of that length; NaN when no user was there.
double uptime_worst(const struct record *record, const struct workload *workload, double length_s);
