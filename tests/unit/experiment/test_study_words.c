// Pins: the metrics that objectives of a study name are those of results, in the same order.
#include <criterion/criterion.h>

#include "results/metric.h"
#include "scenario/schema.h"
#include "scenario/study_file.h"

static const struct field *field_of(const struct schema_record *record, const char *key)
{
    const struct field *field = schema_find(record, key);
    cr_assert_not_null(field, "%s", key);
    return field;
}

Test(study_words, metrics_are_those_of_results)
{
    const struct field *metric = field_of(field_of(&schema_study, "objectives")->record, "metric");
    int n = 0;
    for (; metric->choices[n].word != NULL; n++) {
        cr_assert_lt(n, METRICS);
        cr_expect_eq(metric->choices[n].value, n);
        cr_expect_str_eq(metric->choices[n].word, metric_name((enum metric)n));
    }
    cr_assert_null(metric->choices[METRICS].word);
    cr_expect_eq(n, METRICS);
}
