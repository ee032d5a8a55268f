#include "measure/histogram.h"

#include <math.h>
#include <string.h>

#include "base/array.h"
#include "base/base.h"

_Static_assert(HISTOGRAM_BINS == 7296, "the number of bins is part of the results format");

void histogram_init(struct histogram *h)
{
    *h = (struct histogram){.count = array_new(uint64_t, HISTOGRAM_BINS)};
}

void histogram_free(struct histogram *h)
{
    array_release(h->count);
    *h = (struct histogram){0};
}

void histogram_clear(struct histogram *h)
{
    memset(h->count, 0, HISTOGRAM_BINS * sizeof *h->count);
    h->n = h->sum = h->most = 0;
}

uint64_t histogram_lower(size_t bin)
{
    REQUIRE(bin <= HISTOGRAM_BINS, "bin %zu of %d", bin, (int)HISTOGRAM_BINS);
    if (bin < 2 * HISTOGRAM_SUB_BINS)
        return bin;
    size_t octave = bin / HISTOGRAM_SUB_BINS - 2; // octaves above the first one with wide bins
    uint64_t sub = bin % HISTOGRAM_SUB_BINS;
    return (HISTOGRAM_SUB_BINS + sub) << (octave + 1);
}

void histogram_merge(struct histogram *into, const struct histogram *from)
{
    for (size_t b = 0; b < HISTOGRAM_BINS; b++)
        into->count[b] += from->count[b];
    into->n += from->n;
    if (__builtin_add_overflow(into->sum, from->sum, &into->sum))
        into->sum = UINT64_MAX;
    if (from->most > into->most)
        into->most = from->most;
}

// The value at `rank` (> 0, values counted from 1) among the `count` values of a bin, spread evenly
// over the integers that the bin holds.
static double value_in_bin(size_t bin, double rank, uint64_t count)
{
    double lower = (double)histogram_lower(bin);
    double span = (double)(histogram_lower(bin + 1) - histogram_lower(bin) - 1);
    double share = rank / (double)count;
    return lower + span * (share < 1 ? share : 1);
}

double histogram_quantile(const struct histogram *h, double q)
{
    REQUIRE(q >= 0 && q <= 1, "quantile %g outside 0..1", q);
    if (h->n == 0)
        return (double)NAN;
    double rank = q * (double)h->n;
    uint64_t before = 0;
    size_t last =
        0; // last bin in use so far: holds the answer when rounding lets the search run out
    for (size_t b = 0; b < HISTOGRAM_BINS; b++) {
        if (h->count[b] == 0)
            continue;
        last = b;
        if ((double)(before + h->count[b]) >= rank)
            break;
        before += h->count[b];
    }
    double value = value_in_bin(last, rank - (double)before, h->count[last]);
    return value < (double)h->most ? value : (double)h->most;
}

double histogram_mean(const struct histogram *h)
{
    return h->n == 0 ? (double)NAN : (double)h->sum / (double)h->n;
}

double histogram_share_below(const struct histogram *h, uint64_t x)
{
    if (h->n == 0)
        return (double)NAN;
    if (x >= h->most)
        return 1;
    size_t bin = histogram_bin(x);
    uint64_t before = 0;
    for (size_t b = 0; b < bin; b++)
        before += h->count[b];
    double width = (double)(histogram_lower(bin + 1) - histogram_lower(bin));
    double inside = (double)(x - histogram_lower(bin) + 1) / width;
    if (inside > 1)
        inside = 1; // the last bin holds values beyond its upper edge
    return ((double)before + inside * (double)h->count[bin]) / (double)h->n;
}
