// Names that there are in any design, for plans that name things.
#pragma once

#include <stdbool.h>

#include "base/array.h"
#include "scenario/loading.h"

// Zero-initialised is empty. Names are not copied.
struct name_list {
    ARRAY(const char *) names;
};

// Adds a name that is not there yet.
void name_list_add(struct name_list *list, const char *name);
void name_list_free(struct name_list *list);
// An error at the path, and false, when no design has a thing with this name; "*" and none are
// right.
bool name_list_require(const struct name_list *list, const struct loading *l, const char *path,
                       const char *noun, const char *name);
