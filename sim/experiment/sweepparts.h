// Sweep parts: the files that a virtual merge is made of, PATH.parts/DIGEST/0000.h5 and so on.
//
// The digest says what is in them: so the parts of an earlier merge stay until the file that needs
// them has been replaced, and a merge that fails costs nothing.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/status.h"

struct sweepparts {
    const char *path; // of the file that refers to them
    uint64_t digest;  // of their contents
};

// Makes the folders. False: STATUS_CANNOT_CREATE.
bool sweepparts_make(const struct sweepparts *p, struct status *status);
// Path of part i; and the same as seen from the folder of the file that refers to it.
const char *sweepparts_path(const struct sweepparts *p, size_t i, struct arena *arena);
const char *sweepparts_seen(const struct sweepparts *p, size_t i, struct arena *arena);
// Removes the parts that the file does not need, once it is in place: all, or but its own. What is
// no part is left alone.
void sweepparts_tidy(const struct sweepparts *p, bool keeps_own);
