#include "scenario/bind_value.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "base/base.h"
#include "base/text.h"
#include "scenario/distribution_yaml.h"

static void *bind_value_member(void *target, size_t offset)
{
    return (char *)target + offset;
}

static void bind_value_put_int(void *target, size_t offset, int value)
{
    memcpy(bind_value_member(target, offset), &value, sizeof value);
}

static bool bind_value_fail_type(struct binder *b, const struct field *field,
                                 const struct node *node)
{
    char expected[256];
    bool is_empty = node->kind == NODE_SCALAR && node->text[0] == '\0' && !node->is_quoted;
    if (is_empty)
        document_error(b->diags, node, "'%s' has no value", field->key);
    else if (node->kind == NODE_SCALAR)
        document_error(b->diags, node, "'%s' cannot be '%.80s'", field->key, node->text);
    else
        document_error(b->diags, node, "'%s' cannot be %s", field->key,
                       document_kind_name(node->kind));
    diag_expect(b->diags, "%s", schema_describe(field, expected, sizeof expected));
    return false;
}

static bool bind_value_fail_range(struct binder *b, const struct field *field,
                                  const struct node *node)
{
    char expected[256];
    document_error(b->diags, node, "'%s' is out of range: %.60s", field->key, node->text);
    diag_expect(b->diags, "%s", schema_describe(field, expected, sizeof expected));
    return false;
}

static bool bind_value_in_range(const struct field *field, double value)
{
    if (field->low == 0 && field->high == 0)
        return true;
    // Rounding of a unit must not put "100 %" or "18 h" outside of a range that ends there.
    return value >= field->low - 1e-12 * fabs(field->low) &&
           value <= field->high + 1e-12 * fabs(field->high);
}

static bool bind_value_text(struct binder *b, const struct field *field, const struct node *node,
                            void *target)
{
    if (node->text[0] == '\0')
        return bind_value_fail_type(b, field, node);
    memcpy(bind_value_member(target, field->offset), &node->text, sizeof node->text);
    return true;
}

static bool bind_value_bool(struct binder *b, const struct field *field, const struct node *node,
                            void *target)
{
    static const struct {
        const char *word;
        bool value;
    } habits[] = {{"yes", true},  {"on", true}, {"1", true},  {"y", true},    {"no", false},
                  {"off", false}, {"0", false}, {"n", false}, {"True", true}, {"False", false}};
    bool is_true = strcmp(node->text, "true") == 0;
    if (is_true || strcmp(node->text, "false") == 0) {
        memcpy(bind_value_member(target, field->offset), &is_true, sizeof is_true);
        return true;
    }
    bind_value_fail_type(b, field, node);
    const char *const words[] = {"true", "false"};
    const char *meant = text_nearest(node->text, words, ARRAY_LEN(words));
    for (size_t i = 0; i < ARRAY_LEN(habits); i++)
        if (strcmp(node->text, habits[i].word) == 0)
            meant = habits[i].value ? "true" : "false";
    diag_suggest(b->diags, meant);
    return false;
}

static bool bind_value_integer(struct binder *b, const struct field *field, const struct node *node,
                               void *target)
{
    if (field->keyword != NULL && strcmp(node->text, field->keyword) == 0) {
        bind_value_put_int(target, field->offset, 0);
        return true;
    }
    const char *at = node->text;
    double value = 0;
    bool is_number = text_number(&at, &value) == TEXT_NUMBER_OK && *at == '\0';
    if (!is_number || (value >= -1e9 && value <= 1e9 && value != (int)value))
        return bind_value_fail_type(b, field, node);
    if (value < -1e9 || value > 1e9 || !bind_value_in_range(field, value))
        return bind_value_fail_range(b, field, node);
    bind_value_put_int(target, field->offset, (int)value);
    return true;
}

static bool bind_value_quantity(struct binder *b, const struct field *field,
                                const struct node *node, void *target)
{
    struct quantity_mistake mistake;
    double value = 0;
    if (field->keyword != NULL && strcmp(node->text, field->keyword) == 0) {
        memcpy(bind_value_member(target, field->offset), &value, sizeof value);
        return true;
    }
    if (!quantity_parse(node->text, field->dimension, &value, &mistake)) {
        document_error(b->diags, node, "'%s': %s", field->key, mistake.message);
        diag_expect(b->diags, "%s", mistake.expected);
        if (mistake.suggestion[0] != '\0')
            diag_suggest(b->diags, mistake.suggestion);
        return false;
    }
    if (!bind_value_in_range(field, value))
        return bind_value_fail_range(b, field, node);
    memcpy(bind_value_member(target, field->offset), &value, sizeof value);
    return true;
}

static bool bind_value_choice(struct binder *b, const struct field *field, const struct node *node,
                              void *target)
{
    const char *words[32];
    size_t n = 0;
    for (const struct choice *c = field->choices; c->word != NULL; c++) {
        REQUIRE(n < ARRAY_LEN(words), "too many choices for '%s'", field->key);
        words[n++] = c->word;
        if (strcmp(node->text, c->word) == 0) {
            bool flag = c->value != 0; // choices between two may be kept as a bool
            if (field->size == sizeof flag)
                memcpy(bind_value_member(target, field->offset), &flag, sizeof flag);
            else
                bind_value_put_int(target, field->offset, c->value);
            return true;
        }
    }
    bind_value_fail_type(b, field, node);
    diag_suggest(b->diags, text_nearest(node->text, words, n));
    return false;
}

// Index of the name in the field's scope; -1 after a diagnostic.
static int bind_value_look_up(struct binder *b, const struct field *field, const char *name,
                              const struct node *node)
{
    int index = bind_find(b, field->scope, name);
    if (index >= 0)
        return index;
    const struct bind_scope *scope = &b->scopes[field->scope];
    if (name == node->key)
        document_key_error(b->diags, node, "'%s': there is no '%.60s' here", field->key, name);
    else
        document_error(b->diags, node, "'%s': there is no '%.60s' here", field->key, name);
    diag_suggest(b->diags, text_nearest(name, scope->names, scope->n));
    char names[200] = "";
    size_t used = 0;
    for (size_t i = 0; i < scope->n && used < sizeof names - 60; i++)
        used += (size_t)snprintf(names + used, sizeof names - used, "%s%.40s", i > 0 ? ", " : "",
                                 scope->names[i]);
    char expected[128];
    diag_expect(b->diags, "%s%s%s", schema_describe(field, expected, sizeof expected),
                scope->n > 0 ? "; there are: " : "", names);
    return -1;
}

static bool bind_value_name(struct binder *b, const struct field *field, const struct node *node,
                            void *target)
{
    if (node->text[0] == '\0')
        return bind_value_fail_type(b, field, node);
    if (field->by_name) {
        bool is_keyword = field->keyword != NULL && strcmp(node->text, field->keyword) == 0;
        const char *name = is_keyword ? "*" : node->text;
        memcpy(bind_value_member(target, field->offset), &name, sizeof name);
        return true;
    }
    if (field->keyword != NULL && strcmp(node->text, field->keyword) == 0) {
        bind_value_put_int(target, field->offset, -1);
        return true;
    }
    int index = bind_value_look_up(b, field, node->text, node);
    if (index >= 0)
        bind_value_put_int(target, field->offset, index);
    return index >= 0;
}

// The indices of a list of names, without repetition, into indices[capacity].
static bool bind_value_indices(struct binder *b, const struct field *field, const struct node *node,
                               int *indices, size_t capacity)
{
    size_t n = 0;
    for (const struct node *item = node->first; item != NULL; item = item->next, n++) {
        if (item->kind != NODE_SCALAR)
            return bind_value_fail_type(b, field, item);
        if (n == capacity) {
            document_error(b->diags, item, "'%s' names more than %zu", field->key, capacity);
            return false;
        }
        indices[n] = bind_value_look_up(b, field, item->text, item);
        if (indices[n] < 0)
            return false;
        for (size_t i = 0; i < n; i++)
            if (indices[i] == indices[n]) {
                document_error(b->diags, item, "'%s' names '%s' twice", field->key, item->text);
                return false;
            }
    }
    if (n == 0)
        bind_value_fail_type(b, field, node);
    return n > 0;
}

static bool bind_value_name_set(struct binder *b, const struct field *field,
                                const struct node *node, void *target)
{
    int indices[32];
    uint32_t set = 0;
    bool is_all = node->kind == NODE_SCALAR && field->keyword != NULL &&
                  strcmp(node->text, field->keyword) == 0;
    if (!is_all && node->kind != NODE_SEQUENCE)
        return bind_value_fail_type(b, field, node);
    size_t n = is_all ? b->scopes[field->scope].n : node->n_children;
    const bool is_none = n == 0 && field->initial != NULL && strcmp(field->initial, "[]") == 0;
    if (!is_all && !is_none && !bind_value_indices(b, field, node, indices, ARRAY_LEN(indices)))
        return false;
    for (size_t i = 0; i < n && i < 32; i++)
        if (is_all || indices[i] < 32) // tables of more are refused elsewhere
            set |= UINT32_C(1) << (is_all ? (int)i : indices[i]);
    memcpy(bind_value_member(target, field->offset), &set, sizeof set);
    return true;
}

static bool bind_value_name_list(struct binder *b, const struct field *field,
                                 const struct node *node, void *target)
{
    int *indices = bind_value_member(target, field->offset);
    if (node->kind != NODE_SEQUENCE)
        return bind_value_fail_type(b, field, node);
    if (!bind_value_indices(b, field, node, indices, field->capacity))
        return false;
    bind_value_put_int(target, field->count_offset, (int)node->n_children);
    return true;
}

// One number of several, by index.
static bool bind_value_number(struct binder *b, const struct field *field, const struct node *item,
                              size_t index, void *target)
{
    struct field number = *field;
    if (item->kind != NODE_SCALAR)
        return bind_value_fail_type(b, field, item);
    number.type = field->type == FIELD_COUNTS ? FIELD_INTEGER : FIELD_QUANTITY;
    number.size = number.type == FIELD_INTEGER ? sizeof(int) : sizeof(double);
    number.offset += index * number.size;
    return number.type == FIELD_INTEGER ? bind_value_integer(b, &number, item, target)
                                        : bind_value_quantity(b, &number, item, target);
}

static bool bind_value_numbers(struct binder *b, const struct field *field, const struct node *node,
                               void *target)
{
    if (node->kind != NODE_MAPPING)
        return bind_value_fail_type(b, field, node);
    bool is_good = true;
    for (const struct node *item = node->first; item != NULL; item = item->next) {
        const int index = bind_value_look_up(b, field, item->key, item);
        is_good &= index >= 0 && (size_t)index < field->capacity &&
                   bind_value_number(b, field, item, (size_t)index, target);
    }
    return is_good;
}

static bool bind_value_distribution(struct binder *b, const struct field *field,
                                    const struct node *node, void *target)
{
    struct distribution d = {0};
    bool is_keyword = node->kind == NODE_SCALAR && field->keyword != NULL &&
                      strcmp(node->text, field->keyword) == 0;
    if (!is_keyword && !distribution_yaml_read(b->arena, field, node, &d, b->diags))
        return false;
    memcpy(bind_value_member(target, field->offset), &d, sizeof d);
    return true;
}

bool bind_value_check_name(struct binder *b, const char *name, struct diag_place place)
{
    size_t n = strlen(name);
    bool is_good = n > 0 && n <= 48 && ((name[0] | 0x20) >= 'a' && (name[0] | 0x20) <= 'z');
    for (size_t i = 0; i < n; i++) {
        char c = name[i];
        is_good &= ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
                   c == '_';
    }
    if (is_good)
        return true;
    diag_error(b->diags, place, "'%.60s' is not a good name", name);
    diag_expect(b->diags, "a letter, then letters, digits, '-' and '_', at most 48 in all");
    return false;
}

static bool bind_value_lines(struct binder *b, const struct field *field, const struct node *node,
                             void *target)
{
    const bool is_one = node->kind == NODE_SCALAR;
    const size_t n = is_one ? 1 : node->n_children;
    if (node->kind == NODE_MAPPING)
        return bind_value_fail_type(b, field, node);
    struct text_lines lines = {arena_push(b->arena, const char *, n + 1),
                               arena_push(b->arena, struct diag_place, n + 1), 0};
    for (const struct node *item = is_one ? node : node->first; item != NULL;
         item = is_one ? NULL : item->next) {
        if (item->kind != NODE_SCALAR || item->text[0] == '\0')
            return bind_value_fail_type(b, field, item);
        lines.items[lines.n] = item->text;
        struct diag_place place = item->place;
        const size_t length = strlen(item->text);
        if (item->is_quoted && (size_t)place.length == length + 2) { // of what is between quotes
            place.column++;
            place.length = (int)length;
        }
        lines.places[lines.n++] = place;
    }
    memcpy(bind_value_member(target, field->offset), &lines, sizeof lines);
    return true;
}

static bool bind_value_node(const struct field *field, const struct node *node, void *target)
{
    const bool is_none = node->kind == NODE_SCALAR && !node->is_quoted &&
                         strcmp(node->text, "none") == 0;
    const struct node *value = is_none ? NULL : node;
    memcpy(bind_value_member(target, field->offset), &value, sizeof value);
    return true;
}

bool bind_value_read(struct binder *b, const struct field *field, const struct node *node,
                     void *target)
{
    bool takes_structure = field->type == FIELD_DISTRIBUTION || field->type == FIELD_NAME_SET ||
                           field->type == FIELD_NAME_LIST || field->type == FIELD_WEIGHTS ||
                           field->type == FIELD_COUNTS || field->type == FIELD_LINES ||
                           field->type == FIELD_NODE;
    if (node->kind != NODE_SCALAR && !takes_structure)
        return bind_value_fail_type(b, field, node);
    switch (field->type) {
    case FIELD_TEXT:
        return bind_value_text(b, field, node, target);
    case FIELD_BOOL:
        return bind_value_bool(b, field, node, target);
    case FIELD_INTEGER:
        return bind_value_integer(b, field, node, target);
    case FIELD_QUANTITY:
        return bind_value_quantity(b, field, node, target);
    case FIELD_DISTRIBUTION:
        return bind_value_distribution(b, field, node, target);
    case FIELD_CHOICE:
        return bind_value_choice(b, field, node, target);
    case FIELD_NAME:
        return bind_value_name(b, field, node, target);
    case FIELD_NAME_SET:
        return bind_value_name_set(b, field, node, target);
    case FIELD_NAME_LIST:
        return bind_value_name_list(b, field, node, target);
    case FIELD_WEIGHTS:
    case FIELD_COUNTS:
        return bind_value_numbers(b, field, node, target);
    case FIELD_LINES:
        return bind_value_lines(b, field, node, target);
    case FIELD_NODE:
        return bind_value_node(field, node, target);
    case FIELD_BLOCK:
    case FIELD_TABLE:
    case FIELD_LIST:
    case FIELD_STEPS:
        break;
    }
    REQUIRE(false, "'%s' is no single value", field->key);
    return false;
}
