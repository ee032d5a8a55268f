// Errors of the environment (disk, memory of libraries, missing files): a code and a line a frame.
//
// Functions that can fail this way return bool and take a `struct status *` last. The frame that
// meets the failure calls status_fail; each caller that passes it on may add what it was doing with
// status_frame. Mistakes in input files go to diagnostics (diag.h) instead, bugs to asserts.
#pragma once

#include <stdbool.h>

// Values are the exit codes of the command (sysexits where one exists).
enum status_code {
    STATUS_OK = 0,
    STATUS_INTERNAL = 1,
    STATUS_USAGE = 2,
    STATUS_SOME_FAILED = 4,
    STATUS_BAD_INPUT = 65,
    STATUS_NO_INPUT = 66,
    STATUS_CANNOT_CREATE = 73,
    STATUS_IO = 74,
    STATUS_INTERRUPTED = 75,
};

struct status {
    enum status_code code;
    char text[1024]; // what happened, then one line a frame; empty when ok
};

// Sets code and first line; always returns false so that `return status_fail(...)` reads well.
bool status_fail(struct status *status, enum status_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
// Adds a line "  while ..." ; always returns false.
bool status_frame(struct status *status, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
