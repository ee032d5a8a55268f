// Putting bytes under a name all at once: PATH.part, fsync, rename.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/status.h"

// After true, PATH holds exactly these bytes and they are on the disk. After false, PATH is what it
// was before, PATH.part is removed if that was possible, and the status says which file and why:
// STATUS_CANNOT_CREATE (directory missing or not writable, another process is writing this file) or
// STATUS_IO (disk full, file size limit). A .part left by a process that was killed is overwritten.
bool partfile_write(const char *path, const unsigned char *bytes, size_t n_bytes,
                    struct status *status);
