// Pins: how operations are recorded, what each end of one means, and the words for them.
#include <criterion/criterion.h>
#include <signal.h>
#include <string.h>

#include "support/breach.h"
#include "unit/support/operations.h"

static const struct history_operation a_write = {
    .key = 7, .process = 3, .kind = HISTORY_WRITE, .invoked = 100};
static const struct history_operation a_read = {
    .key = 7, .process = 4, .kind = HISTORY_READ, .invoked = 120};

Test(history, operations_begin_and_return)
{
    struct history h = {0};
    size_t write = history_invoke(&h, &a_write), read = history_invoke(&h, &a_read);
    history_assign(&h, write, 17);
    cr_expect(history_counts(&h.operations.items[write]), "others may have read it");
    cr_expect_not(history_counts(&h.operations.items[read]));
    history_return(&h, read, 130, 17);
    history_return(&h, write, 150, 17);
    const struct history_operation want[] = {WRITE_OF(7, 3, 17, 100, 150),
                                             READ_OF(7, 4, 17, 120, 130)};
    cr_assert_eq(h.operations.n, 2);
    for (size_t i = 0; i < 2; i++) {
        const struct history_operation *o = &h.operations.items[i];
        cr_expect(o->key == want[i].key && o->process == want[i].process &&
                  o->kind == want[i].kind && o->value == want[i].value &&
                  o->invoked == want[i].invoked && o->returned == want[i].returned && o->ok);
        cr_expect(history_counts(o));
    }
    history_free(&h);
}

Test(history, invocation_reads_neither_end_nor_success)
{
    struct history h = {0};
    history_invoke(&h, &(struct history_operation)W(1, 5, 10, 20));
    cr_expect_eq(h.operations.items[0].returned, SIMTIME_NEVER);
    cr_expect_not(h.operations.items[0].ok);
    history_free(&h);
}

Test(history, what_counts_after_a_failure)
{
    struct history h = {0};
    size_t unknown = history_invoke(&h, &a_write), unversioned = history_invoke(&h, &a_write),
           dropped = history_invoke(&h, &a_write), read = history_invoke(&h, &a_read);
    history_assign(&h, unknown, 1);
    history_assign(&h, dropped, 2);
    history_fail(&h, unknown, 200);
    history_fail(&h, unversioned, 200);
    history_drop(&h, dropped);
    history_fail(&h, read, 200);
    cr_expect(history_counts(&h.operations.items[unknown]), "it may have taken effect");
    cr_expect_eq(h.operations.items[unknown].returned, 200);
    cr_expect_not(history_counts(&h.operations.items[unversioned]));
    cr_expect_not(history_counts(&h.operations.items[dropped]));
    cr_expect_not(history_counts(&h.operations.items[read]));
    history_free(&h);
}

Test(history, what_becomes_of_a_write_that_was_given_up)
{
    struct history h = {0};
    size_t late = history_invoke(&h, &a_write), dropped = history_invoke(&h, &a_write);
    history_assign(&h, dropped, 2);
    history_fail(&h, late, 200);
    history_fail(&h, dropped, 200);
    history_assign(&h, late, 1); // it has arrived after all
    history_drop(&h, dropped);
    cr_expect(history_counts(&h.operations.items[late]));
    cr_expect_not(history_counts(&h.operations.items[dropped]));
    history_free(&h);
}

Test(history, grows)
{
    struct history h = {0};
    for (uint32_t i = 0; i < 1000; i++)
        cr_assert_eq(history_add(&h, &(struct history_operation)W(i, i + 1, i, i)), i);
    for (uint32_t i = 0; i < 1000; i++)
        cr_assert_eq(h.operations.items[i].process, i);
    history_free(&h);
    cr_expect_eq(h.operations.n, 0);
}

// ---- mistakes of the recording test

Test(history, ends_before_it_begins, .signal = SIGABRT)
{
    struct history h = {0};
    history_return(&h, history_invoke(&h, &a_write), 99, 1);
}

Test(history, ends_twice, .signal = SIGABRT)
{
    struct history h = {0};
    size_t write = history_invoke(&h, &a_write);
    history_fail(&h, write, 110);
    history_return(&h, write, 120, 1);
}

Test(history, drops_what_succeeded, .signal = SIGABRT)
{
    struct history h = {0};
    history_drop(&h, history_add(&h, &(struct history_operation)W(1, 5, 0, 10)));
}

Test(history, writes_the_initial_version, .signal = SIGABRT)
{
    struct history h = {0};
    history_return(&h, history_invoke(&h, &a_write), 110, 0);
}

Test(history, is_added_ending_before_it_begins, .signal = SIGABRT)
{
    struct history h = {0};
    history_add(&h, &(struct history_operation)R(1, 0, 10, 9));
}

Test(history, is_added_writing_the_initial_version, .signal = SIGABRT)
{
    struct history h = {0};
    history_add(&h, &(struct history_operation)W(1, 0, 10, 20));
}

Test(history, success_without_an_answer, .signal = SIGABRT)
{
    struct history h = {0};
    history_add(&h, &(struct history_operation)R(1, 0, 10, SIMTIME_NEVER));
}

Test(history, unknown_operation, .signal = SIGABRT)
{
    struct history h = {0};
    history_fail(&h, 0, 1);
}

// ---- words

static void expect_words(const struct history_operation *o, const char *want)
{
    char got[HISTORY_OPERATION_TEXT];
    cr_expect_str_eq(history_operation_format(o, got), want);
}

Test(history, operations_in_words)
{
    expect_words(&(struct history_operation)R(3, 17, 1500, 2500),
                 "process 3 reads 17 in [1500, 2500] ns");
    expect_words(&(struct history_operation)W(3, 17, 1500, 2500),
                 "process 3 writes 17 in [1500, 2500] ns");
    expect_words(&(struct history_operation)PENDING(3, 17, 1500),
                 "process 3 writes 17 from 1500 ns on, never answered");
    expect_words(&(struct history_operation)FAILED(3, 17, 1500, 2500),
                 "process 3 writes 17 from 1500 ns on, fails at 2500 ns, outcome unknown");
}

Test(breach, lists_each_operation_once)
{
    struct history h = {0};
    struct breach b;
    history_add(&h, &(struct history_operation)W(1, 5, 0, 10));
    history_add(&h, &(struct history_operation)R(2, 6, 20, 30));
    breach_begin(&b, "key %d: no", 0);
    breach_add(&b, &h, 1);
    breach_add(&b, &h, 0);
    breach_add(&b, &h, 1);
    cr_expect(b.n == 2 && b.operations[0] == 1 && b.operations[1] == 0);
    cr_expect_str_eq(b.text, "key 0: no\n"
                             "  #1 process 2 reads 6 in [20, 30] ns\n"
                             "  #0 process 1 writes 5 in [0, 10] ns");
    breach_clear(&b);
    cr_expect(b.n == 0 && b.text[0] == '\0');
    history_free(&h);
}

Test(breach, the_longest_words_fit)
{
    struct history h = {0};
    struct breach b;
    struct history_operation o = FAILED(UINT32_MAX, UINT64_MAX, INT64_MIN, INT64_MIN);
    for (int i = 0; i < BREACH_OPERATIONS; i++)
        history_add(&h, &o);
    breach_begin(&b, "%0200d", 0);
    for (size_t i = 0; i < BREACH_OPERATIONS; i++)
        breach_add(&b, &h, i);
    const char *end = ", outcome unknown";
    cr_expect_str_eq(b.text + strlen(b.text) - strlen(end), end);
    history_free(&h);
}
