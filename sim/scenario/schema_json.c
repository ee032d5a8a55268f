#include "scenario/schema_json.h"

#include <jansson.h>
#include <string.h>

#include "base/base.h"
#include "base/text.h"
#include "scenario/distribution_yaml.h"

static json_t *json_record(const struct schema_record *record);

static void json_set(json_t *object, const char *key, json_t *value)
{
    REQUIRE(json_object_set_new(object, key, value) == 0, "out of memory: JSON schema");
}

static void json_add(json_t *array, json_t *value)
{
    REQUIRE(json_array_append_new(array, value) == 0, "out of memory: JSON schema");
}

static json_t *json_typed(const char *type)
{
    json_t *object = json_object();
    json_set(object, "type", json_string(type));
    return object;
}

static json_t *json_either(json_t *one, json_t *other)
{
    json_t *object = json_object(), *list = json_array();
    json_add(list, one);
    json_add(list, other);
    json_set(object, "anyOf", list);
    return object;
}

static json_t *json_const(const char *word)
{
    json_t *object = json_object();
    json_set(object, "const", json_string(word));
    return object;
}

static json_t *json_ranged(const char *type, const struct field *field)
{
    json_t *object = json_typed(type);
    bool is_integer = strcmp(type, "integer") == 0;
    if (field->low == 0 && field->high == 0)
        return object;
    json_set(object, "minimum",
             is_integer ? json_integer((json_int_t)field->low) : json_real(field->low));
    json_set(object, "maximum",
             is_integer ? json_integer((json_int_t)field->high) : json_real(field->high));
    return object;
}

// A number and a unit; ranges in units cannot be told to an editor.
static json_t *json_quantity(const struct field *field)
{
    char pattern[512] = "^[-+]?[0-9]*\\.?[0-9]+([eE][-+]?[0-9]+)? *(";
    size_t n = strlen(pattern);
    const char *unit;
    for (size_t i = 0; (unit = quantity_unit(field->dimension, i)) != NULL; i++)
        n += (size_t)snprintf(pattern + n, sizeof pattern - n, "%s%s", i > 0 ? "|" : "", unit);
    snprintf(pattern + n, sizeof pattern - n, ")$");
    json_t *number = json_ranged("number", field);
    if (field->dimension == DIMENSION_NUMBER)
        return number;
    json_t *text = json_typed("string");
    json_set(text, "pattern", json_string(pattern));
    if (quantity_may_be_plain(field->dimension))
        return json_either(text, number);
    json_decref(number);
    return text;
}

static json_t *json_parts(const struct field *field);

static json_t *json_form(const struct field *field, const struct distribution_form *form)
{
    json_t *one = strcmp(form->name, "mixture") == 0 ? json_parts(field)
                  : form->example[0] == '{'          ? json_typed("object")
                  : form->example[0] == '['          ? json_typed("array")
                                                     : json_quantity(field);
    char text[256];
    snprintf(text, sizeof text, "%s For example %s", form->doc, form->example);
    json_set(one, "description", json_string(text));
    return one;
}

// A block of so many keys, one of them a form, the others those that are there already.
static json_t *json_forms(const struct field *field, json_t *properties, size_t n_keys)
{
    json_t *block = json_typed("object");
    const struct distribution_form *form;
    for (size_t i = 0; (form = distribution_yaml_form(i)) != NULL; i++) {
        bool is_nested = n_keys > 1 && strcmp(form->name, "mixture") == 0;
        if (!is_nested && json_object_get(properties, form->name) == NULL)
            json_set(properties, form->name, json_form(field, form));
    }
    json_set(block, "properties", properties);
    json_set(block, "additionalProperties", json_false());
    json_set(block, "minProperties", json_integer((json_int_t)n_keys));
    json_set(block, "maxProperties", json_integer((json_int_t)n_keys));
    return block;
}

// Of a mixture: each a share and a form.
static json_t *json_parts(const struct field *field)
{
    static const struct field share = {.type = FIELD_QUANTITY, .dimension = DIMENSION_RATIO};
    json_t *properties = json_object(), *required = json_array();
    json_set(properties, "share", json_quantity(&share));
    json_add(required, json_string("share"));
    json_t *part = json_forms(field, properties, 2), *parts = json_typed("array");
    json_set(part, "required", required);
    json_set(parts, "items", part);
    json_set(parts, "minItems", json_integer(2));
    return parts;
}

static json_t *json_distribution(const struct field *field)
{
    return json_either(json_quantity(field), json_forms(field, json_object(), 1));
}

static json_t *json_choice(const struct field *field)
{
    json_t *object = json_object(), *words = json_array();
    for (const struct choice *c = field->choices; c->word != NULL; c++)
        json_add(words, json_string(c->word));
    json_set(object, "enum", words);
    return object;
}

static json_t *json_list(json_t *items)
{
    json_t *object = json_typed("array");
    json_set(object, "items", items);
    return object;
}

static json_t *json_table(const struct field *field)
{
    json_t *object = json_typed("object");
    json_set(object, "additionalProperties", json_record(field->record));
    json_set(object, "minProperties", json_integer((json_int_t)field->least));
    if (field->capacity > 0)
        json_set(object, "maxProperties", json_integer((json_int_t)field->capacity));
    return object;
}

static json_t *json_steps(const struct field *field)
{
    json_t *group = json_typed("object"), *properties = json_object();
    json_set(properties, "parallel", json_list(json_record(field->record)));
    json_set(group, "properties", properties);
    json_set(group, "additionalProperties", json_false());
    return json_list(json_either(json_record(field->record), group));
}

static json_t *json_numbers(const char *type, const struct field *field)
{
    json_t *object = json_typed("object");
    json_set(object, "additionalProperties", json_ranged(type, field));
    return object;
}

static json_t *json_value(const struct field *field)
{
    switch (field->type) {
    case FIELD_BOOL:
        return json_typed("boolean");
    case FIELD_INTEGER:
        return json_ranged("integer", field);
    case FIELD_QUANTITY:
        return json_quantity(field);
    case FIELD_DISTRIBUTION:
        return json_distribution(field);
    case FIELD_CHOICE:
        return json_choice(field);
    case FIELD_TEXT:
    case FIELD_NAME:
        return json_typed("string");
    case FIELD_NAME_SET:
    case FIELD_NAME_LIST:
        return json_list(json_typed("string"));
    case FIELD_WEIGHTS:
        return json_numbers("number", field);
    case FIELD_COUNTS:
        return json_numbers("integer", field);
    case FIELD_BLOCK:
        return json_record(field->record);
    case FIELD_TABLE:
        return json_table(field);
    case FIELD_LIST:
        return json_list(json_record(field->record));
    case FIELD_STEPS:
        return json_steps(field);
    case FIELD_LINES:
        return json_either(json_typed("string"), json_list(json_typed("string")));
    case FIELD_NODE:
        return json_object();
    }
    return json_object();
}

static json_t *json_default(const struct field *field)
{
    const char *at = field->initial;
    double number = 0;
    if (field->type == FIELD_BOOL)
        return json_boolean(strcmp(field->initial, "true") == 0);
    bool is_number = text_number(&at, &number) == TEXT_NUMBER_OK && *at == '\0';
    if (is_number && field->type == FIELD_INTEGER)
        return json_integer((json_int_t)number);
    return is_number ? json_real(number) : json_string(field->initial);
}

static json_t *json_field(const struct field *field)
{
    json_t *value = json_value(field);
    char text[2048];
    size_t n = (size_t)snprintf(text, sizeof text, "%s", field->doc);
    for (const struct choice *c = field->choices; c != NULL && c->word != NULL; c++)
        n += (size_t)snprintf(text + n, sizeof text - n, "\n%s: %s", c->word, c->doc);
    if (field->defaults != NULL)
        n += (size_t)snprintf(text + n, sizeof text - n,
                              "\nKeys that an entry does not give are those of %s.",
                              field->defaults);
    char condition[128];
    if (field->when != NULL)
        n += (size_t)snprintf(text + n, sizeof text - n, "\nOnly with %s.",
                              schema_condition(field->when, condition, sizeof condition));
    for (const struct field_default *d = field->alternatives; d != NULL && d->when != NULL; d++)
        n += (size_t)snprintf(text + n, sizeof text - n, "\nDefault with %s: %s.",
                              schema_condition(d->when, condition, sizeof condition), d->initial);
    if (field->keyword != NULL && field->type != FIELD_NAME)
        value = json_either(value, json_const(field->keyword));
    json_set(value, "description", json_string(text));
    bool is_plain = field->initial != NULL && strchr("{[(", field->initial[0]) == NULL;
    if (is_plain)
        json_set(value, "default", json_default(field));
    return value;
}

static json_t *json_record(const struct schema_record *record)
{
    json_t *object = json_typed("object");
    json_t *properties = json_object(), *required = json_array();
    for (size_t i = 0; i < record->n_fields; i++) {
        const struct field *field = &record->fields[i];
        json_set(properties, field->key, json_field(field));
        if (field->initial == NULL && field->when == NULL)
            json_add(required, json_string(field->key));
    }
    json_set(object, "properties", properties);
    json_set(object, "required", required);
    json_set(object, "additionalProperties", json_false());
    return object;
}

void schema_json_write(const struct schema_record *record, FILE *out)
{
    json_t *schema = json_object();
    char title[64];
    snprintf(title, sizeof title, "aasim %s", record->name);
    json_set(schema, "$schema", json_string("https://json-schema.org/draft/2020-12/schema"));
    json_set(schema, "title", json_string(title));
    json_set(schema, "description", json_string(record->doc));
    json_t *body = json_record(record);
    REQUIRE(json_object_update(schema, body) == 0, "out of memory: JSON schema");
    json_decref(body);
    json_dumpf(schema, out, JSON_INDENT(2));
    fputc('\n', out);
    json_decref(schema);
}
