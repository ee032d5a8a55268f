// Pins: parts that were logged are listed and read again, whole; a log that was cut anywhere, or of
// which any byte was changed, has the whole parts before that and no other, and goes on from there;
// what is no log is refused; two writers are not possible; a disk that is full costs nothing that
// was there. Of parts that overlap the first counts; failed ones are told apart.
#include <criterion/criterion.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/stream.h"
#include "experiment/sweepresults.h"

static char directory[64], path[128];
static struct status status;

static void make(void)
{
    char results[96];
    strcpy(directory, "/tmp/aasim_log_XXXXXX");
    cr_assert_not_null(mkdtemp(directory));
    snprintf(results, sizeof results, "%s/results", directory);
    cr_assert_eq(mkdir(results, 0777), 0);
    snprintf(path, sizeof path, "%s/a.log", results);
}

static void drop(void)
{
    char command[160];
    snprintf(command, sizeof command, "rm -rf %s", directory);
    cr_assert_eq(system(command), 0);
}

// A part with numbers of its own.
static void fill(struct pointpart *p, uint64_t id, uint32_t first, uint32_t n)
{
    *p = (struct pointpart){.id = {id, 1}, .first = first, .n = n, .n_populations = 2};
    p->populations = arena_push(&p->arena, const char *, 2);
    p->populations[0] = "a";
    p->populations[1] = "b";
    p->events = arena_push(&p->arena, uint64_t, n);
    p->metrics = arena_push(&p->arena, double, n *METRICS);
    p->ratios = arena_push(&p->arena, struct tally_ratio, n * TALLY_RATIOS);
    p->n_outages = arena_push(&p->arena, uint32_t, n);
    p->scale.span_s = (double)id;
    p->users = arena_push(&p->arena, struct pointpart_users, 2 * n);
    p->latency = arena_push(&p->arena, struct histogram, 2);
    for (uint32_t i = 0; i < n; i++) {
        p->events[i] = id * 1000 + first + i;
        for (size_t m = 0; m < METRICS; m++)
            p->metrics[i * METRICS + m] = m == 3 ? (double)NAN
                                                 : (double)(id + first + i) + (double)m / 16;
        p->users[2 * i].requests = id + i;
        p->ratios[i * TALLY_RATIOS + 1] = (struct tally_ratio){i, id + i};
        p->n_outages[i] = i % 3;
        for (uint32_t k = 0; k < i % 3; k++)
            array_push(&p->outages, (double)(id + i + k));
    }
    for (int k = 0; k < 2; k++) {
        histogram_init(&p->latency[k]);
        for (uint64_t i = 0; i < 5 + id; i++)
            histogram_add(&p->latency[k], i * i * 1000 * id);
    }
}

static void append(struct sweeplog *log, uint64_t id, uint32_t first, uint32_t n)
{
    struct pointpart p;
    fill(&p, id, first, n);
    cr_assert(sweeplog_append(log, &p, &status), "%s", status.text);
    pointpart_free(&p);
}

static void write_log(uint64_t n)
{
    struct sweeplog log;
    cr_assert(sweeplog_open(&log, path, &status), "%s", status.text);
    for (uint64_t i = 0; i < n; i++)
        append(&log, i, (uint32_t)i, 1 + (uint32_t)i % 3);
    sweeplog_close(&log);
}

static size_t list(sweeplog_list *parts, size_t *lost)
{
    parts->n = 0;
    cr_assert(sweeplog_list_parts(path, 0, parts, lost, &status), "%s", status.text);
    return parts->n;
}

static void expect_same(const struct pointpart *a, const struct pointpart *b)
{
    struct bytes x = {0}, y = {0};
    pointpart_write(a, &x);
    pointpart_write(b, &y);
    cr_assert_eq(x.data.n, y.data.n);
    cr_assert_eq(memcmp(x.data.items, y.data.items, x.data.n), 0);
    array_free(&x.data);
    array_free(&y.data);
}

Test(sweeplog, parts_are_read_again, .init = make, .fini = drop)
{
    sweeplog_list parts = {0};
    size_t lost;
    write_log(5);
    write_log(0); // opened again
    cr_assert_eq(list(&parts, &lost), 5);
    cr_expect_eq(lost, 0);
    FILE *file = fopen(path, "rb");
    for (size_t i = 0; i < 5; i++) {
        struct pointpart p, wanted;
        cr_assert(sweeplog_read(file, &parts.items[i], &p));
        fill(&wanted, i, (uint32_t)i, 1 + (uint32_t)i % 3);
        expect_same(&p, &wanted);
        cr_expect_eq(p.latency[1].n, 5 + i);
        pointpart_free(&p);
        pointpart_free(&wanted);
    }
    fclose(file);
    array_free(&parts);
}

static long length_of(void)
{
    struct stat info;
    cr_assert_eq(stat(path, &info), 0);
    return info.st_size;
}

Test(sweeplog, a_log_that_was_cut_goes_on, .init = make, .fini = drop)
{
    sweeplog_list parts = {0};
    struct stream s = stream_open(1, 0, "test", "cuts");
    size_t lost;
    for (int i = 0; i < 40; i++) {
        remove(path);
        write_log(4);
        list(&parts, &lost);
        const long length = length_of();
        const long cut = 16 + (long)stream_below(&s, (uint32_t)length - 16);
        size_t whole = 0;
        while (whole < 4 && parts.items[whole].at + (long)parts.items[whole].length <= cut)
            whole++;
        cr_assert_eq(truncate(path, cut), 0);
        cr_assert_eq(list(&parts, &lost), whole, "cut at %ld", cut);
        struct sweeplog log;
        cr_assert(sweeplog_open(&log, path, &status), "%s", status.text);
        append(&log, 77, 0, 1);
        sweeplog_close(&log);
        cr_assert_eq(list(&parts, &lost), whole + 1);
        cr_expect_eq(lost, 0);
        cr_expect_eq(parts.items[whole].id.high, 77);
    }
    array_free(&parts);
}

Test(sweeplog, changed_bytes_are_noticed, .init = make, .fini = drop)
{
    sweeplog_list parts = {0}, found = {0};
    struct stream s = stream_open(2, 0, "test", "changes");
    size_t lost;
    write_log(4);
    list(&parts, &lost);
    for (int i = 0; i < 60; i++) {
        const long at = 16 + (long)stream_below(&s, (uint32_t)length_of() - 16);
        FILE *file = fopen(path, "r+b");
        fseek(file, at, SEEK_SET);
        const int was = fgetc(file);
        fseek(file, at, SEEK_SET);
        fputc(was ^ (1 << stream_below(&s, 8)), file);
        fclose(file);
        const size_t n = list(&found, &lost);
        cr_assert_eq(n, 3, "byte %ld", at); // one part is damaged, wherever
        cr_expect_gt(lost, 16);
        file = fopen(path, "r+b");
        fseek(file, at, SEEK_SET);
        fputc(was, file);
        fclose(file);
    }
    array_free(&parts);
    array_free(&found);
}

Test(sweeplog, what_is_no_log_is_refused, .init = make, .fini = drop)
{
    sweeplog_list parts = {0};
    struct sweeplog log;
    size_t lost;
    FILE *file = fopen(path, "wb");
    fputs("something else, of some length", file);
    fclose(file);
    cr_expect_not(sweeplog_list_parts(path, 0, &parts, &lost, &status));
    cr_expect_not(sweeplog_open(&log, path, &status));
    cr_expect_eq(status.code, STATUS_BAD_INPUT);
    cr_expect_eq(length_of(), 30);
    array_free(&parts);
}

Test(sweeplog, one_writer, .init = make, .fini = drop)
{
    struct sweeplog log;
    cr_assert(sweeplog_open(&log, path, &status));
    append(&log, 1, 0, 1);
    const pid_t pid = fork();
    if (pid == 0) {
        struct sweeplog other;
        _exit(sweeplog_open(&other, path, &status)  ? 1
              : status.code == STATUS_CANNOT_CREATE ? 0
                                                    : 2);
    }
    int how;
    cr_assert_eq(waitpid(pid, &how, 0), pid);
    cr_expect_eq(how, 0);
    append(&log, 2, 0, 1);
    sweeplog_close(&log);
}

// As on a disk that is full: in a process of its own, since the limit stays.
Test(sweeplog, no_room, .init = make, .fini = drop)
{
    sweeplog_list parts = {0};
    size_t lost;
    write_log(2);
    const long length = length_of();
    const pid_t pid = fork();
    if (pid == 0) {
        struct sweeplog log;
        struct pointpart p;
        const struct rlimit limit = {(rlim_t)length + 40, (rlim_t)length + 40};
        signal(SIGXFSZ, SIG_IGN);
        setrlimit(RLIMIT_FSIZE, &limit);
        fill(&p, 9, 0, 3);
        _exit(!sweeplog_open(&log, path, &status)  ? 1
              : sweeplog_append(&log, &p, &status) ? 2
              : status.code != STATUS_IO           ? 3
                                                   : 0);
    }
    int how;
    cr_assert_eq(waitpid(pid, &how, 0), pid);
    cr_expect_eq(how, 0);
    cr_expect_eq(length_of(), length);
    cr_expect_eq(list(&parts, &lost), 2);
    array_free(&parts);
}

// ---- of several logs

static void append_failure(struct sweeplog *log, uint64_t id, uint32_t first, uint32_t n)
{
    struct pointpart p = {.id = {id, 1}, .first = first, .n = n};
    pointpart_fail(&p, "it crashed");
    cr_assert(sweeplog_append(log, &p, &status));
    pointpart_free(&p);
}

Test(sweeplog, what_there_is_of_a_point, .init = make, .fini = drop)
{
    struct sweepresults r;
    struct sweeplog log;
    size_t n;
    cr_assert(sweeplog_open(&log, path, &status));
    append(&log, 5, 4, 4);
    append(&log, 5, 0, 3);
    append(&log, 6, 0, 3);
    append(&log, 5, 2, 4); // overlaps
    append_failure(&log, 5, 3, 1);
    append_failure(&log, 5, 4, 1); // done as well
    append(&log, 5, 8, 4);         // beyond the plan
    sweeplog_close(&log);
    cr_assert(sweepresults_list(&r, directory, 10, &status), "%s", status.text);
    cr_assert_not_null(sweepresults_of(&r, (struct identity){5, 1}, &n));
    cr_expect_eq(n, 6);
    static const enum sweepresults_state wanted[] = {
        SWEEPRESULTS_DONE,   SWEEPRESULTS_DONE, SWEEPRESULTS_DONE,
        SWEEPRESULTS_FAILED, SWEEPRESULTS_DONE, SWEEPRESULTS_DONE,
        SWEEPRESULTS_DONE,   SWEEPRESULTS_DONE, SWEEPRESULTS_MISSING};
    for (uint32_t i = 0; i < 9; i++)
        cr_expect_eq(sweepresults_look(&r, (struct identity){5, 1}, i), wanted[i], "%u", i);
    cr_expect_eq(sweepresults_look(&r, (struct identity){7, 1}, 0), SWEEPRESULTS_MISSING);
    sweepresults_free(&r);
}
