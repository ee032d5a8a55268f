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

struct binder {
    struct arena *arena; // of the results
    struct diag_list *diags;
    struct bind_scope scopes[SCOPES];
    ARRAY(struct setting) ledger;
    uint64_t wrong; // top-level keys under which there was a mistake, by row of the schema
    const struct node *flawed; // the last block with a mistake: gives no defaults
};

// Binds a whole document into a zeroed struct. Mistakes go to the diagnostics; the target is then
// filled as far as possible.
void bind_document(struct binder *b, const struct record *record, const struct node *root,
                   void *target);
// Makes the keys of a mapping the names of a scope; nothing when it is NULL or no mapping.
void bind_scope_from(struct binder *b, enum scope scope, const struct node *mapping);
// Index of a name in a scope, or -1.
int bind_find(const struct binder *b, enum scope scope, const char *name);
// Whether all of these top-level keys (ended by NULL) were bound without a mistake, so that checks
// across them make sense.
bool bind_is_right(const struct binder *b, const struct record *record, const char *const *keys);
// Moves the ledger into the arena and frees the rest of the binder.
struct settings *bind_finish(struct binder *b, const char *file, const char *kind);
