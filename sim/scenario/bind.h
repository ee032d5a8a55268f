// Binder: fills a struct from a document after a schema's table, checking everything a row can say.
//
// What it checks: unknown and missing keys, types, units, ranges, choices, names of scopes, keys
// without effect (`when`), sizes of tables. What rows cannot say (cycles, sums, sense) is checked
// by the loader of the file. Bound values and defaults are entered into the ledger.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/array.h"
#include "base/diag.h"
#include "scenario/document.h"
#include "scenario/ledger.h"
#include "scenario/schema.h"

struct bind_scope {
    const char *const *names;
    size_t n;
};

struct bind_path {
    const char *path;
    const struct bind_path *older;
};

struct binder {
    struct arena *arena; // of the results
    struct diag_list *diags;
    struct bind_scope scopes[SCOPES];
    ARRAY(struct setting) ledger;
    const struct bind_path *flaws; // values that could not be had
    const struct bind_path *idle;  // keys without effect
    size_t n_blamed;               // errors that are about these, or leave all values right
    const struct node *flawed;     // the last block with a mistake: gives no defaults
};

// Binds a whole document into a zeroed struct. Mistakes go to the diagnostics; the target is then
// filled as far as possible. Keys without effect leave the document: they are as if not given.
void bind_document(struct binder *b, const struct schema_record *record, struct node *root,
                   void *target);
// Makes the keys of a mapping the names of a scope; nothing when it is NULL or no mapping.
void bind_scope_from(struct binder *b, enum scope scope, const struct node *mapping);
// Index of a name in a scope, or -1.
int bind_find(const struct binder *b, enum scope scope, const char *name);
// Whether what is at, above and below this path could be had, so that checks of it make sense; a
// step '*' is any: "services.*.regions".
bool bind_is_right(const struct binder *b, const char *path);
// Moves the ledger into the arena and frees the rest of the binder.
struct settings *bind_finish(struct binder *b, const char *file, const char *kind);
