// Pins: verdicts on histories from the literature and on the edges of its definitions (pending
// writes, equal instants, the initial version), by the zones and by the search alike; that keys are
// judged apart; which operations are named, in which words; and that a million operations take no
// time. That the zones are right in general is test_linear_twin.c's.
#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "support/linear.h"
#include "unit/support/operations.h"
#include "unit/support/scatter.h"

enum { CASE_OPERATIONS = 8 };

struct example {
    const char *name;
    bool is_linearizable;
    struct history_operation operations[CASE_OPERATIONS]; // the first without times ends them
};

static size_t example_length(const struct example *e)
{
    size_t n = 0;
    while (n < CASE_OPERATIONS && e->operations[n].returned != 0)
        n++;
    return n;
}

static void judge(const struct example *examples, size_t n)
{
    for (const struct example *e = examples; e < examples + n; e++) {
        struct history h = history_of(e->operations, example_length(e));
        struct breach why;
        bool zones = history_is_linearizable(&h, &why);
        cr_expect_eq(zones, e->is_linearizable, "%s: %s", e->name, why.text);
        cr_expect_eq(zones, why.n == 0);
        cr_expect_eq(zones, strlen(why.text) == 0);
        cr_expect_eq(history_is_linearizable_by_search(&h), e->is_linearizable, "%s, by search",
                     e->name);
        history_free(&h);
    }
}

// ---- from the literature

Test(linear, one_register)
{
    static const struct example examples[] = {
        {"nothing happens", true, {{0}}},
        {"one after another",
         true,
         {W(1, 5, 0, 10), R(2, 5, 20, 30), W(1, 6, 40, 50), R(2, 6, 60, 70)}},
        {"stale read: sequentially consistent (Lamport 1979), but not in real time",
         false,
         {W(1, 5, 0, 10), W(1, 6, 20, 30), R(2, 5, 40, 50)}},
        {"a read during a write may return the old version or the new",
         true,
         {W(1, 5, 0, 10), W(1, 6, 20, 60), R(2, 5, 30, 40), R(3, 6, 30, 40)}},
        {"new-old inversion: regular, but not atomic (Lamport 1986)",
         false,
         {W(1, 5, 0, 10), W(1, 6, 20, 60), R(2, 6, 25, 35), R(2, 5, 40, 50)}},
        {"the same by two readers: quorum reads without write-back (Attiya et al. 1995)",
         false,
         {W(1, 5, 0, 10), W(1, 6, 20, 60), R(2, 6, 25, 35), R(3, 5, 40, 50)}},
        {"readers that overlap may see them in either order",
         true,
         {W(1, 5, 0, 10), W(1, 6, 20, 60), R(2, 6, 25, 45), R(3, 5, 40, 50)}},
        {"concurrent writes, the later one first",
         true,
         {W(1, 5, 0, 50), W(2, 6, 10, 40), R(3, 5, 60, 70)}},
        {"concurrent writes, readers agree",
         true,
         {W(1, 5, 0, 50), W(2, 6, 0, 50), R(3, 5, 10, 20), R(4, 6, 30, 40), R(3, 6, 60, 70)}},
        {"concurrent writes, readers disagree",
         false,
         {W(1, 5, 0, 50), W(2, 6, 0, 50), R(3, 5, 60, 70), R(4, 6, 80, 90)}},
        {"a version returns after it was replaced",
         false,
         {W(1, 5, 0, 90), W(2, 6, 0, 90), R(3, 5, 10, 20), R(3, 6, 30, 40), R(3, 5, 50, 60)}},
        {"an acknowledged write is lost in a failover",
         false,
         {W(1, 5, 0, 10), W(2, 6, 20, 30), R(3, 5, 40, 50), W(2, 7, 60, 70), R(3, 7, 80, 90)}},
        {"a write comes between a write and its read",
         false,
         {W(1, 5, 0, 10), W(2, 6, 20, 30), W(3, 7, 0, 100), R(4, 5, 40, 50)}},
        {"the same, had the first taken longer",
         true,
         {W(1, 5, 0, 25), W(2, 6, 20, 30), W(3, 7, 0, 100), R(4, 5, 40, 50)}},
    };
    judge(examples, ARRAY_LEN(examples));
}

Test(linear, several_registers)
{
    static const struct example examples[] = {
        {"store buffers: both processes miss the other's write (Lamport 1979)",
         false,
         {WRITE_OF(1, 1, 5, 0, 10), READ_OF(2, 1, 0, 20, 30), WRITE_OF(2, 2, 6, 0, 10),
          READ_OF(1, 2, 0, 20, 30)}},
        {"each may miss it while it is written",
         true,
         {WRITE_OF(1, 1, 5, 0, 25), READ_OF(2, 1, 0, 20, 30), WRITE_OF(2, 2, 6, 0, 25),
          READ_OF(1, 2, 0, 20, 30)}},
        {"two readers see independent writes in different orders",
         false,
         {WRITE_OF(1, 1, 5, 0, 90), WRITE_OF(2, 2, 6, 0, 90), READ_OF(1, 3, 5, 10, 20),
          READ_OF(2, 3, 0, 30, 40), READ_OF(2, 4, 6, 10, 20), READ_OF(1, 4, 0, 30, 40)}},
        {"the same version in two registers",
         true,
         {WRITE_OF(1, 1, 5, 0, 10), WRITE_OF(2, 1, 5, 20, 30), READ_OF(1, 2, 5, 40, 50),
          READ_OF(2, 2, 5, 40, 50)}},
        {"no register takes another's version",
         false,
         {WRITE_OF(1, 1, 5, 0, 10), READ_OF(2, 2, 5, 20, 30)}},
    };
    judge(examples, ARRAY_LEN(examples));
}

// ---- the edges

Test(linear, the_initial_version)
{
    static const struct example examples[] = {
        {"nothing was written", true, {R(1, 0, 0, 10), R(2, 0, 5, 20)}},
        {"until the first write returns", true, {W(1, 5, 0, 20), R(2, 0, 10, 30)}},
        {"but not afterwards", false, {W(1, 5, 0, 20), R(2, 0, 21, 30)}},
        {"nor after the write was seen", false, {W(1, 5, 0, 90), R(2, 5, 10, 20), R(2, 0, 30, 40)}},
    };
    judge(examples, ARRAY_LEN(examples));
}

Test(linear, pending_writes)
{
    static const struct example examples[] = {
        {"nobody saw it", true, {W(1, 5, 0, 10), PENDING(2, 6, 20), R(3, 5, 90, 99)}},
        {"it took effect", true, {W(1, 5, 0, 10), PENDING(2, 6, 20), R(3, 6, 90, 99)}},
        {"late",
         true,
         {W(1, 5, 0, 10), PENDING(2, 6, 20), R(3, 5, 30, 40), W(1, 7, 50, 60), R(3, 7, 70, 80),
          R(3, 6, 90, 99)}},
        {"after it was reported as failed",
         true,
         {W(1, 5, 0, 10), FAILED(2, 6, 20, 30), R(3, 5, 40, 50), R(3, 6, 90, 99)}},
        {"but once read it stays", false, {FAILED(2, 6, 20, 30), R(3, 6, 40, 50), R(3, 0, 60, 70)}},
        {"not before it was invoked", false, {PENDING(2, 6, 20), R(3, 6, 10, 19)}},
        {"once only",
         false,
         {PENDING(2, 6, 20), R(3, 6, 30, 40), W(1, 7, 50, 60), R(3, 7, 70, 80), R(3, 6, 90, 99)}},
        {"not twice replaced", false, {PENDING(2, 6, 20), R(3, 6, 30, 40), R(3, 0, 50, 60)}},
        {"two of them in any order",
         true,
         {PENDING(1, 5, 0), PENDING(2, 6, 0), R(3, 6, 10, 20), R(3, 5, 30, 40)}},
    };
    judge(examples, ARRAY_LEN(examples));
}

Test(linear, equal_instants_are_concurrent)
{
    static const struct example examples[] = {
        {"a read may miss a write that returns when it is invoked",
         true,
         {W(1, 5, 0, 10), R(2, 0, 10, 20)}},
        {"a nanosecond later it may not", false, {W(1, 5, 0, 10), R(2, 0, 11, 20)}},
        {"a read may return with a write that is invoked then",
         true,
         {R(2, 5, 0, 10), W(1, 5, 10, 20)}},
        {"a nanosecond earlier it may not", false, {R(2, 5, 0, 9), W(1, 5, 10, 20)}},
        {"forward zones may touch",
         true,
         {W(1, 5, 0, 10), R(2, 5, 20, 90), W(1, 6, 0, 20), R(2, 6, 30, 90)}},
        {"but not overlap",
         false,
         {W(1, 5, 0, 10), R(2, 5, 21, 90), W(1, 6, 0, 20), R(2, 6, 30, 90)}},
        {"a backward zone may touch a forward one's begin",
         true,
         {W(1, 5, 0, 10), R(2, 5, 40, 90), W(3, 6, 10, 20)}},
        {"or its end", true, {W(1, 5, 0, 10), R(2, 5, 40, 90), W(3, 6, 20, 40)}},
        {"but not be inside", false, {W(1, 5, 0, 10), R(2, 5, 40, 90), W(3, 6, 11, 39)}},
        {"everything at once",
         true,
         {W(1, 5, 9, 9), W(2, 6, 9, 9), R(3, 5, 9, 9), R(4, 6, 9, 9), R(5, 0, 9, 9)}},
    };
    judge(examples, ARRAY_LEN(examples));
}

// ---- words

static void expect_breach(const struct history_operation *o, size_t n, const char *want)
{
    struct history h = history_of(o, n);
    struct breach why;
    cr_expect_not(history_is_linearizable(&h, &why));
    cr_expect_str_eq(why.text, want);
    history_free(&h);
}

Test(linear, says_what_was_never_written)
{
    const struct history_operation o[] = {W(1, 5, 0, 10), R(2, 6, 20, 30)};
    expect_breach(o, ARRAY_LEN(o),
                  "key 0: version 6 was read but never written\n"
                  "  #1 process 2 reads 6 in [20, 30] ns");
}

Test(linear, says_what_was_written_twice)
{
    const struct history_operation o[] = {W(1, 5, 0, 10), W(3, 6, 0, 10), W(2, 5, 20, 30)};
    expect_breach(o, ARRAY_LEN(o),
                  "key 0: version 5 was written twice\n"
                  "  #0 process 1 writes 5 in [0, 10] ns\n"
                  "  #2 process 2 writes 5 in [20, 30] ns");
}

Test(linear, says_what_was_read_too_early)
{
    const struct history_operation o[] = {R(2, 5, 0, 10), R(3, 5, 15, 25), W(1, 5, 20, 30)};
    expect_breach(o, ARRAY_LEN(o),
                  "key 0: version 5 was read before it was written\n"
                  "  #2 process 1 writes 5 in [20, 30] ns\n"
                  "  #0 process 2 reads 5 in [0, 10] ns");
}

Test(linear, says_which_versions_are_needed_at_once)
{
    const struct history_operation o[] = {
        W(1, 5, 0, 90),   R(3, 5, 10, 20), R(2, 5, 60, 70), // 5 from 20 to 60
        PENDING(1, 6, 0), R(4, 6, 10, 40), R(4, 6, 80, 85), // 6 from 40 to 80
        R(5, 6, 70, 90)};
    expect_breach(o, ARRAY_LEN(o),
                  "key 0: versions 5 and 6 are both needed from 40 to 60 ns\n"
                  "  #0 process 1 writes 5 in [0, 90] ns\n"
                  "  #1 process 3 reads 5 in [10, 20] ns\n"
                  "  #2 process 2 reads 5 in [60, 70] ns\n"
                  "  #3 process 1 writes 6 from 0 ns on, never answered\n"
                  "  #4 process 4 reads 6 in [10, 40] ns\n"
                  "  #5 process 4 reads 6 in [80, 85] ns");
}

Test(linear, says_which_version_has_no_room)
{
    const struct history_operation o[] = {W(1, 5, 0, 10), R(2, 5, 40, 50), W(3, 6, 20, 30),
                                          R(4, 6, 0, 25)};
    expect_breach(o, ARRAY_LEN(o),
                  "key 0: version 5 is needed from 10 to 40 ns, and version 6 within [20, 25] ns\n"
                  "  #0 process 1 writes 5 in [0, 10] ns\n"
                  "  #1 process 2 reads 5 in [40, 50] ns\n"
                  "  #2 process 3 writes 6 in [20, 30] ns\n"
                  "  #3 process 4 reads 6 in [0, 25] ns");
}

Test(linear, says_so_of_the_initial_version)
{
    const struct history_operation o[] = {READ_OF(9, 2, 0, 40, 50), WRITE_OF(9, 3, 6, 20, 30)};
    expect_breach(
        o, ARRAY_LEN(o),
        "key 9: version 0 is needed from the start to 40 ns, and version 6 within [20, 30] ns\n"
        "  #0 process 2 reads 0 in [40, 50] ns\n"
        "  #1 process 3 writes 6 in [20, 30] ns");
}

Test(linear, names_the_first_key_that_breaks)
{
    const struct history_operation o[] = {READ_OF(9, 2, 7, 40, 50), READ_OF(3, 2, 8, 40, 50),
                                          READ_OF(4, 2, 6, 20, 30)};
    expect_breach(o, ARRAY_LEN(o),
                  "key 3: version 8 was read but never written\n"
                  "  #1 process 2 reads 8 in [40, 50] ns");
}

// ---- limits

Test(linear, search_may_find_a_version_written_twice)
{
    const struct history_operation o[] = {W(1, 5, 0, 10), W(1, 6, 20, 30), R(2, 6, 40, 50),
                                          W(1, 5, 60, 70), R(2, 5, 80, 90)};
    struct history h = history_of(o, ARRAY_LEN(o));
    cr_expect(history_is_linearizable_by_search(&h));
    h.operations.items[3].value = 7;
    cr_expect_not(history_is_linearizable_by_search(&h));
    history_free(&h);
}

static struct history writes(uint32_t n, uint32_t n_keys)
{
    struct history h = {0};
    for (uint32_t i = 0; i < n; i++)
        history_add(&h,
                    &(struct history_operation)WRITE_OF(i % n_keys, 1, i + 1, 2 * i, 2 * i + 1));
    return h;
}

Test(linear, search_takes_so_many)
{
    struct history h = writes(LINEAR_SEARCH_OPERATIONS, LINEAR_SEARCH_KEYS);
    cr_expect(history_is_linearizable_by_search(&h));
    history_free(&h);
}

Test(linear, search_takes_no_more_operations, .signal = SIGABRT)
{
    struct history h = writes(LINEAR_SEARCH_OPERATIONS + 1, 1);
    history_is_linearizable_by_search(&h);
}

Test(linear, search_takes_no_more_keys, .signal = SIGABRT)
{
    struct history h = writes(LINEAR_SEARCH_KEYS + 1, LINEAR_SEARCH_KEYS + 1);
    history_is_linearizable_by_search(&h);
}

// A read late in the history returns what was replaced long before.
static void spoil(struct history *h)
{
    struct history_operation *late = NULL, *early = NULL;
    for (size_t i = 0; i < h->operations.n; i++) {
        struct history_operation *o = &h->operations.items[i];
        if (!o->ok || o->key != 0)
            continue;
        if (o->kind == HISTORY_READ && (late == NULL || o->invoked > late->invoked))
            late = o;
        if (o->kind == HISTORY_WRITE && (early == NULL || o->value < early->value))
            early = o;
    }
    late->value = early->value;
}

// Not pinned, but printed: how long it takes.
static void check_many(const char *name, const struct scatter *c)
{
    struct stream s = stream_open(1, 0, "test", name);
    struct history h = scatter_history(&s, c);
    struct breach why;
    clock_t start = clock();
    cr_assert(history_is_linearizable(&h, &why), "%s", why.text);
    double linear_s = (double)(clock() - start) / CLOCKS_PER_SEC;
    start = clock();
    cr_assert(history_is_fresh(&h, &why), "%s", why.text);
    double fresh_s = (double)(clock() - start) / CLOCKS_PER_SEC;
    fprintf(stderr, "%u operations, %s: linearizable in %.2f s, fresh in %.2f s\n", c->n, name,
            linear_s, fresh_s);
    spoil(&h);
    cr_expect_not(history_is_linearizable(&h, &why));
    cr_expect_not(history_is_fresh(&h, &why));
    history_free(&h);
}

Test(linear, a_million_operations)
{
    const struct scatter one = {
        .n = 1000000, .n_keys = 1, .n_processes = 100, .gap = 20, .stretch = 1000, .n_lost = 1};
    const struct scatter many = {.n = 1000000,
                                 .n_keys = 10000,
                                 .n_processes = 100,
                                 .gap = 20,
                                 .stretch = 1000000,
                                 .n_lost = 1};
    check_many("one key", &one);
    check_many("10000 keys", &many);
}
