#include "results/recoverygroup.h"

#include <stddef.h>

#include "base/arena.h"
#include "base/base.h"
#include "results/rows.h"
#include "results/scales.h"

// Names of all designs' stores and regions.
struct places {
    struct names stores, regions;
};

static struct places places_of(const struct resultset *set)
{
    struct places places = {0};
    for (size_t d = 0; d < set->n_designs; d++) {
        const struct topology *t = set->designs[d].topology;
        for (int s = 0; s < t->n_stores; s++)
            names_add(&places.stores, t->stores[s].name);
        for (int g = 0; g < t->n_regions; g++)
            names_add(&places.regions, t->regions[g].name);
    }
    return places;
}

// Where the rows' stores and regions, indices in their designs, are in the file.
struct index_column {
    const char *name, *about;
    bool is_region;
    size_t offset; // of a uint32_t in the row
};

static uint32_t index_of(struct places *places, const struct topology *t,
                         const struct index_column *c, const void *row)
{
    const uint32_t i = *(const uint32_t *)(const void *)((const char *)row + c->offset);
    return (uint32_t)(c->is_region ? names_add(&places->regions, t->regions[i].name)
                                   : names_add(&places->stores, t->stores[i].name));
}

static void write_index(const struct rows *rows, const struct resultset *set, struct places *places,
                        const struct index_column *c)
{
    uint32_t *values = arena_push(rows->arena, uint32_t, rows_count(rows) + 1);
    size_t at = 0;
    for (size_t d = 0; d < rows->n_pieces; d++)
        for (size_t i = 0; i < rows->pieces[d].n; i++)
            values[at++] = index_of(places, set->designs[d].topology, c,
                                    (const char *)rows->pieces[d].items + i * rows->item_size);
    scales_column(rows->h, rows->dimension, c->name, values, c->about);
}

static void write_designs(const struct rows *rows, const char *name)
{
    uint32_t *values = arena_push(rows->arena, uint32_t, rows_count(rows) + 1);
    size_t at = 0;
    for (size_t d = 0; d < rows->n_pieces; d++)
        for (size_t i = 0; i < rows->pieces[d].n; i++)
            values[at++] = (uint32_t)d;
    scales_column(rows->h, rows->dimension, name, values, "where in the dimension design");
}

#define COLUMN(name, type, member, units, about)                                                   \
    {                                                                                              \
        (name), (type), offsetof(struct ROW, member), (units), (about), false                      \
    }
#define FAULT_COLUMN(name, about)                                                                  \
    {                                                                                              \
        (name), H5_U32, offsetof(struct ROW, fault), NULL, (about), true                           \
    }

#define ROW exposure
static const struct index_column exposure_places[] = {
    {"exposure_store_index", "where in the dimension store", false, offsetof(struct ROW, store)},
    {"exposure_region_index", "where in the dimension region", true, offsetof(struct ROW, region)},
};
static const struct rows_column exposure_columns[] = {
    COLUMN("exposure_replication", H5_U32, replication, NULL, "number of the simulated history"),
    FAULT_COLUMN("exposure_fault",
                 "where in the dimension fault; no fault explains it alone: fill"),
    COLUMN("exposure_time", H5_F64, time_s, "s", "of the failure, since the start of the run"),
    COLUMN("exposure_writes", H5_U64, writes, "1",
           "acknowledged writes that it found nowhere else: the recovery point in writes"),
    COLUMN("exposure_age", H5_F64, age_s, "s",
           "age of the oldest of them: the recovery point in time; 0: there was none"),
};
#undef ROW

#define ROW convergence
static const struct index_column convergence_places[] = {
    {"convergence_store_index", "where in the dimension store", false, offsetof(struct ROW, store)},
    {"convergence_from_index", "where in the dimension region: writes come from there", true,
     offsetof(struct ROW, from)},
    {"convergence_to_index", "where in the dimension region: they are applied there", true,
     offsetof(struct ROW, to)},
};
static const struct rows_column convergence_columns[] = {
    COLUMN("convergence_replication", H5_U32, replication, NULL, "number of the simulated history"),
    FAULT_COLUMN(
        "convergence_fault",
        "where in the dimension fault: the one whose end cleared the way; none alone: fill"),
    COLUMN("convergence_healed", H5_F64, healed_s, "s",
           "when the way was clear again, since the start of the run"),
    COLUMN("convergence_converged", H5_F64, converged_s, "s",
           "when the last write from before had been applied; missing: not in the run"),
};
#undef ROW

static void write_exposures(struct h5 *h, struct arena *arena, const struct resultset *set,
                            struct places *places)
{
    struct rows_piece *pieces = arena_push(arena, struct rows_piece, set->n_designs);
    for (size_t d = 0; d < set->n_designs; d++)
        pieces[d] = (struct rows_piece){set->designs[d].exposures.items,
                                        set->designs[d].exposures.n};
    const struct rows rows = {h,      arena,         "exposure", sizeof(struct exposure),
                              pieces, set->n_designs};
    scales_rows(h, "exposure", rows_count(&rows));
    write_designs(&rows, "exposure_design_index");
    for (size_t i = 0; i < ARRAY_LEN(exposure_places); i++)
        write_index(&rows, set, places, &exposure_places[i]);
    rows_write(&rows, exposure_columns, ARRAY_LEN(exposure_columns));
}

static void write_convergences(struct h5 *h, struct arena *arena, const struct resultset *set,
                               struct places *places)
{
    struct rows_piece *pieces = arena_push(arena, struct rows_piece, set->n_designs);
    for (size_t d = 0; d < set->n_designs; d++)
        pieces[d] = (struct rows_piece){set->designs[d].convergences.items,
                                        set->designs[d].convergences.n};
    const struct rows rows = {h,      arena,         "convergence", sizeof(struct convergence),
                              pieces, set->n_designs};
    scales_rows(h, "convergence", rows_count(&rows));
    write_designs(&rows, "convergence_design_index");
    for (size_t i = 0; i < ARRAY_LEN(convergence_places); i++)
        write_index(&rows, set, places, &convergence_places[i]);
    rows_write(&rows, convergence_columns, ARRAY_LEN(convergence_columns));
}

void recoverygroup_write(struct h5 *h, const struct resultset *set)
{
    struct arena arena = {0};
    struct places places = places_of(set);
    h5_group(h, "recovery");
    scales_designs(h, set);
    scales_names(h, "store", &places.stores, "store");
    scales_names(h, "region", &places.regions, "region");
    scales_faults(h, set->plan);
    write_exposures(h, &arena, set, &places);
    write_convergences(h, &arena, set, &places);
    names_free(&places.stores);
    names_free(&places.regions);
    arena_free(&arena);
}
