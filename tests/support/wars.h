// The latency fits of WARS (Bailis et al., "Probabilistically Bounded Staleness", PVLDB 5(8), 2012,
// table 3): mixtures of a Pareto body and an exponential tail for the four messages of a store's
// quorums. W: a write to a replica, A: its acknowledgement, R: a read to a replica, S: its answer.
//
// Values are the paper's milliseconds.
#pragma once

#include <stdbool.h>

#include "base/distribution.h"

struct wars_fit {
    const char *name;
    struct distribution write, other; // W; A = R = S
};

enum wars_name { WARS_SSD, WARS_DISK, WARS_YAMMER, WARS_FITS };

extern const struct wars_fit wars_fits[WARS_FITS];

// What a leg to another data centre takes in the paper's WAN: LinkedIn's disks 75 ms away.
extern const struct distribution wars_wan_write, wars_wan_other;

// P(X <= x), or P(X > x), of one of these mixtures, written out, and its inverse by halving: what
// quantiles and draws are held against.
double wars_probability(const struct distribution *mixture, double x, bool is_upper);
double wars_quantile(const struct distribution *mixture, double p, bool is_upper);
