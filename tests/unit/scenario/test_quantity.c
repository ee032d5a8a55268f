// Pins: every unit and its value, exact decimal scaling, messages for missing and wrong units, and
// that what is formatted reads back as itself. Not pinned: which unit a value is printed in beyond
// the examples.
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "base/base.h"
#include "scenario/quantity.h"

Test(quantity, units_scale_exactly)
{
    static const struct {
        const char *text;
        enum dimension dimension;
        double value;
    } cases[] = {
        {"250 ms", DIMENSION_TIME, 0.25},
        {"12 ms", DIMENSION_TIME, 0.012},
        {"60 s", DIMENSION_TIME, 60},
        {"60s", DIMENSION_TIME, 60},
        {"5 min", DIMENSION_TIME, 300},
        {"4 h", DIMENSION_TIME, 14400},
        {"1 d", DIMENSION_TIME, 86400},
        {"150 us", DIMENSION_TIME, 150e-6},
        {"150 \u00b5s", DIMENSION_TIME, 150e-6},
        {"7 ns", DIMENSION_TIME, 7e-9},
        {"-5 h", DIMENSION_TIME, -18000},
        {"12 MiB", DIMENSION_SIZE, 12582912},
        {"4 KiB", DIMENSION_SIZE, 4096},
        {"10 kB", DIMENSION_SIZE, 10000},
        {"1.5 kreq/s", DIMENSION_RATE, 1500},
        {"3 req/s", DIMENSION_RATE, 3},
        {"6 req/min", DIMENSION_RATE, 6 * (1.0 / 60)},
        {"0.57 /year", DIMENSION_RATE, 0.57 * (1 / 31557600.0)},
        {"99.9 %", DIMENSION_RATIO, 0.999},
        {"30 %", DIMENSION_RATIO, 0.3},
        {"0.3", DIMENSION_RATIO, 0.3},
        {"5 Gbit/s", DIMENSION_BIT_RATE, 5e9},
        {"1200 km", DIMENSION_DISTANCE, 1200},
        {"200000 km/s", DIMENSION_SPEED, 200000},
        {"45 deg", DIMENSION_ANGLE, 45},
        {"2.5", DIMENSION_NUMBER, 2.5},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct quantity_mistake mistake;
        double value = -1;
        cr_assert(quantity_parse(cases[i].text, cases[i].dimension, &value, &mistake), "%s: %s",
                  cases[i].text, mistake.message);
        cr_assert_eq(value, cases[i].value, "%s: %.17g", cases[i].text, value);
    }
}

Test(quantity, mistakes_are_explained)
{
    static const struct {
        const char *text;
        enum dimension dimension;
        const char *message, *suggestion;
    } cases[] = {
        {"10", DIMENSION_TIME, "the unit is missing", "10 s"},
        {"", DIMENSION_TIME, "a duration is missing", ""},
        {"fast", DIMENSION_TIME, "not a duration: 'fast'", ""},
        {"10 seconds", DIMENSION_TIME, "unknown unit 'seconds'", "10 s"},
        {"10 MS", DIMENSION_TIME, "unknown unit 'MS'", "10 ms"},
        {"10 %", DIMENSION_TIME, "unit '%' does not measure a duration", ""},
        {"10 s", DIMENSION_RATIO, "unit 's' does not measure a ratio", ""},
        {"10 mb", DIMENSION_SIZE, "unknown unit 'mb'", "10 MB"},
        {"10 ms", DIMENSION_NUMBER, "a plain number is wanted", "10"},
        {"3 per year", DIMENSION_RATE, "unknown unit 'per year'", "3 /year"},
        {"12345678901234567 s", DIMENSION_TIME, "more digits than can be kept", ""},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct quantity_mistake mistake;
        double value;
        cr_assert_not(quantity_parse(cases[i].text, cases[i].dimension, &value, &mistake));
        cr_assert_not_null(strstr(mistake.message, cases[i].message), "%s: %s", cases[i].text,
                           mistake.message);
        cr_assert_str_eq(mistake.suggestion, cases[i].suggestion, "%s: %s", cases[i].text,
                         mistake.suggestion);
        cr_assert_neq(mistake.expected[0], '\0');
    }
}

Test(quantity, examples_are_quantities)
{
    for (enum dimension d = 0; d < DIMENSIONS; d++) {
        struct quantity_mistake mistake;
        double value;
        cr_assert(quantity_parse(quantity_example(d), d, &value, &mistake), "%s",
                  quantity_example(d));
    }
}

Test(quantity, formatted_values_read_back)
{
    static const double values[] = {0,  1e-9, 0.00015, 0.012, 0.25,  1,
                                    60, 119,  120,     3600,  86400, 4e9};
    for (enum dimension d = 0; d < DIMENSIONS; d++)
        for (size_t i = 0; i < ARRAY_LEN(values); i++) {
            struct quantity_mistake mistake;
            char text[48];
            double value = -1;
            quantity_format(values[i], d, text);
            cr_assert(quantity_parse(text, d, &value, &mistake), "%s: %s", text, mistake.message);
            cr_assert_leq(fabs(value - values[i]), 1e-5 * values[i], "%s", text);
        }
}

Test(quantity, values_are_printed_in_units_that_suit)
{
    char text[48];
    cr_assert_str_eq(quantity_format(0.25, DIMENSION_TIME, text), "250 ms");
    cr_assert_str_eq(quantity_format(60, DIMENSION_TIME, text), "60 s");
    cr_assert_str_eq(quantity_format(600, DIMENSION_TIME, text), "10 min");
    cr_assert_str_eq(quantity_format(0.3, DIMENSION_RATIO, text), "30 %");
    cr_assert_str_eq(quantity_format(4096, DIMENSION_SIZE, text), "4 KiB");
    cr_assert_str_eq(quantity_format(5e9, DIMENSION_BIT_RATE, text), "5 Gbit/s");
}
