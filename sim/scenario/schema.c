#include "scenario/schema.h"

#include <stdio.h>
#include <string.h>

#include "base/base.h"

const struct field *schema_find(const struct schema_record *record, const char *key)
{
    for (size_t i = 0; i < record->n_fields; i++)
        if (strcmp(record->fields[i].key, key) == 0)
            return &record->fields[i];
    return NULL;
}

size_t schema_keys(const struct schema_record *record, const char **keys, size_t capacity)
{
    for (size_t i = 0; i < record->n_fields && i < capacity; i++)
        keys[i] = record->fields[i].key;
    return record->n_fields;
}

struct schema_text {
    char *out;
    size_t size, used;
};

static void schema_add(struct schema_text *t, const char *text)
{
    for (; *text != '\0' && t->used + 1 < t->size; text++)
        t->out[t->used++] = *text;
    t->out[t->used] = '\0';
}

static void schema_add_range(struct schema_text *t, const struct field *field)
{
    if (field->low == 0 && field->high == 0)
        return;
    char low[48], high[48], text[128];
    bool is_integer = field->type == FIELD_INTEGER;
    enum dimension dimension = is_integer ? DIMENSION_NUMBER : field->dimension;
    snprintf(text, sizeof text, " from %s to %s", quantity_format(field->low, dimension, low),
             quantity_format(field->high, dimension, high));
    schema_add(t, text);
}

static void schema_add_choices(struct schema_text *t, const struct field *field)
{
    for (const struct choice *c = field->choices; c->word != NULL; c++) {
        schema_add(t, c == field->choices ? "" : c[1].word == NULL ? " or " : ", ");
        schema_add(t, c->word);
    }
}

const char *schema_scope_word(enum scope scope)
{
    static const char *const words[SCOPES] = {
        [SCOPE_NONE] = "name",
        [SCOPE_GEOGRAPHY] = "cloud region",
        [SCOPE_REGION] = "region",
        [SCOPE_SERVICE] = "service",
        [SCOPE_STORE] = "store",
        [SCOPE_CALLEE] = "service or store",
        [SCOPE_CLASS] = "request class",
        [SCOPE_RECORD_SET] = "record set",
        [SCOPE_POPULATION] = "population",
        [SCOPE_ZONE] = "zone",
        [SCOPE_BALANCER] = "balancer",
        [SCOPE_CHECK] = "health check",
        [SCOPE_RECORD_CHECK] = "health check",
    };
    return words[scope];
}

static void schema_add_quantity(struct schema_text *t, const struct field *field)
{
    char text[128];
    snprintf(text, sizeof text, "a %s such as '%s'", quantity_name(field->dimension),
             quantity_example(field->dimension));
    schema_add(t, text);
}

// Of types whose values look the same in all fields.
static const char *const schema_fixed[] = {
    [FIELD_TEXT] = "a line of text",
    [FIELD_BOOL] = "true or false",
    [FIELD_BLOCK] = "a block of keys, or {} for the defaults",
    [FIELD_TABLE] = "a block of named entries, {name: {...}}",
    [FIELD_LIST] = "a list of blocks, [{...}, {...}]",
    [FIELD_STEPS] = "a list of calls, [{call: ...}, {parallel: [{call: ...}, {call: ...}]}]",
    [FIELD_LINES] = "a line of text, or a list of them, [a, b]",
    [FIELD_NODE] = "a value",
};

char *schema_describe(const struct field *field, char *out, size_t size)
{
    struct schema_text t = {out, size, 0};
    char text[160];
    out[0] = '\0';
    switch (field->type) {
    case FIELD_INTEGER:
        schema_add(&t, "a whole number");
        schema_add_range(&t, field);
        break;
    case FIELD_QUANTITY:
        schema_add_quantity(&t, field);
        schema_add_range(&t, field);
        break;
    case FIELD_DISTRIBUTION:
        schema_add_quantity(&t, field);
        schema_add(&t, " or a distribution such as {lognormal: {median: 12 ms, p99: 80 ms}}");
        break;
    case FIELD_CHOICE:
        schema_add_choices(&t, field);
        break;
    case FIELD_NAME:
        snprintf(text, sizeof text, "the name of a %s",
                 field->scope != SCOPE_NONE ? schema_scope_word(field->scope) : field->key);
        schema_add(&t, text);
        break;
    case FIELD_NAME_SET:
    case FIELD_NAME_LIST:
        snprintf(text, sizeof text, "a list of %ss, [a, b]", schema_scope_word(field->scope));
        schema_add(&t, text);
        break;
    case FIELD_WEIGHTS:
        snprintf(text, sizeof text, "a number for each %s, {a: 70, b: 30}",
                 schema_scope_word(field->scope));
        schema_add(&t, text);
        break;
    case FIELD_COUNTS:
        snprintf(text, sizeof text, "a whole number by %s, {a: 2, b: 8}",
                 schema_scope_word(field->scope));
        schema_add(&t, text);
        break;
    case FIELD_TEXT:
    case FIELD_BOOL:
    case FIELD_BLOCK:
    case FIELD_TABLE:
    case FIELD_LIST:
    case FIELD_STEPS:
    case FIELD_LINES:
    case FIELD_NODE:
        schema_add(&t, schema_fixed[field->type]);
        break;
    }
    if (field->keyword != NULL) {
        snprintf(text, sizeof text, ", or '%s'", field->keyword);
        schema_add(&t, text);
    }
    return out;
}

static void schema_add_words(struct schema_text *t, const char *words)
{
    for (; *words != '\0'; words++) {
        char letter[2] = {*words, '\0'};
        schema_add(t, *words == '|' ? " or " : letter);
    }
}

char *schema_words(const char *words, char *out, size_t size)
{
    struct schema_text t = {out, size, 0};
    out[0] = '\0';
    schema_add_words(&t, words);
    return out;
}

char *schema_condition(const char *when, char *out, size_t size)
{
    struct schema_text t = {out, size, 0};
    const char *key = when + strspn(when, "^");
    size_t n = strcspn(key, "!=");
    bool is_negated = key[n] == '!';
    char text[64];
    out[0] = '\0';
    snprintf(text, sizeof text, "%.*s: %s", (int)n, key, is_negated ? "other than " : "");
    schema_add(&t, text);
    const char *words = key + n + (is_negated ? 2 : 1);
    if (strcmp(words, schema_any_store) == 0)
        schema_add(&t, "a store");
    else
        schema_add_words(&t, words);
    return out;
}
