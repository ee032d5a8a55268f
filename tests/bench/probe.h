// Probes: one piece of work in a process of its own, for what a process can only be asked as a
// whole: the memory it has had, and the instructions it has executed (valgrind counts them;
// hardware counters are often not there).
#pragma once

#include <stdbool.h>

// Does work of this length and returns how many operations it was. A function of the table in
// bench.c.
typedef double (*probe_work)(double length);

struct probe_report {
    double operations;
    double peak_bytes;   // resident
    double instructions; // only when they were counted
};

// In the child: does the work and prints the report.
void probe_answer(probe_work work, double length);
// In the parent: starts the child; false, with a message, when that fails.
bool probe_ask(const char *name, double length, struct probe_report *report);
// Whether valgrind is there.
bool probe_can_count(void);
// Instructions an operation: the difference of two lengths, so that set-up cancels.
bool probe_instructions(const char *name, double shorter, double longer, double *per_operation);
