// Distributions as written in scenario files: a plain quantity, or {form: {parameter: value, ...}}.
#pragma once

#include <stdbool.h>

#include "base/arena.h"
#include "base/diag.h"
#include "base/distribution.h"
#include "scenario/document.h"
#include "scenario/schema.h"

// Reads a distribution of the field's dimension; points of empirical ones and parts of mixtures
// live in the arena. False after adding diagnostics.
bool distribution_yaml_read(struct arena *arena, const struct field *field, const struct node *node,
                            struct distribution *out, struct diag_list *diags);

// The forms, for the reference and the JSON Schema: name, parameters as YAML, meaning; NULL behind
// the last.
struct distribution_form {
    const char *name, *example, *doc;
};
const struct distribution_form *distribution_yaml_form(size_t i);
