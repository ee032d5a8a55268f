// Pins: alignment by characters rather than bytes, heads of two lines, no spaces at the ends of
// lines, colours only when asked for; wrapping of paragraphs.
#include <criterion/criterion.h>
#include <string.h>

#include "cli/paragraph.h"
#include "cli/table.h"

static void expect_printed(const struct table *table, bool colour, const char *wanted)
{
    char text[2048] = "";
    FILE *out = fmemopen(text, sizeof text, "w");
    table_print(table, out, colour);
    fclose(out);
    cr_assert_str_eq(text, wanted, "\n%s\nwanted\n%s", text, wanted);
}

Test(table, aligns_characters)
{
    static const char *const heads[] = {"name", "time\nms", "note"};
    struct table table;
    table_init(&table, 3, heads, "lrl");
    table_cell(&table, TABLE_PLAIN, "a");
    table_cell(&table, TABLE_PLAIN, "%d ± %d", 10, 2);
    table_cell(&table, TABLE_GOOD, "better");
    table_cell(&table, TABLE_PLAIN, "long name");
    table_cell(&table, TABLE_PLAIN, "7");
    table_cell(&table, TABLE_BAD, "%s", "");
    cr_assert_eq(table_width(&table), 9 + 2 + 6 + 2 + 6);
    expect_printed(&table, false,
                   "             time\n"
                   "name           ms  note\n"
                   "─────────  ──────  ──────\n"
                   "a          10 ± 2  better\n"
                   "long name       7\n");
    table_free(&table);
}

Test(table, colours_on_demand)
{
    static const char *const heads[] = {"v"};
    struct table table;
    table_init(&table, 1, heads, "l");
    table_cell(&table, TABLE_GOOD, "up");
    expect_printed(&table, true, "v\n──\n\033[32mup\033[0m\n");
    table_free(&table);
}

Test(table, the_last_letter_repeats)
{
    static const char *const heads[] = {"a", "b", "c"};
    struct table table;
    table_init(&table, 3, heads, "lr");
    for (int i = 0; i < 3; ++i)
        table_cell(&table, TABLE_PLAIN, "%d", 10 * i + 100 * i);
    expect_printed(&table, false, "a    b    c\n─  ───  ───\n0  110  220\n");
    table_free(&table);
}

static void expect_paragraph(const char *text, size_t width, const char *wanted)
{
    char got[512] = "";
    FILE *out = fmemopen(got, sizeof got, "w");
    paragraph_print(text, "- ", "  ", width, out);
    fclose(out);
    cr_assert_str_eq(got, wanted, "\n%s\nwanted\n%s", got, wanted);
}

Test(paragraph, wraps)
{
    expect_paragraph("one two three", 9, "- one two\n  three\n");
    expect_paragraph("one two three", 80, "- one two three\n");
    expect_paragraph("unbreakable", 5, "- unbreakable\n");
    expect_paragraph("± ± ±", 7, "- ± ± ±\n");
    expect_paragraph("", 7, "- \n");
}
