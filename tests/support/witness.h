// A witness: sees what users of own items ask stores for and what they are told, and makes a
// history of it (history.h), without a look at what the stores think of it.
//
// It hears the events of a stage: the version that a replica gives for a call belongs to the user's
// attempt that the call was made for; an attempt that its user still waits for when the answer
// comes is an operation of the history, with the user as process and key. Each request makes one
// call of a store. Users who have one request at a time (closed demand).
//
//   static struct witness w;
//   witness_open(&w, &stage);
//   stage.tap = witness_tap, stage.argument = &w;
//   stage_run(...);
//   history_reads_your_writes(&w.history, &why) ...
//   witness_close(&w);
#pragma once

#include "model/session.h"
#include "support/history.h"
#include "support/stage.h"

enum { WITNESS_FRAMES = 4096, WITNESS_POPULATIONS = 3 };

struct witness {
    struct history history;
    // By population and frame of its requests.
    struct witness_attempt {
        uint64_t call; // token
        uint64_t version;
        simtime asked; // reached the balancer
    } attempts[WITNESS_POPULATIONS][WITNESS_FRAMES];
    uint64_t version;   // that has just come, for the answer that follows
    uint64_t n_told[2]; // attempts answered with success while their users waited: reads, writes
    uint64_t n_ryw,
        n_monotonic; // reads among them that were older than what the user had been told
    ARRAY(struct session_mark) users; // what they have been told
};

void witness_open(struct witness *w, const struct stage *s);
bool witness_tap(void *argument, const struct context *x, const struct event *e);
void witness_close(struct witness *w);
