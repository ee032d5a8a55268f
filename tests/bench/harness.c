#include "harness.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/base.h"
#include "cli/table.h"

// A reference that takes this many times as long as the best one is not run again.
static const double HARNESS_CLEARLY_SLOWER = 1.15;

static double harness_clock(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

double harness_cpu_seconds(void)
{
    return harness_clock(CLOCK_PROCESS_CPUTIME_ID);
}

double harness_wall_seconds(void)
{
    return harness_clock(CLOCK_MONOTONIC);
}

// ---- spreads

static int compare_values(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

struct harness_spread harness_spread_of(const double *values, size_t n)
{
    double sorted[HARNESS_MAX_ROUNDS];
    REQUIRE(n >= 1 && n <= HARNESS_MAX_ROUNDS, "%zu rounds", n);
    memcpy(sorted, values, n * sizeof *values);
    qsort(sorted, n, sizeof *sorted, compare_values);
    double median = (sorted[(n - 1) / 2] + sorted[n / 2]) / 2;
    return (struct harness_spread){median, sorted[0], sorted[n - 1]};
}

// ---- targets

static const char *harness_text(struct harness *h, const char *text)
{
    return text != NULL ? arena_string(&h->arena, text) : NULL;
}

static bool harness_is_met(const struct harness_row *row)
{
    double bound = row->target.bound;
    switch (row->target.goal) {
    case GOAL_NONE:
        return true;
    case GOAL_VALUE_LEAST:
        return row->value.median >= bound;
    case GOAL_VALUE_MOST:
        return row->value.median <= bound;
    case GOAL_RATIO_LEAST:
        return row->ratio.median >= bound;
    case GOAL_RATIO_MOST:
        return row->ratio.median <= bound;
    case GOAL_RATIO_HOLDS_ONE:
        return row->ratio.low <= 1 && row->ratio.high >= 1;
    }
    return false;
}

static void harness_target_text(struct harness_target target, char out[32])
{
    static const char *const relations[] = {[GOAL_VALUE_LEAST] = ">=",
                                            [GOAL_VALUE_MOST] = "<=",
                                            [GOAL_RATIO_LEAST] = "ratio >=",
                                            [GOAL_RATIO_MOST] = "ratio <="};
    out[0] = '\0';
    if (target.goal == GOAL_RATIO_HOLDS_ONE)
        snprintf(out, 32, "holds 1");
    else if (target.goal != GOAL_NONE)
        snprintf(out, 32, "%s %g", relations[target.goal], target.bound);
}

// ---- rows

void harness_add(struct harness *h, const struct harness_row *row)
{
    struct harness_row copy = *row;
    copy.variant = harness_text(h, row->variant);
    copy.size = harness_text(h, row->size);
    copy.unit = harness_text(h, row->unit);
    copy.reference = harness_text(h, row->reference);
    if (row->reference == NULL)
        copy.ratio = harness_exactly(nan(""));
    array_push(&h->rows, copy);
    h->n_missed += !harness_is_met(&copy);
}

void harness_fact(struct harness *h, const char *variant, const char *size, double value,
                  const char *unit)
{
    harness_add(h, &(struct harness_row){.variant = variant,
                                         .size = size,
                                         .unit = unit,
                                         .rounds = 1,
                                         .value = harness_exactly(value)});
}

void harness_note(struct harness *h, const char *format, ...)
{
    char text[512];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    array_push(&h->notes, arena_string(&h->arena, text));
}

// ---- contests

struct harness_play {
    double value[HARNESS_MAX_CONTENDERS][HARNESS_MAX_ROUNDS];
    size_t rounds[HARNESS_MAX_CONTENDERS];
};

// The reference with the best median so far; n when there is none.
static size_t harness_best(const struct harness_contest *contest, const struct harness_play *play)
{
    size_t best = contest->n;
    double best_median = 0;
    for (size_t i = 0; i < contest->n; i++) {
        if (!contest->contenders[i].is_reference || play->rounds[i] == 0)
            continue;
        double median = harness_spread_of(play->value[i], play->rounds[i]).median;
        if (best == contest->n ||
            (contest->is_cost ? median < best_median : median > best_median)) {
            best = i;
            best_median = median;
        }
    }
    return best;
}

static bool harness_sits_out(const struct harness_contest *contest, const struct harness_play *play,
                             size_t i)
{
    size_t best = harness_best(contest, play);
    if (!contest->contenders[i].is_reference || play->rounds[i] == 0 || i == best)
        return false;
    double quotient = play->value[i][0] / play->value[best][0];
    return (contest->is_cost ? quotient : 1 / quotient) > HARNESS_CLEARLY_SLOWER;
}

static size_t harness_opponent(const struct harness_contest *contest,
                               const struct harness_play *play, size_t i)
{
    int against = contest->contenders[i].against;
    size_t opponent = against > 0 ? (size_t)against - 1 : harness_best(contest, play);
    return opponent == i ? contest->n : opponent;
}

static const char *harness_size(const struct harness_contest *contest, size_t i)
{
    const char *own = contest->contenders[i].size;
    return own != NULL ? own : contest->size;
}

static void harness_add_contender(struct harness *h, const struct harness_contest *contest,
                                  const struct harness_play *play, size_t i)
{
    const struct harness_contender *c = &contest->contenders[i];
    size_t n = play->rounds[i], opponent = harness_opponent(contest, play, i);
    struct harness_row row = {.variant = c->variant,
                              .size = harness_size(contest, i),
                              .unit = contest->unit,
                              .rounds = n,
                              .value = harness_spread_of(play->value[i], n),
                              .target = c->target,
                              .is_reference = harness_best(contest, play) == i};
    if (opponent < contest->n) {
        double ratio[HARNESS_MAX_ROUNDS];
        // The opponent may have sat out some rounds before it became the best.
        size_t both = n < play->rounds[opponent] ? n : play->rounds[opponent];
        for (size_t r = 0; r < both; r++)
            ratio[r] = play->value[i][r] / play->value[opponent][r];
        row.ratio = harness_spread_of(ratio, both);
        // By what differs: another variant, or the same at another size.
        const char *name = contest->contenders[opponent].variant;
        row.reference = strcmp(name, c->variant) != 0 ? name : harness_size(contest, opponent);
    }
    harness_add(h, &row);
}

void harness_contest(struct harness *h, const struct harness_contest *contest)
{
    struct harness_play play = {0};
    REQUIRE(contest->n <= HARNESS_MAX_CONTENDERS && contest->rounds <= HARNESS_MAX_ROUNDS,
            "%zu contenders, %zu rounds", contest->n, contest->rounds);
    for (size_t round = 0; round < contest->rounds; round++) {
        bool sits_out[HARNESS_MAX_CONTENDERS];
        for (size_t i = 0; i < contest->n; i++)
            sits_out[i] = harness_sits_out(contest, &play, i);
        for (size_t i = 0; i < contest->n; i++) {
            const struct harness_contender *c = &contest->contenders[i];
            if (sits_out[i])
                continue;
            harness_progress(h, "%s, %s, round %zu of %zu", harness_size(contest, i), c->variant,
                             round + 1, contest->rounds);
            play.value[i][play.rounds[i]++] = c->measure(c->argument);
        }
    }
    for (size_t i = 0; i < contest->n; i++)
        harness_add_contender(h, contest, &play, i);
}

// ---- output

void harness_progress(const struct harness *h, const char *format, ...)
{
    if (!isatty(STDERR_FILENO))
        return;
    char text[256];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    fprintf(stderr, "\r\033[K%s: %s", h->bench, text);
}

void harness_begin(struct harness *h, const char *bench)
{
    char *path = arena_printf(&h->arena, "%s/%s.csv", h->folder, bench);
    h->bench = bench;
    h->csv = fopen(path, "w");
    if (h->csv == NULL) {
        fprintf(stderr, "bench: cannot write %s: %s\n", path, strerror(errno));
        exit(74);
    }
    fputs("bench,variant,size,rounds,median,low,high,unit,reference,ratio,ratio_low,ratio_high,"
          "target,met\n",
          h->csv);
}

static void harness_csv_number(FILE *csv, double x)
{
    if (isnan(x))
        fputs(",", csv);
    else
        fprintf(csv, ",%.9g", x);
}

static void harness_csv_text(FILE *csv, const char *text)
{
    const char *quote = strchr(text, ',') != NULL ? "\"" : "";
    fprintf(csv, ",%s%s%s", quote, text, quote);
}

static const char *harness_verdict(const struct harness_row *row)
{
    return row->target.goal == GOAL_NONE ? "" : harness_is_met(row) ? "yes" : "no";
}

static void harness_csv_row(const struct harness *h, const struct harness_row *row)
{
    char target[32];
    harness_target_text(row->target, target);
    fputs(h->bench, h->csv);
    harness_csv_text(h->csv, row->variant);
    harness_csv_text(h->csv, row->size);
    fprintf(h->csv, ",%zu", row->rounds);
    harness_csv_number(h->csv, row->value.median);
    harness_csv_number(h->csv, row->value.low);
    harness_csv_number(h->csv, row->value.high);
    harness_csv_text(h->csv, row->unit);
    harness_csv_text(h->csv, row->reference != NULL ? row->reference : "");
    harness_csv_number(h->csv, row->ratio.median);
    harness_csv_number(h->csv, row->ratio.low);
    harness_csv_number(h->csv, row->ratio.high);
    fprintf(h->csv, ",%s,%s\n", target, harness_verdict(row));
}

static const char *harness_number(double x, char out[32])
{
    if (isnan(x))
        return "";
    double size = fabs(x);
    if (size != 0 && size < 0.01)
        snprintf(out, 32, "%.2g", x);
    else
        snprintf(out, 32, "%.*f",
                 size >= 100 || size == 0 ? 0
                 : size >= 10             ? 1
                 : size >= 1              ? 2
                                          : 3,
                 x);
    return out;
}

// The greatest distance from the median, in percent of it.
static const char *harness_deviation(const struct harness_row *row, char out[32])
{
    struct harness_spread s = row->value;
    if (row->rounds < 2)
        return "";
    double distance = fmax(s.high - s.median, s.median - s.low);
    snprintf(out, 32, "%.0f %%", 100 * distance / fabs(s.median));
    return out;
}

static const char *harness_range(const struct harness_row *row, char out[80])
{
    char low[32], high[32];
    if (isnan(row->ratio.median) || row->ratio.low == row->ratio.high)
        return "";
    snprintf(out, 80, "%s .. %s", harness_number(row->ratio.low, low),
             harness_number(row->ratio.high, high));
    return out;
}

static void harness_table_row(struct table *table, const struct harness_row *row, bool is_quick)
{
    char number[32], deviation[32], ratio[32], range[80], target[32];
    bool is_met = harness_is_met(row);
    harness_target_text(row->target, target);
    // A row with a ratio is about the ratio.
    const char *bound = strncmp(target, "ratio ", 6) == 0 ? target + 6 : target;
    table_cell(table, TABLE_PLAIN, "%s", row->variant);
    table_cell(table, TABLE_PLAIN, "%s", row->size);
    table_cell(table, TABLE_PLAIN, "%s", harness_number(row->value.median, number));
    table_cell(table, TABLE_FAINT, "%s", harness_deviation(row, deviation));
    table_cell(table, TABLE_PLAIN, "%s", row->unit);
    table_cell(table, TABLE_PLAIN, "%s",
               row->is_reference ? "ref" : harness_number(row->ratio.median, ratio));
    table_cell(table, TABLE_FAINT, "%s", harness_range(row, range));
    if (is_quick) // means nothing, and need not alarm
        table_cell(table, TABLE_PLAIN, "%s", "");
    else
        table_cell(table, is_met ? TABLE_GOOD : TABLE_BAD, "%s%s%s", bound,
                   bound[0] != 0 ? " " : "", harness_verdict(row));
}

static void harness_print_table(const struct harness *h)
{
    static const char *const heads[] = {"variant", "size",  "median",      "+-",
                                        "unit",    "ratio", "low .. high", "target"};
    struct table table;
    table_init(&table, ARRAY_LEN(heads), heads, "llrrlrrl");
    for (size_t i = 0; i < h->rows.n; i++)
        harness_table_row(&table, &h->rows.items[i], h->is_quick);
    table_print(&table, stdout, isatty(STDOUT_FILENO));
    table_free(&table);
}

void harness_end(struct harness *h, const char *title)
{
    if (isatty(STDERR_FILENO))
        fputs("\r\033[K", stderr);
    printf("%s: %s\n\n", h->bench, title);
    harness_print_table(h);
    if (h->notes.n > 0)
        printf("\n");
    for (size_t i = 0; i < h->notes.n; i++)
        printf("  - %s\n", h->notes.items[i]);
    printf(
        "  - ratio: to the row above or below marked ref; a target is of the ratio where a row has "
        "one,\n    else of the median\n");
    printf("\n");
    fflush(stdout);
    for (size_t i = 0; i < h->rows.n; i++)
        harness_csv_row(h, &h->rows.items[i]);
    fclose(h->csv);
    array_clear(&h->rows);
    array_clear(&h->notes);
}
