// Show: the values of a loaded file as aligned tables, each with its origin.
#pragma once

#include <stdio.h>

#include "scenario/ledger.h"

// At most 100 columns wide.
void show_settings(const struct settings *settings, FILE *out);
