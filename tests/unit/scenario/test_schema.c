// Pins: rows of the tables fit the structs they describe, can be satisfied, and are documented;
// conditions name keys and words that exist; the JSON Schemas parse and hold every key. Not pinned:
// the wording of documents.
#define _GNU_SOURCE
#include <criterion/criterion.h>
#include <jansson.h>
#include <stdint.h>
#include <string.h>

#include "base/base.h"
#include "base/distribution.h"
#include "scenario/bind.h"
#include "scenario/scenario.h"
#include "scenario/schema.h"

static const struct schema_record *const records[] = {
    &schema_topology, &schema_workload, &schema_faults, &schema_study, &schema_regions};

typedef void visit_field(const struct schema_record *const *chain, size_t depth,
                         const struct field *field);

// Calls visit for every field; chain[depth] is its record, chain[0] the outermost.
static void walk(const struct schema_record **chain, size_t depth, visit_field *visit)
{
    for (size_t i = 0; i < chain[depth]->n_fields; i++) {
        const struct field *field = &chain[depth]->fields[i];
        visit(chain, depth, field);
        if (field->record == NULL)
            continue;
        chain[depth + 1] = field->record;
        walk(chain, depth + 1, visit);
    }
}

static void walk_all(visit_field *visit)
{
    const struct schema_record *chain[16];
    for (size_t i = 0; i < ARRAY_LEN(records); i++) {
        chain[0] = records[i];
        walk(chain, 0, visit);
    }
}

static size_t wanted_size(const struct field *field)
{
    switch (field->type) {
    case FIELD_TEXT:
        return sizeof(const char *);
    case FIELD_BOOL:
        return sizeof(bool);
    case FIELD_INTEGER:
        return sizeof(int);
    case FIELD_CHOICE:
        return field->size == sizeof(bool) && field->choices[2].word == NULL ? sizeof(bool)
                                                                             : sizeof(int);
    case FIELD_QUANTITY:
        return sizeof(double);
    case FIELD_DISTRIBUTION:
        return sizeof(struct distribution);
    case FIELD_NAME:
        return field->by_name ? sizeof(const char *) : sizeof(int);
    case FIELD_NAME_SET:
        return sizeof(uint32_t);
    case FIELD_NAME_LIST:
        return field->capacity * sizeof(int);
    case FIELD_WEIGHTS:
        return field->capacity * sizeof(double);
    case FIELD_COUNTS:
        return field->capacity * sizeof(int);
    case FIELD_BLOCK:
        return field->size == 0 ? 0 : field->record->size;
    case FIELD_LINES:
        return sizeof(struct text_lines);
    case FIELD_NODE:
        return sizeof(const struct node *);
    case FIELD_TABLE:
    case FIELD_LIST:
    case FIELD_STEPS:
        return field->capacity > 0 ? field->capacity * field->record->size : sizeof(void *);
    }
    return 0;
}

static void check_member(const struct schema_record *const *chain, size_t depth,
                         const struct field *field)
{
    cr_assert_eq(field->size, wanted_size(field), "%s.%s: member of %zu bytes, type of %zu",
                 chain[depth]->name, field->key, field->size, wanted_size(field));
    cr_assert_leq(field->offset + field->size, chain[depth]->size, "%s.%s", chain[depth]->name,
                  field->key);
    if (field->count_size > 0)
        cr_assert(field->count_size == sizeof(int) || field->count_size == sizeof(size_t));
}

Test(schema, rows_fit_their_members)
{
    walk_all(check_member);
}

static void check_documents(const struct schema_record *const *chain, size_t depth,
                            const struct field *field)
{
    const char *name = chain[depth]->name;
    cr_assert_not_null(field->doc, "%s.%s", name, field->key);
    cr_assert_eq(field->doc[strlen(field->doc) - 1], '.', "%s.%s: no sentence", name, field->key);
    bool has_value = field->initial != NULL && field->type != FIELD_BLOCK;
    cr_assert(!has_value || field->source != NULL, "%s.%s: default without source", name,
              field->key);
    for (const struct choice *c = field->choices; c != NULL && c->word != NULL; c++)
        cr_assert_not_null(c->doc, "%s.%s: %s", name, field->key, c->word);
}

Test(schema, keys_are_documented_and_defaults_have_sources)
{
    walk_all(check_documents);
}

static bool is_word_of(const struct field *field, const char *word)
{
    if (field->type != FIELD_CHOICE)
        return true;
    for (const struct choice *c = field->choices; c->word != NULL; c++)
        if (strcmp(c->word, word) == 0)
            return true;
    return false;
}

static void check_condition(const struct schema_record *const *chain, size_t depth,
                            const struct field *field, const char *when)
{
    char text[128], *rest = NULL;
    size_t up = strspn(when, "^");
    cr_assert_leq(up, depth);
    snprintf(text, sizeof text, "%s", when + up);
    char *words = strpbrk(text, "!=");
    words += strspn(words, "!=");
    text[strcspn(text, "!=")] = '\0';
    const struct field *key = schema_find(chain[depth - up], text);
    cr_assert_not_null(key, "%s.%s hangs on %s", chain[depth]->name, field->key, when);
    cr_assert(key->initial != NULL || key->when == NULL);
    for (char *word = strtok_r(words, "|", &rest); word != NULL; word = strtok_r(NULL, "|", &rest))
        cr_assert(is_word_of(key, word), "%s.%s: no word '%s'", chain[depth]->name, field->key,
                  word);
}

static void check_allowed(const struct schema_record *const *chain, size_t depth,
                          const struct field *field)
{
    for (const struct field_words *a = field->allowed; a != NULL && a->when != NULL; a++) {
        char text[128], *rest = NULL;
        check_condition(chain, depth, field, a->when);
        snprintf(text, sizeof text, "%s", a->words);
        for (char *word = strtok_r(text, "|", &rest); word != NULL;
             word = strtok_r(NULL, "|", &rest))
            cr_assert(is_word_of(field, word), "%s.%s: no word '%s'", chain[depth]->name,
                      field->key, word);
    }
}

static void check_conditions(const struct schema_record *const *chain, size_t depth,
                             const struct field *field)
{
    if (field->when != NULL)
        check_condition(chain, depth, field, field->when);
    check_allowed(chain, depth, field);
    for (const struct field_default *d = field->alternatives; d != NULL && d->when != NULL; d++) {
        check_condition(chain, depth, field, d->when);
        cr_assert(d->initial != NULL && d->source != NULL, "%s.%s", chain[depth]->name, field->key);
    }
}

Test(schema, conditions_name_keys_and_words_that_exist)
{
    walk_all(check_conditions);
}

static void check_keys_differ(const struct schema_record *const *chain, size_t depth,
                              const struct field *field)
{
    const struct schema_record *record = chain[depth];
    cr_assert_eq(schema_find(record, field->key), field, "%s.%s twice", record->name, field->key);
    cr_assert_null(strpbrk(field->key, ". "));
}

Test(schema, keys_differ)
{
    walk_all(check_keys_differ);
}

// Every default is bound by a load of the least possible files (see test_scenario.c); here each is
// read alone, with scopes that know the names it uses.
static void check_default(const struct schema_record *record, const struct field *field)
{
    static const char *const regions[] = {"us-east-1",      "us-west-1",      "us-west-2",
                                          "eu-west-1",      "ap-southeast-1", "ap-southeast-2",
                                          "ap-northeast-1", "sa-east-1"};
    static const char *const record_checks[] = {"none", "default"};
    static const char *const zones[] = {"a"};
    if (field->initial == NULL || field->record != NULL)
        return;
    struct arena arena = {0};
    struct diag_list diags = {0};
    struct field alone = *field;
    alone.when = NULL;
    alone.alternatives = NULL;
    alone.allowed = NULL;
    struct schema_record one = {"alone", "", &alone, 1, record->size};
    struct binder b = {.arena = &arena, .diags = &diags};
    b.scopes[SCOPE_GEOGRAPHY] = (struct bind_scope){(const char **)(uintptr_t)regions,
                                                    ARRAY_LEN(regions)};
    b.scopes[SCOPE_RECORD_CHECK] = (struct bind_scope){(const char **)(uintptr_t)record_checks,
                                                       ARRAY_LEN(record_checks)};
    b.scopes[SCOPE_ZONE] = (struct bind_scope){(const char **)(uintptr_t)zones, ARRAY_LEN(zones)};
    struct node root = {.kind = NODE_MAPPING};
    bind_document(&b, &one, &root, arena_alloc(&arena, 1, one.size));
    diag_print(&diags, stderr, false);
    cr_assert_eq(diag_errors(&diags), 0, "default of %s.%s", record->name, field->key);
    bind_finish(&b, "", "");
    diag_free(&diags);
    arena_free(&arena);
}

static void check_defaults(const struct schema_record *const *chain, size_t depth,
                           const struct field *field)
{
    check_default(chain[depth], field);
    for (const struct field_default *d = field->alternatives; d != NULL && d->when != NULL; d++) {
        struct field other = *field;
        other.initial = d->initial;
        check_default(chain[depth], &other);
    }
}

Test(schema, defaults_are_good_values)
{
    walk_all(check_defaults);
}

static json_t *parse_schema(enum scenario_kind kind)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    scenario_write_schema(kind, out);
    fclose(out);
    json_error_t error;
    json_t *schema = json_loads(text, JSON_REJECT_DUPLICATES, &error);
    cr_assert_not_null(schema, "line %d: %s", error.line, error.text);
    free(text);
    return schema;
}

static const json_t *properties_of(const json_t *schema)
{
    const json_t *items = json_object_get(schema, "items");
    const json_t *entries = json_object_get(schema, "additionalProperties");
    if (items != NULL && json_object_get(items, "anyOf") != NULL) // steps: a call or a group
        items = json_array_get(json_object_get(items, "anyOf"), 0);
    if (items != NULL)
        return json_object_get(items, "properties");
    return json_object_get(json_is_object(entries) ? entries : schema, "properties");
}

static void expect_keys(const json_t *properties, const struct schema_record *record)
{
    cr_assert_eq(json_object_size(properties), record->n_fields, "%s", record->name);
    for (size_t i = 0; i < record->n_fields; i++) {
        const json_t *value = json_object_get(properties, record->fields[i].key);
        cr_assert_not_null(value, "%s.%s", record->name, record->fields[i].key);
        cr_assert_not_null(json_object_get(value, "description"));
        if (record->fields[i].record != NULL)
            expect_keys(properties_of(value), record->fields[i].record);
    }
}

Test(schema, json_schemas_hold_every_key)
{
    for (int kind = SCENARIO_TOPOLOGY; kind < SCENARIO_OTHER; kind++) {
        json_t *schema = parse_schema((enum scenario_kind)kind);
        expect_keys(json_object_get(schema, "properties"), records[kind]);
        cr_assert_str_eq(json_string_value(json_object_get(schema, "type")), "object");
        json_decref(schema);
    }
}

// What an editor is told of a distribution: a mixture is a list of shares and forms, none of them a
// mixture.
Test(schema, json_schema_knows_mixtures)
{
    json_t *schema = parse_schema(SCENARIO_TOPOLOGY);
    const json_t *at = json_object_get(json_object_get(schema, "properties"), "services");
    at = json_object_get(properties_of(at), "work");
    at = json_object_get(json_array_get(json_object_get(at, "anyOf"), 1), "properties");
    cr_assert_not_null(json_object_get(at, "lognormal"));
    const json_t *mixture = json_object_get(at, "mixture");
    const json_t *part = json_object_get(mixture, "items");
    cr_assert_eq(json_integer_value(json_object_get(mixture, "minItems")), 2);
    cr_assert_eq(json_integer_value(json_object_get(part, "maxProperties")), 2);
    cr_assert_str_eq(json_string_value(json_array_get(json_object_get(part, "required"), 0)),
                     "share");
    cr_assert_not_null(json_object_get(json_object_get(part, "properties"), "lognormal"));
    cr_assert_null(json_object_get(json_object_get(part, "properties"), "mixture"));
    json_decref(schema);
}
