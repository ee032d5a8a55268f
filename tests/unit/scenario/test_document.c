// Pins: trees of documents with places, aliases as copies, limits, paths, changes, rendering.
// Syntax errors with their places are in test_mistakes.c; rubbish is left to tests/fuzz.
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "scenario/document.h"

static struct arena arena;
static struct diag_list diags;

static void tidy(void)
{
    diag_free(&diags);
    arena_free(&arena);
}

static struct node *parse(const char *text)
{
    return document_parse(&arena, &(struct document_input){"t.yaml", 1, text, strlen(text)},
                          &diags);
}

static void expect_place(struct diag_place place, int line, int column, int length)
{
    cr_assert_str_eq(place.file, "t.yaml");
    cr_assert_eq(place.line, line);
    cr_assert_eq(place.column, column);
    cr_assert_eq(place.length, length);
}

Test(document, nodes_know_their_places, .fini = tidy)
{
    struct node *root = parse("a: 1\nb:\n  - \u00e9: 'two words'\n  - x\n");
    cr_assert_not_null(root);
    cr_assert_eq(root->kind, NODE_MAPPING);
    cr_assert_eq(root->n_children, 2);
    const struct node *two = document_at(root, "b.0.\u00e9");
    cr_assert_str_eq(two->text, "two words");
    cr_assert(two->is_quoted);
    expect_place(two->place, 3, 8, 11);
    expect_place(two->key_place, 3, 5, 1);
    expect_place(document_at(root, "b.1")->place, 4, 5, 1);
    expect_place(document_get(root, "b")->key_place, 2, 1, 1);
}

Test(document, paths_lead_as_far_as_they_can, .fini = tidy)
{
    struct node *root = parse("a: {b: [1, 2]}\n");
    cr_assert_str_eq(document_at(root, "a.b.1")->text, "2");
    cr_assert_null(document_at(root, "a.b.2"));
    cr_assert_null(document_at(root, "a.b.-1"));
    cr_assert_null(document_at(root, "a.b.x"));
    cr_assert_null(document_at(root, "a.c"));
    cr_assert_eq(document_nearest(root, "a.b.7.c"), document_at(root, "a.b"));
    cr_assert_eq(document_nearest(root, "z"), root);
    cr_assert_eq(document_at(root, ""), root);
}

Test(document, aliases_are_copies_that_know_where_they_stand, .fini = tidy)
{
    struct node *root = parse("a: &x {k: [1, 2]}\nb: *x\n");
    const struct node *original = document_at(root, "a.k.1"), *copy = document_at(root, "b.k.1");
    cr_assert_str_eq(copy->text, "2");
    cr_assert_neq(copy, original);
    cr_assert_null(original->aliased.file);
    expect_place(copy->place, 1, 15, 1);
    expect_place(copy->aliased, 2, 4, 2);
    document_error(&diags, copy, "wrong");
    expect_place(diags.items.items[0].place, 2, 4, 2);
    expect_place(diags.items.items[0].related, 1, 15, 1);
}

Test(document, the_newest_anchor_of_a_name_counts, .fini = tidy)
{
    struct node *root = parse("a: &x 1\nb: *x\nc: &x 2\nd: *x\n");
    cr_assert_str_eq(document_at(root, "b")->text, "1");
    cr_assert_str_eq(document_at(root, "d")->text, "2");
}

Test(document, exploding_aliases_are_stopped, .fini = tidy)
{
    cr_assert_null(
        parse("a: &a [1,1,1,1,1,1,1,1,1,1]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\n"
              "c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\n"
              "e: [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]\n"));
    cr_assert_eq(diag_errors(&diags), 1);
    cr_assert_not_null(strstr(diags.items.items[0].message, "more than 20000 values"));
}

Test(document, depth_is_limited, .fini = tidy)
{
    char text[200];
    memset(text, '[', DOCUMENT_MAX_DEPTH);
    memset(text + DOCUMENT_MAX_DEPTH, ']', DOCUMENT_MAX_DEPTH);
    text[2 * DOCUMENT_MAX_DEPTH] = '\0';
    cr_assert_not_null(parse(text));
    memset(text, '[', DOCUMENT_MAX_DEPTH + 1);
    memset(text + DOCUMENT_MAX_DEPTH + 1, ']', DOCUMENT_MAX_DEPTH + 1);
    text[2 * DOCUMENT_MAX_DEPTH + 2] = '\0';
    cr_assert_null(parse(text));
    expect_place(diags.items.items[0].place, 1, DOCUMENT_MAX_DEPTH + 1, 1);
}

Test(document, size_is_limited, .fini = tidy)
{
    char *text = malloc(DOCUMENT_MAX_BYTES + 2);
    memset(text, '#', DOCUMENT_MAX_BYTES + 1);
    memcpy(text, "a\n", 2);
    text[DOCUMENT_MAX_BYTES] = '\0';
    cr_assert_not_null(parse(text));
    text[DOCUMENT_MAX_BYTES] = '#';
    text[DOCUMENT_MAX_BYTES + 1] = '\0';
    cr_assert_null(parse(text));
    cr_assert_not_null(strstr(diags.items.items[0].message, "more than the limit"));
    free(text);
}

Test(document, empty_files_are_no_documents, .fini = tidy)
{
    static const char *const texts[] = {"", "\n\n", "# nothing\n", "\xEF\xBB\xBF"};
    for (size_t i = 0; i < 4; i++) {
        cr_assert_null(parse(texts[i]));
        cr_assert_eq(diag_errors(&diags), i + 1);
        expect_place(diags.items.items[i].place, 1, 1, 1);
        cr_assert_str_eq(diags.items.items[i].message, "the file is empty");
    }
}

Test(document, a_nul_byte_has_a_place, .fini = tidy)
{
    static const char text[] = "a: 1\nb: x\0y\n";
    struct document_input input = {"t.yaml", 1, text, sizeof text - 1};
    cr_assert_null(document_parse(&arena, &input, &diags));
    expect_place(diags.items.items[0].place, 2, 5, 1);
}

Test(document, unreadable_files_are_diagnostics, .fini = tidy)
{
    cr_assert_null(document_read(&arena, "/nowhere/at all.yaml", NULL, &diags));
    cr_assert_null(document_read(&arena, "/tmp", NULL, &diags));
    cr_assert_eq(diag_errors(&diags), 2);
    cr_assert_eq(diags.items.items[0].place.line, 0);
}

Test(document, values_can_be_put_and_replaced, .fini = tidy)
{
    struct node *root = parse("a: 1\nlist: [x, y, z]\nlast: 3\n");
    document_put(&arena, root, "new", parse("{k: v}"));
    document_put(&arena, root, "a", parse("2"));
    struct node *list = document_get(root, "list");
    document_replace(list, document_child(list, "2", 1), parse("w"));
    document_replace(list, document_child(list, "0", 1), parse("u"));
    cr_assert_str_eq(document_render(&arena, root),
                     "{a: 2, list: [u, y, w], last: 3, new: {k: v}}");
    cr_assert_eq(root->n_children, 4);
}

Test(document, rendering_keeps_quotes, .fini = tidy)
{
    cr_assert_str_eq(document_render(&arena, parse("[a b, 'c', {}, []]")), "[a b, \"c\", {}, []]");
}
