#include "experiment/sweeplog.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xxhash.h>

#include "base/base.h"
#include "base/fd.h"
#include "base/walltime.h"

enum { SWEEPLOG_VERSION = 2, SWEEPLOG_MOST = 1 << 30, SWEEPLOG_MARK = 0x54524150 }; // "PART"

struct sweeplog_head {
    char magic[8];
    uint32_t version, spare;
};

struct sweeplog_frame {
    uint32_t length, mark;
    uint64_t digest;
};

static const struct sweeplog_head sweeplog_head = {"aasimlog", SWEEPLOG_VERSION, 0};

// ---- reading

static bool sweeplog_is_head(FILE *file)
{
    struct sweeplog_head head;
    return fread(&head, sizeof head, 1, file) == 1 &&
           memcmp(&head, &sweeplog_head, sizeof head) == 0;
}

static long sweeplog_left(FILE *file)
{
    const long at = ftell(file);
    fseek(file, 0, SEEK_END);
    const long end = ftell(file);
    fseek(file, at, SEEK_SET);
    return end - at;
}

// The bytes of the part whose frame is at a place, to be freed; NULL: none is there.
static unsigned char *sweeplog_take(FILE *file, long at, struct sweeplog_frame *frame)
{
    if (fseek(file, at, SEEK_SET) != 0 || fread(frame, sizeof *frame, 1, file) != 1 ||
        frame->mark != SWEEPLOG_MARK || (long)frame->length > sweeplog_left(file))
        return NULL;
    unsigned char *bytes = malloc(frame->length + 1);
    REQUIRE(bytes != NULL, "no memory for a part of %u bytes", frame->length);
    if (fread(bytes, 1, frame->length, file) == frame->length &&
        XXH3_64bits(bytes, frame->length) == frame->digest)
        return bytes;
    free(bytes);
    return NULL;
}

// Moves *at on to what looks like the next frame.
static bool sweeplog_search(FILE *file, long *at)
{
    const long mark_at = (long)offsetof(struct sweeplog_frame, mark);
    uint32_t last_four = 0;
    int c;
    if (fseek(file, *at + 1 + mark_at, SEEK_SET) != 0)
        return false;
    for (size_t n = 1; (c = getc(file)) != EOF; n++) {
        last_four = last_four >> 8 | (uint32_t)c << 24;
        if (n >= 4 && last_four == SWEEPLOG_MARK) {
            *at = ftell(file) - 4 - mark_at;
            return true;
        }
    }
    return false;
}

// The bytes of the next whole part, to be freed; what is damaged before it is skipped. NULL: there
// is none.
static unsigned char *sweeplog_next(FILE *file, struct sweeplog_frame *frame)
{
    long at = ftell(file);
    unsigned char *bytes = sweeplog_take(file, at, frame);
    while (bytes == NULL && sweeplog_search(file, &at))
        bytes = sweeplog_take(file, at, frame);
    return bytes;
}

static bool sweeplog_is_empty(FILE *file)
{
    return fseek(file, 0, SEEK_END) == 0 && ftell(file) == 0;
}

// Whole parts of an open file: where the last one ends, and how many bytes they take with what
// belongs to them.
struct extent {
    long end, whole;
};

static bool sweeplog_scan(FILE *file, uint32_t log, sweeplog_list *list, struct extent *extent)
{
    struct sweeplog_frame frame;
    unsigned char *bytes;
    *extent = (struct extent){0};
    if (sweeplog_is_empty(file))
        return true;
    rewind(file);
    if (!sweeplog_is_head(file))
        return false;
    extent->end = extent->whole = ftell(file);
    while ((bytes = sweeplog_next(file, &frame)) != NULL) {
        struct pointpart part;
        if (pointpart_read(&part, bytes, frame.length)) {
            const struct sweeplog_entry entry = {.id = part.id,
                                                 .first = part.first,
                                                 .n = part.n,
                                                 .has_failed = part.failure != NULL,
                                                 .log = log,
                                                 .at = ftell(file) - (long)frame.length,
                                                 .length = frame.length};
            array_push(list, entry);
            pointpart_free(&part);
        }
        free(bytes);
        extent->end = ftell(file);
        extent->whole += (long)(sizeof frame + frame.length);
    }
    return true;
}

bool sweeplog_list_parts(const char *path, uint32_t log, sweeplog_list *list, size_t *n_lost,
                         struct status *status)
{
    FILE *file = fopen(path, "rb");
    struct extent extent;
    if (file == NULL)
        return status_fail(status, STATUS_NO_INPUT, "cannot read %s: %s", path, strerror(errno));
    const bool is_log = sweeplog_scan(file, log, list, &extent);
    if (!is_log)
        status_fail(status, STATUS_BAD_INPUT, "%s is no log of a sweep of this version", path);
    fseek(file, 0, SEEK_END);
    *n_lost = is_log ? (size_t)(ftell(file) - extent.whole) : 0;
    fclose(file);
    return is_log;
}

bool sweeplog_read(FILE *file, const struct sweeplog_entry *entry, struct pointpart *part)
{
    unsigned char *bytes = malloc(entry->length + 1);
    REQUIRE(bytes != NULL, "no memory for a part of %u bytes", entry->length);
    const bool is_good = fseek(file, entry->at, SEEK_SET) == 0 &&
                         fread(bytes, 1, entry->length, file) == entry->length &&
                         pointpart_read(part, bytes, entry->length);
    free(bytes);
    return is_good;
}

// ---- writing

static bool sweeplog_find_end(const char *path, long *end, struct status *status)
{
    sweeplog_list list = {0};
    struct extent extent = {0};
    FILE *file = fopen(path, "rb");
    const bool is_log = file != NULL && sweeplog_scan(file, 0, &list, &extent);
    *end = extent.end;
    if (file != NULL)
        fclose(file);
    array_free(&list);
    return is_log ||
           status_fail(status, STATUS_BAD_INPUT, "%s is no log of a sweep of this version", path);
}

// Cuts off what a program that was killed has left, or begins the file.
static bool sweeplog_begin(struct sweeplog *log, long end, struct status *status)
{
    if (ftruncate(log->fd, end) == 0 && lseek(log->fd, end, SEEK_SET) == end &&
        (end > 0 || fd_write(log->fd, &sweeplog_head, sizeof sweeplog_head)))
        return true;
    return status_fail(status, STATUS_IO, "cannot write %s: %s", log->path, strerror(errno));
}

// The lock is this process's until it closes the file, however often it was opened: so the file is
// read before, and has to be as long then.
bool sweeplog_open(struct sweeplog *log, const char *path, struct status *status)
{
    long end = 0;
    *log = (struct sweeplog){.fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666), .path = path};
    if (log->fd < 0)
        return status_fail(status, STATUS_CANNOT_CREATE, "cannot create %s: %s", path,
                           strerror(errno));
    const off_t length = lseek(log->fd, 0, SEEK_END);
    bool is_good = sweeplog_find_end(path, &end, status);
    if (is_good && (!fd_lock(log->fd) || lseek(log->fd, 0, SEEK_END) != length))
        is_good = status_fail(status, STATUS_CANNOT_CREATE, "another process writes %s", path);
    if (is_good && sweeplog_begin(log, end, status))
        return true;
    sweeplog_close(log);
    return false;
}

// Processes that are killed lose nothing that was written; machines, what was within a second.
static bool sweeplog_sync(struct sweeplog *log, bool is_last)
{
    const double now_s = walltime_s();
    if (!is_last && now_s - log->synced_s < 1)
        return true;
    log->synced_s = now_s;
    return fdatasync(log->fd) == 0;
}

bool sweeplog_append(struct sweeplog *log, const struct pointpart *part, struct status *status)
{
    struct bytes out = {0};
    const struct sweeplog_frame none = {0};
    const off_t begin = lseek(log->fd, 0, SEEK_CUR);
    bytes_put(&out, &none, sizeof none);
    pointpart_write(part, &out);
    const size_t length = out.data.n - sizeof none;
    const struct sweeplog_frame frame = {(uint32_t)length, SWEEPLOG_MARK,
                                         XXH3_64bits(out.data.items + sizeof none, length)};
    memcpy(out.data.items, &frame, sizeof frame);
    const bool is_good = fd_write(log->fd, out.data.items, out.data.n) && sweeplog_sync(log, false);
    array_free(&out.data);
    if (is_good)
        return true;
    status_fail(status, STATUS_IO, "cannot write %s: %s", log->path, strerror(errno));
    if (ftruncate(log->fd, begin) != 0)
        status_frame(status, "cutting off what was written: %s", strerror(errno));
    sweeplog_close(log);
    return false;
}

bool sweeplog_is_open(const char *path)
{
    const int fd = open(path, O_RDWR | O_CLOEXEC);
    const bool is_free = fd < 0 || fd_lock(fd);
    if (fd >= 0)
        close(fd);
    return !is_free;
}

void sweeplog_close(struct sweeplog *log)
{
    if (log->fd < 0)
        return;
    sweeplog_sync(log, true);
    close(log->fd);
    log->fd = -1;
}
