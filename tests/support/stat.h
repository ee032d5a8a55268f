// Verdicts of statistical tests. Seeds are fixed, so that a verdict is the same in every run;
// levels are about 1e-4.
//
// Every verdict that fails prints what was measured beside the reference; with AASIM_LONG=1 those
// that hold are printed as well, so that the power reached (the standard error) can be read.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// AASIM_LONG=1 asks for longer runs: `make validate`, `make determinism`.
bool stat_is_long(void);
// How many of n equal runs there is time for: with address sanitizer, which makes a run some ten
// times as long, a quarter.
uint32_t stat_runs(uint32_t n);

double stat_mean(const double *x, size_t n);
double stat_sd(const double *x, size_t n);

// Z4: |mean - reference| <= 4 standard errors of n >= 32 independent observations. `slack` is added
// to the bound: an error known to be made, 0 if there is none.
bool stat_mean_agrees(const char *id, const double *x, size_t n, double reference, double slack);
// The same for a share of independent trials, whose standard error follows from the reference.
bool stat_share_agrees(const char *id, uint64_t hits, uint64_t trials, double reference);
// And with three standard uncertainties of the reference itself on top.
bool stat_share_agrees_within(const char *id, uint64_t hits, uint64_t trials, double reference,
                              double uncertainty);
// Two-sided chi-square interval of a variance at level 1e-4, for about normal observations.
bool stat_sd_agrees(const char *id, const double *x, size_t n, double reference);
// Chi-square test of counts against expected shares (they sum to 1), at level 1e-4.
bool stat_counts_agree(const char *id, const uint64_t *counts, const double *shares, size_t n);
