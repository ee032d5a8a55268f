#include "experiment/mpicrew.h"

#ifndef AASIM_MPI

struct crew *mpicrew_join(struct crew *local, struct status *status)
{
    crew_dismiss(local);
    status_fail(status, STATUS_USAGE, "this program was built without MPI: 'make mpi' builds one");
    return NULL;
}

#else

#include <limits.h>
#include <mpi.h>
#include <string.h>
#include <time.h>

#include "base/base.h"

enum { TAG_TASK, TAG_ANSWER, TAG_DEATH, TAG_FAREWELL };
// MPI itself waits by spinning, which would take a processor from those that work.
enum { LEAST_NAP_US = 50, MOST_NAP_US = 2000, GLANCE_MS = 1, FULL_MS = 20 };

// Sleeps, the next time twice as long.
static void nap(int *us)
{
    const struct timespec span = {.tv_nsec = *us * 1000L};
    nanosleep(&span, NULL);
    *us = 2 * *us < MOST_NAP_US ? 2 * *us : MOST_NAP_US;
}

// ---- ranks that work

// An answer begins so; then come its bytes, or what ended the worker.
struct heading {
    struct crew_task task;
    uint64_t n_workers; // of the rank: one that died may not have been replaced
};

static void send_answer(const struct crew_answer *a, size_t n_workers, struct bytes *message)
{
    const struct heading heading = {a->task, n_workers};
    const bool has_died = a->death != NULL;
    array_clear(&message->data);
    bytes_put(message, &heading, sizeof heading);
    bytes_put(message, has_died ? (const void *)a->death : a->bytes,
              has_died ? strlen(a->death) : a->n);
    REQUIRE(message->data.n <= INT_MAX, "an answer of %zu bytes", message->data.n);
    MPI_Send(message->data.items, (int)message->data.n, MPI_BYTE, 0,
             has_died ? TAG_DEATH : TAG_ANSWER, MPI_COMM_WORLD);
}

// One message of rank 0, if there is any; false: it was the farewell.
static bool hear(struct crew *local)
{
    int has_message = 0;
    MPI_Status message;
    struct crew_task task;
    MPI_Iprobe(0, MPI_ANY_TAG, MPI_COMM_WORLD, &has_message, &message);
    if (!has_message)
        return true;
    MPI_Recv(&task, sizeof task, MPI_BYTE, 0, MPI_ANY_TAG, MPI_COMM_WORLD, &message);
    if (message.MPI_TAG == TAG_FAREWELL)
        return false;
    crew_deal(local, &task);
    return true;
}

static void serve(struct crew *local)
{
    struct bytes message = {0};
    struct crew_answer answer;
    int nap_us = LEAST_NAP_US;
    while (hear(local)) {
        const size_t n = crew_busy(local);
        if (n == 0) {
            nap(&nap_us);
            continue;
        }
        nap_us = LEAST_NAP_US;
        if (crew_wait(local, n < crew_size(local) ? GLANCE_MS : FULL_MS, &answer))
            send_answer(&answer, crew_size(local), &message);
    }
    crew_dismiss(local);
    MPI_Send(NULL, 0, MPI_BYTE, 0, TAG_FAREWELL, MPI_COMM_WORLD);
    array_free(&message.data);
}

// ---- rank 0

struct remote {
    struct crew crew;
    int n_ranks;
    size_t *workers, *busy; // by rank; of rank 0 none
    struct bytes message;
};

static struct remote *remote_of(struct crew *crew)
{
    return (struct remote *)(void *)crew;
}

static size_t sum(const size_t *counts, int n)
{
    size_t total = 0;
    for (int i = 0; i < n; ++i)
        total += counts[i];
    return total;
}

static size_t size(const struct crew *crew)
{
    const struct remote *r = (const struct remote *)(const void *)crew;
    return sum(r->workers, r->n_ranks);
}

static size_t busy(const struct crew *crew)
{
    const struct remote *r = (const struct remote *)(const void *)crew;
    return sum(r->busy, r->n_ranks);
}

// To the rank with most free workers, so that a few tasks are spread over the machines.
static void deal(struct crew *crew, const struct crew_task *task)
{
    struct remote *r = remote_of(crew);
    int most = 0;
    for (int rank = 1; rank < r->n_ranks; ++rank)
        if (r->workers[rank] - r->busy[rank] > r->workers[most] - r->busy[most])
            most = rank;
    REQUIRE(r->workers[most] > r->busy[most], "a task for nobody");
    ++r->busy[most];
    MPI_Send(task, sizeof *task, MPI_BYTE, most, TAG_TASK, MPI_COMM_WORLD);
}

// Takes the message that was probed into r->message, with a zero behind it.
static void receive(struct remote *r, const MPI_Status *probed)
{
    int n;
    MPI_Get_count(probed, MPI_BYTE, &n);
    array_clear(&r->message.data);
    array_reserve(&r->message.data, (size_t)n + 1);
    MPI_Recv(r->message.data.items, n, MPI_BYTE, probed->MPI_SOURCE, probed->MPI_TAG,
             MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    r->message.data.n = (size_t)n;
    r->message.data.items[n] = 0;
}

static bool wait_for(struct crew *crew, int timeout_ms, struct crew_answer *answer)
{
    struct remote *r = remote_of(crew);
    int has_message = 0, nap_us = LEAST_NAP_US;
    MPI_Status message;
    for (int left_us = 1000 * timeout_ms; left_us > 0 && !has_message;) {
        MPI_Iprobe(MPI_ANY_SOURCE, MPI_ANY_TAG, MPI_COMM_WORLD, &has_message, &message);
        left_us -= nap_us;
        if (!has_message)
            nap(&nap_us);
    }
    if (!has_message)
        return false;
    receive(r, &message);
    --r->busy[message.MPI_SOURCE];
    struct heading heading;
    memcpy(&heading, r->message.data.items, sizeof heading);
    r->workers[message.MPI_SOURCE] = heading.n_workers;
    *answer = (struct crew_answer){.task = heading.task};
    const unsigned char *rest = r->message.data.items + sizeof heading;
    if (message.MPI_TAG == TAG_DEATH)
        answer->death = (const char *)rest;
    else
        answer->bytes = rest, answer->n = r->message.data.n - sizeof heading;
    return true;
}

// What still comes of others before their farewell is not wanted any more.
static void dismiss(struct crew *crew)
{
    struct remote *r = remote_of(crew);
    for (int rank = 1; rank < r->n_ranks; ++rank)
        MPI_Send(NULL, 0, MPI_BYTE, rank, TAG_FAREWELL, MPI_COMM_WORLD);
    for (int left = r->n_ranks - 1; left > 0;) {
        MPI_Status message;
        MPI_Probe(MPI_ANY_SOURCE, MPI_ANY_TAG, MPI_COMM_WORLD, &message);
        receive(r, &message);
        left -= message.MPI_TAG == TAG_FAREWELL;
    }
    array_release(r->workers);
    array_release(r->busy);
    array_free(&r->message.data);
    array_release(r);
    MPI_Finalize();
}

static const struct crew_kind remote_kind = {size, busy, deal, wait_for, dismiss};

static struct crew *take_command(int n_ranks)
{
    struct remote *r = array_new(struct remote, 1);
    const uint64_t none = 0;
    *r = (struct remote){.crew = {&remote_kind},
                         .n_ranks = n_ranks,
                         .workers = array_new(size_t, (size_t)n_ranks),
                         .busy = array_new(size_t, (size_t)n_ranks)};
    _Static_assert(sizeof(size_t) == sizeof none, "counts are sent as they are");
    MPI_Gather(&none, 1, MPI_UINT64_T, r->workers, 1, MPI_UINT64_T, 0, MPI_COMM_WORLD);
    return &r->crew;
}

struct crew *mpicrew_join(struct crew *local, struct status *status)
{
    int rank, n_ranks;
    MPI_Init(NULL, NULL);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &n_ranks);
    if (n_ranks == 1) {
        crew_dismiss(local);
        MPI_Finalize();
        status_fail(status, STATUS_USAGE,
                    "rank 0 deals to others, and there are none: start it by 'mpirun -np N', N "
                    "above 1");
        return NULL;
    }
    if (rank == 0) {
        crew_dismiss(local);
        return take_command(n_ranks);
    }
    const uint64_t n_workers = crew_size(local);
    MPI_Gather(&n_workers, 1, MPI_UINT64_T, NULL, 0, MPI_UINT64_T, 0, MPI_COMM_WORLD);
    serve(local);
    MPI_Finalize();
    return NULL;
}

#endif
