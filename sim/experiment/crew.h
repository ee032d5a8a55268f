// Crew: worker processes that do numbered tasks, each answered by bytes.
//
// Processes, not threads: one that crashes or runs out of memory costs the task that it was doing,
// which is answered with what killed it, and is replaced. They are forked from the caller, so all
// that was loaded before is theirs too; the caller must not have threads. Tasks are dealt one at a
// time, in the caller's order, to whoever is free.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

struct crew;

struct crew_conf {
    int n_workers;
    // In a worker: does a task and writes its answer, which is not empty.
    void (*work)(void *argument, size_t task, struct bytes *answer);
    void *argument;
};

struct crew_answer {
    size_t task;
    const unsigned char *bytes; // until the next call
    size_t n;
    const char *death; // not NULL: no answer, the worker ended so: "killed by signal 11"
};

// NULL: no process or pipe could be made (errno).
struct crew *crew_hire(const struct crew_conf *conf);
// Whether somebody is free.
bool crew_is_free(const struct crew *crew);
size_t crew_busy(const struct crew *crew);
// Gives a task to one that is free.
void crew_deal(struct crew *crew, size_t task);
// Waits up to timeout_ms for an answer; false: none came, or a signal did.
bool crew_wait(struct crew *crew, int timeout_ms, struct crew_answer *answer);
// Ends all workers, busy ones at once.
void crew_dismiss(struct crew *crew);
