// A list of distinct names in the order in which they were first met, with fast lookup.
#pragma once

#include <stddef.h>

#include "base/array.h"

// Zero-initialised is empty. Strings are not copied and must outlive the list.
struct names {
    ARRAY(const char *) list;
    ARRAY(size_t) sorted; // indices into list, by strcmp
};

// Index of the name, added when new. Cost: a binary search; an insertion when new.
size_t names_add(struct names *names, const char *name);
void names_free(struct names *names);
