// Guarantees by age: one pass over the instants at which operations are invoked and return, which
// remembers the newest version that binds the reads to come.
#include "linear.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/base.h"

struct guarantee {
    bool by_process; // a process is bound by its own operations only
    bool by_reads, by_writes;
};

// An operation that binds returns, or a read is invoked.
struct moment {
    uint32_t key;
    uint32_t process; // 0 if all processes are bound together
    simtime at;
    uint32_t order; // among equal times: of recording, if that counts
    uint32_t operation;
    bool is_return; // after invocations, if nothing else tells
};

struct moments {
    struct moment *items;
    size_t n;
};

static int session_compare(const void *left, const void *right)
{
    const struct moment *a = left, *b = right;
    if (a->key != b->key)
        return a->key < b->key ? -1 : 1;
    if (a->process != b->process)
        return a->process < b->process ? -1 : 1;
    if (a->at != b->at)
        return a->at < b->at ? -1 : 1;
    if (a->order != b->order)
        return a->order < b->order ? -1 : 1;
    if (a->is_return != b->is_return)
        return a->is_return ? 1 : -1;
    return (a->operation > b->operation) - (a->operation < b->operation);
}

static void session_add(struct moments *s, const struct guarantee *g,
                        const struct history_operation *o, uint32_t operation)
{
    struct moment moment = {.key = o->key,
                            .process = g->by_process ? o->process : 0,
                            .at = o->invoked,
                            .order = g->by_process ? operation : 0,
                            .operation = operation};
    if (!o->ok)
        return;
    if (o->kind == HISTORY_READ)
        s->items[s->n++] = moment;
    moment.at = o->returned;
    moment.is_return = true;
    if (o->kind == HISTORY_READ ? g->by_reads : g->by_writes)
        s->items[s->n++] = moment;
}

static struct moments session_gather(const struct history *h, const struct guarantee *g)
{
    size_t n = h->operations.n;
    REQUIRE(n <= UINT32_MAX, "a history of %zu operations", n);
    struct moments s = {.items = array_new(struct moment, 2 * n)};
    for (uint32_t i = 0; i < n; i++)
        session_add(&s, g, &h->operations.items[i], i);
    qsort(s.items, s.n, sizeof *s.items, session_compare);
    return s;
}

// False, as the verdict is.
static bool session_blame(const struct history *h, const struct guarantee *g, struct breach *b,
                          const uint32_t operations[2])
{
    const struct history_operation *newest = &h->operations.items[operations[0]];
    const struct history_operation *read = &h->operations.items[operations[1]];
    breach_begin(
        b, "key %" PRIu32 ": version %" PRIu64 " was read after version %" PRIu64 " had been %s%s",
        read->key, read->value, newest->value, newest->kind == HISTORY_WRITE ? "written" : "read",
        g->by_process ? " by the same process" : "");
    breach_add(b, h, operations[0]);
    breach_add(b, h, operations[1]);
    return false;
}

static bool session_sweep(const struct history *h, const struct guarantee *g, struct breach *b,
                          const struct moments *s)
{
    const struct history_operation *o = h->operations.items;
    const struct moment *newest = NULL; // that has returned, of the same group
    for (size_t i = 0; i < s->n; i++) {
        const struct moment *now = &s->items[i];
        if (newest != NULL && (newest->key != now->key || newest->process != now->process))
            newest = NULL;
        bool is_older = newest != NULL && o[now->operation].value < o[newest->operation].value;
        if (now->is_return)
            newest = is_older ? newest : now;
        else if (is_older)
            return session_blame(h, g, b, (uint32_t[2]){newest->operation, now->operation});
    }
    return true;
}

static bool session_check(const struct history *h, struct breach *b, struct guarantee g)
{
    struct moments s = session_gather(h, &g);
    breach_clear(b);
    bool is_kept = session_sweep(h, &g, b, &s);
    array_release(s.items);
    return is_kept;
}

bool history_reads_your_writes(const struct history *h, struct breach *b)
{
    return session_check(h, b, (struct guarantee){.by_process = true, .by_writes = true});
}

bool history_reads_monotonically(const struct history *h, struct breach *b)
{
    return session_check(h, b, (struct guarantee){.by_process = true, .by_reads = true});
}

bool history_is_monotonic(const struct history *h, struct breach *b)
{
    return session_check(
        h, b, (struct guarantee){.by_process = true, .by_reads = true, .by_writes = true});
}

bool history_is_fresh(const struct history *h, struct breach *b)
{
    return session_check(h, b, (struct guarantee){.by_writes = true});
}
