#include "experiment/sweepresults.h"

#include <glob.h>
#include <stdlib.h>

#include "base/base.h"

static int compare_parts(const void *a, const void *b)
{
    const struct sweeplog_entry *x = a, *y = b;
    const int ids = identity_compare(x->id, y->id);
    const int64_t keys[][2] = {{x->first, y->first}, {x->log, y->log}, {x->at, y->at}};
    for (size_t i = 0; ids == 0 && i < ARRAY_LEN(keys); ++i)
        if (keys[i][0] != keys[i][1])
            return keys[i][0] < keys[i][1] ? -1 : 1;
    return ids;
}

// Of the parts of a point with results, in order: those that begin behind the one taken before.
static void take_parts(sweeplog_list *parts, uint32_t replications)
{
    uint32_t end = 0;
    for (size_t i = 0; i < parts->n; ++i) {
        struct sweeplog_entry *e = &parts->items[i];
        if (i == 0 || !identity_is_same(e->id, parts->items[i - 1].id))
            end = 0;
        e->is_taken = !e->has_failed && e->first >= end && e->first <= replications &&
                      e->n <= replications - e->first;
        if (e->is_taken)
            end = e->first + e->n;
    }
}

// False: there are none yet.
static bool find_logs(struct arena *arena, const char *directory, glob_t *found)
{
    return glob(arena_printf(arena, "%s/results/*.log", directory), 0, NULL, found) == 0;
}

bool sweepresults_list(struct sweepresults *r, const char *directory, uint32_t replications,
                       struct status *status)
{
    glob_t found;
    bool is_good = true;
    *r = (struct sweepresults){0};
    if (!find_logs(&r->arena, directory, &found))
        return true; // none yet
    for (size_t i = 0; i < found.gl_pathc && is_good; ++i) {
        size_t n_lost = 0;
        array_push(&r->paths, arena_string(&r->arena, found.gl_pathv[i]));
        is_good = sweeplog_list_parts(found.gl_pathv[i], (uint32_t)i, &r->parts, &n_lost, status);
        r->n_lost += n_lost;
    }
    globfree(&found);
    if (r->parts.n > 0)
        qsort(r->parts.items, r->parts.n, sizeof *r->parts.items, compare_parts);
    take_parts(&r->parts, replications);
    return is_good;
}

const char *sweepresults_busy(struct arena *arena, const char *directory)
{
    glob_t found;
    const char *busy = NULL;
    if (!find_logs(arena, directory, &found))
        return NULL;
    for (size_t i = 0; i < found.gl_pathc && busy == NULL; ++i)
        if (sweeplog_is_open(found.gl_pathv[i]))
            busy = arena_string(arena, found.gl_pathv[i]);
    globfree(&found);
    return busy;
}

void sweepresults_free(struct sweepresults *r)
{
    array_free(&r->paths);
    array_free(&r->parts);
    arena_free(&r->arena);
}

// The first part whose identity is not before this one.
static size_t lower_bound(const struct sweepresults *r, struct identity id)
{
    size_t low = 0, high = r->parts.n;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (identity_compare(r->parts.items[middle].id, id) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const struct sweeplog_entry *sweepresults_of(const struct sweepresults *r, struct identity id,
                                             size_t *n)
{
    const size_t begin = lower_bound(r, id);
    size_t end = begin;
    while (end < r->parts.n && identity_is_same(r->parts.items[end].id, id))
        ++end;
    *n = end - begin;
    return r->parts.items + begin;
}

enum sweepresults_state sweepresults_look(const struct sweepresults *r, struct identity id,
                                          uint32_t replication)
{
    size_t n;
    const struct sweeplog_entry *parts = sweepresults_of(r, id, &n);
    enum sweepresults_state state = SWEEPRESULTS_MISSING;
    for (size_t i = 0; i < n; ++i) {
        if (replication < parts[i].first || replication - parts[i].first >= parts[i].n)
            continue;
        if (parts[i].is_taken)
            return SWEEPRESULTS_DONE;
        if (parts[i].has_failed)
            state = SWEEPRESULTS_FAILED;
    }
    return state;
}
