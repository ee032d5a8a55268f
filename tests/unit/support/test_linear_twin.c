// Pins: the zones of linear.c and the search give the same verdict on every small history of some
// shapes (all times, ties, pending writes), and on random ones, made linearizable and then changed;
// that a history made linearizable is found so; that the operations named by a breach cannot be
// linearized by themselves; that a difference would be noticed.
#include <criterion/criterion.h>
#include <string.h>

#include "support/linear.h"
#include "unit/support/operations.h"
#include "unit/support/scatter.h"

struct verdicts {
    uint32_t n, yes;
    uint32_t unwritten, foretold, both, inside; // breaches by kind
};

static void count_breach(struct verdicts *v, const struct breach *why)
{
    v->unwritten += strstr(why->text, "never written") != NULL;
    v->foretold += strstr(why->text, "before it was written") != NULL;
    v->both += strstr(why->text, "both needed") != NULL;
    v->inside += strstr(why->text, "and version") != NULL;
}

// The operations that are blamed, and no others, have no order either.
static bool breach_stands_alone(const struct history *h, const struct breach *why)
{
    struct history blamed = {0};
    for (size_t i = 0; i < why->n; i++)
        history_add(&blamed, &h->operations.items[why->operations[i]]);
    bool stands = !history_is_linearizable_by_search(&blamed);
    history_free(&blamed);
    return stands;
}

static bool twins_agree(const struct history *h, struct verdicts *v)
{
    struct breach why;
    bool zones = history_is_linearizable(h, &why);
    v->n++;
    v->yes += zones;
    count_breach(v, &why);
    return history_is_linearizable_by_search(h) == zones && (zones || breach_stands_alone(h, &why));
}

static void say(const struct history *h)
{
    char line[HISTORY_OPERATION_TEXT];
    for (size_t i = 0; i < h->operations.n; i++)
        cr_log_error("key %u: %s", h->operations.items[i].key,
                     history_operation_format(&h->operations.items[i], line));
}

// ---- all small histories

enum { TIMES = 4, INTERVALS = TIMES * (TIMES + 1) / 2 };

// Interval 0, 1 ... of those within [0, TIMES).
static void set_interval(struct history_operation *o, uint32_t interval)
{
    uint32_t from = 0;
    for (; interval >= TIMES - from; from++)
        interval -= TIMES - from;
    o->invoked = from;
    o->returned = from + interval;
}

// A write: answered in any interval, or pending from any time on.
static uint32_t decode_write(struct history_operation *o, uint32_t code, uint64_t version)
{
    uint32_t choice = code % (INTERVALS + TIMES);
    *o = (struct history_operation){.kind = HISTORY_WRITE, .value = version, .ok = true};
    if (choice < INTERVALS) {
        set_interval(o, choice);
    } else {
        o->invoked = choice - INTERVALS;
        o->returned = SIMTIME_NEVER;
        o->ok = false;
    }
    return code / (INTERVALS + TIMES);
}

// A read of any version in any interval.
static uint32_t decode_read(struct history_operation *o, uint32_t code, uint32_t n_versions)
{
    *o = (struct history_operation){.kind = HISTORY_READ, .value = code % n_versions, .ok = true};
    set_interval(o, code / n_versions % INTERVALS);
    return code / n_versions / INTERVALS;
}

static struct verdicts try_all(uint32_t n_writes, uint32_t n_reads)
{
    struct verdicts v = {0};
    struct history h = history_of((struct history_operation[4]){{0}}, n_writes + n_reads);
    for (uint32_t history = 0;; history++) {
        uint32_t code = history;
        for (uint32_t i = 0; i < n_writes; i++)
            code = decode_write(&h.operations.items[i], code, i + 1);
        for (uint32_t i = 0; i < n_reads; i++)
            code = decode_read(&h.operations.items[n_writes + i], code, n_writes + 1);
        if (code > 0) // that was the last
            break;
        if (!twins_agree(&h, &v)) {
            say(&h);
            cr_assert_fail("history %u of %u writes and %u reads", history, n_writes, n_reads);
        }
    }
    history_free(&h);
    return v;
}

Test(linear_twin, every_history_of_few_operations)
{
    struct verdicts v = try_all(2, 2);
    cr_expect_eq(v.n, 14 * 14 * 30 * 30);
    cr_expect(v.yes > 10000 && v.foretold > 10000 && v.both > 100 && v.inside > 1000);
    cr_expect_eq(try_all(1, 3).n, 14 * 20 * 20 * 20);
    cr_expect_eq(try_all(3, 1).n, 14 * 14 * 14 * 40);
}

// ---- random histories

static const struct scatter shapes[] = {
    {.n = 6, .n_keys = 1, .n_processes = 3, .gap = 1, .stretch = 2, .n_lost = 4},
    {.n = 8, .n_keys = 1, .n_processes = 3, .gap = 10, .stretch = 15, .n_lost = 0},
    {.n = 10, .n_keys = 1, .n_processes = 3, .gap = 10, .stretch = 30, .n_lost = 2},
    {.n = 12, .n_keys = 3, .n_processes = 3, .gap = 3, .stretch = 10, .n_lost = 4},
    {.n = 24, .n_keys = 2, .n_processes = 5, .gap = 10, .stretch = 20, .n_lost = 1},
};
enum { HISTORIES = 10000 }; // of each shape

Test(linear_twin, what_was_made_linearizable_is)
{
    struct stream s = stream_open(1, 0, "test", "linearizable");
    struct verdicts v = {0};
    for (size_t shape = 0; shape < ARRAY_LEN(shapes); shape++)
        for (int i = 0; i < HISTORIES; i++) {
            struct history h = scatter_history(&s, &shapes[shape]);
            scatter_shuffle(&s, &h);
            if (!twins_agree(&h, &v) || v.yes < v.n) {
                say(&h);
                cr_assert_fail("history %d of shape %zu", i, shape);
            }
            history_free(&h);
        }
}

// A version of the key, written or not.
static uint64_t some_version(struct stream *s, const struct history *h, uint32_t key)
{
    const struct history_operation *o =
        &h->operations.items[stream_below(s, (uint32_t)h->operations.n)];
    if (stream_below(s, 32) == 0)
        return 1000;
    return o->key == key ? o->value : 0;
}

// One operation is no longer as it was; versions stay unique.
static void change(struct stream *s, struct history *h)
{
    struct history_operation *o = &h->operations.items[stream_below(s, (uint32_t)h->operations.n)];
    simtime shift = (simtime)stream_below(s, 41) - 20;
    switch (stream_below(s, 4)) {
    case 0: // a read returns something else
        if (o->kind == HISTORY_READ)
            o->value = some_version(s, h, o->key);
        break;
    case 1: // it is earlier or later
        o->invoked += shift;
        if (o->returned < SIMTIME_NEVER)
            o->returned += shift;
        break;
    case 2: // it takes no time
        if (o->returned < SIMTIME_NEVER)
            o->invoked = o->returned;
        break;
    case 3: // a write that succeeded fails, or the other way round
        if (o->kind == HISTORY_WRITE)
            o->ok = !o->ok;
        if (o->ok && o->returned == SIMTIME_NEVER)
            o->returned = o->invoked + 5;
        break;
    }
}

static struct verdicts try_changed(const struct scatter *shape, uint64_t seed)
{
    struct stream s = stream_open(seed, 0, "test", "changed histories");
    struct verdicts v = {0};
    for (int i = 0; i < HISTORIES; i++) {
        struct history h = scatter_history(&s, shape);
        scatter_shuffle(&s, &h);
        for (uint32_t n = 1 + stream_below(&s, 8); n > 0; n--)
            change(&s, &h);
        if (!twins_agree(&h, &v)) {
            say(&h);
            cr_assert_fail("history %d of seed %lu", i, seed);
        }
        history_free(&h);
    }
    return v;
}

Test(linear_twin, changed_histories)
{
    for (size_t shape = 0; shape < ARRAY_LEN(shapes); shape++) {
        struct verdicts v = try_changed(&shapes[shape], shape);
        cr_expect(v.yes > HISTORIES / 5 && v.n - v.yes > HISTORIES / 5, "shape %zu: %u of %u",
                  shape, v.yes, v.n);
        cr_expect(v.unwritten > 100 && v.foretold > 100 && v.both > 100 && v.inside > 100,
                  "shape %zu: breaches %u %u %u %u", shape, v.unwritten, v.foretold, v.both,
                  v.inside);
    }
}

Test(linear_twin, planted_fault_is_found)
{
    // A twin that is not told of one operation.
    struct stream s = stream_open(1, 0, "test", "planted fault");
    uint32_t differences = 0;
    for (int i = 0; i < HISTORIES; i++) {
        struct history h = scatter_history(&s, &shapes[2]);
        struct breach why;
        scatter_shuffle(&s, &h);
        change(&s, &h);
        bool zones = history_is_linearizable(&h, &why);
        h.operations.n--;
        differences += zones != history_is_linearizable_by_search(&h);
        history_free(&h);
    }
    cr_expect_gt(differences, HISTORIES / 50);
}
