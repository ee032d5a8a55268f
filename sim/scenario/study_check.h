// Checks of a study that rows of its schema cannot say: paths that lead somewhere in every file,
// values that their fields can have, expressions, thresholds, and a design that its parameters fit.
#pragma once

#include "scenario/study_file.h"

// Fills what study_file.h says is found out; mistakes go to the diagnostics of the loading.
void study_check(const struct loading *l, struct study_spec *s, const struct study_files *files);
