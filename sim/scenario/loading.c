#include "scenario/loading.h"

#include <stdarg.h>
#include <string.h>

void loading_read(struct loading *l)
{
    l->file = arena_string(l->arena, l->file);
    l->root = document_read(l->arena, l->file, &l->text, l->diags);
}

const char *loading_stem(struct arena *arena, const char *path)
{
    const char *slash = strrchr(path, '/');
    char *stem = arena_string(arena, slash != NULL ? slash + 1 : path);
    char *dot = strrchr(stem, '.');
    if (dot != NULL && dot != stem)
        *dot = '\0';
    return stem;
}

const char *loading_name(const struct loading *l)
{
    const struct node *name = document_get(l->root, "name");
    return name != NULL && name->kind == NODE_SCALAR ? name->text : loading_stem(l->arena, l->file);
}

void loading_default_name(const struct loading *l, struct settings *settings, const char **name)
{
    if (loading_gives(l, "name"))
        return;
    *name = loading_stem(l->arena, l->file);
    struct setting *items = arena_push(l->arena, struct setting, settings->n + 1);
    for (size_t i = 0; i < settings->n; i++) {
        items[i] = settings->items[i];
        if (strcmp(items[i].path, "name") == 0)
            items[i].value = *name;
    }
    settings->items = items;
}

// A missing value is best shown at the key of the block that lacks it.
static bool loading_is_at_key(const struct loading *l, const char *path, bool at_key)
{
    return at_key || !loading_gives(l, path);
}

void loading_error(const struct loading *l, const char *path, bool at_key, const char *format, ...)
{
    char message[512];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    const struct node *node = document_nearest(l->root, path);
    if (loading_is_at_key(l, path, at_key))
        document_key_error(l->diags, node, "%s", message);
    else
        document_error(l->diags, node, "%s", message);
}

void loading_warning(const struct loading *l, const char *path, bool at_key, const char *format,
                     ...)
{
    char message[512];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    const struct node *node = document_nearest(l->root, path);
    bool has_key = node->key != NULL && loading_is_at_key(l, path, at_key);
    diag_warning(l->diags, has_key ? node->key_place : node->place, "%s", message);
}

bool loading_gives(const struct loading *l, const char *path)
{
    return document_at(l->root, path) != NULL;
}
