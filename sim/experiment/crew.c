#include "experiment/crew.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/base.h"
#include "base/fd.h"
#include "base/process.h"

struct worker {
    pid_t pid;          // 0: none could be made
    int tasks, answers; // pipes
    bool is_busy;
    struct crew_task task;
};

struct local {
    struct crew crew;
    struct crew_conf conf;
    struct worker *workers; // [conf.n_workers]
    struct bytes answer;
    char death[64];
};

static struct local *local_of(struct crew *crew)
{
    return (struct local *)(void *)crew;
}

// ---- in a worker

static void serve(const struct crew_conf *conf, int tasks, int answers)
{
    struct crew_task task;
    while (fd_read(tasks, &task, sizeof task)) {
        struct bytes answer = {0};
        conf->work(conf->argument, &task, &answer);
        const uint64_t n = answer.data.n;
        const bool is_sent = fd_write(answers, &n, sizeof n) &&
                             fd_write(answers, answer.data.items, n);
        array_free(&answer.data);
        if (!is_sent)
            break;
    }
}

// ---- the caller

// Pipe ends of others would keep them open when the caller closes them.
static void close_others(const struct local *crew)
{
    for (int i = 0; i < crew->conf.n_workers; ++i)
        if (crew->workers[i].pid != 0) {
            close(crew->workers[i].tasks);
            close(crew->workers[i].answers);
        }
}

static bool hire(struct local *crew, struct worker *w)
{
    int tasks[2], answers[2];
    *w = (struct worker){0};
    if (pipe(tasks) != 0)
        return false;
    if (pipe(answers) != 0) {
        close(tasks[0]);
        close(tasks[1]);
        return false;
    }
    fflush(NULL);
    const pid_t pid = process_fork();
    if (pid == 0) {
        close_others(crew);
        close(tasks[1]);
        close(answers[0]);
        serve(&crew->conf, tasks[0], answers[1]);
        _exit(0);
    }
    close(tasks[0]);
    close(answers[1]);
    if (pid < 0) {
        close(tasks[1]);
        close(answers[0]);
        return false;
    }
    *w = (struct worker){.pid = pid, .tasks = tasks[1], .answers = answers[0]};
    return true;
}

static size_t size(const struct crew *crew)
{
    const struct local *local = (const struct local *)(const void *)crew;
    size_t n = 0;
    for (int i = 0; i < local->conf.n_workers; ++i)
        n += local->workers[i].pid != 0;
    return n;
}

static size_t busy(const struct crew *crew)
{
    const struct local *local = (const struct local *)(const void *)crew;
    size_t n = 0;
    for (int i = 0; i < local->conf.n_workers; ++i)
        n += local->workers[i].is_busy;
    return n;
}

static void deal(struct crew *crew, const struct crew_task *task)
{
    struct local *local = local_of(crew);
    for (int i = 0; i < local->conf.n_workers; ++i) {
        struct worker *w = &local->workers[i];
        if (w->pid == 0 || w->is_busy)
            continue;
        w->is_busy = true;
        w->task = *task;
        fd_write(w->tasks, task,
                 sizeof *task); // one that is gone is noticed as it does not answer
        return;
    }
    REQUIRE(false, "task %llu for nobody", (unsigned long long)task->item);
}

static void describe_death(struct local *crew, int how)
{
    if (WIFSIGNALED(how))
        snprintf(crew->death, sizeof crew->death, "killed by signal %d (%s)", WTERMSIG(how),
                 strsignal(WTERMSIG(how)));
    else
        snprintf(crew->death, sizeof crew->death, "ended with code %d", WEXITSTATUS(how));
}

static void bury(struct local *crew, struct worker *w)
{
    close(w->tasks);
    close(w->answers);
    describe_death(crew, process_wait(w->pid));
    *w = (struct worker){0};
}

static void take_answer(struct local *crew, struct worker *w, struct crew_answer *answer)
{
    uint64_t n = 0;
    *answer = (struct crew_answer){.task = w->task};
    array_clear(&crew->answer.data);
    if (fd_read(w->answers, &n, sizeof n)) {
        while (crew->answer.data.n < n)
            array_push(&crew->answer.data, 0);
        if (n > 0 && fd_read(w->answers, crew->answer.data.items, n)) {
            answer->bytes = crew->answer.data.items;
            answer->n = n;
            w->is_busy = false;
            return;
        }
    }
    bury(crew, w);
    answer->death = crew->death;
    hire(crew, w);
}

static bool wait_for(struct crew *base, int timeout_ms, struct crew_answer *answer)
{
    struct local *crew = local_of(base);
    struct pollfd *fds = array_new(struct pollfd, (size_t)crew->conf.n_workers);
    bool has_one = false;
    for (int i = 0; i < crew->conf.n_workers; ++i)
        fds[i] = (struct pollfd){.fd = crew->workers[i].is_busy ? crew->workers[i].answers : -1,
                                 .events = POLLIN};
    if (poll(fds, (nfds_t)crew->conf.n_workers, timeout_ms) > 0)
        for (int i = 0; i < crew->conf.n_workers && !has_one; ++i)
            if (fds[i].revents != 0) {
                take_answer(crew, &crew->workers[i], answer);
                has_one = true;
            }
    array_release(fds);
    return has_one;
}

static void dismiss(struct crew *base)
{
    struct local *crew = local_of(base);
    for (int i = 0; i < crew->conf.n_workers; ++i) {
        struct worker *w = &crew->workers[i];
        if (w->pid == 0)
            continue;
        if (w->is_busy)
            kill(w->pid, SIGKILL);
        bury(crew, w);
    }
    array_release(crew->workers);
    array_free(&crew->answer.data);
    array_release(crew);
}

static const struct crew_kind local_kind = {size, busy, deal, wait_for, dismiss};

struct crew *crew_hire(const struct crew_conf *conf)
{
    struct local *crew = array_new(struct local, 1);
    *crew = (struct local){.crew = {&local_kind},
                           .conf = *conf,
                           .workers = array_new(struct worker, (size_t)conf->n_workers)};
    signal(SIGCHLD, SIG_DFL); // who ignores it never learns how a child ended
    signal(SIGPIPE, SIG_IGN); // a worker that dies is noticed when its answer ends
    int n = 0;
    for (int i = 0; i < conf->n_workers; ++i)
        n += hire(crew, &crew->workers[i]);
    if (n > 0)
        return &crew->crew;
    dismiss(&crew->crew);
    return NULL;
}
