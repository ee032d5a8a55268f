// rtt.yaml holds two matrices whose rows and columns are named; they are spread over the regions of
// regions.yaml, cells without a measurement being NaN.
#include "scenario/geography_file.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/base.h"
#include "base/text.h"

struct rtt_loading {
    struct loading l;
    const struct geography *geography;
    int *columns; // [n_columns] index into the geography
    size_t n_columns;
};

static const char *geography_regions_in(struct arena *arena, const char *directory)
{
    struct stat info;
    const char *path = arena_printf(arena, "%s/regions.yaml", directory);
    return stat(path, &info) == 0 ? directory : NULL;
}

// The first place that has regions.yaml; NULL: none.
static const char *geography_directory(struct arena *arena, const struct geography_search *search)
{
    const char *found = NULL;
    for (size_t i = 0; found == NULL && i < search->n_topologies; i++) {
        const char *path = search->topologies[i];
        const char *slash = strrchr(path, '/');
        int n = slash != NULL ? (int)(slash - path) : 1;
        const char *directory = slash != NULL ? path : ".";
        found = geography_regions_in(arena, arena_printf(arena, "%.*s/tables", n, directory));
    }
    const char *named = getenv("AASIM_TABLES");
    if (found == NULL && named != NULL)
        found = geography_regions_in(arena, named);
    if (found == NULL && search->tables_dir != NULL)
        found = geography_regions_in(arena, search->tables_dir);
    return found;
}

static int rtt_region(const struct rtt_loading *r, const char *code)
{
    for (size_t i = 0; i < r->geography->n_regions; i++)
        if (strcmp(r->geography->regions[i].code, code) == 0)
            return (int)i;
    return -1;
}

static bool rtt_columns(struct rtt_loading *r)
{
    const struct node *regions = document_get(r->l.root, "regions");
    if (regions == NULL || regions->kind != NODE_SEQUENCE) {
        loading_error(&r->l, "regions", true, "'regions' must list the columns of the matrices");
        return false;
    }
    r->columns = arena_push(r->l.arena, int, regions->n_children + 1);
    for (const struct node *item = regions->first; item != NULL; item = item->next) {
        int index = item->kind == NODE_SCALAR ? rtt_region(r, item->text) : -1;
        if (index < 0) {
            document_error(r->l.diags, item, "this region is not in regions.yaml");
            return false;
        }
        r->columns[r->n_columns++] = index;
    }
    return true;
}

static bool rtt_row(struct rtt_loading *r, const struct node *row, float *matrix)
{
    int from = rtt_region(r, row->key);
    if (from < 0 || row->kind != NODE_SEQUENCE || row->n_children != r->n_columns) {
        document_key_error(r->l.diags, row, "a row is a region and %zu numbers", r->n_columns);
        return false;
    }
    size_t i = 0;
    for (const struct node *cell = row->first; cell != NULL; cell = cell->next, i++) {
        const char *at = cell->kind == NODE_SCALAR ? cell->text : "";
        double ms = 0;
        if (text_number(&at, &ms) != TEXT_NUMBER_OK || *at != '\0' || ms < 0 || ms > 1e4) {
            document_error(r->l.diags, cell, "a round trip is a number of ms from 0 to 10000");
            return false;
        }
        matrix[(size_t)from * r->geography->n_regions + (size_t)r->columns[i]] = (float)ms;
    }
    return true;
}

// One matrix; rows and columns that the file leaves out stay NaN.
static const float *rtt_matrix(struct rtt_loading *r, const char *key)
{
    size_t n = r->geography->n_regions;
    float *matrix = arena_push(r->l.arena, float, n *n);
    for (size_t i = 0; i < n * n; i++)
        matrix[i] = NAN;
    const struct node *rows = document_get(r->l.root, key);
    if (rows == NULL || rows->kind != NODE_MAPPING) {
        loading_error(&r->l, key, true, "'%s' must hold a row for each region", key);
        return matrix;
    }
    for (const struct node *row = rows->first; row != NULL; row = row->next)
        if (!rtt_row(r, row, matrix))
            break;
    return matrix;
}

static void rtt_load(struct loading *l, struct geography *g)
{
    static const char *const keys[] = {"source", "unit", "regions", "p50", "p90"};
    struct rtt_loading r = {.l = *l, .geography = g};
    for (const struct node *child = l->root->first; child != NULL; child = child->next) {
        bool is_known = false;
        for (size_t i = 0; i < ARRAY_LEN(keys); i++)
            is_known |= child->key != NULL && strcmp(child->key, keys[i]) == 0;
        if (!is_known)
            document_key_error(l->diags, child, "unknown key in the table of round trips");
    }
    const struct node *unit = document_get(l->root, "unit");
    const struct node *source = document_get(l->root, "source");
    if (unit == NULL || unit->kind != NODE_SCALAR || strcmp(unit->text, "ms") != 0)
        loading_error(l, "unit", false, "'unit' must be ms");
    if (source == NULL || source->kind != NODE_SCALAR || source->text[0] == '\0')
        loading_error(l, "source", false, "'source' must say where the figures come from");
    else
        g->rtt_source = source->text;
    if (!rtt_columns(&r))
        return;
    g->rtt_p50_ms = rtt_matrix(&r, "p50");
    g->rtt_p90_ms = rtt_matrix(&r, "p90");
}

struct geography *geography_file_load(struct arena *arena, const struct geography_search *search,
                                      struct diag_list *diags)
{
    size_t errors = diag_errors(diags);
    const char *directory = geography_directory(arena, search);
    if (directory == NULL) {
        diag_error(diags, (struct diag_place){.file = "tables"},
                   "the tables of regions (regions.yaml, rtt.yaml) are nowhere to be found");
        diag_expect(diags,
                    "them in 'tables' beside the topology, or in the directory that $AASIM_TABLES "
                    "names");
        return NULL;
    }
    struct geography *g = arena_push(arena, struct geography, 1);
    g->directory = directory;
    struct loading l = {.arena = arena,
                        .diags = diags,
                        .schema = &schema_regions,
                        .file = arena_printf(arena, "%s/regions.yaml", directory)};
    loading_read(&l);
    if (l.root == NULL)
        return NULL;
    struct binder b = {.arena = arena, .diags = diags};
    bind_document(&b, l.schema, l.root, g);
    bind_finish(&b, l.file, l.schema->name);
    l.file = arena_printf(arena, "%s/rtt.yaml", directory);
    loading_read(&l);
    if (l.root != NULL && diag_errors(diags) == errors)
        rtt_load(&l, g);
    return diag_errors(diags) == errors ? g : NULL;
}
