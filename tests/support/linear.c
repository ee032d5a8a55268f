// Linearizability in O(n log n), for values that are written once: Gibbons & Korach 1997, "Testing
// shared memories", the section on unique values.
//
// Keys are judged one by one: a history is linearizable if what concerns each key is (locality,
// Herlihy & Wing 1990, theorem 1).
//
// The cluster of a version is its write and its reads. In a sequence of operations in which each
// read returns the latest write, clusters follow each other without mixing. Let f be the first
// return and s the last invocation in a cluster.
//
// - f < s, a forward zone [f, s]: one operation has happened by f, another happens from s on, so
//   the version stays the register's between them.
// - s <= f, a backward zone [s, f]: all its operations are under way together. The version is the
//   register's at some instant of the zone: if the operation that returns at f happens before the
//   one that is invoked at s then up to that, otherwise from that on.
//
// So in a linearizable history no read returns before its write is invoked, no two forward zones
// share more than an instant, and no backward zone is strictly inside a forward one. That is also
// enough: let each forward zone's operations happen in it, the write at f (it was invoked by then,
// or a read would have returned before), the others at f or at their invocation if that is later;
// what remains of the time is closed and meets every backward zone: let all operations of its
// cluster happen there at one instant, the write first. Where several clusters meet in one instant
// they come one after another: a forward zone that ends, backward ones, a forward zone that begins.
//
// Pending writes. One that was read has taken effect, and returns never, whenever it was reported
// as failed: it bounds the zone from below only. One that nobody read may be left out: in a
// sequence that has it no read follows it before the next write, so the sequence without it is as
// legal; and to leave it out is to say that it has not taken effect, which is allowed. It need not
// be looked for: its zone is a backward one without end, inside of none.
//
// The initial version is a write that was invoked and returned before everything.
#include "linear.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/base.h"

#define LINEAR_START INT64_MIN
#define LINEAR_NONE UINT32_MAX          // no operation: the initial write
#define LINEAR_READ (UINT32_C(1) << 31) // reads rank after writes

// An operation's place among the clusters.
struct member {
    uint64_t value;
    uint32_t key;
    uint32_t rank; // operation, and whether it is a read
};

struct zone {
    simtime first_return, last_invoked; // f, s
    uint64_t value;
    uint32_t write, first, last; // operations: the write, and those of the two times
};

struct linear {
    const struct history *history;
    struct breach *breach;
    struct member *members; // of all keys
    size_t n_members;
    ARRAY(struct zone) forward, backward; // of one key
};

static const struct history_operation *linear_operation(const struct linear *l, uint32_t operation)
{
    return &l->history->operations.items[operation];
}

// ---- breaches

// False, as the verdict is: a breach ends in the last of those to blame.
static bool linear_blame(const struct linear *l, uint32_t operation)
{
    if (operation != LINEAR_NONE)
        breach_add(l->breach, l->history, operation);
    return false;
}

static bool linear_blame_zone(const struct linear *l, const struct zone *z)
{
    linear_blame(l, z->write);
    linear_blame(l, z->first);
    return linear_blame(l, z->last);
}

static bool linear_unwritten(const struct linear *l, const struct member *read)
{
    breach_begin(l->breach, "key %" PRIu32 ": version %" PRIu64 " was read but never written",
                 read->key, read->value);
    return linear_blame(l, read->rank & ~LINEAR_READ);
}

static bool linear_written_twice(const struct linear *l, const struct member *writes)
{
    breach_begin(l->breach, "key %" PRIu32 ": version %" PRIu64 " was written twice", writes->key,
                 writes->value);
    linear_blame(l, writes[0].rank);
    return linear_blame(l, writes[1].rank);
}

static bool linear_foretold(const struct linear *l, const struct member *read, uint32_t write)
{
    breach_begin(l->breach, "key %" PRIu32 ": version %" PRIu64 " was read before it was written",
                 read->key, read->value);
    linear_blame(l, write);
    return linear_blame(l, read->rank & ~LINEAR_READ);
}

static bool linear_both(const struct linear *l, const struct zone *a, const struct zone *b)
{
    breach_begin(l->breach,
                 "key %" PRIu32 ": versions %" PRIu64 " and %" PRIu64
                 " are both needed from %" PRId64 " to %" PRId64 " ns",
                 linear_operation(l, a->last)->key, a->value, b->value,
                 simtime_most(a->first_return, b->first_return),
                 simtime_least(a->last_invoked, b->last_invoked));
    linear_blame_zone(l, a);
    return linear_blame_zone(l, b);
}

static bool linear_inside(const struct linear *l, const struct zone *outer,
                          const struct zone *inner)
{
    char from[32] = "the start";
    if (outer->first_return != LINEAR_START)
        snprintf(from, sizeof from, "%" PRId64, outer->first_return);
    breach_begin(l->breach,
                 "key %" PRIu32 ": version %" PRIu64 " is needed from %s to %" PRId64
                 " ns, and version %" PRIu64 " within [%" PRId64 ", %" PRId64 "] ns",
                 linear_operation(l, outer->last)->key, outer->value, from, outer->last_invoked,
                 inner->value, inner->last_invoked, inner->first_return);
    linear_blame_zone(l, outer);
    return linear_blame_zone(l, inner);
}

// ---- clusters

static int linear_compare_members(const void *left, const void *right)
{
    const struct member *a = left, *b = right;
    if (a->key != b->key)
        return a->key < b->key ? -1 : 1;
    if (a->value != b->value)
        return a->value < b->value ? -1 : 1;
    return a->rank < b->rank ? -1 : 1;
}

static void linear_gather(struct linear *l)
{
    const struct history_operation *o = l->history->operations.items;
    size_t n = l->history->operations.n;
    REQUIRE(n < LINEAR_READ, "a history of %zu operations", n);
    l->members = array_new(struct member, n);
    for (uint32_t i = 0; i < n; i++)
        if (history_counts(&o[i]))
            l->members[l->n_members++] =
                (struct member){.value = o[i].value,
                                .key = o[i].key,
                                .rank = o[i].kind == HISTORY_READ ? i | LINEAR_READ : i};
    qsort(l->members, l->n_members, sizeof *l->members, linear_compare_members);
}

static void linear_widen(const struct linear *l, struct zone *z, uint32_t operation)
{
    const struct history_operation *o = linear_operation(l, operation);
    simtime returned = o->ok ? o->returned : SIMTIME_NEVER;
    if (returned < z->first_return) {
        z->first_return = returned;
        z->first = operation;
    }
    if (o->invoked > z->last_invoked) {
        z->last_invoked = o->invoked;
        z->last = operation;
    }
}

// But for the initial version: its write is the first of its cluster, and the only one.
static bool linear_is_written_once(const struct linear *l, const struct member *cluster,
                                   const struct member *end)
{
    if (cluster->value == 0)
        return true;
    if (cluster->rank & LINEAR_READ)
        return linear_unwritten(l, cluster);
    if (cluster + 1 < end && !(cluster[1].rank & LINEAR_READ))
        return linear_written_twice(l, cluster);
    return true;
}

static struct zone linear_empty_zone(const struct member *cluster)
{
    bool is_initial = cluster->value == 0;
    return (struct zone){.first_return = is_initial ? LINEAR_START : SIMTIME_NEVER,
                         .last_invoked = LINEAR_START,
                         .value = cluster->value,
                         .write = is_initial ? LINEAR_NONE : cluster->rank,
                         .first = LINEAR_NONE,
                         .last = LINEAR_NONE};
}

static bool linear_cluster(struct linear *l, const struct member *cluster, const struct member *end)
{
    if (!linear_is_written_once(l, cluster, end))
        return false;
    struct zone z = linear_empty_zone(cluster);
    simtime written = z.write == LINEAR_NONE ? LINEAR_START : linear_operation(l, z.write)->invoked;
    for (const struct member *m = cluster; m < end; m++) {
        uint32_t operation = m->rank & ~LINEAR_READ;
        if (linear_operation(l, operation)->returned < written)
            return linear_foretold(l, m, z.write);
        linear_widen(l, &z, operation);
    }
    if (z.first_return < z.last_invoked)
        array_push(&l->forward, z);
    else
        array_push(&l->backward, z);
    return true;
}

// ---- zones

static int linear_compare_zones(const void *left, const void *right)
{
    const struct zone *a = left, *b = right;
    if (a->first_return != b->first_return)
        return a->first_return < b->first_return ? -1 : 1;
    return (a->value > b->value) - (a->value < b->value);
}

// Of forward zones, in order, the last that begins before `at`; NULL: none.
static const struct zone *linear_zone_before(const struct linear *l, simtime at)
{
    size_t from = 0, to = l->forward.n;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        if (l->forward.items[middle].first_return < at)
            from = middle + 1;
        else
            to = middle;
    }
    return from > 0 ? &l->forward.items[from - 1] : NULL;
}

static bool linear_judge_zones(const struct linear *l)
{
    struct zone *forward = l->forward.items;
    if (l->forward.n > 0)
        qsort(forward, l->forward.n, sizeof *forward, linear_compare_zones);
    for (size_t i = 1; i < l->forward.n; i++)
        if (forward[i].first_return < forward[i - 1].last_invoked)
            return linear_both(l, &forward[i - 1], &forward[i]);
    for (size_t i = 0; i < l->backward.n; i++) {
        const struct zone *inner = &l->backward.items[i];
        const struct zone *outer = linear_zone_before(l, inner->last_invoked);
        if (outer != NULL && inner->first_return < outer->last_invoked)
            return linear_inside(l, outer, inner);
    }
    return true;
}

// ---- keys

static bool linear_key(struct linear *l, const struct member *members, const struct member *end)
{
    array_clear(&l->forward);
    array_clear(&l->backward);
    while (members < end) {
        const struct member *next = members + 1;
        while (next < end && next->value == members->value)
            next++;
        if (!linear_cluster(l, members, next))
            return false;
        members = next;
    }
    return linear_judge_zones(l);
}

static bool linear_keys(struct linear *l)
{
    const struct member *members = l->members, *end = members + l->n_members;
    while (members < end) {
        const struct member *next = members + 1;
        while (next < end && next->key == members->key)
            next++;
        if (!linear_key(l, members, next))
            return false;
        members = next;
    }
    return true;
}

bool history_is_linearizable(const struct history *h, struct breach *b)
{
    struct linear l = {.history = h, .breach = b};
    breach_clear(b);
    linear_gather(&l);
    bool is_linearizable = linear_keys(&l);
    array_release(l.members);
    array_free(&l.forward);
    array_free(&l.backward);
    return is_linearizable;
}
