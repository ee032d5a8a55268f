// Sensitivity: how much of an output's variance each parameter accounts for (Sobol indices), and
// which parameters matter at all (Morris screening).
//
// Sobol: the first-order index is the share of the variance that goes when the parameter is fixed,
// the total index what is left when all others are. Design by Saltelli (2002): two matrices A and B
// of n points, from a Sobol sequence of 2d dimensions (GSL), and for each parameter A with that
// column from B: n (d + 2) points. Estimators: Saltelli et al., Computer Physics Communications 181
// (2010), table 2 b for the first order, f for the total (Jansen 1999). Intervals: bootstrap over
// the n rows, percentiles (Archer, Saltelli and Sobol, J. Statistical Computation and Simulation
// 58, 1997).
//
// Morris (Technometrics 33, 1991; mu* of Campolongo et al. 2007): r trajectories through a grid of
// levels, each changing one parameter after the other; elementary effects are differences over the
// step, as if the parameter went from 0 to 1.
//
// Points are in (0, 1)^d, to be turned into values by quantile functions. Thread class: any thread.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/stream.h"
#include "measure/estimate.h"

enum { SENSITIVITY_MOST = 20 }; // parameters: GSL's Sobol sequence has 40 dimensions

// Rows of the design: A, then B, then A with column 0 from B, and so on.
size_t sensitivity_sobol_points(size_t n, size_t d);
// Fills points[sensitivity_sobol_points][d]; n a power of two for the sequence's balance.
void sensitivity_sobol_design(size_t n, size_t d, double *points);

struct sensitivity {
    struct estimate first, total; // n: rows; sd: of the bootstrap
};

// The outputs y, in the design's order, none NaN.
struct sobol_data {
    const double *y; // [sensitivity_sobol_points]
    size_t n, d;
};

// Fills out[d]; `draws` is advanced. All NaN when the output does not vary.
void sensitivity_sobol(const struct sobol_data *data, double level, struct stream *draws,
                       struct sensitivity *out);

enum { SENSITIVITY_LEVELS = 4 };

// Of the elementary effects of one parameter; NaN when there are none, the sd also of one.
struct morris {
    double mean;     // mu
    double strength; // of their absolute values: mu*
    double sd;       // sigma: not linear, or in interaction
    uint32_t n;      // steps that changed the parameter
};

size_t sensitivity_morris_points(size_t trajectories, size_t d);
// Fills points[sensitivity_morris_points][d] and order[trajectories][d], which parameter changes at
// each step.
void sensitivity_morris_design(size_t trajectories, size_t d, struct stream *draws, double *points,
                               uint8_t *order);

struct morris_data {
    // Of the design. Where the outcome was computed at values that were rounded, or taken from a
    // list, the points are those: effects are over the range from 0 to 1.
    const double *y, *points;
    const uint8_t *order;
    size_t trajectories, d;
};

void sensitivity_morris(const struct morris_data *data, struct morris *out);
