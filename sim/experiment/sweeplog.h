// Sweep log: a file that parts of points are appended to as they are done, and nothing ever
// changed.
//
// A program that is killed, or a disk that is full, costs the part that was being written and no
// other: each has its length and checksum, and what follows the last whole one is cut off when the
// file is opened to be written. Reading never writes. Two processes cannot write one log.
//
// File: "aasimlog", version (u32), reserved (u32); then parts: length (u32), "PART", XXH3
// of the bytes (u64), bytes (pointpart_write). Thread class: one thread.
#pragma once

#include <stdio.h>

#include "base/status.h"
#include "experiment/pointpart.h"

struct sweeplog {
    int fd;
    const char *path; // must outlive it
    double synced_s;  // when it was last brought to the disk
};

// Opens a log to append to, makes it when there is none. False: another process writes it, it is
// something else, or the disk fails.
bool sweeplog_open(struct sweeplog *log, const char *path, struct status *status);
// Written when it returns true, on the disk within a second. Else the log is closed and as it was
// before.
bool sweeplog_append(struct sweeplog *log, const struct pointpart *part, struct status *status);
// Whether another process writes it now.
bool sweeplog_is_open(const char *path);
void sweeplog_close(struct sweeplog *log);

// Where a part stands in a log.
struct sweeplog_entry {
    struct identity id;
    uint32_t first, n;
    bool has_failed;
    bool is_taken; // of parts that overlap one counts (sweepresults.h)
    uint32_t log;  // number of the file, as given
    long at;       // of its bytes
    uint32_t length;
};

typedef ARRAY(struct sweeplog_entry) sweeplog_list;

// Appends the whole parts of a file to the list. False when it is no log, or cannot be read; a rest
// that is no part is *n_lost bytes.
bool sweeplog_list_parts(const char *path, uint32_t log, sweeplog_list *list, size_t *n_lost,
                         struct status *status);
// Reads one of them again.
bool sweeplog_read(FILE *file, const struct sweeplog_entry *entry, struct pointpart *part);
