// Fuzzes the way of a scenario file from bytes to checked structs: whatever the input, loaders
// return, with places for every mistake and within the limits of a document. Inputs are YAML files
// of any kind (the shipped ones are the seeds); lines "# --set path=value" in them are applied as
// such. Tables of round trips go through a real file.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/base.h"
#include "scenario/faults_file.h"
#include "scenario/geography_file.h"
#include "scenario/override.h"
#include "scenario/show.h"
#include "scenario/topology_file.h"
#include "scenario/workload_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

static struct arena fuzz_arena; // of what all inputs share
static const struct geography *fuzz_geography;
static char fuzz_directory[] = "/tmp/aasim_fuzz_XXXXXX";

static void remove_directory(void)
{
    char path[64];
    snprintf(path, sizeof path, "%s/rtt.yaml", fuzz_directory);
    unlink(path);
    snprintf(path, sizeof path, "%s/regions.yaml", fuzz_directory);
    unlink(path);
    rmdir(fuzz_directory);
}

static void write_file(const char *name, const void *bytes, size_t size)
{
    char path[64];
    snprintf(path, sizeof path, "%s/%s", fuzz_directory, name);
    FILE *file = fopen(path, "wb");
    REQUIRE(file != NULL && fwrite(bytes, 1, size, file) == size, "cannot write %s", path);
    fclose(file);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    static const char regions[] =
        "regions:\n"
        "  us-east-1: {name: a, latitude: 38 deg, longitude: -77 deg, zones: 6}\n"
        "  us-east-2: {name: b, latitude: 39 deg, longitude: -83 deg, zones: 3}\n"
        "  us-west-1: {name: c, latitude: 37 deg, longitude: -121 deg, zones: 3}\n"
        "  us-west-2: {name: d, latitude: 45 deg, longitude: -119 deg, zones: 4}\n"
        "  eu-west-1: {name: e, latitude: 53 deg, longitude: -6 deg, zones: 3}\n"
        "  sa-east-1: {name: f, latitude: -23 deg, longitude: -46 deg, zones: 3}\n"
        "  ap-northeast-1: {name: g, latitude: 35 deg, longitude: 139 deg, zones: 4}\n"
        "  ap-southeast-1: {name: h, latitude: 1 deg, longitude: 103 deg, zones: 3}\n"
        "  ap-southeast-2: {name: i, latitude: -33 deg, longitude: 151 deg, zones: 3}\n";
    static const char rtt[] = "source: x\nunit: ms\nregions: [us-east-1]\np50: {}\np90: {}\n";
    (void)argc;
    (void)argv;
    struct diag_list diags = {0};
    REQUIRE(mkdtemp(fuzz_directory) != NULL, "no directory for tables");
    atexit(remove_directory);
    write_file("regions.yaml", regions, sizeof regions - 1);
    write_file("rtt.yaml", rtt, sizeof rtt - 1);
    fuzz_geography = geography_file_load(
        &fuzz_arena, &(struct geography_search){.tables_dir = fuzz_directory}, &diags);
    REQUIRE(fuzz_geography != NULL, "the tables do not load");
    diag_free(&diags);
    return 0;
}

static void apply_sets(struct loading *l)
{
    const char *sets[8];
    size_t n = 0;
    for (const char *at = l->text; n < ARRAY_LEN(sets) && (at = strstr(at, "# --set ")) != NULL;) {
        at += strlen("# --set ");
        int length = (int)strcspn(at, "\n");
        sets[n++] = arena_printf(l->arena, "%.*s", length, at);
    }
    override_apply(l, 1, &(struct scenario_request){.sets = sets, .n_sets = n}, l->diags);
}

static void bind(struct loading *l)
{
    struct settings *settings = NULL;
    if (document_get(l->root, "populations") != NULL) {
        l->schema = &schema_workload;
        apply_sets(l);
        workload_file_bind(l, &settings);
    } else if (document_get(l->root, "faults") != NULL) {
        l->schema = &schema_faults;
        apply_sets(l);
        struct topology none = {.n_regions = 0};
        const struct fault_plan *plan = faults_file_bind(l, &settings);
        if (diag_errors(l->diags) == 0)
            faults_file_check(l, plan, &none, 1, NULL);
    } else {
        l->schema = &schema_topology;
        apply_sets(l);
        topology_file_bind(l, fuzz_geography, &settings);
    }
    char shown[4096];
    FILE *out = fmemopen(shown, sizeof shown, "w");
    show_settings(settings, out);
    fclose(out);
}

// Every mistake must have a place; printing them must work.
static void print(struct diag_list *diags)
{
    char printed[4096];
    for (size_t i = 0; i < diags->items.n; i++) {
        struct diag_place place = diags->items.items[i].place;
        REQUIRE(place.file != NULL, "mistake without a file");
        REQUIRE(place.line == 0 || (place.column >= 1 && place.length >= 1),
                "mistake without a place");
    }
    FILE *out = fmemopen(printed, sizeof printed, "w");
    diag_print(diags, out, false);
    fclose(out);
}

static void load_tables(struct arena *arena, const uint8_t *data, size_t size,
                        struct diag_list *diags)
{
    write_file("rtt.yaml", data, size);
    geography_file_load(arena, &(struct geography_search){.tables_dir = fuzz_directory}, diags);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena = {0};
    struct diag_list diags = {0};
    char *text = arena_push(&arena, char, size + 1);
    memcpy(text, data, size);
    struct loading l = {.arena = &arena, .diags = &diags, .file = "fuzz.yaml", .text = text};
    diag_add_source(&diags, l.file, text);
    struct document_input input = {l.file, 1, text, size};
    l.root = document_parse(&arena, &input, &diags);
    if (l.root != NULL && document_get(l.root, "p50") != NULL)
        load_tables(&arena, data, size, &diags);
    else if (l.root != NULL)
        bind(&l);
    REQUIRE(l.root != NULL || diag_errors(&diags) > 0, "refused without a reason");
    print(&diags);
    diag_free(&diags);
    arena_free(&arena);
    return 0;
}
