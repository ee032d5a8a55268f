// Pins: edit distance with swaps, folding of case and dashes, the cut-off of suggestions, exact and
// locale-free numbers, strict UTF-8. Not pinned: the order of equally near names beyond "the first
// wins".
#include <criterion/criterion.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "base/text.h"

Test(text, distance_counts_edits_and_swaps)
{
    static const struct {
        const char *a, *b;
        size_t distance;
    } cases[] = {
        {"", "", 0},
        {"a", "", 1},
        {"timeout", "timeout", 0},
        {"tiemout", "timeout", 1},
        {"timeot", "timeout", 1},
        {"timeoutt", "timeout", 1},
        {"timoeut", "timeout", 1},
        {"Time_Out", "time-out", 0},
        {"ca", "abc", 3},
        {"kitten", "sitting", 3},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        cr_assert_eq(text_distance(cases[i].a, cases[i].b), cases[i].distance, "%s %s: %zu",
                     cases[i].a, cases[i].b, text_distance(cases[i].a, cases[i].b));
        cr_assert_eq(text_distance(cases[i].b, cases[i].a), cases[i].distance);
    }
}

Test(text, distance_cuts_long_words)
{
    char a[300], b[300];
    memset(a, 'x', sizeof a - 1);
    memset(b, 'x', sizeof b - 1);
    a[299] = b[299] = '\0';
    b[200] = 'y'; // beyond the cut
    cr_assert_eq(text_distance(a, b), 0);
    b[100] = 'y';
    cr_assert_eq(text_distance(a, b), 1);
}

Test(text, nearest_suggests_only_what_is_near)
{
    static const char *const names[] = {"timeout", "policy", "ttl", "health_check", "a"};
    cr_assert_str_eq(text_nearest("heath_check", names, 5), "health_check");
    cr_assert_str_eq(text_nearest("health-check", names, 5), "health_check");
    cr_assert_str_eq(text_nearest("pollicy", names, 5), "policy");
    cr_assert_str_eq(text_nearest("tll", names, 5), "ttl");
    cr_assert_str_eq(text_nearest("health", names, 5), "health_check");
    cr_assert_str_eq(text_nearest("A", names, 5), "a");
    cr_assert_null(text_nearest("b", names, 5));
    cr_assert_null(text_nearest("weight", names, 5));
    cr_assert_null(text_nearest("", names, 5));
    cr_assert_null(text_nearest("ttl", names, 0));
}

Test(text, numbers_are_correctly_rounded)
{
    static const char *const texts[] = {
        "0",      "-0.5", "12", "0.1", "0.57", "3.14159265358979", "1e3",      "1E-3",
        "2.5e+6", "+7",   ".5", "5.",  "1e22", "123456789012345",  "0.000001", "99.9"};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        const char *at = texts[i];
        double value = -1;
        cr_assert_eq(text_number(&at, &value), TEXT_NUMBER_OK, "%s", texts[i]);
        cr_assert_eq(*at, '\0', "%s", texts[i]);
        cr_assert_eq(value, strtod(texts[i], NULL), "%s: %.17g", texts[i], value);
    }
}

Test(text, numbers_stop_where_they_end)
{
    const char *text = "250 ms", *at = text;
    double value;
    cr_assert_eq(text_number(&at, &value), TEXT_NUMBER_OK);
    cr_assert_str_eq(at, " ms");
    at = "2e"; // not an exponent
    cr_assert_eq(text_number(&at, &value), TEXT_NUMBER_OK);
    cr_assert_str_eq(at, "e");
    at = "1.2.3";
    cr_assert_eq(text_number(&at, &value), TEXT_NUMBER_OK);
    cr_assert_str_eq(at, ".3");
}

Test(text, what_is_no_number_leaves_the_cursor)
{
    static const char *const texts[] = {"", "-", ".", "e5", "abc", "nan", "inf", " 1"};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        const char *at = texts[i];
        double value;
        cr_assert_eq(text_number(&at, &value), TEXT_NUMBER_NONE, "%s", texts[i]);
        cr_assert_eq(at, texts[i]);
    }
}

Test(text, numbers_with_too_many_digits_are_refused)
{
    static const char *const texts[] = {"1234567890123456", "0.1234567890123456", "1e23", "1e-23",
                                        "1e99999999999"};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        const char *at = texts[i];
        double value;
        cr_assert_eq(text_number(&at, &value), TEXT_NUMBER_TOO_LONG, "%s", texts[i]);
    }
}

Test(text, utf8_is_decoded_strictly)
{
    uint32_t code;
    cr_assert_eq(text_decode("a", 1, &code), 1);
    cr_assert_eq(text_decode("\xC3\xA9", 2, &code), 2);
    cr_assert_eq(code, 0xE9);
    cr_assert_eq(text_decode("\xE2\x82\xAC", 3, &code), 3);
    cr_assert_eq(code, 0x20AC);
    cr_assert_eq(text_decode("\xF0\x9F\x98\x80", 4, &code), 4);
    cr_assert_eq(code, 0x1F600);
    static const char *const bad[] = {
        "\x80",             // continuation without a beginning
        "\xC3",             // cut off
        "\xC0\xAF",         // longer than needed
        "\xE0\x80\xAF",     // the same
        "\xED\xA0\x80",     // surrogate
        "\xF4\x90\x80\x80", // beyond U+10FFFF
        "\xFF",
        "\xE2\x28\xA1",
    };
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        cr_assert_eq(text_decode(bad[i], strlen(bad[i]), &code), 0, "%zu", i);
}

Test(text, characters_are_counted_not_bytes)
{
    cr_assert_eq(text_characters(""), 0);
    cr_assert_eq(text_characters("caf\xC3\xA9"), 4);
    cr_assert_eq(text_characters("\xFF\xFF"), 2);
}
