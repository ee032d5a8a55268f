#include "scenario/bind.h"

#include <string.h>

#include "base/base.h"
#include "base/text.h"
#include "scenario/bind_condition.h"
#include "scenario/bind_value.h"

enum { BIND_MAX_KEYS = 64 };

int bind_find(const struct binder *b, enum scope scope, const char *name)
{
    for (size_t i = 0; i < b->scopes[scope].n; i++)
        if (strcmp(b->scopes[scope].names[i], name) == 0)
            return (int)i;
    return -1;
}

void bind_scope_from(struct binder *b, enum scope scope, const struct node *mapping)
{
    if (mapping == NULL || mapping->kind != NODE_MAPPING)
        return;
    struct bind_scope *s = &b->scopes[scope];
    const char **names = arena_push(b->arena, const char *, s->n + mapping->n_children + 1);
    for (size_t i = 0; i < s->n; i++)
        names[i] = s->names[i];
    for (const struct node *child = mapping->first; child != NULL; child = child->next)
        names[s->n++] = child->key;
    s->names = names;
}

static const char *bind_path(struct binder *b, const struct bind_frame *frame, const char *key)
{
    return frame->path[0] == '\0' ? key : arena_printf(b->arena, "%s.%s", frame->path, key);
}

static void bind_note(struct binder *b, const struct bind_path **paths, const char *path)
{
    struct bind_path *one = arena_push(b->arena, struct bind_path, 1);
    *one = (struct bind_path){path, *paths};
    *paths = one;
}

// What is at this path could not be had, if there are errors that nothing else is blamed for.
static void bind_blame(struct binder *b, const char *path)
{
    if (diag_errors(b->diags) > b->n_blamed)
        bind_note(b, &b->flaws, path);
    b->n_blamed = diag_errors(b->diags);
}

static void bind_enter(struct binder *b, const char *path, const struct field *field,
                       const struct node *node, bool is_default)
{
    struct setting setting = {path, field, document_render(b->arena, node),
                              is_default ? (struct diag_place){0} : node->place};
    array_push(&b->ledger, setting);
}

// The default as a node, so that it takes the same way as a given value.
static const struct node *bind_default(struct binder *b, const struct field *field)
{
    const char *file = arena_printf(b->arena, "default of '%s'", field->key);
    struct document_input input = {file, 1, field->initial, strlen(field->initial)};
    struct node *node = document_parse(b->arena, &input, b->diags);
    REQUIRE(node != NULL, "default of '%s' is not YAML: %s", field->key, field->initial);
    return node;
}

static void bind_report_idle(struct binder *b, const struct bind_frame *frame,
                             const struct field *field, const struct node *node)
{
    const struct bind_frame *const at = frame;
    const char *when = bind_condition_root(b, &frame, field->when);
    struct bind_condition c = bind_condition_of(frame, when);
    const bool is_default = bind_condition_given(c.frame, c.key) == NULL;
    document_key_error(b->diags, node, "'%s' has no effect with '%s: %.40s'%s", field->key, c.key,
                       bind_condition_value(b, &c), is_default ? ", which holds unless given" : "");
    char text[128];
    diag_expect(b->diags, "it only with %s", schema_condition(when, text, sizeof text));
    bind_note(b, &b->idle, bind_path(b, at, field->key));
    b->n_blamed++; // the value is as if not given
}

static void bind_report_missing(struct binder *b, const struct bind_frame *frame,
                                const struct field *field)
{
    char expected[256];
    struct diag_place place = frame->mapping->place;
    if (frame->mapping->key != NULL)
        place = frame->mapping->key_place;
    else if (frame->outer == NULL)
        place = (struct diag_place){place.file, place.line, place.column, 1};
    if (frame->path[0] == '\0')
        diag_error(b->diags, place, "'%s' is missing", field->key);
    else
        diag_error(b->diags, place, "'%s' is missing in %s", field->key, frame->path);
    diag_expect(b->diags, "%s: %s", field->key, schema_describe(field, expected, sizeof expected));
}

static void bind_expect_keys(struct binder *b, const char *const *keys, size_t n)
{
    const char *text = "";
    for (size_t i = 0; i < n; i++)
        text = arena_join(b->arena, text, keys[i]);
    diag_expect(b->diags, "one of: %s", text);
}

// Reports unknown keys; *meant collects the fields that they were probably meant to be.
static void bind_check_keys(struct binder *b, const struct bind_frame *frame, uint64_t *meant)
{
    const char *keys[BIND_MAX_KEYS];
    size_t n = schema_keys(frame->record, keys, BIND_MAX_KEYS);
    REQUIRE(n <= BIND_MAX_KEYS, "record '%s' has %zu keys", frame->record->name, n);
    for (const struct node *child = frame->mapping->first; child != NULL; child = child->next) {
        if (schema_find(frame->record, child->key) != NULL)
            continue;
        document_key_error(b->diags, child, "unknown key '%.60s'%s%s", child->key,
                           frame->path[0] != '\0' ? " in " : "", frame->path);
        const char *near = text_nearest(child->key, keys, n);
        diag_suggest(b->diags, near);
        bind_expect_keys(b, keys, n);
        b->n_blamed++;
        for (size_t i = 0; near != NULL && i < n; i++)
            if (keys[i] == near)
                *meant |= UINT64_C(1) << i;
    }
}

static bool bind_is_kind(struct binder *b, const struct field *field, const struct node *node,
                         enum node_kind kind)
{
    if (node->kind == kind)
        return true;
    char expected[256];
    bool is_empty = node->kind == NODE_SCALAR && node->text[0] == '\0';
    if (is_empty)
        document_error(b->diags, node, "'%s' has no value", field->key);
    else
        document_error(b->diags, node, "'%s' cannot be %s", field->key,
                       document_kind_name(node->kind));
    diag_expect(b->diags, "%s", schema_describe(field, expected, sizeof expected));
    return false;
}

static void bind_block(struct binder *b, const struct bind_frame *frame);

static void bind_put_count(const struct field *field, char *target, size_t n)
{
    int count = (int)n;
    if (field->count_size == sizeof(size_t))
        memcpy(target + field->count_offset, &n, sizeof n);
    else
        memcpy(target + field->count_offset, &count, sizeof count);
}

// Room for n entries of a table or list: inside the struct, or newly allocated and pointed to.
static char *bind_entries(struct binder *b, const struct field *field, char *target, size_t n)
{
    if (field->capacity > 0)
        return target + field->offset;
    void *entries = arena_alloc(b->arena, n > 0 ? n : 1, field->record->size);
    memcpy(target + field->offset, &entries, sizeof entries);
    return entries;
}

static bool bind_fits(struct binder *b, const struct field *field, const struct node *item,
                      size_t n)
{
    if (field->capacity == 0 || n < field->capacity)
        return true;
    document_error(b->diags, item, "'%s' has more than %zu entries", field->key, field->capacity);
    return false;
}

static void bind_check_least(struct binder *b, const struct field *field, const struct node *node)
{
    if (node->n_children >= field->least)
        return;
    document_error(b->diags, node, "'%s' needs at least %zu entr%s", field->key, field->least,
                   field->least == 1 ? "y" : "ies");
}

// Name of a table's entry: well formed, and known to the scope if the table has one.
static void bind_entry_name(struct binder *b, const struct field *field, const struct node *item,
                            char *entry)
{
    memcpy(entry + field->name_offset, &item->key, sizeof item->key);
    if (field->scope == SCOPE_NONE) {
        bind_value_check_name(b, item->key, item->key_place);
        return;
    }
    int index = bind_find(b, field->scope, item->key);
    memcpy(entry + field->index_offset, &index, sizeof index);
    if (index >= 0)
        return;
    const struct bind_scope *scope = &b->scopes[field->scope];
    document_key_error(b->diags, item, "'%s': '%.60s' is not known", field->key, item->key);
    diag_suggest(b->diags, text_nearest(item->key, scope->names, scope->n));
}

// An entry of a table or list, when it is a block at all.
static void bind_item(struct binder *b, const struct field *field, const struct bind_frame *item)
{
    if (bind_is_kind(b, field, item->mapping, NODE_MAPPING))
        bind_block(b, item);
    else
        bind_blame(b, item->path);
}

// The block that the entries of a table have their defaults from; NULL: none, or one with mistakes,
// which are not to be reported again for each entry.
static const struct node *bind_defaults(const struct binder *b, const struct bind_frame *frame,
                                        const struct field *field)
{
    const struct node *block = field->defaults != NULL
                                   ? document_get(frame->mapping, field->defaults)
                                   : NULL;
    return block != NULL && block == b->flawed ? NULL : block;
}

static void bind_table(struct binder *b, const struct bind_frame *frame, const struct field *field,
                       const struct node *node)
{
    if (!bind_is_kind(b, field, node, NODE_MAPPING))
        return;
    bind_check_least(b, field, node);
    char *entries = bind_entries(b, field, frame->target, node->n_children);
    const char *path = bind_path(b, frame, field->key);
    const struct node *defaults = bind_defaults(b, frame, field);
    size_t n = 0;
    for (const struct node *item = node->first; item != NULL; item = item->next) {
        if (!bind_fits(b, field, item, n))
            break;
        char *entry = entries + n++ * field->record->size;
        bind_entry_name(b, field, item, entry);
        bind_blame(b, path); // the table: a name that is none is no step of a path
        bind_item(b, field,
                  &(struct bind_frame){field->record, item, entry,
                                       arena_printf(b->arena, "%s.%s", path, item->key), frame,
                                       frame->is_quiet, defaults});
    }
    bind_put_count(field, frame->target, n);
}

static void bind_list(struct binder *b, const struct bind_frame *frame, const struct field *field,
                      const struct node *node)
{
    if (!bind_is_kind(b, field, node, NODE_SEQUENCE))
        return;
    bind_check_least(b, field, node);
    char *entries = bind_entries(b, field, frame->target, node->n_children);
    size_t n = 0;
    for (const struct node *item = node->first; item != NULL; item = item->next, n++) {
        if (!bind_fits(b, field, item, n))
            break;
        const char *path = arena_printf(b->arena, "%s.%zu", bind_path(b, frame, field->key), n);
        bind_item(b, field,
                  &(struct bind_frame){field->record, item, entries + n * field->record->size, path,
                                       frame, frame->is_quiet, NULL});
    }
    bind_put_count(field, frame->target, n);
}

// The calls of one step: the item itself, or the list under its only key 'parallel'. NULL after a
// diagnostic.
static const struct node *bind_parallel(struct binder *b, const struct field *field,
                                        const struct node *item)
{
    if (item->kind != NODE_MAPPING)
        return item;
    const struct node *parallel = document_get(item, "parallel");
    if (parallel == NULL)
        return item;
    if (item->n_children > 1) {
        document_error(b->diags, item, "'parallel' stands alone in its step");
        return NULL;
    }
    struct field list = *field;
    list.type = FIELD_LIST;
    list.key = "parallel";
    if (!bind_is_kind(b, &list, parallel, NODE_SEQUENCE))
        return NULL;
    if (parallel->n_children < 2) {
        document_error(b->diags, parallel, "'parallel' with fewer than two calls has no effect");
        return NULL;
    }
    return parallel;
}

static void bind_steps(struct binder *b, const struct bind_frame *frame, const struct field *field,
                       const struct node *node)
{
    if (!bind_is_kind(b, field, node, NODE_SEQUENCE))
        return;
    char *entries = bind_entries(b, field, frame->target, node->n_children);
    const char *path = bind_path(b, frame, field->key);
    size_t n = 0;
    int step = 0;
    for (const struct node *item = node->first; item != NULL; item = item->next, step++) {
        const struct node *calls = bind_parallel(b, field, item);
        bool is_group = calls != NULL && calls != item;
        const struct node *call = is_group ? calls->first : calls;
        for (size_t i = 0; call != NULL; call = is_group ? call->next : NULL, i++) {
            if (!bind_fits(b, field, call, n))
                return;
            char *entry = entries + n++ * field->record->size;
            memcpy(entry + field->step_offset, &step, sizeof step);
            struct bind_frame inner = {field->record,   call, entry, "", frame,
                                       frame->is_quiet, NULL};
            inner.path = is_group ? arena_printf(b->arena, "%s.%d.parallel.%zu", path, step, i)
                                  : arena_printf(b->arena, "%s.%d", path, step);
            bind_item(b, field, &inner);
            bind_put_count(field, frame->target, n);
        }
    }
}

static void bind_nested(struct binder *b, const struct bind_frame *frame, const struct field *field,
                        const struct node *node)
{
    if (!bind_is_kind(b, field, node, NODE_MAPPING))
        return;
    struct bind_frame inner = {field->record,   node, frame->target + field->offset, "", frame,
                               frame->is_quiet, NULL};
    inner.path = bind_path(b, frame, field->key);
    size_t errors = diag_errors(b->diags);
    bind_block(b, &inner);
    if (diag_errors(b->diags) > errors)
        b->flawed = node;
}

// A word of a choice that has no meaning beside another key.
static void bind_report_word(struct binder *b, const struct bind_frame *frame,
                             const struct field *field, const struct node *node)
{
    const struct field_words *words = bind_condition_forbids(b, frame, field, node->text);
    const struct bind_condition c = bind_condition_of(frame, words->when);
    char text[128];
    document_error(b->diags, node, "'%s' cannot be '%s' with '%s: %.40s'", field->key, node->text,
                   c.key, bind_condition_value(b, &c));
    diag_expect(b->diags, "%s", schema_words(words->words, text, sizeof text));
}

static bool bind_is_allowed(const struct binder *b, const struct bind_frame *frame,
                            const struct field *field, const struct node *node)
{
    return node->kind != NODE_SCALAR || field->allowed == NULL ||
           bind_condition_forbids(b, frame, field, node->text) == NULL;
}

static void bind_present(struct binder *b, const struct bind_frame *frame,
                         const struct field *field, const struct node *node, bool is_default)
{
    if (field->type == FIELD_BLOCK)
        bind_nested(b, frame, field, node);
    else if (field->type == FIELD_TABLE)
        bind_table(b, frame, field, node);
    else if (field->type == FIELD_LIST)
        bind_list(b, frame, field, node);
    else if (field->type == FIELD_STEPS)
        bind_steps(b, frame, field, node);
    else if (bind_value_read(b, field, node, frame->target) && !frame->is_quiet)
        bind_enter(b, bind_path(b, frame, field->key), field, node, is_default);
}

static void bind_field(struct binder *b, const struct bind_frame *frame, const struct field *field,
                       bool was_meant)
{
    const struct node *own = document_get(frame->mapping, field->key);
    const struct node *node = bind_condition_given(frame, field->key);
    enum bind_effect effect = bind_condition_effect(b, frame, field);
    if (node != NULL && effect == BIND_IDLE) {
        if (own != NULL)
            bind_report_idle(b, frame, field, own);
        node = NULL;
    }
    if (node != NULL) {
        if (bind_is_allowed(b, frame, field, node))
            bind_present(b, frame, field, node, false);
        else
            bind_report_word(b, frame, field, node);
        return;
    }
    field = bind_condition_resolved(b, frame, field);
    if (field->initial != NULL) {
        struct bind_frame quiet = *frame;
        quiet.is_quiet |= effect != BIND_EFFECTIVE;
        struct node initial = *bind_default(b, field);
        // Whatever is missing inside of an absent block is missing in the block around it.
        initial.key = frame->mapping->key;
        initial.key_place = frame->mapping->key_place;
        initial.place = frame->mapping->place;
        bind_present(b, &quiet, field, &initial, true);
    } else if (effect == BIND_EFFECTIVE && !frame->is_quiet && !was_meant) {
        if (bind_condition_may_default(b, frame, field))
            bind_note(b, &b->flaws, bind_path(b, frame, field->key));
        else
            bind_report_missing(b, frame, field);
    }
}

static void bind_block(struct binder *b, const struct bind_frame *frame)
{
    uint64_t meant = 0;
    bind_blame(b, frame->path);
    bind_check_keys(b, frame, &meant);
    for (size_t i = 0; i < frame->record->n_fields; i++) {
        bool was_meant = (meant >> i & 1) != 0;
        const char *path = bind_path(b, frame, frame->record->fields[i].key);
        bind_field(b, frame, &frame->record->fields[i], was_meant);
        bind_blame(b, path);
        if (was_meant)
            bind_note(b, &b->flaws, path);
    }
}

void bind_document(struct binder *b, const struct schema_record *record, struct node *root,
                   void *target)
{
    b->n_blamed = diag_errors(b->diags);
    if (root->kind != NODE_MAPPING) {
        document_error(b->diags, root, "a %s is a block of keys, not %s", record->name,
                       document_kind_name(root->kind));
        bind_blame(b, "");
        return;
    }
    bind_block(b, &(struct bind_frame){record, root, target, "", NULL, false, NULL});
    for (const struct bind_path *idle = b->idle; idle != NULL; idle = idle->older)
        document_drop(root, idle->path);
}

// Whether one path leads to the other, or they are the same.
static bool bind_overlaps(const char *a, const char *b)
{
    while (*a != '\0' && *b != '\0') {
        const size_t n = strcspn(a, "."), m = strcspn(b, ".");
        const bool is_any = (n == 1 && *a == '*') || (m == 1 && *b == '*');
        if (!is_any && (n != m || memcmp(a, b, n) != 0))
            return false;
        a += n + (a[n] == '.');
        b += m + (b[m] == '.');
    }
    return true;
}

bool bind_is_right(const struct binder *b, const char *path)
{
    for (const struct bind_path *flaw = b->flaws; flaw != NULL; flaw = flaw->older)
        if (bind_overlaps(path, flaw->path))
            return false;
    return true;
}

struct settings *bind_finish(struct binder *b, const char *file, const char *kind)
{
    struct setting *items = arena_push(b->arena, struct setting, b->ledger.n + 1);
    for (size_t i = 0; i < b->ledger.n; i++)
        items[i] = b->ledger.items[i];
    struct settings *settings = arena_push(b->arena, struct settings, 1);
    *settings = (struct settings){file, kind, items, b->ledger.n};
    array_free(&b->ledger);
    return settings;
}
