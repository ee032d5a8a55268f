// Study files for tests: a study of the two designs and the load of files.h, in a folder of its
// own.
#pragma once

#include "scenario/study_file.h"
#include "unit/scenario/files.h"

static const char studyfiles_good[] = "title: Test study\n"                                 // 1
                                      "topologies: [one.yaml, two.yaml]\n"                  // 2
                                      "workloads: load.yaml\n"                              // 3
                                      "faults: [none, plan.yaml]\n"                         // 4
                                      "parameters:\n"                                       // 5
                                      "  ttl: {path: steering.ttl, values: [5 s, 60 s]}\n"; // 6

struct studyfiles {
    char directory[64], path[128];
    struct arena arena;
    struct study_files files;
    const struct study_spec *spec; // NULL: mistakes
    struct diag_list diags;
};

static inline void studyfiles_put(const struct studyfiles *f, const char *name, const char *text)
{
    char path[160];
    snprintf(path, sizeof path, "%s/%s", f->directory, name);
    files_write(path, text, strlen(text));
}

// The second design has no cart service, and a name of its own.
static inline void studyfiles_write(struct studyfiles *f, const char *study)
{
    *f = (struct studyfiles){.directory = "/tmp/aasim_study_XXXXXX"};
    cr_assert_not_null(mkdtemp(f->directory));
    studyfiles_put(f, "one.yaml", files_good[FILES_TOPOLOGY]);
    studyfiles_put(f, "two.yaml",
                   "title: Other design\nentry: web\nregions:\n  us-east-1: {zones: 3}\n"
                   "  eu-west-1: {zones: 3}\nservices:\n  web: {servers_per_zone: 4, work: 10 ms}\n"
                   "steering: {policy: latency, ttl: 30 s, alias: false}\n");
    studyfiles_put(f, "load.yaml", files_good[FILES_WORKLOAD]);
    studyfiles_put(f, "plan.yaml", files_good[FILES_FAULTS]);
    studyfiles_put(f, "study.yaml", study);
    snprintf(f->path, sizeof f->path, "%s/study.yaml", f->directory);
}

static inline void studyfiles_load(struct studyfiles *f, const char *study)
{
    studyfiles_write(f, study);
    f->spec = study_file_load(&f->arena, f->path, &(struct study_copies){0}, &f->files, &f->diags);
}

static inline void studyfiles_remove(const struct studyfiles *f)
{
    static const char *const names[] = {"one.yaml", "two.yaml", "load.yaml", "plan.yaml",
                                        "study.yaml"};
    char path[160];
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        snprintf(path, sizeof path, "%s/%s", f->directory, names[i]);
        unlink(path);
    }
    rmdir(f->directory);
}

static inline void studyfiles_free(struct studyfiles *f)
{
    studyfiles_remove(f);
    diag_free(&f->diags);
    arena_free(&f->arena);
}
