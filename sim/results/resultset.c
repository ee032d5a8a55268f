#include "results/resultset.h"

const double result_quantiles[RESULT_QUANTILES] = {0.5, 0.9, 0.95, 0.99, 0.999, 0.9999};
