// Latencies by population, as tables.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "results/resultset.h"

// Median, 99th and 99.9th percentile: a row a population, a column a design; several tables when
// one would be wider than `width`.
void latency_print(const struct resultset *set, size_t width, FILE *out, bool colour);
// The first design only, with availability and intervals.
void latency_print_single(const struct resultset *set, FILE *out, bool colour);
