// Fuzzes the way of a study from bytes to what is to be varied: whatever the input, the loader
// returns, with a place for every mistake. Its files are those of tests/cli/tiny, whose study is
// the seed; each study stands beside links to them. Run from the top folder.
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/base.h"
#include "scenario/study_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

static const char *const fuzz_files[] = {"one.yaml", "two.yaml", "load.yaml", "outage.yaml"};
static char fuzz_directory[] = "/tmp/aasim_fuzz_XXXXXX";
static char fuzz_path[64];

static void remove_directory(void)
{
    char path[64];
    for (size_t i = 0; i < ARRAY_LEN(fuzz_files); i++) {
        snprintf(path, sizeof path, "%s/%s", fuzz_directory, fuzz_files[i]);
        unlink(path);
    }
    unlink(fuzz_path);
    rmdir(fuzz_directory);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    char here[4000];
    REQUIRE(getcwd(here, sizeof here) != NULL && mkdtemp(fuzz_directory) != NULL, "no directory");
    snprintf(fuzz_path, sizeof fuzz_path, "%s/study.yaml", fuzz_directory);
    for (size_t i = 0; i < ARRAY_LEN(fuzz_files); i++) {
        char from[4096], to[64];
        snprintf(from, sizeof from, "%s/tests/cli/tiny/%s", here, fuzz_files[i]);
        snprintf(to, sizeof to, "%s/%s", fuzz_directory, fuzz_files[i]);
        REQUIRE(symlink(from, to) == 0, "cannot link %s", to);
    }
    atexit(remove_directory);
    return 0;
}

static void write_study(const uint8_t *data, size_t size)
{
    FILE *file = fopen(fuzz_path, "wb");
    REQUIRE(file != NULL && fwrite(data, 1, size, file) == size, "cannot write %s", fuzz_path);
    fclose(file);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena = {0};
    struct diag_list diags = {0};
    static const struct study_copies none = {0};
    struct study_files files;
    char printed[4096];
    write_study(data, size);
    const struct study_spec *spec = study_file_load(&arena, fuzz_path, &none, &files, &diags);
    REQUIRE(spec != NULL || diag_errors(&diags) > 0, "refused without a reason");
    FILE *out = fmemopen(printed, sizeof printed, "w");
    diag_print(&diags, out, false);
    fclose(out);
    diag_free(&diags);
    arena_free(&arena);
    return 0;
}
