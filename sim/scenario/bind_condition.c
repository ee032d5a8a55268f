#include "scenario/bind_condition.h"

#include <stdio.h>
#include <string.h>

#include "base/base.h"

static enum bind_effect condition_look(const struct binder *b, const struct bind_frame *frame,
                                       const char *when);

struct bind_condition bind_condition_of(const struct bind_frame *frame, const char *when)
{
    struct bind_condition c = {.frame = frame};
    const char *at = when;
    for (; *at == '^'; at++)
        c.frame = c.frame->outer;
    size_t n = strcspn(at, "!=");
    snprintf(c.key, sizeof c.key, "%.*s", (int)n, at);
    c.is_negated = at[n] == '!';
    c.words = at + n + (c.is_negated ? 2 : 1);
    c.is_store = strcmp(c.words, schema_any_store) == 0;
    return c;
}

static bool condition_is_one_of(const char *word, const char *list)
{
    size_t n = strlen(word);
    for (const char *at = list; *at != '\0';) {
        size_t length = strcspn(at, "|");
        if (length == n && memcmp(at, word, n) == 0)
            return true;
        at += length + (at[length] == '|');
    }
    return false;
}

static bool condition_is_choice(const struct field *field, const char *word)
{
    for (const struct choice *c = field->choices; c->word != NULL; c++)
        if (strcmp(c->word, word) == 0)
            return true;
    return false;
}

const struct field_words *bind_condition_forbids(const struct binder *b,
                                                 const struct bind_frame *frame,
                                                 const struct field *field, const char *word)
{
    const struct field_words *a = field->allowed;
    while (a != NULL && a->when != NULL && condition_look(b, frame, a->when) != BIND_EFFECTIVE)
        a++;
    const bool is_free = a == NULL || a->when == NULL || !condition_is_choice(field, word);
    return is_free || condition_is_one_of(word, a->words) ? NULL : a;
}

// Whether a word is a good value of a choice or a bool; of other types any is.
static bool condition_is_value(const struct binder *b, const struct bind_frame *frame,
                               const struct field *field, const char *word)
{
    if (field->type == FIELD_BOOL)
        return condition_is_one_of(word, "true|false");
    if (field->type != FIELD_CHOICE)
        return true;
    return condition_is_choice(field, word) &&
           bind_condition_forbids(b, frame, field, word) == NULL;
}

static bool condition_is_idle(const struct binder *b, const struct bind_frame *frame,
                              const struct field *field)
{
    return field->when != NULL && condition_look(b, frame, field->when) == BIND_IDLE;
}

const struct node *bind_condition_given(const struct bind_frame *frame, const char *key)
{
    const struct node *node = document_get(frame->mapping, key);
    return node != NULL ? node : document_get(frame->defaults, key);
}

const char *bind_condition_value(const struct binder *b, const struct bind_condition *c)
{
    const struct field *field = schema_find(c->frame->record, c->key);
    REQUIRE(field != NULL, "condition on '%s', which '%s' has not", c->key, c->frame->record->name);
    const struct node *node = bind_condition_given(c->frame, c->key);
    if (node == NULL || condition_is_idle(b, c->frame, field))
        return bind_condition_resolved(b, c->frame, field)->initial;
    bool is_good = node->kind == NODE_SCALAR && condition_is_value(b, c->frame, field, node->text);
    return is_good ? node->text : NULL;
}

static enum bind_effect condition_look(const struct binder *b, const struct bind_frame *frame,
                                       const char *when)
{
    struct bind_condition c = bind_condition_of(frame, when);
    const char *value = bind_condition_value(b, &c);
    if (value == NULL || (c.is_store && bind_find(b, SCOPE_CALLEE, value) < 0))
        return BIND_UNKNOWN;
    if (c.is_store)
        return bind_find(b, SCOPE_STORE, value) >= 0 ? BIND_EFFECTIVE : BIND_IDLE;
    return condition_is_one_of(value, c.words) != c.is_negated ? BIND_EFFECTIVE : BIND_IDLE;
}

enum bind_effect bind_condition_effect(const struct binder *b, const struct bind_frame *frame,
                                       const struct field *field)
{
    return field->when == NULL || frame->is_quiet ? BIND_EFFECTIVE
                                                  : condition_look(b, frame, field->when);
}

const struct field *bind_condition_resolved(const struct binder *b, const struct bind_frame *frame,
                                            const struct field *field)
{
    for (const struct field_default *d = field->alternatives; d != NULL && d->when != NULL; d++) {
        if (condition_look(b, frame, d->when) != BIND_EFFECTIVE)
            continue;
        struct field *resolved = arena_push(b->arena, struct field, 1);
        *resolved = *field;
        resolved->initial = d->initial;
        resolved->source = d->source;
        return resolved;
    }
    return field;
}

bool bind_condition_may_default(const struct binder *b, const struct bind_frame *frame,
                                const struct field *field)
{
    for (const struct field_default *d = field->alternatives; d != NULL && d->when != NULL; d++)
        if (condition_look(b, frame, d->when) == BIND_UNKNOWN)
            return true;
    return false;
}

const char *bind_condition_root(const struct binder *b, const struct bind_frame **frame,
                                const char *when)
{
    for (;;) {
        const struct bind_condition c = bind_condition_of(*frame, when);
        const struct field *key = schema_find(c.frame->record, c.key);
        if (!condition_is_idle(b, c.frame, key))
            return when;
        when = key->when;
        *frame = c.frame;
    }
}
