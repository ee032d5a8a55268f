#include "scenario/callpath.h"

const char *callpath_find(const struct loading *l, const struct service_spec *s, int k)
{
    const int step = s->calls[k].step;
    int place = 0;
    while (place < k && s->calls[k - 1 - place].step == step)
        place++;
    const char *path = arena_printf(l->arena, "services.%s.steps.%d", s->name, step);
    if (!loading_gives(l, arena_printf(l->arena, "%s.parallel", path)))
        return path;
    return arena_printf(l->arena, "%s.parallel.%d", path, place);
}
