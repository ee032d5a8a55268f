// A directory for one test, and what is in its files.
#pragma once

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/base.h"

struct scratch {
    char directory[256];
    char path[512]; // of the file under test, in the directory
};

static inline struct scratch scratch_make(void)
{
    struct scratch s;
    const char *root = getenv("TMPDIR");
    snprintf(s.directory, sizeof s.directory, "%s/aasim-XXXXXX", root != NULL ? root : "/tmp");
    REQUIRE(mkdtemp(s.directory) != NULL, "cannot make %s", s.directory);
    snprintf(s.path, sizeof s.path, "%s/results.h5", s.directory);
    return s;
}

static inline int scratch_count(const struct scratch *s)
{
    int n = 0;
    DIR *directory = opendir(s->directory);
    for (struct dirent *entry; directory != NULL && (entry = readdir(directory)) != NULL;)
        n += entry->d_name[0] != '.';
    if (directory != NULL)
        closedir(directory);
    return n;
}

static inline void scratch_remove(const struct scratch *s)
{
    char path[1024];
    DIR *directory = opendir(s->directory);
    for (struct dirent *entry; directory != NULL && (entry = readdir(directory)) != NULL;) {
        snprintf(path, sizeof path, "%s/%s", s->directory, entry->d_name);
        if (entry->d_name[0] != '.')
            unlink(path);
    }
    if (directory != NULL)
        closedir(directory);
    rmdir(s->directory);
}

static inline bool scratch_exists(const char *path)
{
    return access(path, F_OK) == 0;
}

// The bytes of a file (malloc'ed), *n of them; NULL when it does not exist.
static inline unsigned char *scratch_read(const char *path, size_t *n)
{
    FILE *file = fopen(path, "rb");
    struct stat info;
    *n = 0;
    if (file == NULL)
        return NULL;
    REQUIRE(fstat(fileno(file), &info) == 0, "cannot stat %s", path);
    *n = (size_t)info.st_size;
    unsigned char *bytes = malloc(*n + 1);
    REQUIRE(bytes != NULL && fread(bytes, 1, *n, file) == *n, "cannot read %s", path);
    fclose(file);
    return bytes;
}
