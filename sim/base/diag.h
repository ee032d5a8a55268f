// Diagnostics: mistakes in input files, collected so that all are reported at once, with their
// places.
//
// A loader adds diagnostics while it goes on; whoever asked for the load prints the list and
// decides by diag_errors. Texts are copied into the list. Thread class: one thread at a time.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/array.h"

enum diag_severity { DIAG_ERROR, DIAG_WARNING };

// A stretch of text on one line. Lines and columns count from 1, columns in characters (not bytes).
struct diag_place {
    const char *file; // as the user named it; "--set" for the command line; must outlive the list
    int line;         // 0: the file as a whole
    int column;
    int length; // characters; at least 1 when printed
};

struct diag {
    enum diag_severity severity;
    struct diag_place place;
    const char *message;
    const char *expected;      // what would be right, or NULL
    const char *suggestion;    // text to put there instead ("did you mean"), or NULL
    struct diag_place related; // another place that matters; file NULL: none
    const char *related_note;  // what is there
    size_t sequence;           // position in the order of adding; breaks ties when sorting
};

struct diag_source {
    const char *file;
    const char *text;
};

// A list keeps so many; a file of rubbish needs no more to be recognised. Further ones are counted.
enum { DIAG_MAX = 200 };

// Zero-initialised is empty and usable.
struct diag_list {
    struct arena arena;
    ARRAY(struct diag) items;
    struct diag surplus; // takes the place of what is not kept
    size_t n_errors, n_warnings, n_surplus;
    ARRAY(struct diag_source) sources;
};

void diag_free(struct diag_list *list);

// Registers the text of a file so that its lines can be shown; the text must outlive the list.
void diag_add_source(struct diag_list *list, const char *file, const char *text);

// Adds a diagnostic. The returned entry may be completed (diag_expect, ...) until the next is
// added.
struct diag *diag_error(struct diag_list *list, struct diag_place place, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
struct diag *diag_warning(struct diag_list *list, struct diag_place place, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
// Complete the newest entry: what was expected, what was probably meant (NULL: nothing), where else
// to look.
void diag_expect(struct diag_list *list, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void diag_suggest(struct diag_list *list, const char *suggestion);
void diag_relate(struct diag_list *list, struct diag_place place, const char *note);

size_t diag_errors(const struct diag_list *list);
size_t diag_warnings(const struct diag_list *list);

// Sorts by file name, line and column; equal places keep the order of adding.
void diag_sort(struct diag_list *list);
// Sorts and prints everything with the source lines and a final count; nothing when the list is
// empty.
void diag_print(struct diag_list *list, FILE *out, bool colour);
