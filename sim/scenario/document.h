// Document: a YAML file as a tree of nodes, each with its place in the text.
//
// A strict subset of YAML: one document, UTF-8, mappings with plain keys, no tags, no merge keys;
// anchors and aliases are allowed and become copies. Everything else is reported with its place.
// Trees live in the arena they were parsed into and never change but by document_put (for --set)
// and document_drop (for keys without effect).
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/diag.h"

// Limits, far above any scenario and far below trouble.
enum {
    DOCUMENT_MAX_BYTES = 1 << 20,
    DOCUMENT_MAX_DEPTH = 24,
    DOCUMENT_MAX_NODES = 20000, // keys included, aliases expanded
};

enum node_kind { NODE_SCALAR, NODE_SEQUENCE, NODE_MAPPING };

struct node {
    enum node_kind kind;
    struct diag_place place;
    const char *text; // scalars
    bool is_quoted;   // scalars: 'like this', never a number
    // Inside an alias's copy: where the alias stands; in a value that a study gives: where there;
    // else file NULL.
    struct diag_place aliased;
    // Children of sequences and mappings; a mapping's values know their keys.
    struct node *first, *last, *next;
    size_t n_children;
    const char *key; // NULL in sequences
    struct diag_place key_place;
};

// Reads a file and parses it. NULL after adding diagnostics when anything was wrong. *text (may be
// NULL) receives the file's text, in the arena; it is registered as a source of the list.
struct node *document_read(struct arena *arena, const char *path, const char **text,
                           struct diag_list *diags);
// Text to parse, NUL bytes and all: what places call it, and on which line there it begins (1 for
// files).
struct document_input {
    const char *file;
    int line;
    const char *text;
    size_t length;
};
// Parses text; NULL after adding diagnostics.
struct node *document_parse(struct arena *arena, const struct document_input *input,
                            struct diag_list *diags);

// A mapping's value, or NULL; also when the node is NULL or no mapping.
struct node *document_get(const struct node *mapping, const char *key);
// A child by one step of a path (`length` bytes): a key of a mapping, or an index into a sequence;
// or NULL.
struct node *document_child(const struct node *node, const char *step, size_t length);
// The node at a path ("steering.records.0.weight"), or NULL.
const struct node *document_at(const struct node *root, const char *path);
// The same, or the deepest node on the way to it.
const struct node *document_nearest(const struct node *root, const char *path);
// Puts a value into a mapping: in place of an equal key, or at the end.
void document_put(struct arena *arena, struct node *mapping, const char *key, struct node *value);
// Puts a value in the place of a child of a sequence or mapping.
void document_replace(struct node *parent, struct node *child, struct node *value);
// Takes the node at a path, which is a key's value, out of the mapping that it is in; nothing when
// there is none.
void document_drop(struct node *root, const char *path);
// The node as one line of flow YAML, in the arena.
const char *document_render(struct arena *arena, const struct node *node);
// Adds an error at the node: where its alias stands, if it came by one, with the anchored text as
// related place. Complete it with diag_expect and diag_suggest.
void document_error(struct diag_list *diags, const struct node *node, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
// The same at the node's key, when it has one.
void document_key_error(struct diag_list *diags, const struct node *node, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
const char *document_kind_name(enum node_kind kind);
