// Log-linear histogram of non-negative integers: exact merge, bounded relative error.
//
// Values below 2^(HISTOGRAM_SUB_BITS+1) have a bin each; above, every octave is cut into
// 2^HISTOGRAM_SUB_BITS equal bins, so a bin's width is at most 1/128 (0.8 %) of its lower edge.
// Values of 2^63 and more share the last bin. Counts are integers: adding two histograms is
// commutative and associative and exact, whatever the order of threads and shards. Cost: a few
// instructions a value, no floating point. Memory: HISTOGRAM_BINS counts (57 KiB). Thread class:
// one thread at a time.
#pragma once

#include <stddef.h>
#include <stdint.h>

enum {
    HISTOGRAM_SUB_BITS = 7,
    HISTOGRAM_SUB_BINS = 1 << HISTOGRAM_SUB_BITS,
    HISTOGRAM_FIRST_OCTAVE = HISTOGRAM_SUB_BITS + 1, // first octave with bins wider than 1
    HISTOGRAM_LAST_OCTAVE = 62,
    // Exact bins [0, 256) plus 128 bins for each octave from 2^8 to 2^62.
    HISTOGRAM_BINS = 2 * HISTOGRAM_SUB_BINS +
                     (HISTOGRAM_LAST_OCTAVE - HISTOGRAM_FIRST_OCTAVE + 1) * HISTOGRAM_SUB_BINS,
};

struct histogram {
    uint64_t *count; // [HISTOGRAM_BINS], owned by whoever made the histogram
    uint64_t n;      // values recorded
    uint64_t sum;    // of the values (exact; saturates at UINT64_MAX)
    uint64_t most;   // largest value, exact; 0 when empty
};

// Allocates the bins (zeroed); histogram_free releases them. Out of memory stops the program.
void histogram_init(struct histogram *h);
void histogram_free(struct histogram *h);
void histogram_clear(struct histogram *h);

// Bin of a value, and the edges of a bin: value v < 2^63 is in bin b iff lower(b) <= v < lower(b +
// 1).
static inline size_t histogram_bin(uint64_t value)
{
    if (value < 2 * HISTOGRAM_SUB_BINS)
        return (size_t)value;
    unsigned octave = 63U - (unsigned)__builtin_clzll(value);
    if (octave > HISTOGRAM_LAST_OCTAVE)
        return HISTOGRAM_BINS - 1;
    uint64_t sub = (value >> (octave - HISTOGRAM_SUB_BITS)) & (HISTOGRAM_SUB_BINS - 1);
    return 2 * HISTOGRAM_SUB_BINS + (octave - HISTOGRAM_FIRST_OCTAVE) * HISTOGRAM_SUB_BINS +
           (size_t)sub;
}
// Requires bin <= HISTOGRAM_BINS; lower(HISTOGRAM_BINS) is 2^63.
uint64_t histogram_lower(size_t bin);

static inline void histogram_add(struct histogram *h, uint64_t value)
{
    h->count[histogram_bin(value)]++;
    h->n++;
    if (__builtin_add_overflow(h->sum, value, &h->sum))
        h->sum = UINT64_MAX;
    if (value > h->most)
        h->most = value;
}

void histogram_merge(struct histogram *into, const struct histogram *from);
// Value at cumulative probability q in [0, 1], at the rank ceil(q n) of the sorted values: linear
// over the integers of its bin (so values below 256 are exact), never above `most`; NaN when empty.
double histogram_quantile(const struct histogram *h, double q);
// Mean of the recorded values (too small once the sum has saturated); NaN when empty.
double histogram_mean(const struct histogram *h);
// Share of values <= x, linear inside the bin; NaN when empty.
double histogram_share_below(const struct histogram *h, uint64_t x);
