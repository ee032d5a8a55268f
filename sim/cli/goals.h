// Goals: what --precision and --select ask for, and how far it was reached.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "cli/notes.h"
#include "cli/options.h"
#include "experiment/stopping.h"

// Reads them; a mistake is printed in the name of the verb.
bool goals_read(const struct options *options, const char *verb, struct stopping *stopping);
// A line each on what was reached, to the notes.
void goals_note(struct notes *notes, const struct stopping *stopping,
                const struct stopping_state *state, const struct resultset *set);
