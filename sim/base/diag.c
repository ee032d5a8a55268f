#include "base/diag.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "base/text.h"

enum { DIAG_LINE_SHOWN = 100 }; // characters of a source line that are printed

void diag_free(struct diag_list *list)
{
    array_free(&list->items);
    array_free(&list->sources);
    arena_free(&list->arena);
    *list = (struct diag_list){0};
}

void diag_add_source(struct diag_list *list, const char *file, const char *text)
{
    array_push(&list->sources, ((struct diag_source){file, text}));
}

__attribute__((format(printf, 2, 0))) static const char *diag_format(struct diag_list *list,
                                                                     const char *format,
                                                                     va_list args)
{
    va_list again;
    va_copy(again, args);
    int length = vsnprintf(NULL, 0, format, args);
    REQUIRE(length >= 0, "bad format '%s'", format);
    char *text = arena_push(&list->arena, char, (size_t)length + 1);
    vsnprintf(text, (size_t)length + 1, format, again);
    va_end(again);
    return text;
}

static struct diag *diag_newest(struct diag_list *list)
{
    REQUIRE(list->items.n > 0, "no diagnostic to complete");
    return list->n_surplus > 0 ? &list->surplus : &list->items.items[list->items.n - 1];
}

static struct diag *diag_add(struct diag_list *list, struct diag_place place, const char *message)
{
    if (list->items.n == DIAG_MAX)
        list->n_surplus++;
    else
        (void)array_push_zero(&list->items);
    struct diag *d = diag_newest(list);
    *d = (struct diag){.place = place, .message = message, .sequence = list->items.n};
    return d;
}

struct diag *diag_error(struct diag_list *list, struct diag_place place, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    struct diag *d = diag_add(list, place, diag_format(list, format, args));
    va_end(args);
    list->n_errors++;
    return d;
}

struct diag *diag_warning(struct diag_list *list, struct diag_place place, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    struct diag *d = diag_add(list, place, diag_format(list, format, args));
    va_end(args);
    d->severity = DIAG_WARNING;
    list->n_warnings++;
    return d;
}

void diag_expect(struct diag_list *list, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    diag_newest(list)->expected = diag_format(list, format, args);
    va_end(args);
}

void diag_suggest(struct diag_list *list, const char *suggestion)
{
    if (suggestion != NULL)
        diag_newest(list)->suggestion = arena_string(&list->arena, suggestion);
}

void diag_relate(struct diag_list *list, struct diag_place place, const char *note)
{
    struct diag *d = diag_newest(list);
    d->related = place;
    d->related_note = arena_string(&list->arena, note);
}

size_t diag_errors(const struct diag_list *list)
{
    return list->n_errors;
}

size_t diag_warnings(const struct diag_list *list)
{
    return list->n_warnings;
}

// Orders by (file, line, column, sequence); files by name, so that no address decides.
static int diag_compare(const void *left, const void *right)
{
    const struct diag *a = left, *b = right;
    int files = strcmp(a->place.file, b->place.file);
    if (files != 0)
        return files;
    if (a->place.line != b->place.line)
        return a->place.line < b->place.line ? -1 : 1;
    if (a->place.column != b->place.column)
        return a->place.column < b->place.column ? -1 : 1;
    return a->sequence < b->sequence ? -1 : a->sequence > b->sequence;
}

void diag_sort(struct diag_list *list)
{
    if (list->items.n > 1)
        qsort(list->items.items, list->items.n, sizeof list->items.items[0], diag_compare);
}

// Start of a line of a registered source, or NULL; *length in bytes without the line end.
static const char *diag_line(const struct diag_list *list, struct diag_place place, size_t *length)
{
    for (size_t i = 0; i < list->sources.n; i++) {
        if (strcmp(list->sources.items[i].file, place.file) != 0)
            continue;
        const char *text = list->sources.items[i].text;
        for (int line = 1; line < place.line; line++) {
            text = strchr(text, '\n');
            if (text == NULL)
                return NULL;
            text++;
        }
        *length = strcspn(text, "\r\n");
        return text;
    }
    return NULL;
}

// Prints up to `count` characters after skipping `skip`; what a terminal would act on becomes a
// space or '?'.
static void diag_print_characters(FILE *out, const char *text, size_t length, int skip, int count)
{
    for (int i = 0; length > 0 && i < skip + count; i++) {
        uint32_t code;
        size_t n = text_decode(text, length, &code);
        bool is_control = n == 0 || code < 0x20 || (code >= 0x7F && code < 0xA0);
        if (i >= skip && is_control)
            fputc(n == 1 && code == '\t' ? ' ' : '?', out);
        else if (i >= skip)
            fwrite(text, 1, n, out);
        n = n == 0 ? 1 : n;
        text += n;
        length -= n;
    }
}

// Where a cut line begins or goes on, for as many characters of it.
static const char diag_ellipsis[] = "...";

static int diag_characters(const char *text, size_t length)
{
    int n = 0;
    for (size_t step; length > 0; n++, text += step, length -= step) {
        uint32_t code;
        step = text_decode(text, length, &code);
        step = step == 0 ? 1 : step;
    }
    return n;
}

// A line from the character after `skip` on, as much of it as is shown.
static void diag_print_text(FILE *out, const char *line, size_t length, int skip)
{
    const int dots = (int)sizeof diag_ellipsis - 1;
    const int before = skip > 0 ? dots : 0;
    const int after = diag_characters(line, length) > skip + DIAG_LINE_SHOWN ? dots : 0;
    fputs(before > 0 ? diag_ellipsis : "", out);
    diag_print_characters(out, line, length, skip + before, DIAG_LINE_SHOWN - before - after);
    fputs(after > 0 ? diag_ellipsis : "", out);
}

// The offending line with its underline; false when the source is not at hand.
static bool diag_print_line(const struct diag_list *list, FILE *out, struct diag_place place)
{
    size_t length = 0;
    const char *line = place.line > 0 ? diag_line(list, place, &length) : NULL;
    if (line == NULL)
        return false;
    int column = place.column > 0 ? place.column : 1;
    int skip = column > DIAG_LINE_SHOWN * 3 / 4 ? column - DIAG_LINE_SHOWN / 2 : 0;
    fprintf(out, "%5d | ", place.line);
    diag_print_text(out, line, length, skip);
    fprintf(out, "\n      | %*s^", column - 1 - skip, "");
    int room = DIAG_LINE_SHOWN - (column - skip);
    for (int i = 1; i < place.length && i <= room; i++)
        fputc('~', out);
    return true;
}

static void diag_print_place(FILE *out, struct diag_place place)
{
    if (place.line > 0)
        fprintf(out, "%s:%d:%d: ", place.file, place.line, place.column);
    else
        fprintf(out, "%s: ", place.file);
}

static void diag_print_one(const struct diag_list *list, FILE *out, const struct diag *d,
                           bool colour)
{
    const char *on = !colour ? "" : d->severity == DIAG_ERROR ? "\033[1;31m" : "\033[1;35m";
    const char *off = colour ? "\033[0m" : "";
    diag_print_place(out, d->place);
    fprintf(out, "%s%s:%s %s\n", on, d->severity == DIAG_ERROR ? "error" : "warning", off,
            d->message);
    bool has_line = diag_print_line(list, out, d->place);
    if (d->suggestion != NULL)
        fprintf(out, "%sdid you mean '%s'?", has_line ? " " : "      ", d->suggestion);
    if (has_line || d->suggestion != NULL)
        fputc('\n', out);
    if (d->expected != NULL)
        fprintf(out, "      = expected %s\n", d->expected);
    if (d->related.file != NULL) {
        diag_print_place(out, d->related);
        fprintf(out, "note: %s\n", d->related_note);
        if (diag_print_line(list, out, d->related))
            fputc('\n', out);
    }
}

void diag_print(struct diag_list *list, FILE *out, bool colour)
{
    if (list->items.n == 0)
        return;
    diag_sort(list);
    for (size_t i = 0; i < list->items.n; i++)
        diag_print_one(list, out, &list->items.items[i], colour);
    if (list->n_surplus > 0)
        fprintf(out, "... and %zu more that are not shown\n", list->n_surplus);
    if (list->n_errors > 0)
        fprintf(out, "%zu error%s", list->n_errors, list->n_errors == 1 ? "" : "s");
    if (list->n_warnings > 0)
        fprintf(out, "%s%zu warning%s", list->n_errors > 0 ? ", " : "", list->n_warnings,
                list->n_warnings == 1 ? "" : "s");
    fputc('\n', out);
}
