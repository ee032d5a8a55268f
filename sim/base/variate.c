// Quantile tables: how many cells an octave gets, and what is at their ends.
//
// Octave o of a side holds the distances u (or 1-u) in [2^-(o+2), 2^-(o+1)), the last one all that
// is left. Octaves are built in the order of rising u, and values are kept from falling, so that
// the last digits of quantiles that were searched for cannot break the order.
//
// Smooth distributions: cells are halved until the chord is within VARIATE_TOLERANCE at seven
// points inside each, relative to the excess over `least`: then it is relative to the value,
// however far that is shifted. A chord lies above a convex curve, so all chords together would make
// the mean too large (by some 0.02 %): the excess over `least` is scaled down by the ratio of two
// integrals, Simpson's and the table's. It is off 1 by 2/3 of the tolerance at most, so that errors
// do not add up to 0.1 %.
//
// Empirical distributions have kinks where their points are. Between kinks they are exact. Cells
// are counted in powers of 5, whose ends hit the percentages that people write (90 %, 99.9 %).
//
// Where a cell still misses (a kink of any height may fall inside; the parts of a mixture may leave
// a gap, the two exponentials of a hyperexponential meet almost in a jump), an end of it is made
// not a number. That marks the two cells beside this end, and their draws are searched for in the
// distribution itself, among its points or by root search (microseconds). Octaves get so many cells
// that few draws are.
//
// An interpolation adds a non-negative part to the smaller end and can never round below it or
// above the larger one: `least` holds exactly, and lookaheads may rest on it.
#include "base/variate.h"

#include <string.h>

enum {
    VARIATE_LAST = VARIATE_OCTAVES - 1,
    VARIATE_SIDE_ROWS = VARIATE_ROWS / 2,
    VARIATE_MAX_CELLS = 2048,
    VARIATE_MAX_KINKED_CELLS = 625,
    VARIATE_PARTS = 8, // of a cell; it is tested between them
    VARIATE_GRID = VARIATE_PARTS * VARIATE_MAX_CELLS,
};

static const double VARIATE_TOLERANCE = 5.5e-4;
static const double VARIATE_KINK_TOLERANCE = 1e-4;
// Quantiles are smooth to about this much.
static const double VARIATE_ROUNDING = 1e-14;
// The promise ends here: farther out, values below this share of the median are as good as zero
// (gammas of small shape reach 1e-300), and nothing is searched for.
static const double VARIATE_PROMISED[] = {1e-5, 1e-6};
static const double VARIATE_NEGLIGIBLE = 1e-30;
// Share of all draws that may be searched for on account of one octave.
static const double VARIATE_SEARCHED = 1.0 / 256;
// Where an unbounded quantile ends. With it the chord of the last octave has about the mean of an
// exponential tail.
static const double VARIATE_FAR_END = 0x1p-43;

struct variate_builder {
    struct arena *arena;
    const struct variate_source *source;
    double negligible;
    double highest;               // value so far
    double table_sum, smooth_sum; // integrals of the excess over least so far
    double grid[VARIATE_GRID + 1];
};

struct variate_place {
    int side, octave;
};

static double variate_width(struct variate_place at)
{
    return ldexp(1, at.octave == VARIATE_LAST ? -VARIATE_OCTAVES : -(at.octave + 2));
}

// Distance from the side's end at a share of the octave that rises with u.
static double variate_distance(struct variate_place at, double share)
{
    double from_end = at.side == 0 ? share : 1 - share;
    if (at.octave < VARIATE_LAST)
        return (1 + from_end) * variate_width(at);
    return at.side == 0 ? from_end * variate_width(at)
                        : fmax(VARIATE_FAR_END, from_end * variate_width(at));
}

static double variate_exact(const struct variate_source *source, int side, double distance)
{
    const struct distribution *d = &source->distribution;
    return source->scale * (side == 0 ? distribution_quantile(d, distance)
                                      : distribution_upper_quantile(d, distance));
}

static double variate_value(const struct variate_builder *b, struct variate_place at, double share)
{
    double distance = variate_distance(at, share);
    double value = variate_exact(b->source, at.side, distance);
    REQUIRE(isfinite(value), "quantile %g at distance %g from end %d", value, distance, at.side);
    return value;
}

static bool variate_is_promised(struct variate_place at)
{
    return variate_distance(at, at.side == 0 ? 1 : 0) > VARIATE_PROMISED[at.side];
}

static bool variate_is_searched_too_often(struct variate_place at, uint32_t n_marked,
                                          uint32_t n_cells)
{
    // Two cells beside each mark.
    return 2.0 * n_marked / n_cells * variate_width(at) > VARIATE_SEARCHED;
}

// Every stride-th value of the grid becomes the end of a cell.
static struct variate_octave variate_make_octave(struct variate_builder *b, struct variate_place at,
                                                 uint32_t n_cells, size_t stride)
{
    bool is_last = at.octave == VARIATE_LAST;
    struct variate_octave octave = {
        .quantile = arena_push(b->arena, double, n_cells + 1),
        .n_cells = n_cells,
        .used = (uint32_t)at.octave + (is_last ? 1 : 2), // the last has no leading one
    };
    for (size_t i = 0; i <= n_cells; i++)
        octave.quantile[i] = b->highest = fmax(b->highest, b->grid[i * stride]);
    return octave;
}

// ---- smooth distributions

static void variate_sample(struct variate_builder *b, struct variate_place at, int first, int step)
{
    for (int i = first; i <= VARIATE_GRID; i += step)
        b->grid[i] = variate_value(b, at, (double)i / VARIATE_GRID);
}

// Whether the chord from grid[low] to grid[low + cell] is near the curve.
static bool variate_fits(const struct variate_builder *b, struct variate_place at, int low,
                         int cell)
{
    double from = b->grid[low], to = b->grid[low + cell];
    double noise = VARIATE_ROUNDING * fabs(to) + (variate_is_promised(at) ? 0 : b->negligible);
    for (int i = 1; i < VARIATE_PARTS; i++) {
        double exact = b->grid[low + i * (cell / VARIATE_PARTS)];
        double chord = from + (to - from) * i / VARIATE_PARTS;
        if (fabs(chord - exact) > VARIATE_TOLERANCE * (exact - b->source->least) + noise)
            return false;
    }
    return true;
}

static uint32_t variate_count_misfits(const struct variate_builder *b, struct variate_place at,
                                      int cell)
{
    uint32_t n = 0;
    for (int low = 0; low < VARIATE_GRID; low += cell)
        n += !variate_fits(b, at, low, cell);
    return n;
}

// Marks the cells that miss, unless that would be most of them.
static void variate_mark_misfits(const struct variate_builder *b, struct variate_place at,
                                 struct variate_octave *octave)
{
    int cell = VARIATE_GRID / (int)octave->n_cells;
    uint32_t n_misfits = variate_count_misfits(b, at, cell);
    if (!variate_is_promised(at) || variate_is_searched_too_often(at, n_misfits, octave->n_cells))
        return;
    for (uint32_t i = 0; i < octave->n_cells; i++)
        if (!variate_fits(b, at, (int)i * cell, cell))
            octave->quantile[i + 1] = (double)NAN;
}

// Adds the integrals of a cell to the sums: the chord's, and Simpson's.
static void variate_add_means(struct variate_builder *b, struct variate_place at, int low, int cell)
{
    const double *g = b->grid + low;
    int part = cell / VARIATE_PARTS;
    double table = (g[0] + g[cell]) / 2, smooth = (g[0] + g[cell]) / (3 * VARIATE_PARTS);
    for (int i = 1; i < VARIATE_PARTS; i++)
        smooth += g[i * part] * (i % 2 == 1 ? 4 : 2) / (3 * VARIATE_PARTS);
    double width = variate_width(at) * cell / VARIATE_GRID;
    b->table_sum += (table - b->source->least) * width;
    b->smooth_sum += (smooth - b->source->least) * width;
}

static struct variate_octave variate_smooth_octave(struct variate_builder *b,
                                                   struct variate_place at)
{
    int cell = VARIATE_GRID, least_cell = VARIATE_GRID / VARIATE_MAX_CELLS;
    variate_sample(b, at, 0, cell / VARIATE_PARTS);
    if (at.octave == VARIATE_LAST)
        return variate_make_octave(b, at, 1, VARIATE_GRID);
    while (cell > least_cell && variate_count_misfits(b, at, cell) > 0) {
        cell /= 2;
        variate_sample(b, at, cell / VARIATE_PARTS, 2 * (cell / VARIATE_PARTS));
    }
    uint32_t n_cells = (uint32_t)(VARIATE_GRID / cell);
    struct variate_octave octave = variate_make_octave(b, at, n_cells, (size_t)cell);
    variate_mark_misfits(b, at, &octave);
    for (uint32_t i = 0; i < n_cells; i++)
        if (!isnan(octave.quantile[i]) && !isnan(octave.quantile[i + 1]))
            variate_add_means(b, at, (int)i * cell, cell);
    return octave;
}

// ---- empirical distributions

// Where point i lies among the cells of an octave, or a negative number.
static double variate_kink_position(const struct variate_builder *b, struct variate_place at,
                                    size_t i, uint32_t n_cells)
{
    double p = b->source->distribution.points[i].p;
    double from_end = (at.side == 0 ? p : 1 - p) / variate_width(at);
    if (at.octave < VARIATE_LAST)
        from_end -= 1;
    double position = (at.side == 0 ? from_end : 1 - from_end) * n_cells;
    return position > 0 && position < n_cells ? position : -1;
}

// Makes the upper ends of cells not a number if they have a kink that matters; returns how many.
static uint32_t variate_mark_kinks(const struct variate_builder *b, struct variate_place at,
                                   double *quantile, uint32_t n_cells)
{
    const struct distribution *d = &b->source->distribution;
    uint32_t n_marked = 0;
    for (size_t i = 1; i + 1 < d->n_points; i++) {
        double position = variate_kink_position(b, at, i, n_cells);
        if (position < 0)
            continue;
        uint32_t cell = (uint32_t)position;
        double from = quantile[cell], to = quantile[cell + 1];
        double exact = b->source->scale * (d->shift + d->points[i].value);
        double error = fabs(from + (to - from) * (position - cell) - exact);
        if (error > VARIATE_KINK_TOLERANCE * fabs(exact) + VARIATE_ROUNDING * fabs(to)) {
            quantile[cell + 1] = (double)NAN;
            n_marked++;
        }
    }
    return n_marked;
}

static struct variate_octave variate_kinked_octave(struct variate_builder *b,
                                                   struct variate_place at)
{
    double trial[VARIATE_MAX_KINKED_CELLS + 1]; // marked, to count
    uint32_t n_cells = 1, n_marked = 0;
    for (;; n_cells *= 5) {
        for (uint32_t i = 0; i <= n_cells; i++)
            b->grid[i] = trial[i] = variate_value(b, at, (double)i / n_cells);
        n_marked = variate_mark_kinks(b, at, trial, n_cells);
        if (n_cells == VARIATE_MAX_KINKED_CELLS ||
            !variate_is_searched_too_often(at, n_marked, n_cells))
            break;
    }
    struct variate_octave octave = variate_make_octave(b, at, n_cells, 1);
    variate_mark_kinks(b, at, octave.quantile, n_cells);
    return octave;
}

// ---- the whole

static void variate_build(struct variate_builder *b, struct variate_place at,
                          struct variate_octave *rows)
{
    bool is_empirical = b->source->distribution.kind == DISTRIBUTION_EMPIRICAL;
    struct variate_octave octave = is_empirical ? variate_kinked_octave(b, at)
                                                : variate_smooth_octave(b, at);
    int end = VARIATE_SIDE_ROWS * at.side, row = end + VARIATE_SIDE_ROWS - 1 - at.octave;
    rows[row] = octave;
    while (at.octave == VARIATE_LAST && row > end)
        rows[--row] = octave;
}

static void variate_build_all(struct variate_builder *b, struct variate_octave *rows)
{
    for (int octave = VARIATE_LAST; octave >= 0; octave--)
        variate_build(b, (struct variate_place){0, octave}, rows);
    for (int octave = 0; octave < VARIATE_OCTAVES; octave++)
        variate_build(b, (struct variate_place){1, octave}, rows);
}

// The ratio of the integrals, 1 for straight curves: these are exact and stay so.
static double variate_ratio(const struct variate_builder *b)
{
    double correction = b->smooth_sum - b->table_sum;
    double rounding = 1e-9 * (fabs(b->table_sum) + fabs(b->source->least));
    return fabs(correction) > rounding ? 1 + correction / b->table_sum : 1;
}

static void variate_correct_mean(struct variate_octave *rows, double least, double ratio)
{
    for (int row = 0; row < VARIATE_ROWS; row++) {
        bool is_repeated = row > 0 && rows[row].quantile == rows[row - 1].quantile;
        for (uint32_t i = 0; !is_repeated && i <= rows[row].n_cells; i++)
            rows[row].quantile[i] = least + (rows[row].quantile[i] - least) * ratio;
    }
}

// A copy, which outlives the caller's, of a distribution with all that it points to.
static struct distribution variate_copy(struct arena *arena, const struct distribution *d)
{
    struct distribution copy = *d;
    if (d->kind == DISTRIBUTION_EMPIRICAL) {
        struct distribution_point *points = arena_push(arena, struct distribution_point,
                                                       d->n_points);
        memcpy(points, d->points, d->n_points * sizeof *points);
        copy.points = points;
    } else if (d->kind == DISTRIBUTION_MIXTURE) {
        struct distribution_part *parts = arena_push(arena, struct distribution_part, d->n_parts);
        for (size_t i = 0; i < d->n_parts; i++) {
            parts[i].share = d->parts[i].share;
            parts[i].distribution = variate_copy(arena, &d->parts[i].distribution);
        }
        copy.parts = parts;
    }
    return copy;
}

static struct variate_source *variate_keep(struct arena *arena, const struct distribution *d,
                                           double scale)
{
    struct variate_source *source = arena_push(arena, struct variate_source, 1);
    *source = (struct variate_source){variate_copy(arena, d), scale, 0, 1};
    source->least = variate_exact(source, 0, 0);
    return source;
}

struct variate variate_compile(struct arena *arena, const struct distribution *d, double scale)
{
    REQUIRE(distribution_is_valid(d) && scale > 0, "invalid distribution, scale %g", scale);
    struct variate_octave *rows = arena_push(arena, struct variate_octave, VARIATE_ROWS);
    struct variate_source *source = variate_keep(arena, d, scale);
    struct variate_builder b = {.arena = arena, .source = source, .highest = -HUGE_VAL};
    b.negligible = VARIATE_NEGLIGIBLE * (variate_exact(source, 0, 0.5) - source->least);
    variate_build_all(&b, rows);
    source->ratio = variate_ratio(&b);
    if (source->ratio != 1)
        variate_correct_mean(rows, source->least, source->ratio);
    return (struct variate){.octaves = rows, .source = source, .least = source->least};
}

double variate_search(const struct variate *v, uint64_t w)
{
    const struct variate_source *source = v->source;
    uint64_t is_upper = w >> 63;
    double distance = ((double)(int64_t)(w ^ -is_upper) + 0.5) * 0x1p-64;
    double exact = variate_exact(source, (int)is_upper, distance);
    return source->least + (exact - source->least) * source->ratio;
}
