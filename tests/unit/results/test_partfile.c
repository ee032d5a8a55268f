#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <criterion/criterion.h>

#include "results/partfile.h"
#include "results/resultfile.h"
#include "scratch.h"

static void assert_holds(const char *path, const char *text)
{
    size_t n;
    unsigned char *bytes = scratch_read(path, &n);
    cr_assert(bytes != NULL && n == strlen(text) && memcmp(bytes, text, n) == 0);
    free(bytes);
}

static bool put(const char *path, const char *text, struct status *status)
{
    return partfile_write(path, (const unsigned char *)text, strlen(text), status);
}

Test(partfile, writes_and_replaces)
{
    struct scratch s = scratch_make();
    struct status status = {0};
    cr_assert(put(s.path, "first, longer", &status));
    assert_holds(s.path, "first, longer");
    cr_assert(put(s.path, "second", &status));
    assert_holds(s.path, "second");
    cr_assert(put(s.path, "", &status));
    assert_holds(s.path, "");
    cr_assert_eq(scratch_count(&s), 1);
    cr_assert_eq(status.code, STATUS_OK);
    scratch_remove(&s);
}

Test(partfile, takes_over_what_a_killed_writer_left)
{
    struct scratch s = scratch_make();
    struct status status = {0};
    char part[600];
    snprintf(part, sizeof part, "%s.part", s.path);
    FILE *left = fopen(part, "w");
    fputs("a long left-over of a run that was killed", left);
    fclose(left);
    cr_assert(put(s.path, "new", &status));
    assert_holds(s.path, "new");
    cr_assert_not(scratch_exists(part));
    scratch_remove(&s);
}

static void assert_refused(const char *path, enum status_code code, const char *word)
{
    struct status status = {0};
    cr_assert_not(put(path, "text", &status));
    cr_assert_eq(status.code, code, "%d: %s", status.code, status.text);
    cr_assert_not_null(strstr(status.text, path), "%s", status.text);
    cr_assert_not_null(strstr(status.text, word), "%s", status.text);
}

Test(partfile, says_why_it_cannot_create)
{
    struct scratch s = scratch_make();
    char path[1024], name[400];
    assert_refused("", STATUS_CANNOT_CREATE, "without a name");
    assert_refused("/nowhere/at/all.h5", STATUS_CANNOT_CREATE, "No such file or directory");
    snprintf(path, sizeof path, "%s/directory", s.directory);
    mkdir(path, 0777);
    assert_refused(path, STATUS_CANNOT_CREATE, "directory"); // the name is taken by a directory
    rmdir(path);
    memset(name, 'x', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    snprintf(path, sizeof path, "%s/%s", s.directory, name);
    assert_refused(path, STATUS_CANNOT_CREATE, "too long");
    cr_assert_eq(scratch_count(&s), 0);
    scratch_remove(&s);
}

// The limit stands for a full disk: write() stops short and then fails.
Test(partfile, a_full_disk_leaves_nothing_and_keeps_the_old_file)
{
    struct scratch s = scratch_make();
    struct status status = {0};
    cr_assert(put(s.path, "old", &status));
    signal(SIGXFSZ, SIG_IGN);
    struct rlimit limit = {10000, 10000};
    setrlimit(RLIMIT_FSIZE, &limit);
    static unsigned char bytes[20000];
    cr_assert_not(partfile_write(s.path, bytes, sizeof bytes, &status));
    cr_assert_eq(status.code, STATUS_IO);
    cr_assert_not_null(strstr(status.text, "results.h5.part"), "%s", status.text);
    cr_assert_not_null(strstr(status.text, "too large"), "%s", status.text);
    assert_holds(s.path, "old");
    cr_assert_eq(scratch_count(&s), 1);
    scratch_remove(&s);
}

Test(partfile, two_writers_do_not_mix)
{
    struct scratch s = scratch_make();
    struct status status = {0};
    int ready[2], go[2];
    cr_assert(pipe(ready) == 0 && pipe(go) == 0);
    pid_t other = fork();
    if (other == 0) { // holds the .part as a writer in the middle of its work does
        char part[600], byte = 0;
        snprintf(part, sizeof part, "%s.part", s.path);
        int fd = open(part, O_WRONLY | O_CREAT, 0666);
        struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
        if (fd < 0 || fcntl(fd, F_SETLK, &whole) != 0 || write(ready[1], &byte, 1) != 1)
            _exit(1);
        _exit(read(go[0], &byte, 1) != 1);
    }
    char byte = 0;
    cr_assert_eq(read(ready[0], &byte, 1), 1);
    cr_assert_not(put(s.path, "mine", &status));
    cr_assert_eq(status.code, STATUS_CANNOT_CREATE);
    cr_assert_not_null(strstr(status.text, "another process"), "%s", status.text);
    cr_assert_eq(write(go[1], &byte, 1), 1);
    int how;
    waitpid(other, &how, 0);
    cr_assert_eq(how, 0);
    cr_assert(put(s.path, "mine", &status), "%s", status.text);
    assert_holds(s.path, "mine");
    scratch_remove(&s);
}

// What is there already and is something else survives: links, pipes, scenario files.
Test(partfile, replaces_nothing_but_its_own_kind)
{
    struct scratch s = scratch_make();
    char other[600];
    snprintf(other, sizeof other, "%s.other", s.path);
    cr_assert_eq(symlink("/nowhere", other), 0);
    assert_refused(other, STATUS_CANNOT_CREATE, "symbolic link");
    unlink(other);
    cr_assert_eq(mkfifo(other, 0600), 0);
    assert_refused(other, STATUS_CANNOT_CREATE, "regular file");
    unlink(other);
    struct status status = {0};
    cr_assert(resultfile_may_replace(s.path, &status)); // not there
    cr_assert(put(s.path, "title: a design", &status));
    cr_assert_not(resultfile_may_replace(s.path, &status));
    cr_assert_eq(status.code, STATUS_CANNOT_CREATE);
    cr_assert_not_null(strstr(status.text, "no results file"));
    scratch_remove(&s);
}
