#include "results/names.h"

#include <stdbool.h>
#include <string.h>

// First place in `sorted` whose name is not before `name`.
static size_t place_of(const struct names *names, const char *name)
{
    size_t low = 0, high = names->sorted.n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(names->list.items[names->sorted.items[middle]], name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

size_t names_add(struct names *names, const char *name)
{
    size_t place = place_of(names, name);
    if (place < names->sorted.n) {
        size_t index = names->sorted.items[place];
        if (strcmp(names->list.items[index], name) == 0)
            return index;
    }
    array_push(&names->list, name);
    array_push(&names->sorted, (size_t)0);
    for (size_t i = names->sorted.n - 1; i > place; i--)
        names->sorted.items[i] = names->sorted.items[i - 1];
    names->sorted.items[place] = names->list.n - 1;
    return names->list.n - 1;
}

void names_free(struct names *names)
{
    array_free(&names->list);
    array_free(&names->sorted);
}
