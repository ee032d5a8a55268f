// Ledger: every value of a loaded file with its origin, for `aasim show` and the list of
// assumptions.
#pragma once

#include <stddef.h>

#include "base/diag.h"
#include "scenario/schema.h"

struct setting {
    const char *path;          // "steering.health_check.interval"
    const struct field *field; // doc, source of the default
    const char *value;         // as written, with its unit
    struct diag_place place;   // file NULL: the default
};

struct settings {
    const char *file;
    const char *kind;            // "topology"
    const struct setting *items; // in the order of the schema
    size_t n;
};
