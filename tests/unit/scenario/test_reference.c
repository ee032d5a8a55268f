// Pins: the reference in docs/scenario-files.md is what the program prints, it names every key, and
// the examples above it load without a word.
#define _GNU_SOURCE
#include "base/base.h"
#include "files.h"
#include "scenario/schema.h"

static const char *const page = "docs/scenario-files.md";
static const char *const mark = "\n<!-- reference -->\n";

static char *read_page(void)
{
    FILE *file = fopen(page, "rb");
    cr_assert_not_null(file, "%s", page);
    static char text[1 << 18];
    size_t n = fread(text, 1, sizeof text - 1, file);
    cr_assert_lt(n, sizeof text - 1);
    text[n] = '\0';
    fclose(file);
    return text;
}

static char *print_reference(void)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    scenario_write_reference(out);
    fclose(out);
    return text;
}

Test(reference, the_page_is_current)
{
    const char *from = strstr(read_page(), mark);
    cr_assert_not_null(from, "%s has lost its mark", page);
    char *wanted = print_reference();
    cr_assert(
        strcmp(from + strlen(mark), wanted) == 0,
        "%s is not current: sed -i '/^<!-- reference -->$/q' %s && aasim show --reference >> %s",
        page, page, page);
    free(wanted);
}

static void expect_keys(const struct schema_record *record, const char *text)
{
    for (size_t i = 0; i < record->n_fields; i++) {
        char cell[128];
        snprintf(cell, sizeof cell, "\n| `%s` | ", record->fields[i].key);
        cr_assert_not_null(strstr(text, cell), "%s.%s", record->name, record->fields[i].key);
        if (record->fields[i].record != NULL)
            expect_keys(record->fields[i].record, text);
    }
}

Test(reference, every_key_is_named)
{
    char *text = print_reference();
    expect_keys(&schema_topology, text);
    expect_keys(&schema_workload, text);
    expect_keys(&schema_faults, text);
    free(text);
}

// The next example behind *at, copied; NULL: none is left.
static char *next_example(const char **at)
{
    static const char *const fence = "\n```yaml\n";
    const char *begin = strstr(*at, fence);
    if (begin == NULL)
        return NULL;
    begin += strlen(fence);
    const char *end = strstr(begin, "\n```");
    *at = end;
    char *text = strndup(begin, (size_t)(end - begin) + 1);
    cr_assert_not_null(text);
    return text;
}

// A plan with actions is loaded with the first design that has named checks.
Test(reference, the_examples_load)
{
    const char *at = read_page();
    char *checked = NULL;
    int n = 0;
    for (char *text; (text = next_example(&at)) != NULL; n++) {
        struct files f;
        const char *texts[FILES_KINDS] = {NULL};
        const bool is_plan = strstr(text, "\nfaults:") != NULL ||
                             strstr(text, "\nactions:") != NULL;
        texts[is_plan                                  ? FILES_FAULTS
              : strstr(text, "\npopulations:") != NULL ? FILES_WORKLOAD
                                                       : FILES_TOPOLOGY] = text;
        if (strstr(text, "\nactions:") != NULL)
            texts[FILES_TOPOLOGY] = checked;
        files_load(&f, texts, NULL, 0);
        diag_print(&f.diags, stderr, false);
        cr_assert(f.is_good, "example %d", n);
        cr_assert_eq(f.diags.items.n, 0, "example %d", n);
        files_free(&f);
        if (strstr(text, "\n  checks:") != NULL && checked == NULL)
            checked = text;
        else
            free(text);
    }
    free(checked);
    cr_assert_geq(n, 4);
}
