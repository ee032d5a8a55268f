// What happens when an assert fails: one message with everything needed to reproduce the run.
#pragma once

#include <stdbool.h>
#include <stdint.h>

// Where the program is, for the message. Owned by the caller; must outlive its use.
struct bug_context {
    uint64_t seed;
    uint32_t replication;
    const char *design; // topology name; NULL: none of the three is known
    // The engine's: which handler runs.
    bool is_handling; // it has begun to run handlers
    uint32_t lp;
    int64_t time_ns; // simulated time
};

// Sets the calling thread's context (NULL: none). Thread class: any thread, own context only.
void bug_set_context(const struct bug_context *context);

// Prints the failed expression, the message and the context to stderr, then aborts.
_Noreturn void bug_stop(const char *file, int line, const char *expression, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
