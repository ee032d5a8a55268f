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
    fprintf(stderr, "aasim: broken rule at %s:%d: %s\n  ", file, line, expression);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    const struct bug_context *c = bug_current;
    if (c != NULL)
        fprintf(stderr,
                "\n  design %s, seed %" PRIu64 ", replication %" PRIu32 ", time %" PRId64
                " ns, LP %" PRIu32,
                c->design != NULL ? c->design : "?", c->seed, c->replication, c->time_ns, c->lp);
    fputs("\n  No input may lead here: it is a bug of aasim, to be reported with the lines above, "
          "or of "
          "a program\n  that breaks a rule of its engine (engine/api.h).\n",
          stderr);
    abort();
}
