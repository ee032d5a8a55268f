#include "results/resultfile.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xxhash.h>

#include "base/arena.h"
#include "base/base.h"
#include "results/eventgroup.h"
#include "results/failovergroup.h"
#include "results/h5.h"
#include "results/h5reader.h"
#include "results/laggroup.h"
#include "results/latencygroup.h"
#include "results/partfile.h"
#include "results/recoverygroup.h"
#include "results/replicationgroup.h"
#include "results/scales.h"
#include "results/seriesgroup.h"
#include "results/storegroup.h"
#include "results/summarygroup.h"

#ifndef AASIM_VERSION
#define AASIM_VERSION "unversioned"
#endif

static const char *text_or_empty(const char *text)
{
    return text != NULL ? text : "";
}

static void hash_text(XXH3_state_t *state, const char *text)
{
    // With the closing zero, so that moving a character from one text to the next changes the hash.
    XXH3_128bits_update(state, text_or_empty(text), strlen(text_or_empty(text)) + 1);
}

// Identity of what was asked for: inputs, seed, number of replications, scale. 32 hexadecimal
// digits.
static char *run_id(struct arena *arena, const struct resultset *set)
{
    XXH3_state_t *state = XXH3_createState();
    REQUIRE(state != NULL, "out of memory: hash state");
    XXH3_128bits_reset(state);
    for (size_t d = 0; d < set->n_designs; d++)
        hash_text(state, set->designs[d].topology->text);
    hash_text(state, set->workload->text);
    hash_text(state, set->plan != NULL ? set->plan->text : NULL);
    char rest[96];
    snprintf(rest, sizeof rest, "%" PRIu64 " %" PRIu32 " %.17g", set->seed, set->n_replications,
             set->scale);
    hash_text(state, rest);
    XXH128_hash_t hash = XXH3_128bits_digest(state);
    XXH3_freeState(state);
    return arena_printf(arena, "%016" PRIx64 "%016" PRIx64, (uint64_t)hash.high64,
                        (uint64_t)hash.low64);
}

static char *title_of(struct arena *arena, const struct resultset *set)
{
    char *title = arena_printf(arena, "%s", set->designs[0].topology->name);
    for (size_t d = 1; d < set->n_designs; d++)
        title = arena_printf(arena, "%s, %s", title, set->designs[d].topology->name);
    title = arena_printf(arena, "%s under %s", title, set->workload->name);
    return set->plan != NULL ? arena_printf(arena, "%s with %s", title, set->plan->name) : title;
}

static void note_root(struct h5 *h, struct arena *arena, const struct resultset *set)
{
    const struct workload *w = set->workload;
    h5_note_text(h, "Conventions", "CF-1.10");
    h5_note_text(h, "title", title_of(arena, set));
    h5_note_text(h, "source", "aasim " AASIM_VERSION);
    h5_note_u64(h, "aasim_schema_version", RESULTFILE_SCHEMA);
    h5_note_text(h, "aasim_run_id", run_id(arena, set));
    h5_note_u64(h, "root_seed", set->seed);
    h5_note_u64(h, "n_replications", set->n_replications);
    h5_note_f64(h, "interval_level", set->level);
    h5_note_f64(h, "scale", set->scale);
    h5_note_text(h, "workload", text_or_empty(w->name));
    h5_note_text(h, "workload_title", text_or_empty(w->title));
    h5_note_text(h, "fault_plan", set->plan != NULL ? text_or_empty(set->plan->name) : "");
    h5_note_text(h, "fault_plan_title", set->plan != NULL ? text_or_empty(set->plan->title) : "");
    h5_note_f64(h, "duration_s", w->duration_s);
    h5_note_f64(h, "warmup_s", w->warmup_s);
    h5_note_f64(h, "window_s", w->window_s);
    h5_note_f64(h, "start_utc_s", w->start_utc_s);
    h5_note_f64(h, "up_threshold", w->up_threshold);
}

static void write_text(struct h5 *h, const char *name, const char *text, const char *about)
{
    text = text_or_empty(text);
    h5_write(h,
             &(struct h5_variable){.name = name, .type = H5_TEXT, .data = &text, .about = about});
}

// The inputs as they were read, so that a file can be run again.
static void write_inputs(struct h5 *h, struct arena *arena, const struct resultset *set)
{
    h5_group(h, "inputs");
    scales_designs(h, set);
    const char **texts = arena_push(arena, const char *, set->n_designs);
    for (size_t d = 0; d < set->n_designs; d++)
        texts[d] = text_or_empty(set->designs[d].topology->text);
    h5_write(h, &(struct h5_variable){.name = "topology",
                                      .over = {"design"},
                                      .type = H5_TEXT,
                                      .data = texts,
                                      .about = "topology file (YAML)"});
    write_text(h, "workload", set->workload->text, "workload file (YAML)");
    write_text(h, "fault_plan", set->plan != NULL ? set->plan->text : NULL,
               "fault plan (YAML); empty when nothing was to fail");
}

static bool build(const struct resultset *set, unsigned char **bytes, size_t *n_bytes,
                  struct status *status)
{
    struct arena arena = {0};
    struct h5 *h = h5_new();
    note_root(h, &arena, set);
    summarygroup_write(h, set);
    replicationgroup_write(h, set);
    latencygroup_write(h, set);
    seriesgroup_write(h, set);
    storegroup_write(h, set);
    laggroup_write(h, set);
    recoverygroup_write(h, set);
    eventgroup_write(h, set);
    failovergroup_write(h, set);
    write_inputs(h, &arena, set);
    h5_note_root_u64(h, "complete", 1);
    arena_free(&arena);
    return h5_finish(h, bytes, n_bytes, status);
}

bool resultfile_write(const char *path, const struct resultset *set, struct status *status)
{
    unsigned char *bytes;
    size_t n_bytes;
    if (!build(set, &bytes, &n_bytes, status))
        return status_frame(status, "making results file %s", path);
    bool ok = partfile_write(path, bytes, n_bytes, status);
    free(bytes);
    return ok || status_frame(status, "writing results file %s", path);
}

bool resultfile_check(const char *path, struct status *status)
{
    uint64_t complete, schema;
    if (!h5reader_root_u64(path, "aasim_schema_version", &schema, status) ||
        !h5reader_root_u64(path, "complete", &complete, status))
        return status_frame(status, "checking results file %s", path);
    if (complete != 1)
        return status_fail(status, STATUS_BAD_INPUT, "%s is not complete", path);
    if (schema != RESULTFILE_SCHEMA)
        return status_fail(status, STATUS_BAD_INPUT,
                           "%s has layout version %" PRIu64 ", this program reads version %d", path,
                           schema, (int)RESULTFILE_SCHEMA);
    return true;
}

double *resultfile_numbers(const char *path, const char *dataset, size_t *n, struct status *status)
{
    return resultfile_check(path, status) ? h5reader_numbers(path, dataset, n, status) : NULL;
}

bool resultfile_may_replace(const char *path, struct status *status)
{
    static const unsigned char signature[8] = {0x89, 'H', 'D', 'F', '\r', '\n', 0x1a, '\n'};
    unsigned char start[sizeof signature];
    if (!partfile_check(path, status))
        return false;
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return true; // not there yet
    size_t n = fread(start, 1, sizeof start, file);
    fclose(file);
    if (n == 0 || (n == sizeof start && memcmp(start, signature, n) == 0))
        return true;
    return status_fail(status, STATUS_CANNOT_CREATE,
                       "'%s' exists and is no results file: choose another name", path);
}
