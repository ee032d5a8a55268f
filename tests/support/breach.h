// A breach: the operations of a history that cannot all be under some guarantee, and why.
//
//   struct breach why;
//   cr_assert(history_is_linearizable(&h, &why), "%s", why.text);
#pragma once

#include "support/history.h"

enum { BREACH_OPERATIONS = 6, BREACH_TEXT = 1536 };

struct breach {
    size_t operations[BREACH_OPERATIONS]; // numbers in the history, each once
    size_t n;
    char text[BREACH_TEXT]; // a line that says what is wrong, then one an operation
};

// Nothing to blame, no text.
void breach_clear(struct breach *b);
// Begins with what is wrong; no operations yet.
void breach_begin(struct breach *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
// An operation that is to blame; nothing happens if it is among them already.
void breach_add(struct breach *b, const struct history *h, size_t operation);
