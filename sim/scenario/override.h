// Overrides: "path=value" changes made to documents before they are bound (`--set`).
//
// A path is the keys of a value joined by dots ("balancer.cross_zone", "services.web.queue",
// "steering.records.0.weight"); entries of tables and lists must exist, keys of the schema
// need not be given in the file. Each change is tried on every document and made wherever the path
// is valid.
#pragma once

#include <stddef.h>

#include "scenario/loading.h"
#include "scenario/scenario.h"

// Applies the request's "path=value" changes in order. One that is valid nowhere is a diagnostic
// with the nearest valid path. Changes made to a document are appended to its text as comments.
void override_apply(struct loading *documents, size_t n_documents,
                    const struct scenario_request *request, struct diag_list *diags);

// Puts the values into every document where their path is valid. Mistakes that are found in them
// later are shown where they stand in the study, beside what they changed.
void override_apply_values(struct loading *documents, size_t n_documents,
                           const struct scenario_value *values, size_t n_values,
                           struct diag_list *diags);

// The field that a path leads to in a document, whose root is a mapping. NULL: it leads nowhere,
// and *nearest is then the path that was probably meant, or NULL (nearest may be NULL).
const struct field *override_field(const struct loading *l, const char *path, const char **nearest);
