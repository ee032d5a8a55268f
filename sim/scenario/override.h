// Overrides: "path=value" changes made to documents before they are bound (`--set`).
//
// A path is the keys of a value joined by dots ("balancer.cross_zone", "services.web.queue",
// "steering.records.0.weight"); entries of tables and lists must exist, keys of the schema
// need not be given in the file. Each change is tried on every document and made wherever the path
// is valid.
#pragma once

#include <stddef.h>

#include "scenario/loading.h"

// Applies the changes in order. A change that is valid nowhere is a diagnostic with the nearest
// valid path. Changes made to a document are appended to its text as comments.
void override_apply(struct loading *documents, size_t n_documents, const char *const *sets,
                    size_t n_sets, struct diag_list *diags);
