// Crew: workers that do tasks, each answered by bytes, dealt one at a time, in the caller's order,
// to whoever is free. Here: processes of this machine; those of others are in mpicrew.h.
//
// Processes, not threads: one that crashes or runs out of memory costs the task that it was doing,
// which is answered with what killed it, and is replaced. They are forked from the caller, so all
// that was loaded before is theirs too; the caller must not have threads.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

// Pieces first .. first + n - 1 of an item: what these are is the caller's matter.
struct crew_task {
    uint64_t item;
    uint32_t first, n;
};

struct crew_conf {
    int n_workers;
    // In a worker: does a task and writes its answer, which is not empty.
    void (*work)(void *argument, const struct crew_task *task, struct bytes *answer);
    void *argument;
};

struct crew_answer {
    struct crew_task task;
    const unsigned char *bytes; // until the next call
    size_t n;
    const char *death; // not NULL: no answer, the worker ended so: "killed by signal 11"
};

// A kind of crew: what the functions below do. Its struct begins with a struct crew.
struct crew;
struct crew_kind {
    size_t (*size)(const struct crew *crew);
    size_t (*busy)(const struct crew *crew);
    void (*deal)(struct crew *crew, const struct crew_task *task);
    bool (*wait)(struct crew *crew, int timeout_ms, struct crew_answer *answer);
    void (*dismiss)(struct crew *crew);
};
struct crew {
    const struct crew_kind *kind;
};

// NULL: no process or pipe could be made (errno).
struct crew *crew_hire(const struct crew_conf *conf);
// How many workers there are: fewer than were wanted if no more processes could be made.
static inline size_t crew_size(const struct crew *crew)
{
    return crew->kind->size(crew);
}
static inline size_t crew_busy(const struct crew *crew)
{
    return crew->kind->busy(crew);
}
// Gives a task to one that is free: fewer must be busy than there are.
static inline void crew_deal(struct crew *crew, const struct crew_task *task)
{
    crew->kind->deal(crew, task);
}
// Waits up to timeout_ms for an answer; false: none came, or a signal did.
static inline bool crew_wait(struct crew *crew, int timeout_ms, struct crew_answer *answer)
{
    return crew->kind->wait(crew, timeout_ms, answer);
}
// Ends all workers, busy ones at once.
static inline void crew_dismiss(struct crew *crew)
{
    crew->kind->dismiss(crew);
}
