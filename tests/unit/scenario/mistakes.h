// Mistakes for tests: one line of an otherwise correct file replaced, and what must be said about
// it.
#pragma once

#include "base/base.h"
#include "files.h"

struct mistake {
    enum files_kind kind;
    int line;         // replaced in the good text of the kind ...
    const char *text; // ... by this (may be several lines); "": deleted
    int at_line, at_column;
    const char *message;    // a part of it
    const char *suggestion; // NULL: none
};

#define T FILES_TOPOLOGY
#define W FILES_WORKLOAD
#define F FILES_FAULTS

// The good text with some lines replaced, the mistake's and those behind it; malloc'd.
static inline char *spoil_lines(const struct mistake *m, int n)
{
    const char *good = files_good[m->kind], *from = good;
    for (int line = 1; line < m->line; line++)
        from = strchr(from, '\n') + 1;
    const char *behind = from;
    for (int line = 0; line < n; line++)
        behind = strchr(behind, '\n') + 1;
    size_t size = strlen(good) + strlen(m->text) + 2;
    char *text = malloc(size);
    cr_assert_not_null(text);
    snprintf(text, size, "%.*s%s%s%s", (int)(from - good), good, m->text,
             m->text[0] != '\0' ? "\n" : "", behind);
    return text;
}

static inline char *spoil(const struct mistake *m)
{
    return spoil_lines(m, 1);
}

static inline void expect_mistake_in(const struct mistake *m, char *text)
{
    struct files f;
    const char *texts[FILES_KINDS] = {NULL};
    texts[m->kind] = text;
    files_load(&f, texts, NULL, 0);
    const struct diag *d = f.diags.items.n > 0 ? &f.diags.items.items[0] : NULL;
    bool is_found = !f.is_good && diag_errors(&f.diags) == 1 && d->place.line == m->at_line &&
                    d->place.column == m->at_column && strstr(d->message, m->message) != NULL;
    if (is_found && m->suggestion != NULL)
        is_found = d->suggestion != NULL && strcmp(d->suggestion, m->suggestion) == 0;
    else if (is_found)
        is_found = d->suggestion == NULL;
    if (!is_found)
        diag_print(&f.diags, stderr, false);
    cr_expect(is_found, "line %d '%s': expected %d:%d '%s' (%s)", m->line, m->text, m->at_line,
              m->at_column, m->message, m->suggestion != NULL ? m->suggestion : "no suggestion");
    files_free(&f);
    free(text);
}

static inline void expect_mistake(const struct mistake *m)
{
    expect_mistake_in(m, spoil(m));
}
