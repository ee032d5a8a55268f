#include "results/eventgroup.h"

#include "base/arena.h"
#include "base/base.h"
#include "results/scales.h"

// The rows of the table, a column each.
struct columns {
    size_t n;
    double *time;
    uint32_t *design, *replication, *component, *detail;
    int8_t *kind;
};

static struct columns new_columns(struct arena *arena, const struct resultset *set)
{
    size_t n = 0;
    for (size_t d = 0; d < set->n_designs; d++)
        for (uint32_t r = 0; r < set->n_replications; r++)
            n += set->designs[d].records[r].journal.n;
    return (struct columns){
        .time = arena_push(arena, double, n),
        .design = arena_push(arena, uint32_t, n),
        .replication = arena_push(arena, uint32_t, n),
        .component = arena_push(arena, uint32_t, n),
        .detail = arena_push(arena, uint32_t, n),
        .kind = arena_push(arena, int8_t, n),
    };
}

static void add_journal(struct columns *columns, size_t design, const struct record *record,
                        struct names *components)
{
    for (size_t j = 0; j < record->journal.n; j++) {
        const struct journal_entry *entry = &record->journal.items[j];
        size_t row = columns->n++;
        columns->time[row] = simtime_to_seconds(entry->time);
        columns->design[row] = (uint32_t)design;
        columns->replication[row] = record->replication;
        columns->component[row] = (uint32_t)names_add(components, entry->component);
        columns->detail[row] = entry->detail;
        columns->kind[row] = (int8_t)entry->kind;
    }
}

static void write_columns(struct h5 *h, const struct columns *columns)
{
    const char *meanings[JOURNAL_KINDS];
    for (int k = 0; k < JOURNAL_KINDS; k++)
        meanings[k] = journal_kind_name((enum journal_kind)k);
    h5_write(h, &(struct h5_variable){.name = "time",
                                      .over = {"event"},
                                      .type = H5_F64,
                                      .data = columns->time,
                                      .deflate = 1,
                                      .units = "s",
                                      .about = "since the start of the run"});
    h5_write(h, &(struct h5_variable){.name = "kind",
                                      .over = {"event"},
                                      .type = H5_I8,
                                      .data = columns->kind,
                                      .deflate = 1,
                                      .about = "what happened"});
    h5_note_flags(h, meanings, JOURNAL_KINDS);
    scales_column(h, "event", "design_index", columns->design, "where in the dimension design");
    scales_column(h, "event", "replication", columns->replication,
                  "number of the simulated history");
    scales_column(h, "event", "component_index", columns->component,
                  "where in the dimension component");
    scales_column(h, "event", "detail", columns->detail,
                  "index of the fault or action; region of the new leader; writer's zone; else "
                  "region + 256 x "
                  "zone");
}

// Components and designs are indices into short lists of names: names of variable length, one for
// every event, would be most of the file.
void eventgroup_write(struct h5 *h, const struct resultset *set)
{
    struct arena arena = {0};
    struct names components = {0};
    struct columns columns = new_columns(&arena, set);
    for (size_t d = 0; d < set->n_designs; d++)
        for (uint32_t r = 0; r < set->n_replications; r++)
            add_journal(&columns, d, &set->designs[d].records[r], &components);
    h5_group(h, "events");
    scales_designs(h, set);
    scales_names(h, "component", &components, "what it happened to");
    scales_rows(h, "event", columns.n);
    write_columns(h, &columns);
    names_free(&components);
    arena_free(&arena);
}
