#include "breach.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/base.h"

void breach_clear(struct breach *b)
{
    b->n = 0;
    b->text[0] = '\0';
}

void breach_begin(struct breach *b, const char *format, ...)
{
    va_list arguments;
    b->n = 0;
    va_start(arguments, format);
    vsnprintf(b->text, BREACH_TEXT, format, arguments);
    va_end(arguments);
}

void breach_add(struct breach *b, const struct history *h, size_t operation)
{
    char line[HISTORY_OPERATION_TEXT];
    size_t used = strlen(b->text);
    for (size_t i = 0; i < b->n; i++)
        if (b->operations[i] == operation)
            return;
    REQUIRE(b->n < BREACH_OPERATIONS, "%zu operations to blame", b->n + 1);
    b->operations[b->n++] = operation;
    history_operation_format(&h->operations.items[operation], line);
    snprintf(b->text + used, BREACH_TEXT - used, "\n  #%zu %s", operation, line);
}
