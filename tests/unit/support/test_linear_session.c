// Pins: what each of the weaker guarantees allows and forbids, in words too; that they say what the
// definition says of every pair of operations, on random histories; and that linearizable histories
// whose versions are in order keep them all.
#include <criterion/criterion.h>

#include "support/linear.h"
#include "unit/support/operations.h"
#include "unit/support/scatter.h"

enum { YOURS = 1, MONOTONIC_READS = 2, MONOTONIC = 4, FRESH = 8, ALL = 15 };

static unsigned guarantees(const struct history *h)
{
    struct breach why;
    return (history_reads_your_writes(h, &why) ? YOURS : 0u) |
           (history_reads_monotonically(h, &why) ? MONOTONIC_READS : 0u) |
           (history_is_monotonic(h, &why) ? MONOTONIC : 0u) |
           (history_is_fresh(h, &why) ? FRESH : 0u);
}

static void expect_guarantees(const char *name, unsigned want, size_t n,
                              const struct history_operation *o)
{
    struct history h = history_of(o, n);
    cr_expect_eq(guarantees(&h), want, "%s: %x, not %x", name, guarantees(&h), want);
    history_free(&h);
}

#define EXPECT(want, name, ...)                                                                    \
    expect_guarantees(name, want,                                                                  \
                      sizeof((struct history_operation[]){__VA_ARGS__}) /                          \
                          sizeof(struct history_operation),                                        \
                      (struct history_operation[]){__VA_ARGS__})

Test(linear_session, what_each_allows)
{
    expect_guarantees("nothing happens", ALL, 0, NULL);
    EXPECT(ALL, "in order", W(1, 5, 0, 10), R(1, 5, 20, 30), W(2, 6, 40, 50), R(1, 6, 60, 70));
    EXPECT(ALL & ~FRESH, "another's write is missed", W(1, 5, 0, 10), R(2, 0, 20, 30));
    EXPECT(MONOTONIC_READS, "one's own write is missed: a follower's copy", W(1, 5, 0, 10),
           R(1, 0, 20, 30));
    EXPECT(YOURS, "a read goes back: another follower's copy", W(1, 5, 0, 10), R(2, 5, 20, 30),
           R(2, 0, 40, 50));
    EXPECT(ALL, "new-old inversion: regular", W(1, 5, 0, 90), R(2, 5, 10, 20), R(3, 0, 30, 40));
    EXPECT(FRESH | YOURS, "the same by one reader", W(1, 5, 0, 90), R(2, 5, 10, 20),
           R(2, 0, 30, 40));
    EXPECT(ALL, "a newer version than any written", W(1, 5, 0, 10), R(1, 9, 20, 30));
    EXPECT(ALL, "reads that overlap are in no order", W(1, 5, 0, 90), R(2, 5, 10, 20),
           R(2, 0, 15, 40));
    EXPECT(ALL, "another key", WRITE_OF(1, 1, 5, 0, 10), READ_OF(2, 1, 0, 20, 30));
}

Test(linear_session, a_write_of_unknown_outcome_binds_nobody)
{
    EXPECT(ALL, "it may not have happened", PENDING(1, 5, 0), R(1, 0, 20, 30), R(2, 0, 20, 30));
    EXPECT(YOURS | FRESH, "who read it is bound", PENDING(1, 5, 0), R(2, 5, 20, 30),
           R(2, 0, 40, 50));
}

Test(linear_session, a_read_that_failed_counts_for_nothing)
{
    struct history_operation failed = R(1, 9, 0, 10);
    failed.ok = false;
    EXPECT(ALL, "what it saw", failed, R(1, 0, 20, 30));
    failed.value = 0;
    failed.invoked = 40, failed.returned = 50;
    EXPECT(ALL, "what it missed", W(1, 5, 20, 30), failed);
}

Test(linear_session, the_same_instant)
{
    EXPECT(MONOTONIC_READS | FRESH, "a process may act at once on an answer", W(1, 5, 0, 10),
           R(1, 0, 10, 20));
    EXPECT(YOURS | FRESH, "also on a read's", R(1, 5, 0, 10), R(1, 0, 10, 20));
    EXPECT(ALL, "the other way round", R(1, 0, 10, 20), W(1, 5, 0, 10));
    EXPECT(ALL, "another process cannot know of it", W(1, 5, 0, 10), R(2, 0, 10, 20));
    EXPECT(ALL & ~FRESH, "a nanosecond later it can", W(1, 5, 0, 10), R(2, 0, 11, 20));
    EXPECT(ALL, "an operation is not bound by itself", R(1, 5, 10, 10), R(1, 5, 10, 10));
}

// ---- words

static void expect_breach(bool (*check)(const struct history *, struct breach *), const char *want)
{
    const struct history_operation o[] = {W(1, 4, 0, 5), W(1, 6, 0, 10), R(1, 7, 20, 30),
                                          R(1, 5, 40, 50)};
    struct history h = history_of(o, ARRAY_LEN(o));
    struct breach why;
    cr_expect_not(check(&h, &why));
    cr_expect_str_eq(why.text, want);
    cr_expect_eq(why.n, 2);
    history_free(&h);
}

Test(linear_session, says_which_read_is_too_old)
{
    expect_breach(history_reads_your_writes,
                  "key 0: version 5 was read after version 6 had been written by the same process\n"
                  "  #1 process 1 writes 6 in [0, 10] ns\n"
                  "  #3 process 1 reads 5 in [40, 50] ns");
    expect_breach(history_reads_monotonically,
                  "key 0: version 5 was read after version 7 had been read by the same process\n"
                  "  #2 process 1 reads 7 in [20, 30] ns\n"
                  "  #3 process 1 reads 5 in [40, 50] ns");
    expect_breach(history_is_monotonic,
                  "key 0: version 5 was read after version 7 had been read by the same process\n"
                  "  #2 process 1 reads 7 in [20, 30] ns\n"
                  "  #3 process 1 reads 5 in [40, 50] ns");
    expect_breach(history_is_fresh, "key 0: version 5 was read after version 6 had been written\n"
                                    "  #1 process 1 writes 6 in [0, 10] ns\n"
                                    "  #3 process 1 reads 5 in [40, 50] ns");
}

// ---- the definition

// What a pair breaks, `a` being the earlier.
static unsigned broken_by(const struct history_operation *a, const struct history_operation *b)
{
    bool is_write = a->kind == HISTORY_WRITE, is_same = a->process == b->process;
    if (!a->ok || !b->ok || b->kind != HISTORY_READ || a->key != b->key || b->value >= a->value)
        return 0;
    unsigned broken = 0;
    if (is_same && (a->returned < b->invoked || (a->returned == b->invoked && a < b)))
        broken |= MONOTONIC | (is_write ? YOURS : MONOTONIC_READS);
    if (is_write && a->returned < b->invoked)
        broken |= FRESH;
    return broken;
}

static unsigned guarantees_by_pairs(const struct history *h)
{
    const struct history_operation *o = h->operations.items;
    unsigned broken = 0;
    for (size_t i = 0; i < h->operations.n; i++)
        for (size_t j = 0; j < h->operations.n; j++)
            broken |= broken_by(&o[i], &o[j]);
    return ALL & ~broken;
}

static void age_reads(struct stream *s, struct history *h)
{
    for (size_t i = 0; i < h->operations.n; i++) {
        struct history_operation *o = &h->operations.items[i];
        if (o->kind == HISTORY_READ && stream_below(s, 6) == 0)
            o->value -= o->value > 0 ? stream_below(s, (uint32_t)o->value) : 0;
    }
}

Test(linear_session, agree_with_all_pairs)
{
    const struct scatter shape = {
        .n = 16, .n_keys = 2, .n_processes = 3, .gap = 2, .stretch = 6, .n_lost = 3};
    struct stream s = stream_open(1, 0, "test", "sessions");
    uint32_t seen[ALL + 1] = {0};
    for (int i = 0; i < 20000; i++) {
        struct history h = scatter_history(&s, &shape);
        scatter_shuffle(&s, &h);
        age_reads(&s, &h);
        unsigned want = guarantees_by_pairs(&h);
        cr_assert_eq(guarantees(&h), want, "history %d: %x, not %x", i, guarantees(&h), want);
        seen[want]++;
        history_free(&h);
    }
    for (unsigned kept = 0; kept <= ALL; kept++) { // monotonic: both of the two, no less
        bool is_possible = !(kept & MONOTONIC) == ((kept & 3) != 3);
        cr_expect(is_possible == (seen[kept] > 0), "%x: %u times", kept, seen[kept]);
    }
}

Test(linear_session, linearizable_histories_keep_all)
{
    const struct scatter shape = {
        .n = 1000, .n_keys = 3, .n_processes = 5, .gap = 10, .stretch = 40, .n_lost = 1};
    struct stream s = stream_open(1, 0, "test", "linearizable sessions");
    for (int i = 0; i < 200; i++) {
        struct history h = scatter_history(&s, &shape);
        cr_assert_eq(guarantees(&h), ALL, "history %d", i);
        history_free(&h);
    }
}
