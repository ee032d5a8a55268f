#include "base/bug.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

// The one writable object outside a context argument: asserts fire where no context can be passed.
static _Thread_local const struct bug_context *bug_current;

void bug_set_context(const struct bug_context *context)
{
    bug_current = context;
}

void bug_stop(const char *file, int line, const char *expression, const char *format, ...)
{
    va_list args;
    fputs("aasim: broken rule: ", stderr);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    const struct bug_context *c = bug_current;
    if (c != NULL && c->design != NULL)
        fprintf(stderr, "\n  design %s, seed %" PRIu64 ", replication %" PRIu32, c->design, c->seed,
                c->replication);
    if (c != NULL && c->is_handling)
        fprintf(stderr, "\n  time %" PRId64 " ns, LP %" PRIu32, c->time_ns, c->lp);
    fprintf(stderr,
            "\n  %s:%d: %s\n  No input leads here: it is a bug of aasim, to be reported with these "
            "lines, or of the program that\n  uses its engine, which broke the rule "
            "(engine/api.h).\n",
            file, line, expression);
    abort();
}
