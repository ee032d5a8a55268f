// Builds the tree from libyaml's events. The parser pulls events, so depth, node count and size
// limits bound the work on any input; libyaml itself looks at most 1024 characters ahead.
#include "scenario/document.h"

#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <yaml.h>

#include "base/base.h"
#include "base/text.h"

struct document_anchor {
    const char *name;
    struct node *node;
    bool is_open; // its node is not complete: an alias to it would be a cycle
};

struct document_builder {
    struct arena *arena;
    struct diag_list *diags;
    const struct document_input *input;
    yaml_parser_t parser;
    yaml_event_t event;
    ARRAY(struct document_anchor) anchors;
    size_t n_nodes;
    bool failed;
};

static struct diag_place document_place(const struct document_builder *b, yaml_mark_t start,
                                        yaml_mark_t end)
{
    int length = end.line == start.line && end.column > start.column
                     ? (int)(end.column - start.column)
                     : 1;
    return (struct diag_place){b->input->file, (int)start.line + b->input->line,
                               (int)start.column + 1, length};
}

static bool document_fail(struct document_builder *b, struct diag_place place, const char *format,
                          ...) __attribute__((format(printf, 3, 4)));

static bool document_fail(struct document_builder *b, struct diag_place place, const char *format,
                          ...)
{
    char message[256];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    diag_error(b->diags, place, "%s", message);
    b->failed = true;
    return false;
}

static struct diag_place document_here(const struct document_builder *b)
{
    return document_place(b, b->event.start_mark, b->event.end_mark);
}

// A complaint about the end of the text belongs to the last character that is there.
static yaml_mark_t document_clamp(const struct document_builder *b, yaml_mark_t mark)
{
    const char *text = b->input->text;
    size_t end = b->input->length;
    while (end > 0 && strchr(" \t\r\n", text[end - 1]) != NULL)
        end--;
    yaml_mark_t last = {0};
    for (size_t i = 0; i < end;) {
        uint32_t code;
        i += text_decode(text + i, end - i, &code);
        last.index++;
        last.column++;
        if (code == '\n' && i < end) {
            last.line++;
            last.column = 0;
        }
    }
    return mark.line > last.line ? last : mark;
}

// libyaml's own complaint, with both of its marks.
static bool document_syntax_error(struct document_builder *b)
{
    const yaml_parser_t *p = &b->parser;
    yaml_mark_t mark = p->problem_mark;
    if (p->error == YAML_READER_ERROR || p->error == YAML_MEMORY_ERROR)
        mark = p->mark;
    mark = document_clamp(b, mark);
    const char *problem = p->problem != NULL ? p->problem : "not YAML";
    bool is_tab = p->error == YAML_SCANNER_ERROR && p->buffer.pointer != NULL &&
                  p->buffer.pointer < p->buffer.last && *p->buffer.pointer == '\t';
    document_fail(b, document_place(b, mark, mark), "%s%s%s",
                  is_tab ? "a tab cannot start a value" : problem, p->context != NULL ? " " : "",
                  p->context != NULL ? p->context : "");
    if (is_tab)
        diag_expect(b->diags, "spaces: YAML does not allow tabs in its indentation");
    if (p->context != NULL && p->context_mark.index != mark.index)
        diag_relate(b->diags, document_place(b, p->context_mark, p->context_mark),
                    "what was being read starts here");
    return false;
}

// Fetches the next event into b->event, releasing the last.
static bool document_next(struct document_builder *b)
{
    yaml_event_delete(&b->event);
    if (yaml_parser_parse(&b->parser, &b->event))
        return true;
    memset(&b->event, 0, sizeof b->event);
    return document_syntax_error(b);
}

static struct node *document_new_node(struct document_builder *b, enum node_kind kind)
{
    if (++b->n_nodes > DOCUMENT_MAX_NODES) {
        document_fail(b, document_here(b), "more than %d values (aliases expanded)",
                      DOCUMENT_MAX_NODES);
        return NULL;
    }
    struct node *node = arena_push(b->arena, struct node, 1);
    node->kind = kind;
    node->place = document_here(b);
    return node;
}

static void document_append(struct node *parent, struct node *child)
{
    if (parent->last != NULL)
        parent->last->next = child;
    else
        parent->first = child;
    parent->last = child;
    parent->n_children++;
}

static struct document_anchor *document_find_anchor(struct document_builder *b, const char *name)
{
    for (size_t i = b->anchors.n; i > 0; i--)
        if (strcmp(b->anchors.items[i - 1].name, name) == 0)
            return &b->anchors.items[i - 1];
    return NULL;
}

static void document_open_anchor(struct document_builder *b, const yaml_char_t *name,
                                 struct node *node)
{
    if (name == NULL)
        return;
    const char *copy = arena_string(b->arena, (const char *)name);
    array_push(&b->anchors, ((struct document_anchor){copy, node, node->kind != NODE_SCALAR}));
}

static void document_close_anchor(struct document_builder *b, const struct node *node)
{
    for (size_t i = 0; i < b->anchors.n; i++)
        if (b->anchors.items[i].node == node)
            b->anchors.items[i].is_open = false;
}

static struct node *document_copy(struct document_builder *b, const struct node *from,
                                  struct diag_place alias)
{
    struct node *node = document_new_node(b, from->kind);
    if (node == NULL)
        return NULL;
    *node = *from;
    node->aliased = alias;
    node->first = node->last = node->next = NULL;
    node->n_children = 0;
    for (const struct node *child = from->first; child != NULL; child = child->next) {
        struct node *copy = document_copy(b, child, alias);
        if (copy == NULL)
            return NULL;
        document_append(node, copy);
    }
    return node;
}

static struct node *document_alias(struct document_builder *b)
{
    const char *name = (const char *)b->event.data.alias.anchor;
    const struct document_anchor *anchor = document_find_anchor(b, name);
    if (anchor == NULL) {
        document_fail(b, document_here(b), "alias '*%s' has no anchor '&%s' before it", name, name);
        const char **names = arena_push(b->arena, const char *, b->anchors.n + 1);
        for (size_t i = 0; i < b->anchors.n; i++)
            names[i] = b->anchors.items[i].name;
        const char *near = text_nearest(name, names, b->anchors.n);
        if (near != NULL)
            diag_suggest(b->diags, arena_printf(b->arena, "*%s", near));
        return NULL;
    }
    if (anchor->is_open) {
        document_fail(b, document_here(b), "alias '*%s' stands inside its own anchor", name);
        diag_relate(b->diags, anchor->node->place, "the anchored value begins here");
        return NULL;
    }
    struct node *copy = document_copy(b, anchor->node, document_here(b));
    if (copy != NULL)
        copy->key = NULL;
    return copy;
}

static bool document_refuse_tag(struct document_builder *b, const yaml_char_t *tag)
{
    if (tag == NULL)
        return true;
    return document_fail(b, document_here(b), "tags ('%s') have no place in scenario files",
                         (const char *)tag);
}

static struct node *document_scalar(struct document_builder *b)
{
    struct node *node = document_new_node(b, NODE_SCALAR);
    if (node == NULL || !document_refuse_tag(b, b->event.data.scalar.tag))
        return NULL;
    const char *value = (const char *)b->event.data.scalar.value;
    if (strlen(value) != b->event.data.scalar.length) {
        document_fail(b, node->place, "a value contains a NUL character");
        return NULL;
    }
    node->text = arena_string(b->arena, value);
    yaml_scalar_style_t style = b->event.data.scalar.style;
    node->is_quoted = style != YAML_PLAIN_SCALAR_STYLE;
    document_open_anchor(b, b->event.data.scalar.anchor, node);
    return node;
}

static struct node *document_node(struct document_builder *b, int depth);

static void document_check_key(struct document_builder *b, const struct node *mapping,
                               const struct node *key)
{
    struct diag_place where = key->aliased.file != NULL ? key->aliased : key->place;
    if (strcmp(key->text, "<<") == 0) {
        document_fail(b, where, "merge keys ('<<') are not supported");
        diag_expect(b->diags, "an alias in place of a whole value, as in 'client: *shop'");
        return;
    }
    for (const struct node *child = mapping->first; child != NULL; child = child->next)
        if (strcmp(child->key, key->text) == 0) {
            document_fail(b, where, "key '%s' is given twice", key->text);
            diag_relate(b->diags, child->key_place, "first given here");
            return;
        }
}

// One key and its value; the current event is the key's.
static bool document_entry(struct document_builder *b, struct node *mapping, int depth)
{
    if (b->event.type == YAML_SEQUENCE_START_EVENT || b->event.type == YAML_MAPPING_START_EVENT)
        return document_fail(b, document_here(b), "a key must be a single word");
    struct node *key = document_node(b, depth);
    if (key == NULL)
        return false;
    if (key->kind != NODE_SCALAR)
        return document_fail(b, key->aliased, "a key must be a single word");
    document_check_key(b, mapping, key);
    if (!document_next(b))
        return false;
    struct node *value = document_node(b, depth);
    if (value == NULL)
        return false;
    value->key = key->text;
    value->key_place = key->aliased.file != NULL ? key->aliased : key->place;
    document_append(mapping, value);
    return true;
}

// Children up to the end event of the container whose start event is current.
static struct node *document_container(struct document_builder *b, enum node_kind kind, int depth)
{
    bool is_mapping = kind == NODE_MAPPING;
    struct node *node = document_new_node(b, kind);
    if (node == NULL || !document_refuse_tag(b, is_mapping ? b->event.data.mapping_start.tag
                                                           : b->event.data.sequence_start.tag))
        return NULL;
    if (depth >= DOCUMENT_MAX_DEPTH) {
        document_fail(b, node->place, "nested more than %d levels deep", DOCUMENT_MAX_DEPTH);
        return NULL;
    }
    document_open_anchor(
        b, is_mapping ? b->event.data.mapping_start.anchor : b->event.data.sequence_start.anchor,
        node);
    yaml_event_type_t end = is_mapping ? YAML_MAPPING_END_EVENT : YAML_SEQUENCE_END_EVENT;
    for (;;) {
        if (!document_next(b))
            return NULL;
        if (b->event.type == end)
            break;
        if (is_mapping) {
            if (!document_entry(b, node, depth + 1))
                return NULL;
            continue;
        }
        struct node *child = document_node(b, depth + 1);
        if (child == NULL)
            return NULL;
        document_append(node, child);
    }
    document_close_anchor(b, node);
    return node;
}

// The node whose first event is current; NULL after a diagnostic.
static struct node *document_node(struct document_builder *b, int depth)
{
    if (b->event.type == YAML_ALIAS_EVENT)
        return document_alias(b);
    if (b->event.type == YAML_SEQUENCE_START_EVENT)
        return document_container(b, NODE_SEQUENCE, depth);
    if (b->event.type == YAML_MAPPING_START_EVENT)
        return document_container(b, NODE_MAPPING, depth);
    REQUIRE(b->event.type == YAML_SCALAR_EVENT, "event %d where a value begins", b->event.type);
    return document_scalar(b);
}

// The single document of the stream; NULL after a diagnostic.
static struct node *document_stream(struct document_builder *b)
{
    if (!document_next(b) || !document_next(b)) // stream start, document start
        return NULL;
    if (b->event.type == YAML_STREAM_END_EVENT) {
        document_fail(b, (struct diag_place){b->input->file, b->input->line, 1, 1},
                      "the file is empty");
        return NULL;
    }
    if (b->event.data.document_start.version_directive != NULL) {
        document_fail(b, document_here(b), "YAML directives have no place in scenario files");
        return NULL;
    }
    if (!document_next(b))
        return NULL;
    struct node *root = document_node(b, 0);
    if (root == NULL || !document_next(b) || !document_next(b)) // document end, then stream end
        return NULL;
    if (b->event.type != YAML_STREAM_END_EVENT) {
        document_fail(b, document_here(b), "a second document begins; one file holds one document");
        return NULL;
    }
    return root;
}

// What libyaml would refuse without a place, or read as something else: no UTF-8, control
// characters.
static bool document_check_text(struct document_builder *b)
{
    const char *text = b->input->text;
    size_t length = b->input->length;
    struct diag_place at = {b->input->file, b->input->line, 1, 1};
    if (length > DOCUMENT_MAX_BYTES)
        return document_fail(b, at, "the file has %zu bytes, more than the limit of %d", length,
                             DOCUMENT_MAX_BYTES);
    for (size_t i = 0; i < length;) {
        uint32_t code;
        size_t n = text_decode(text + i, length - i, &code);
        if (n == 0)
            return document_fail(b, at, "byte 0x%02X is not UTF-8 text",
                                 (unsigned)(unsigned char)text[i]);
        bool is_control = (code < 0x20 && code != '\t' && code != '\n' && code != '\r') ||
                          (code >= 0x7F && code < 0xA0 && code != 0x85) ||
                          (code == 0xFEFF && i > 0) || code == 0xFFFE || code == 0xFFFF;
        if (is_control)
            return document_fail(b, at, "control character U+%04X", (unsigned)code);
        i += n;
        at.column++;
        bool ends_line = code == '\n' || (code == '\r' && (i == length || text[i] != '\n'));
        if (ends_line) {
            at.line++;
            at.column = 1;
        }
    }
    return true;
}

struct node *document_parse(struct arena *arena, const struct document_input *input,
                            struct diag_list *diags)
{
    struct document_builder b = {.arena = arena, .diags = diags, .input = input};
    if (!document_check_text(&b))
        return NULL;
    REQUIRE(yaml_parser_initialize(&b.parser), "out of memory: YAML parser");
    yaml_parser_set_encoding(&b.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&b.parser, (const unsigned char *)input->text, input->length);
    struct node *root = document_stream(&b);
    yaml_event_delete(&b.event);
    yaml_parser_delete(&b.parser);
    array_free(&b.anchors);
    return b.failed ? NULL : root;
}
