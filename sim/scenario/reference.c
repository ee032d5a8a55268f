#include "scenario/reference.h"

#include <string.h>

#include "base/base.h"
#include "scenario/distribution_yaml.h"

// Text inside of a table's cell.
static void write_cell(FILE *out, const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '|')
            fputc('\\', out);
        fputc(*text, out);
    }
}

static void write_range(const struct field *field, FILE *out)
{
    char low[48], high[48];
    bool is_whole = field->type == FIELD_INTEGER || field->type == FIELD_COUNTS;
    enum dimension d = is_whole ? DIMENSION_NUMBER : field->dimension;
    if (field->low != 0 || field->high != 0)
        fprintf(out, ", %s to %s", quantity_format(field->low, d, low),
                quantity_format(field->high, d, high));
}

static void write_choices(const struct field *field, FILE *out)
{
    for (const struct choice *c = field->choices; c->word != NULL; c++)
        fprintf(out, "%s`%s`", c == field->choices ? "" : ", ", c->word);
}

static void write_value(const struct field *field, FILE *out)
{
    switch (field->type) {
    case FIELD_TEXT:
        fputs("text", out);
        break;
    case FIELD_BOOL:
        fputs("`true`, `false`", out);
        break;
    case FIELD_INTEGER:
        fputs("whole number", out);
        write_range(field, out);
        break;
    case FIELD_QUANTITY:
        fputs(quantity_name(field->dimension), out);
        write_range(field, out);
        break;
    case FIELD_DISTRIBUTION:
        fprintf(out, "%s or distribution", quantity_name(field->dimension));
        write_range(field, out);
        break;
    case FIELD_CHOICE:
        write_choices(field, out);
        break;
    case FIELD_NAME:
        if (field->scope == SCOPE_NONE)
            fputs("letter", out);
        else
            fprintf(out, "name of a %s", schema_scope_word(field->scope));
        break;
    case FIELD_NAME_SET:
    case FIELD_NAME_LIST:
        fprintf(out, "list of names of %ss", schema_scope_word(field->scope));
        break;
    case FIELD_WEIGHTS:
        fprintf(out, "number for each %s", schema_scope_word(field->scope));
        break;
    case FIELD_COUNTS:
        fprintf(out, "whole number by %s", schema_scope_word(field->scope));
        write_range(field, out);
        break;
    case FIELD_BLOCK:
        fputs("block, see below", out);
        break;
    case FIELD_TABLE:
        fputs("block of named entries, see below", out);
        break;
    case FIELD_LIST:
        fputs("list of blocks, see below", out);
        break;
    case FIELD_LINES:
        fputs("text, or a list", out);
        break;
    case FIELD_NODE:
        fputs("value", out);
        break;
    case FIELD_STEPS:
        fputs("list of calls, see below; `parallel` holds a list of calls made together", out);
        break;
    }
    if (field->keyword != NULL)
        fprintf(out, ", or `%s`", field->keyword);
}

// Defaults under conditions, after the one without.
static void write_alternatives(const struct field *field, FILE *out)
{
    char text[128];
    for (const struct field_default *d = field->alternatives; d != NULL && d->when != NULL; d++)
        fprintf(out, "<br>`%s` with `%s`", d->initial,
                schema_condition(d->when, text, sizeof text));
}

static void write_sources(const struct field *field, FILE *out)
{
    const char *start = "<br>*Default: ";
    if (field->initial != NULL && field->source != NULL) {
        fputs(start, out);
        write_cell(out, field->source);
        start = "; ";
    }
    char text[128];
    for (const struct field_default *d = field->alternatives; d != NULL && d->when != NULL; d++) {
        fprintf(out, "%swith `%s`: ", start, schema_condition(d->when, text, sizeof text));
        write_cell(out, d->source);
        start = "; ";
    }
    if (start[0] == ';')
        fputs("*", out);
}

static void write_row(const struct field *field, FILE *out)
{
    fprintf(out, "| `%s` | ", field->key);
    write_value(field, out);
    fputs(" | ", out);
    bool is_stem = field->initial != NULL && field->initial[0] == '(';
    bool is_empty = field->initial != NULL &&
                    (strcmp(field->initial, "{}") == 0 || strcmp(field->initial, "[]") == 0);
    if (field->initial == NULL)
        fputs(field->when != NULL ? "required then" : "**required**", out);
    else if (is_stem || is_empty)
        fputs(is_stem ? "name of the file" : "", out);
    else
        fprintf(out, "`%s`", field->initial);
    write_alternatives(field, out);
    fputs(" | ", out);
    write_cell(out, field->doc);
    if (field->defaults != NULL)
        fprintf(out, " Keys that an entry does not give are those of `%s`.", field->defaults);
    for (const struct choice *c = field->choices; c != NULL && c->word != NULL; c++) {
        fprintf(out, "<br>`%s`: ", c->word);
        write_cell(out, c->doc);
    }
    char condition[128];
    if (field->when != NULL)
        fprintf(out, " Only with `%s`.",
                schema_condition(field->when, condition, sizeof condition));
    write_sources(field, out);
    fputs(" |\n", out);
}

// An earlier field of the record whose entries are of the same kind.
static const struct field *find_same(const struct schema_record *record, const struct field *field)
{
    for (const struct field *f = record->fields; f != field; f++)
        if (f->record == field->record)
            return f;
    return NULL;
}

static void write_record(const struct schema_record *record, const char *path, FILE *out)
{
    fputs("| key | value | default | meaning |\n|---|---|---|---|\n", out);
    for (size_t i = 0; i < record->n_fields; i++)
        write_row(&record->fields[i], out);
    for (size_t i = 0; i < record->n_fields; i++) {
        const struct field *field = &record->fields[i];
        if (field->record == NULL)
            continue;
        char inner[256];
        snprintf(inner, sizeof inner, "%s%s%s%s", path, path[0] != '\0' ? "." : "", field->key,
                 field->type == FIELD_BLOCK   ? ""
                 : field->type == FIELD_TABLE ? ".NAME"
                                              : ".N");
        fprintf(out, "\n#### `%s`\n\n%s\n\n", inner, field->record->doc);
        const struct field *same = find_same(record, field);
        if (same != NULL)
            fprintf(out, "The keys of `%s`, see above.\n", same->key);
        else
            write_record(field->record, inner, out);
    }
}

void reference_write(const struct schema_record *record, FILE *out)
{
    fprintf(out, "### Keys of a %s\n\n%s\n\n", record->name, record->doc);
    write_record(record, "", out);
    fputc('\n', out);
}

void reference_write_values(FILE *out)
{
    fputs("### Units\n\n| value | example | units |\n|---|---|---|\n", out);
    for (enum dimension d = 0; d < DIMENSIONS; d++)
        fprintf(out, "| %s | `%s` | %s |\n", quantity_name(d), quantity_example(d),
                d == DIMENSION_NUMBER ? "none" : quantity_units(d));
    fputs("\nA ratio may also be a plain number from 0 to 1. A year of rates has 365.25 days.\n\n"
          "### Distributions\n\n"
          "A plain quantity is a constant. Every form of named parameters takes `shift`, which is "
          "added to all values.\n\n"
          "| form | parameters | meaning |\n|---|---|---|\n",
          out);
    const struct distribution_form *form;
    for (size_t i = 0; (form = distribution_yaml_form(i)) != NULL; i++)
        fprintf(out, "| `%s` | `%s` | %s |\n", form->name, form->example, form->doc);
}
