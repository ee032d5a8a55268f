#include "scenario/name_list.h"

#include <string.h>

#include "base/text.h"

static bool name_list_has(const struct name_list *list, const char *name)
{
    for (size_t i = 0; i < list->names.n; i++)
        if (strcmp(list->names.items[i], name) == 0)
            return true;
    return false;
}

void name_list_add(struct name_list *list, const char *name)
{
    if (!name_list_has(list, name))
        array_push(&list->names, name);
}

void name_list_free(struct name_list *list)
{
    array_free(&list->names);
}

bool name_list_require(const struct name_list *list, const struct loading *l, const char *path,
                       const char *noun, const char *name)
{
    if (name == NULL || strcmp(name, "*") == 0 || name_list_has(list, name))
        return true;
    loading_error(l, path, false, "no design has a%s %s '%.60s'",
                  strchr("aeiou", noun[0]) != NULL ? "n" : "", noun, name);
    diag_suggest(l->diags, text_nearest(name, list->names.items, list->names.n));
    return false;
}
