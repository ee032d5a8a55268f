#include "experiment/sweepinputs.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <xxhash.h>

#include "base/base.h"
#include "results/partfile.h"

bool sweepinputs_make_folder(const char *path, struct status *status)
{
    char text[1024];
    if (snprintf(text, sizeof text, "%s", path) >= (int)sizeof text)
        return status_fail(status, STATUS_CANNOT_CREATE, "the name of a folder is too long: %.80s",
                           path);
    for (char *slash = text + 1;; ++slash) {
        const char was = *slash;
        if (was != '/' && was != '\0')
            continue;
        *slash = '\0';
        if (mkdir(text, 0777) != 0 && errno != EEXIST)
            return status_fail(status, STATUS_CANNOT_CREATE, "cannot create the folder %s: %s",
                               text, strerror(errno));
        *slash = was;
        if (was == '\0')
            return true;
    }
}

// The bytes of a file, to be freed; NULL with the status set.
static unsigned char *read_all(const char *path, size_t *n, struct status *status)
{
    FILE *file = fopen(path, "rb");
    unsigned char *bytes = NULL;
    long length = -1;
    if (file != NULL && fseek(file, 0, SEEK_END) == 0)
        length = ftell(file);
    if (length >= 0) {
        bytes = malloc((size_t)length + 1);
        REQUIRE(bytes != NULL, "no memory for %ld bytes of %s", length, path);
        rewind(file);
        *n = fread(bytes, 1, (size_t)length, file);
    }
    if (bytes == NULL || *n != (size_t)length) {
        status_fail(status, STATUS_NO_INPUT, "cannot read %s: %s", path, strerror(errno));
        free(bytes);
        bytes = NULL;
    }
    if (file != NULL)
        fclose(file);
    return bytes;
}

bool sweepinputs_digest(const char *path, uint64_t *digest, struct status *status)
{
    size_t n = 0;
    unsigned char *bytes = read_all(path, &n, status);
    if (bytes == NULL)
        return false;
    *digest = XXH3_64bits(bytes, n);
    free(bytes);
    return true;
}

struct copying {
    struct sweepinputs *inputs;
    struct arena *arena;
    const char *directory;
    struct status *status;
};

static const char *last_part(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

// Copies a file into inputs/`folder`; returns the copy's path from the plan's folder, or NULL.
static const char *copy(const struct copying *c, const char *from, const char *folder)
{
    const char *inside = arena_printf(c->arena, "inputs/%s%s", folder, last_part(from));
    const char *to = arena_printf(c->arena, "%s/%s", c->directory, inside);
    const char *into = arena_printf(c->arena, "%s/inputs/%s", c->directory, folder);
    size_t n = 0;
    unsigned char *bytes = read_all(from, &n, c->status);
    const bool is_good = bytes != NULL && sweepinputs_make_folder(into, c->status) &&
                         partfile_write(to, bytes, n, c->status);
    if (is_good) {
        array_push(&c->inputs->paths, inside);
        array_push(&c->inputs->digests, XXH3_64bits(bytes, n));
    }
    free(bytes);
    return is_good ? inside : NULL;
}

// Each in a folder of its own, since some may have one name. A plan 'none' has no file.
static const char *const *copy_list(const struct copying *c, const struct text_lines *lines,
                                    const char *kind)
{
    const char **copies = arena_push(c->arena, const char *, lines->n + 1);
    for (size_t i = 0; i < lines->n; ++i) {
        const char *folder = arena_printf(c->arena, "%s/%zu/", kind, i);
        if (lines->items[i] == NULL)
            continue;
        copies[i] = copy(c, lines->items[i], folder);
        if (copies[i] == NULL)
            return NULL;
    }
    return copies;
}

bool sweepinputs_copy(struct sweepinputs *inputs, struct arena *arena, const struct study *study,
                      const char *directory, struct status *status)
{
    const struct copying c = {inputs, arena, directory, status};
    const struct study_spec *s = study->spec;
    const char *tables = study->geography->directory;
    *inputs = (struct sweepinputs){0};
    inputs->study = copy(&c, s->file, "");
    if (inputs->study == NULL)
        return false;
    inputs->copies.topologies = copy_list(&c, &s->topologies, "topologies");
    if (inputs->copies.topologies == NULL)
        return false;
    inputs->copies.workloads = copy_list(&c, &s->workloads, "workloads");
    if (inputs->copies.workloads == NULL)
        return false;
    inputs->copies.faults = copy_list(&c, &s->faults, "faults");
    // Beside the first topology: where tables are looked for first.
    return inputs->copies.faults != NULL &&
           copy(&c, arena_printf(arena, "%s/regions.yaml", tables), "topologies/0/tables/") !=
               NULL &&
           copy(&c, arena_printf(arena, "%s/rtt.yaml", tables), "topologies/0/tables/") != NULL;
}
