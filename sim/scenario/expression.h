// Expressions of study files: arithmetic over parameters, for derived values and constraints.
//
//   4 * headroom        ttl <= 60 s and per_zone >= 2        max(2, ceil(rate / 300 req/s))
//
// From the loosest to the tightest: or; and; not; < <= > >= == !=; + -; * /; unary minus; ^, to the
// right. Functions: min and max of two or more, floor, ceil, round, abs, sqrt, log, exp of one.
// Numbers may carry the units of scenario files ("250 ms", "30 %") and are then in the program's
// unit: seconds, bytes, a second, ratios. What is added or compared must be of one dimension, but 0
// is of any; of products and quotients only those with plain numbers, and quotients of two of one
// dimension, have one that is known. A comparison is 1 or 0; 'a < b < c' is none. Thread class:
// read-only after parsing.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/diag.h"
#include "scenario/quantity.h"

struct expression;

// Text as it stands in a file, and the names that it may use.
struct expression_source {
    const char *text;
    struct diag_place place; // of the text, on one line
    const char *const *names;
    const enum dimension *dimensions; // [n_names]
    size_t n_names;
};

// NULL after adding diagnostics. Lives in the arena.
const struct expression *expression_parse(struct arena *arena,
                                          const struct expression_source *source,
                                          struct diag_list *diags);
// Its value where names[i] is values[i]; NaN or infinite where the mathematics has none, in any
// part of it.
double expression_value(const struct expression *e, const double *values);
// Whether it is a comparison, or made of such.
bool expression_is_condition(const struct expression *e);
// DIMENSIONS: it is not known. A comparison is a number.
enum dimension expression_dimension(const struct expression *e);
// Whether it may stand for a value of this dimension: also where either is not known.
bool expression_is_of(const struct expression *e, enum dimension dimension);
// Whether it means something in expressions, so that nothing else can be called so.
bool expression_is_reserved(const char *name);
// Whether names[i] stands in it.
bool expression_uses(const struct expression *e, size_t name);
