// Loading: one file on its way from text to structs, and what the loaders of all kinds share.
#pragma once

#include <stdbool.h>

#include "base/arena.h"
#include "base/diag.h"
#include "model/geography.h"
#include "scenario/bind.h"
#include "scenario/document.h"
#include "scenario/ledger.h"

struct loading {
    struct arena *arena;
    struct diag_list *diags;
    const struct schema_record *schema;
    const char *file;  // as given
    const char *text;  // as read; set changes are appended as comments
    struct node *root; // NULL: the file had mistakes of syntax
};

// Reads the file of a loading whose arena, diags, schema and file are set.
void loading_read(struct loading *l);
// Stem of a path: its last part without the ending, in the arena.
const char *loading_stem(struct arena *arena, const char *path);
// What the file calls itself (`name`), or its stem; its root is a mapping.
const char *loading_name(const struct loading *l);
// Gives the file its stem as name where it states none, in the ledger too.
void loading_default_name(const struct loading *l, struct settings *settings, const char **name);
// Error at the node at `path`, or at the deepest one on the way; at the key when at_key.
void loading_error(const struct loading *l, const char *path, bool at_key, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
// The same with a warning.
void loading_warning(const struct loading *l, const char *path, bool at_key, const char *format,
                     ...) __attribute__((format(printf, 4, 5)));
// Whether the file (or a --set) gives a value at the path.
bool loading_gives(const struct loading *l, const char *path);
