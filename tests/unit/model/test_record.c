// Pins: every outcome and journal kind has a name of its own; freeing leaves an empty record that
// may be freed again.
#include <criterion/criterion.h>
#include <string.h>

#include "support/tiny.h"

Test(record, names)
{
    for (int i = 0; i < OUTCOMES; i++)
        for (int k = 0; k < i; k++)
            cr_expect_str_neq(outcome_name((enum outcome)i), outcome_name((enum outcome)k));
    for (int i = 0; i < JOURNAL_KINDS; i++)
        for (int k = 0; k < i; k++)
            cr_expect_str_neq(journal_kind_name((enum journal_kind)i),
                              journal_kind_name((enum journal_kind)k));
}

Test(record, free_twice)
{
    static struct tiny t;
    struct record r;
    tiny_init(&t);
    t.workload.duration_s = 10;
    tiny_run(&t, 0, &r);
    record_free(&r);
    cr_expect_null(r.outcomes);
    cr_expect_eq(r.started_all, 0);
    record_free(&r);
}
