// Binds single values (everything but blocks and lists of blocks) for bind.c.
#pragma once

#include "scenario/bind.h"

// Reads a node as the field says into the target struct; false after adding diagnostics.
bool bind_value_read(struct binder *b, const struct field *field, const struct node *node,
                     void *target);
// A name that may be given to a service, population ...: false after adding a diagnostic at
// `place`.
bool bind_value_check_name(struct binder *b, const char *name, struct diag_place place);
