// Conditions of fields (schema.h): whether a key has an effect, which default counts, which words
// mean something; by the values of the keys around it, given or not.
#pragma once

#include "scenario/bind.h"

// A block being bound, inside the one around it.
struct bind_frame {
    const struct schema_record *record;
    const struct node *mapping;
    char *target;
    const char *path; // "" at the top
    const struct bind_frame *outer;
    bool is_quiet;               // without effect: takes its defaults, reports and enters nothing
    const struct node *defaults; // mapping of values for keys that are not given; may be NULL
};

// A condition, see schema.h.
struct bind_condition {
    const struct bind_frame *frame; // of the key
    char key[48];
    bool is_negated;
    bool is_store; // any store's name instead of words
    const char *words;
};

// Whether a field has an effect here. When the key it hangs on is itself wrong nobody knows: one
// mistake, one message.
enum bind_effect { BIND_IDLE, BIND_UNKNOWN, BIND_EFFECTIVE };

struct bind_condition bind_condition_of(const struct bind_frame *frame, const char *when);
// The value that a condition looks at; NULL when it is missing or wrong.
const char *bind_condition_value(const struct binder *b, const struct bind_condition *c);
enum bind_effect bind_condition_effect(const struct binder *b, const struct bind_frame *frame,
                                       const struct field *field);
// Of a condition that does not hold: the one behind it, if its key has no effect itself. To set
// that key would not help. *frame becomes that of the condition.
const char *bind_condition_root(const struct binder *b, const struct bind_frame **frame,
                                const char *when);
// A value of the block, or the one that holds for blocks like it; NULL: not given.
const struct node *bind_condition_given(const struct bind_frame *frame, const char *key);
// The field with the default that counts here.
const struct field *bind_condition_resolved(const struct binder *b, const struct bind_frame *frame,
                                            const struct field *field);
// Whether it might have a default, if a key that is wrong were right.
bool bind_condition_may_default(const struct binder *b, const struct bind_frame *frame,
                                const struct field *field);
// What keeps a word of a choice from having a meaning here; NULL: nothing, or it is none of its
// words.
const struct field_words *bind_condition_forbids(const struct binder *b,
                                                 const struct bind_frame *frame,
                                                 const struct field *field, const char *word);
