#include "results/partfile.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/base.h"
#include "base/fd.h"

static char *join(const char *text, const char *suffix)
{
    size_t n = strlen(text) + strlen(suffix) + 1;
    char *joined = malloc(n);
    REQUIRE(joined != NULL, "out of memory: file name");
    snprintf(joined, n, "%s%s", text, suffix);
    return joined;
}

static bool is_same_file(int fd, const char *path)
{
    struct stat opened, named;
    return fstat(fd, &opened) == 0 && stat(path, &named) == 0 && opened.st_dev == named.st_dev &&
           opened.st_ino == named.st_ino;
}

// Two runs with the same output must not write into each other's .part.
// Opens the .part and locks it; -1 with the status set. The name is compared after locking: a
// writer that finished in between has renamed the file that was opened, which is a result now and
// not to be touched.
static int open_part(const char *part, struct status *status)
{
    for (;;) {
        int fd = open(part, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
        if (fd < 0) {
            status_fail(status, STATUS_CANNOT_CREATE, "cannot create %s: %s", part,
                        strerror(errno));
            return -1;
        }
        bool locked = fd_lock(fd);
        if (locked && is_same_file(fd, part))
            return fd;
        close(fd);
        if (!locked) {
            status_fail(status, STATUS_CANNOT_CREATE, "cannot create %s: another process writes it",
                        part);
            return -1;
        }
    }
}

// The rename itself is on the disk only when the directory is. Some file systems cannot sync a
// directory; that is no reason to call a whole file a failure.
static void sync_directory_of(const char *path)
{
    char *copy = join(path, "");
    int fd = open(dirname(copy), O_RDONLY | O_CLOEXEC);
    if (fd >= 0) {
        fsync(fd);
        close(fd);
    }
    free(copy);
}

// access() of the folder that holds path.
static bool is_folder_writable(const char *path)
{
    char *copy = join(path, "");
    bool ok = access(dirname(copy), W_OK | X_OK) == 0;
    free(copy);
    return ok;
}

bool partfile_check(const char *path, struct status *status)
{
    struct stat found;
    if (path[0] == '\0')
        return status_fail(status, STATUS_CANNOT_CREATE, "cannot create a file without a name");
    if (!is_folder_writable(path))
        return status_fail(status, STATUS_CANNOT_CREATE, "cannot create '%s': %s", path,
                           strerror(errno));
    if (lstat(path, &found) != 0 || S_ISREG(found.st_mode))
        return true;
    const char *what = S_ISDIR(found.st_mode)   ? "a directory"
                       : S_ISLNK(found.st_mode) ? "a symbolic link: name the file it stands for"
                                                : "not a regular file";
    return status_fail(status, STATUS_CANNOT_CREATE, "cannot create '%s': it is %s", path, what);
}

bool partfile_write(const char *path, const unsigned char *bytes, size_t n_bytes,
                    struct status *status)
{
    if (!partfile_check(path, status))
        return false;
    char *part = join(path, ".part");
    int fd = open_part(part, status);
    bool ok = fd >= 0;
    if (ok && (ftruncate(fd, 0) != 0 || !fd_write(fd, bytes, n_bytes) || fsync(fd) != 0))
        ok = status_fail(status, STATUS_IO, "cannot write %s (%zu bytes): %s", part, n_bytes,
                         strerror(errno));
    if (ok && rename(part, path) != 0)
        ok = status_fail(status, STATUS_CANNOT_CREATE, "cannot rename %s to %s: %s", part, path,
                         strerror(errno));
    if (ok)
        sync_directory_of(path);
    else if (fd >= 0)
        unlink(part);
    if (fd >= 0)
        close(
            fd); // after the rename: the lock has held until here, and fsync has said all there is
    free(part);
    return ok;
}
