#include "scenario/override.h"

#include <string.h>

#include "base/text.h"

static const char *const override_file = "--set";

struct override_change {
    const char *path;
    const char *text;        // the whole argument
    struct diag_place place; // of the path; without a study the line is that of joined arguments
};

// ---- valid paths

struct override_paths {
    struct arena *arena;
    ARRAY(const char *) items;
    ARRAY(const struct field *) fields; // [items.n]
};

static void override_note(struct override_paths *paths, const char *path, const struct field *field)
{
    array_push(&paths->items, path);
    array_push(&paths->fields, field);
}

static void override_free(struct override_paths *paths)
{
    array_free(&paths->items);
    array_free(&paths->fields);
}

static void override_collect(struct override_paths *paths, const struct schema_record *record,
                             const struct node *node, const char *prefix);

static void override_collect_items(struct override_paths *paths, const struct field *field,
                                   const struct node *list, const char *prefix)
{
    int i = 0;
    for (const struct node *item = list->first; item != NULL; item = item->next, i++) {
        const char *path = item->key != NULL
                               ? arena_printf(paths->arena, "%s.%s", prefix, item->key)
                               : arena_printf(paths->arena, "%s.%d", prefix, i);
        override_note(paths, path, field);
        const struct node *parallel = field->type == FIELD_STEPS ? document_get(item, "parallel")
                                                                 : NULL;
        if (parallel != NULL)
            override_collect_items(paths, field, parallel,
                                   arena_printf(paths->arena, "%s.parallel", path));
        else
            override_collect(paths, field->record, item, path);
    }
}

static void override_collect(struct override_paths *paths, const struct schema_record *record,
                             const struct node *node, const char *prefix)
{
    for (size_t i = 0; i < record->n_fields; i++) {
        const struct field *field = &record->fields[i];
        const struct node *child = document_get(node, field->key);
        const char *path = prefix[0] == '\0'
                               ? field->key
                               : arena_printf(paths->arena, "%s.%s", prefix, field->key);
        override_note(paths, path, field);
        if (field->type == FIELD_BLOCK)
            override_collect(paths, field->record, child, path);
        else if (field->record != NULL && child != NULL)
            override_collect_items(paths, field, child, path);
    }
}

static bool override_is_valid(const struct override_paths *paths, const char *path)
{
    for (size_t i = 0; i < paths->items.n; i++)
        if (strcmp(paths->items.items[i], path) == 0)
            return true;
    return false;
}

// ---- making a change

static struct node *override_parse(const struct override_change *change, struct arena *arena,
                                   struct diag_list *diags)
{
    // Blanks in place of the path, and of what is before it, keep the columns.
    const char *value = strchr(change->text, '=') + 1;
    const int skip = change->place.column - 1 + (int)(value - change->text);
    const char *padded = arena_printf(arena, "%*s%s", skip, "", value);
    if (value[strspn(value, " ")] == '\0') {
        diag_error(diags, change->place, "'%.80s' has no value", change->path);
        diag_expect(diags, "path=value, as in balancer.cross_zone=false");
        return NULL;
    }
    return document_parse(
        arena,
        &(struct document_input){change->place.file, change->place.line, padded, strlen(padded)},
        diags);
}

// Walks the path, making blocks that the file left out. Where the file has something else than a
// block the binder will complain.
static void override_put(struct arena *arena, struct node *root, const char *path,
                         struct node *value)
{
    struct node *node = root;
    for (;;) {
        size_t length = strcspn(path, ".");
        struct node *child = document_child(node, path, length);
        const char *key = arena_printf(arena, "%.*s", (int)length, path);
        bool is_last = path[length] == '\0';
        if (child == NULL && node->kind != NODE_MAPPING)
            return;
        if (is_last && child != NULL) {
            document_replace(node, child, value);
            return;
        }
        if (is_last) {
            document_put(arena, node, key, value);
            return;
        }
        if (child == NULL) {
            child = arena_push(arena, struct node, 1);
            child->kind = NODE_MAPPING;
            child->place = value->place;
            document_put(arena, node, key, child);
        }
        node = child;
        path += length + 1;
    }
}

static void override_report(const struct override_change *change,
                            const struct override_paths *paths, struct diag_list *diags)
{
    diag_error(diags, change->place, "there is no value at '%.80s'", change->path);
    diag_suggest(diags, text_nearest(change->path, paths->items.items, paths->items.n));
    diag_expect(diags, "the keys of a value joined by dots, as in balancer.cross_zone");
}

static void override_one(struct loading *documents, size_t n_documents,
                         const struct override_change *change, struct diag_list *diags)
{
    struct arena *arena = documents[0].arena;
    struct override_paths all = {.arena = arena};
    size_t n_made = 0;
    bool is_parsed = override_parse(change, arena, diags) != NULL;
    for (size_t i = 0; is_parsed && i < n_documents; i++) {
        struct loading *l = &documents[i];
        if (l->root == NULL || l->root->kind != NODE_MAPPING)
            continue;
        size_t before = all.items.n;
        override_collect(&all, l->schema, l->root, "");
        struct override_paths own = {.items = {all.items.items + before, all.items.n - before, 0}};
        if (!override_is_valid(&own, change->path))
            continue;
        override_put(arena, l->root, change->path, override_parse(change, arena, diags));
        l->text = arena_printf(arena, "%s# --set %s\n", l->text, change->text);
        n_made++;
    }
    if (is_parsed && n_made == 0)
        override_report(change, &all, diags);
    override_free(&all);
}

// Arguments of the command line are a file of their own, a line each.
static struct diag_place override_argument_place(const char *text, size_t i)
{
    const size_t n_path = strcspn(text, "=\n");
    return (struct diag_place){override_file, (int)i + 1, 1, n_path > 0 ? (int)n_path : 1};
}

static void override_add_arguments(struct arena *arena, const struct scenario_request *request,
                                   struct diag_list *diags)
{
    const char *joined = "";
    for (size_t i = 0; i < request->n_sets; i++)
        joined = arena_printf(arena, "%s%s\n", joined, request->sets[i]);
    diag_add_source(diags, override_file, joined);
}

void override_apply(struct loading *documents, size_t n_documents,
                    const struct scenario_request *request, struct diag_list *diags)
{
    if (n_documents == 0 || request->n_sets == 0)
        return;
    struct arena *arena = documents[0].arena;
    const bool is_studys = request->set_places != NULL;
    if (!is_studys)
        override_add_arguments(arena, request, diags);
    for (size_t i = 0; i < request->n_sets; i++) {
        const char *text = request->sets[i];
        const size_t n_path = strcspn(text, "=\n");
        const struct override_change change = {
            .path = arena_printf(arena, "%.*s", (int)n_path, text),
            .text = text,
            .place = is_studys ? request->set_places[i] : override_argument_place(text, i),
        };
        if (text[n_path] == '=' && strchr(text, '\n') == NULL) {
            override_one(documents, n_documents, &change, diags);
            continue;
        }
        diag_error(diags, change.place, "'%.80s' is no change", text);
        diag_expect(diags, "path=value, as in balancer.cross_zone=false");
    }
}

// What is said of the node is said of the value in the study; the file's own value is related.
static void override_place(struct node *node, struct diag_place in_file, struct diag_place in_study)
{
    node->place = in_file;
    node->aliased = in_study;
    for (struct node *child = node->first; child != NULL; child = child->next) {
        override_place(child, in_file, in_study);
        child->key_place = in_file;
    }
}

static void override_put_value(struct loading *l, const struct scenario_value *v,
                               struct diag_list *diags)
{
    if (l->root == NULL || l->root->kind != NODE_MAPPING ||
        override_field(l, v->path, NULL) == NULL)
        return;
    struct node *value = document_parse(
        l->arena, &(struct document_input){v->place.file, v->place.line, v->text, strlen(v->text)},
        diags);
    if (value == NULL)
        return;
    const struct node *old = document_nearest(l->root, v->path);
    override_place(value, old->key != NULL ? old->key_place : old->place, v->place);
    override_put(l->arena, l->root, v->path, value);
    l->text = arena_printf(l->arena, "%s# study: %s=%s\n", l->text, v->path, v->text);
}

void override_apply_values(struct loading *documents, size_t n_documents,
                           const struct scenario_value *values, size_t n_values,
                           struct diag_list *diags)
{
    for (size_t i = 0; i < n_documents; i++)
        for (size_t k = 0; k < n_values; k++)
            override_put_value(&documents[i], &values[k], diags);
}

const struct field *override_field(const struct loading *l, const char *path, const char **nearest)
{
    struct override_paths all = {.arena = l->arena};
    const struct field *field = NULL;
    override_collect(&all, l->schema, l->root, "");
    for (size_t i = 0; i < all.items.n && field == NULL; i++)
        if (strcmp(all.items.items[i], path) == 0)
            field = all.fields.items[i];
    if (nearest != NULL)
        *nearest = field == NULL ? text_nearest(path, all.items.items, all.items.n) : NULL;
    override_free(&all);
    return field;
}
