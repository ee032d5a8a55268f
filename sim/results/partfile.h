// Putting bytes under a name all at once: PATH.part, fsync, rename.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/status.h"

// After true, PATH holds exactly these bytes and they are on the disk. After false, PATH is what it
// was before, PATH.part is removed if that was possible, and the status says which file and why:
// STATUS_CANNOT_CREATE (directory missing or not writable, another process is writing this file) or
// STATUS_IO (disk full, file size limit). A .part left by a process that was killed is overwritten.
// A PATH that exists but is no regular file (device, directory, link) is refused.
bool partfile_write(const char *path, const unsigned char *bytes, size_t n_bytes,
                    struct status *status);

// Could PATH be put in place: is its folder writable, and PATH absent or a regular file? False says
// why. Nothing is written.
bool partfile_check(const char *path, struct status *status);
