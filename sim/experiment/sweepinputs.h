// Sweep inputs: copies of the files of a study, in the folder of its plan (sweepplan.h).
#pragma once

#include "base/status.h"
#include "experiment/study.h"

// Paths of the copies, and digests of what is in them.
struct sweepinputs {
    const char *study;
    struct study_copies copies;
    ARRAY(const char *) paths; // of all, tables too, from the folder of the plan
    ARRAY(uint64_t) digests;   // [paths.n]
};

// Copies all files of a study into the folder, which is there.
bool sweepinputs_copy(struct sweepinputs *inputs, struct arena *arena, const struct study *study,
                      const char *directory, struct status *status);
// Digest of a file; false when it cannot be read.
bool sweepinputs_digest(const char *path, uint64_t *digest, struct status *status);
// Makes a folder and those that it is in.
bool sweepinputs_make_folder(const char *path, struct status *status);
