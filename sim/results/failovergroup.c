#include "results/failovergroup.h"

#include <stddef.h>

#include "base/arena.h"
#include "base/base.h"
#include "model/drain.h"
#include "results/rows.h"
#include "results/scales.h"

// ---- /failovers: a row a fault, a variable a column

// Scales, and the columns that point into them.
static void write_indices(const struct rows *rows, const struct resultset *set)
{
    struct names components = {0};
    size_t n = rows_count(rows), row = 0;
    uint32_t *designs = arena_push(rows->arena, uint32_t, n + 1);
    uint32_t *where = arena_push(rows->arena, uint32_t, n + 1);
    for (size_t d = 0; d < set->n_designs; d++) {
        const failover_list *list = &set->designs[d].failovers;
        for (size_t i = 0; i < list->n; i++, row++) {
            designs[row] = (uint32_t)d;
            where[row] = (uint32_t)names_add(&components, list->items[i].component);
        }
    }
    scales_names(rows->h, "component", &components, "what the fault hit");
    scales_rows(rows->h, "failover", n);
    scales_column(rows->h, "failover", "design_index", designs, "where in the dimension design");
    scales_column(rows->h, "failover", "component_index", where,
                  "where in the dimension component");
    names_free(&components);
}

#define COLUMN(name, type, member, units, about)                                                   \
    {                                                                                              \
        (name), (type), offsetof(struct failover, member), (units), (about), false                 \
    }

static const struct rows_column columns[] = {
    COLUMN("replication", H5_U32, replication, NULL, "number of the simulated history"),
    COLUMN("fault", H5_U32, fault, NULL, "index in the plan"),
    COLUMN("start", H5_F64, start_s, "s", "start of the fault, since the start of the run"),
    COLUMN("lasted", H5_F64, lasted_s, "s", "until its end, or the run's"),
    COLUMN("detected", H5_F64, detected_s, "s",
           "what steers users knows of it; since the fault's start"),
    COLUMN("balancer_detected", H5_F64, balancer_detected_s, "s",
           "a balancer there takes a target out; since the fault's start"),
    COLUMN("withdrawn", H5_F64, withdrawn_s, "s",
           "name servers no longer answer with it; since the fault's start"),
    COLUMN("moved_90", H5_F64, moved_90_s, "s",
           "90 % of its traffic has left; since the fault's start"),
    COLUMN("moved_99", H5_F64, moved_99_s, "s",
           "99 % of its traffic has left; since the fault's start"),
    COLUMN("served", H5_F64, served_s, "s",
           "users are served again: windows are up; since the fault's start"),
    COLUMN("requests", H5_U64, started, "1", "started until it was over and users served again"),
    COLUMN("attempts", H5_U64, attempts, "1", "tries made for these"),
    COLUMN("lost", H5_U64, lost, "1", "of these, without an answer of use"),
    COLUMN("late", H5_U64, late, "1", "of these, answered too late"),
};

static void write_rows(struct h5 *h, struct arena *arena, const struct resultset *set)
{
    struct rows_piece *pieces = arena_push(arena, struct rows_piece, set->n_designs);
    for (size_t d = 0; d < set->n_designs; d++)
        pieces[d] = (struct rows_piece){set->designs[d].failovers.items,
                                        set->designs[d].failovers.n};
    const struct rows rows = {h,      arena,         "failover", sizeof(struct failover),
                              pieces, set->n_designs};
    h5_group(h, "failovers");
    scales_designs(h, set);
    write_indices(&rows, set);
    rows_write(&rows, columns, ARRAY_LEN(columns));
}

// ---- /drain: attempts by design, fault of the plan, time since it struck, where they go and why

static void scale_since(struct h5 *h, struct arena *arena)
{
    double *low = arena_push(arena, double, DRAIN_BINS),
           *high = arena_push(arena, double, DRAIN_BINS);
    low[DRAIN_BEFORE] = -simtime_to_seconds(DRAIN_BEFORE_SPAN);
    for (size_t b = DRAIN_FIRST; b < DRAIN_BINS; b++) {
        low[b] = drain_edge_s(b);
        high[b] = drain_edge_s(b + 1);
    }
    h5_scale(h,
             &(struct h5_variable){.name = "since",
                                   .type = H5_F64,
                                   .data = low,
                                   .units = "s",
                                   .about = "since the start of the fault, begin of the bin; the "
                                            "first is the time before"},
             DRAIN_BINS);
    h5_write(h, &(struct h5_variable){.name = "until",
                                      .over = {"since"},
                                      .type = H5_F64,
                                      .data = high,
                                      .units = "s",
                                      .about = "end of the bin"});
}

static void scale_causes(struct h5 *h)
{
    const char *names[DRAIN_COLUMNS] = {[DRAIN_ELSEWHERE] = "elsewhere"};
    for (int c = 0; c < ROUTE_CAUSES; c++)
        names[c] = route_cause_name((enum route_cause)c);
    h5_scale(h,
             &(struct h5_variable){.name = "cause",
                                   .type = H5_TEXT,
                                   .data = names,
                                   .about = "why an attempt goes to the side that was hit; "
                                            "elsewhere: it does not"},
             DRAIN_COLUMNS);
}

static void write_drain(struct h5 *h, struct arena *arena, const struct resultset *set)
{
    size_t n_faults = set->plan == NULL ? 0 : (size_t)set->plan->n_faults;
    size_t row = n_faults * DRAIN_BINS * DRAIN_COLUMNS;
    uint64_t *sum = arena_push(arena, uint64_t, set->n_designs * row + 1);
    for (size_t d = 0; d < set->n_designs; d++)
        for (uint32_t r = 0; r < set->n_replications; r++)
            for (size_t k = 0; k < row && set->designs[d].records[r].drain != NULL; k++)
                sum[d * row + k] += set->designs[d].records[r].drain[k];
    h5_group(h, "drain");
    scales_designs(h, set);
    scales_faults(h, set->plan);
    scale_since(h, arena);
    scale_causes(h);
    h5_write(h, &(struct h5_variable){.name = "attempts",
                                      .over = {"design", "fault", "since", "cause"},
                                      .type = H5_U64,
                                      .data = sum,
                                      .deflate = 1,
                                      .units = "1",
                                      .about = "attempts while the fault lasted, over all its "
                                               "instances"});
}

void failovergroup_write(struct h5 *h, const struct resultset *set)
{
    struct arena arena = {0};
    write_rows(h, &arena, set);
    write_drain(h, &arena, set);
    arena_free(&arena);
}
