#include "scenario/document.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"

// Bytes to read: one beyond the limit is enough to notice, and what is no file may have so many.
static size_t document_room(FILE *file)
{
    long length = -1;
    if (fseek(file, 0, SEEK_END) == 0)
        length = ftell(file);
    rewind(file);
    return length < 0 || length > DOCUMENT_MAX_BYTES ? DOCUMENT_MAX_BYTES + 1 : (size_t)length + 1;
}

struct node *document_read(struct arena *arena, const char *path, const char **text,
                           struct diag_list *diags)
{
    struct diag_place whole = {.file = arena_string(arena, path)};
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        diag_error(diags, whole, "cannot open the file: %s", strerror(errno));
        return NULL;
    }
    const size_t room = document_room(file);
    char *bytes = arena_push(arena, char, room + 1);
    size_t length = fread(bytes, 1, room, file);
    bool is_broken = ferror(file) != 0;
    int reason = errno;
    fclose(file);
    if (is_broken) {
        diag_error(diags, whole, "cannot read the file: %s", strerror(reason));
        return NULL;
    }
    if (text != NULL)
        *text = bytes;
    diag_add_source(diags, whole.file, bytes);
    return document_parse(arena, &(struct document_input){whole.file, 1, bytes, length}, diags);
}

struct node *document_get(const struct node *mapping, const char *key)
{
    if (mapping == NULL || mapping->kind != NODE_MAPPING)
        return NULL;
    for (struct node *child = mapping->first; child != NULL; child = child->next)
        if (strcmp(child->key, key) == 0)
            return child;
    return NULL;
}

struct node *document_child(const struct node *node, const char *step, size_t length)
{
    char word[128];
    if (length >= sizeof word)
        return NULL;
    memcpy(word, step, length);
    word[length] = '\0';
    if (node->kind != NODE_SEQUENCE)
        return document_get(node, word);
    if (length == 0 || length > 6 || strspn(word, "0123456789") != length)
        return NULL;
    struct node *child = node->first;
    for (long i = strtol(word, NULL, 10); i > 0 && child != NULL; i--)
        child = child->next;
    return child;
}

// Walks as far as the path leads; *rest is what is left of it.
static const struct node *document_walk(const struct node *root, const char *path,
                                        const char **rest)
{
    while (*path != '\0') {
        size_t length = strcspn(path, ".");
        const struct node *child = document_child(root, path, length);
        if (child == NULL)
            break;
        root = child;
        path += length + (path[length] == '.');
    }
    *rest = path;
    return root;
}

const struct node *document_nearest(const struct node *root, const char *path)
{
    const char *rest;
    return document_walk(root, path, &rest);
}

const struct node *document_at(const struct node *root, const char *path)
{
    const char *rest;
    const struct node *node = document_walk(root, path, &rest);
    return *rest == '\0' ? node : NULL;
}

void document_replace(struct node *parent, struct node *child, struct node *value)
{
    value->key = child->key;
    value->key_place = child->key_place;
    value->next = child->next;
    struct node **link = &parent->first;
    struct node *before = NULL;
    for (; *link != child; link = &(*link)->next) {
        before = *link;
        REQUIRE(before != NULL, "replaced node is no child of its parent");
    }
    *link = value;
    if (parent->last == child)
        parent->last = value;
}

void document_put(struct arena *arena, struct node *mapping, const char *key, struct node *value)
{
    REQUIRE(mapping->kind == NODE_MAPPING, "key '%s' put into no mapping", key);
    struct node *old = document_get(mapping, key);
    if (old != NULL) {
        document_replace(mapping, old, value);
        return;
    }
    value->key = arena_string(arena, key);
    value->key_place = value->place;
    if (mapping->last != NULL)
        mapping->last->next = value;
    else
        mapping->first = value;
    mapping->last = value;
    mapping->n_children++;
}

static void document_unlink(struct node *parent, struct node *child)
{
    struct node *before = NULL;
    for (struct node *other = parent->first; other != child; other = other->next)
        before = other;
    if (before != NULL)
        before->next = child->next;
    else
        parent->first = child->next;
    if (parent->last == child)
        parent->last = before;
    parent->n_children--;
}

void document_drop(struct node *root, const char *path)
{
    struct node *parent = NULL, *child = root;
    for (;;) {
        const size_t length = strcspn(path, ".");
        parent = child;
        child = document_child(parent, path, length);
        if (child == NULL)
            return; // a key with a mistake of its own, which is no step
        if (path[length] == '\0')
            break;
        path += length + 1;
    }
    document_unlink(parent, child);
}

struct document_text {
    ARRAY(char) bytes;
};

static void document_write(struct document_text *out, const char *text)
{
    for (; *text != '\0'; text++)
        array_push(&out->bytes, *text);
}

static void document_write_node(struct document_text *out, const struct node *node)
{
    if (node->kind == NODE_SCALAR) {
        document_write(out, node->is_quoted ? "\"" : "");
        document_write(out, node->text);
        document_write(out, node->is_quoted ? "\"" : "");
        return;
    }
    document_write(out, node->kind == NODE_MAPPING ? "{" : "[");
    for (const struct node *child = node->first; child != NULL; child = child->next) {
        document_write(out, child == node->first ? "" : ", ");
        if (node->kind == NODE_MAPPING) {
            document_write(out, child->key);
            document_write(out, ": ");
        }
        document_write_node(out, child);
    }
    document_write(out, node->kind == NODE_MAPPING ? "}" : "]");
}

const char *document_render(struct arena *arena, const struct node *node)
{
    struct document_text out = {0};
    document_write_node(&out, node);
    array_push(&out.bytes, '\0');
    const char *text = arena_string(arena, out.bytes.items);
    array_free(&out.bytes);
    return text;
}

__attribute__((format(printf, 4, 0))) static void document_report(struct diag_list *diags,
                                                                  const struct node *node,
                                                                  struct diag_place place,
                                                                  const char *format, va_list args)
{
    char message[512];
    vsnprintf(message, sizeof message, format, args);
    bool is_copy = node->aliased.file != NULL;
    diag_error(diags, is_copy ? node->aliased : place, "%s", message);
    if (is_copy && strcmp(node->aliased.file, place.file) == 0)
        diag_relate(diags, place, "in the value that the alias stands for");
    else if (is_copy)
        diag_relate(diags, place, "what it changes");
}

void document_error(struct diag_list *diags, const struct node *node, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    document_report(diags, node, node->place, format, args);
    va_end(args);
}

void document_key_error(struct diag_list *diags, const struct node *node, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    document_report(diags, node, node->key != NULL ? node->key_place : node->place, format, args);
    va_end(args);
}

const char *document_kind_name(enum node_kind kind)
{
    switch (kind) {
    case NODE_SCALAR:
        return "a single value";
    case NODE_SEQUENCE:
        return "a list";
    case NODE_MAPPING:
        return "a block of keys";
    }
    return "?";
}
