#include "experiment/sweepparts.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DIGEST_DIGITS = 16 };

static bool make(const char *folder, struct status *status)
{
    return mkdir(folder, 0777) == 0 || errno == EEXIST ||
           status_fail(status, STATUS_CANNOT_CREATE, "cannot make %s: %s", folder, strerror(errno));
}

bool sweepparts_make(const struct sweepparts *p, struct status *status)
{
    struct arena arena = {0};
    const char *all = arena_printf(&arena, "%s.parts", p->path);
    const bool is_good = make(all, status) &&
                         make(arena_printf(&arena, "%s/%016" PRIx64, all, p->digest), status);
    arena_free(&arena);
    return is_good;
}

const char *sweepparts_path(const struct sweepparts *p, size_t i, struct arena *arena)
{
    return arena_printf(arena, "%s.parts/%016" PRIx64 "/%04zu.h5", p->path, p->digest, i);
}

const char *sweepparts_seen(const struct sweepparts *p, size_t i, struct arena *arena)
{
    const char *slash = strrchr(p->path, '/'), *path = sweepparts_path(p, i, arena);
    return slash != NULL ? path + (slash + 1 - p->path) : path;
}

static bool is_part(const char *name)
{
    const size_t n = strspn(name, "0123456789");
    return n >= 4 && (strcmp(name + n, ".h5") == 0 || strcmp(name + n, ".h5.part") == 0);
}

static void remove_parts(const char *folder)
{
    struct arena arena = {0};
    DIR *d = opendir(folder);
    for (const struct dirent *entry; d != NULL && (entry = readdir(d)) != NULL;)
        if (is_part(entry->d_name))
            unlink(arena_printf(&arena, "%s/%s", folder, entry->d_name));
    if (d != NULL)
        closedir(d);
    rmdir(folder); // stays if it holds anything else
    arena_free(&arena);
}

void sweepparts_tidy(const struct sweepparts *p, bool keeps_own)
{
    struct arena arena = {0};
    const char *all = arena_printf(&arena, "%s.parts", p->path);
    const char *own = arena_printf(&arena, "%016" PRIx64, p->digest);
    DIR *d = opendir(all);
    for (const struct dirent *entry; d != NULL && (entry = readdir(d)) != NULL;)
        if (strlen(entry->d_name) == DIGEST_DIGITS &&
            strspn(entry->d_name, "0123456789abcdef") == DIGEST_DIGITS &&
            !(keeps_own && strcmp(entry->d_name, own) == 0))
            remove_parts(arena_printf(&arena, "%s/%s", all, entry->d_name));
    if (d != NULL)
        closedir(d);
    rmdir(all); // stays if it holds anything
    arena_free(&arena);
}
