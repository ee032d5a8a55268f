#include "scenario/study_file.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "scenario/scenario.h"
#include "scenario/study_check.h"

bool study_file_is_sampled(enum study_kind kind)
{
    return kind != STUDY_GRID && kind != STUDY_ZIP && kind != STUDY_ONE_AT_A_TIME;
}

// ---- numbers and texts

const char *study_file_text(struct arena *arena, const struct field *field, double number,
                            int digits)
{
    char text[48], short_text[32];
    if (field->type == FIELD_INTEGER)
        return arena_printf(arena, "%.0f", round(number));
    snprintf(short_text, sizeof short_text, "%.*g", digits, number);
    return arena_string(arena, quantity_write(strtod(short_text, NULL), field->dimension, text));
}

bool study_file_number(const struct field *field, const char *text, double *number)
{
    struct quantity_mistake mistake;
    if (field->type == FIELD_INTEGER)
        return quantity_parse(text, DIMENSION_NUMBER, number, &mistake);
    return (field->type == FIELD_QUANTITY || field->type == FIELD_DISTRIBUTION) &&
           quantity_parse(text, field->dimension, number, &mistake);
}

// ---- the files that it names

// A path as written, from the folder that the study is in.
static const char *study_resolve(const struct loading *l, const char *path)
{
    const char *slash = strrchr(l->file, '/');
    if (slash == NULL || path[0] == '/')
        return path;
    return arena_printf(l->arena, "%.*s/%s", (int)(slash - l->file), l->file, path);
}

static bool study_is_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return false;
    fclose(file);
    return true;
}

static const char *const study_lists[] = {[SCENARIO_TOPOLOGY] = "topologies",
                                          [SCENARIO_WORKLOAD] = "workloads",
                                          [SCENARIO_FAULTS] = "faults"};

// Results tell files apart by name.
static void study_check_names(const struct loading *l, const struct study_files *files,
                              size_t begin, const struct text_lines *paths)
{
    const struct loading *all = files->all + begin;
    const char **names = arena_push(l->arena, const char *, paths->n + 1);
    for (size_t i = 0; i < paths->n; i++) {
        names[i] = paths->items[i] == NULL ? "none"
                   : all[i].root != NULL   ? loading_name(&all[i])
                                           : NULL; // it has mistakes of its own
        for (size_t k = 0; k < i && names[i] != NULL; k++)
            if (names[k] != NULL && strcmp(names[i], names[k]) == 0)
                diag_error(l->diags, paths->places[i], "two files are named '%s'", names[i]);
    }
}

static void study_read(const struct loading *l, struct study_files *files, struct text_lines *paths,
                       enum scenario_kind kind, const char *const *copies)
{
    const char *list = study_lists[kind];
    const size_t begin = files->n;
    if (paths->n == 0)
        loading_error(l, list, false, "'%s' names no file", list);
    for (size_t i = 0; i < paths->n; i++) {
        struct loading *file = &files->all[files->n++];
        *file = (struct loading){.arena = l->arena, .diags = l->diags};
        if (kind == SCENARIO_FAULTS && strcmp(paths->items[i], "none") == 0) {
            paths->items[i] = NULL;
            continue;
        }
        file->file = copies != NULL ? copies[i] : study_resolve(l, paths->items[i]);
        paths->items[i] = file->file;
        if (study_is_file(file->file)) {
            scenario_read(file, kind);
            continue;
        }
        diag_error(l->diags, paths->places[i], "there is no file '%s'", file->file);
        diag_expect(l->diags, "a path from the folder of the study");
    }
    study_check_names(l, files, begin, paths);
}

static void study_read_all(const struct loading *l, struct study_spec *s,
                           const struct study_copies *copies, struct study_files *files)
{
    *files = (struct study_files){
        .n_topologies = s->topologies.n, .n_workloads = s->workloads.n, .n_faults = s->faults.n};
    files->all = arena_push(l->arena, struct loading,
                            s->topologies.n + s->workloads.n + s->faults.n + 1);
    study_read(l, files, &s->topologies, SCENARIO_TOPOLOGY, copies->topologies);
    study_read(l, files, &s->workloads, SCENARIO_WORKLOAD, copies->workloads);
    study_read(l, files, &s->faults, SCENARIO_FAULTS, copies->faults);
}

const struct study_spec *study_file_load(struct arena *arena, const char *path,
                                         const struct study_copies *copies,
                                         struct study_files *files, struct diag_list *diags)
{
    const size_t errors = diag_errors(diags);
    struct loading l = {.arena = arena, .diags = diags, .file = path};
    struct study_spec *s = arena_push(arena, struct study_spec, 1);
    struct binder b = {.arena = arena, .diags = diags};
    scenario_read(&l, SCENARIO_STUDY);
    if (l.root == NULL)
        return NULL;
    bind_document(&b, &schema_study, l.root, s);
    struct settings *settings = bind_finish(&b, l.file, schema_study.name);
    loading_default_name(&l, settings, &s->name);
    s->file = l.file;
    s->text = l.text;
    if (diag_errors(diags) > errors)
        return NULL;
    study_read_all(&l, s, copies, files);
    if (diag_errors(diags) == errors)
        study_check(&l, s, files);
    return diag_errors(diags) == errors ? s : NULL;
}
