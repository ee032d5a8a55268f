// Pins: what is printed for errors and warnings, byte for byte; order by file, line and column;
// lines with tabs, wide characters and excess length; the limit of a list. Not pinned: colours.
#define _GNU_SOURCE
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"

static const char source[] = "policy: latancy\n"
                             "\ttabbed: \xC3\xA9\xC3\xA9 wrong\n"
                             "last: line";

static char *print(struct diag_list *list)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    diag_print(list, out, false);
    fclose(out);
    return text;
}

static void expect_print(struct diag_list *list, const char *expected)
{
    char *text = print(list);
    cr_assert_str_eq(text, expected, "printed:\n%s", text);
    free(text);
    diag_free(list);
}

Test(diag, empty_list_prints_nothing)
{
    struct diag_list list = {0};
    cr_assert_eq(diag_errors(&list), 0);
    expect_print(&list, "");
}

Test(diag, error_shows_line_underline_and_suggestion)
{
    struct diag_list list = {0};
    diag_add_source(&list, "a.yaml", source);
    diag_error(&list, (struct diag_place){"a.yaml", 1, 9, 7}, "'policy' cannot be '%s'", "latancy");
    diag_suggest(&list, "latency");
    diag_expect(&list, "simple or %s", "latency");
    expect_print(&list, "a.yaml:1:9: error: 'policy' cannot be 'latancy'\n"
                        "    1 | policy: latancy\n"
                        "      |         ^~~~~~~ did you mean 'latency'?\n"
                        "      = expected simple or latency\n"
                        "1 error\n");
}

Test(diag, columns_count_characters)
{
    struct diag_list list = {0};
    diag_add_source(&list, "a.yaml", source);
    diag_error(&list, (struct diag_place){"a.yaml", 2, 13, 5}, "bad");
    expect_print(&list, "a.yaml:2:13: error: bad\n"
                        "    2 |  tabbed: \xC3\xA9\xC3\xA9 wrong\n"
                        "      |             ^~~~~\n"
                        "1 error\n");
}

Test(diag, whole_files_and_unknown_sources_have_no_line)
{
    struct diag_list list = {0};
    diag_error(&list, (struct diag_place){.file = "gone.yaml"}, "cannot open the file");
    diag_warning(&list, (struct diag_place){"b.yaml", 3, 1, 1}, "odd");
    cr_assert_eq(diag_errors(&list), 1);
    cr_assert_eq(diag_warnings(&list), 1);
    expect_print(&list, "b.yaml:3:1: warning: odd\n"
                        "gone.yaml: error: cannot open the file\n"
                        "1 error, 1 warning\n");
}

Test(diag, related_place_is_shown)
{
    struct diag_list list = {0};
    diag_add_source(&list, "a.yaml", source);
    diag_error(&list, (struct diag_place){"a.yaml", 3, 1, 4}, "key 'last' is given twice");
    diag_relate(&list, (struct diag_place){"a.yaml", 1, 1, 6}, "first given here");
    expect_print(&list, "a.yaml:3:1: error: key 'last' is given twice\n"
                        "    3 | last: line\n"
                        "      | ^~~~\n"
                        "a.yaml:1:1: note: first given here\n"
                        "    1 | policy: latancy\n"
                        "      | ^~~~~~\n"
                        "1 error\n");
}

Test(diag, sorted_by_place_and_stable)
{
    struct diag_list list = {0};
    diag_error(&list, (struct diag_place){"b", 1, 1, 1}, "5");
    diag_error(&list, (struct diag_place){"a", 10, 1, 1}, "4");
    diag_error(&list, (struct diag_place){"a", 2, 7, 1}, "2");
    diag_error(&list, (struct diag_place){"a", 2, 7, 1}, "3");
    diag_error(&list, (struct diag_place){"a", 2, 5, 1}, "1");
    diag_sort(&list);
    for (size_t i = 0; i < list.items.n; i++)
        cr_assert_eq(list.items.items[i].message[0], (char)('1' + i));
    diag_free(&list);
}

Test(diag, long_lines_are_clipped_around_the_column)
{
    struct diag_list list = {0};
    char line[1000];
    memset(line, 'x', sizeof line - 1);
    line[sizeof line - 1] = '\0';
    line[500] = '!';
    diag_add_source(&list, "a", line);
    diag_error(&list, (struct diag_place){"a", 1, 501, 900}, "here");
    char *text = print(&list);
    size_t shown = strcspn(text, "|");
    size_t mark = shown + 1 + strcspn(text + shown + 1, "|");
    cr_assert_lt(strcspn(text + shown, "\n"), 110);
    cr_assert_lt(strcspn(text + mark, "\n"), 110);
    cr_assert_eq(strcspn(text + shown, "!"), strcspn(text + mark, "^"));
    cr_assert_eq(strncmp(text + shown, "| ...xxx", 8), 0, "what is before is told");
    cr_assert_not_null(strstr(text, "xxx...\n"));
    free(text);
    diag_free(&list);
}

// As wide as fits: nothing is left out, or only at one end.
Test(diag, an_ellipsis_stands_for_what_is_left_out)
{
    for (int n = 99; n <= 101; n++) {
        struct diag_list list = {0};
        char line[128] = {0};
        memset(line, 'x', (size_t)n);
        diag_add_source(&list, "a", line);
        diag_error(&list, (struct diag_place){"a", 1, 75, 1}, "here");
        char *text = print(&list);
        cr_expect_eq(strstr(text, "...\n") != NULL, n > 100, "%d characters", n);
        cr_expect_null(strstr(text, "| ..."));
        free(text);
        diag_free(&list);
    }
}

Test(diag, bytes_that_steer_terminals_are_not_printed)
{
    struct diag_list list = {0};
    diag_add_source(&list, "a", "a\x1B[31m\xFF z");
    diag_error(&list, (struct diag_place){"a", 1, 9, 1}, "here");
    char *text = print(&list);
    cr_assert_not_null(strstr(text, "a?[31m? z"));
    free(text);
    diag_free(&list);
}

Test(diag, surplus_is_counted_but_not_kept)
{
    struct diag_list list = {0};
    for (int i = 0; i < DIAG_MAX + 5; i++) {
        diag_error(&list, (struct diag_place){"a", i + 1, 1, 1}, "number %d", i);
        diag_suggest(&list, "x");
    }
    cr_assert_eq(list.items.n, DIAG_MAX);
    cr_assert_eq(diag_errors(&list), DIAG_MAX + 5);
    char *text = print(&list);
    cr_assert_not_null(strstr(text, "... and 5 more that are not shown\n205 errors\n"));
    free(text);
    diag_free(&list);
}
