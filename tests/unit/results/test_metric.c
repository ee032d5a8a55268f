#include <string.h>

#include <criterion/criterion.h>

#include "model/record.h"
#include "results/metric.h"

Test(metric, every_metric_has_its_own_name)
{
    for (int m = 0; m < METRICS; m++) {
        const char *name = metric_name((enum metric)m);
        cr_assert_eq(strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_"), strlen(name));
        cr_assert(metric_direction((enum metric)m) == 1 || metric_direction((enum metric)m) == -1);
        cr_assert(strlen(metric_unit((enum metric)m)) > 0 &&
                  strlen(metric_long_name((enum metric)m)) > 0);
        for (int k = 0; k < m; k++)
            cr_assert_str_neq(name, metric_name((enum metric)k));
    }
}

// The names become flag_meanings, which blanks would split, and names of datasets.
Test(metric, names_of_enumerations_are_single_words)
{
    for (int v = 0; v < VERDICTS; v++)
        cr_assert_null(strchr(metric_verdict_name((enum verdict)v), ' '));
    for (int k = 0; k < JOURNAL_KINDS; k++)
        cr_assert_null(strchr(journal_kind_name((enum journal_kind)k), ' '));
    for (int o = 0; o < OUTCOMES; o++)
        cr_assert_null(strchr(outcome_name((enum outcome)o), ' '));
}
