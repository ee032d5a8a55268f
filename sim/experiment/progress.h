// Progress of many jobs, for people: a bar on a terminal, a plain line every few seconds elsewhere.
//
// Jobs report the share they have done, from any thread and as often as they like: a report is one
// store into the job's own cell; now and then one of the reporting threads prints. Nothing here may
// influence results.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct progress;

struct progress_conf {
    FILE *out;        // NULL: quiet
    bool is_terminal; // redraw one line, instead of a line now and then
    size_t n_jobs;
    double simulated_s; // of all jobs together, for the rate
};

struct progress *progress_create(const struct progress_conf *conf);
// Ends the line of the bar.
void progress_free(struct progress *progress);

// Job `job` has done `share` (0..1) of its work. Thread class: any thread.
void progress_report(struct progress *progress, size_t job, double share);

// What a line says; `width` is that of the bar, 0: none. For the printer and for tests.
struct progress_state {
    double share; // of all jobs together
    size_t jobs_done, n_jobs;
    double simulated_s; // of all jobs together
    double elapsed_s;
};
void progress_line(const struct progress_state *state, int width, char *out, size_t size);
