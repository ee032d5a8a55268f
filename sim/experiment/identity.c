#include "experiment/identity.h"

#include <inttypes.h>
#include <model_version.h> // made by the Makefile
#include <stdio.h>
#include <string.h>
#include <xxhash.h>

#include "base/base.h"

static void add(XXH3_state_t *state, const void *bytes, size_t n)
{
    REQUIRE(XXH3_128bits_update(state, bytes, n) == XXH_OK, "digest of %zu bytes", n);
}

static void add_text(XXH3_state_t *state, const char *text)
{
    add(state, text, strlen(text) + 1);
}

static void add_places(XXH3_state_t *state, const struct geography *g)
{
    for (size_t i = 0; i < g->n_regions; ++i) {
        const struct region_fact *r = &g->regions[i];
        const double numbers[] = {r->latitude_deg, r->longitude_deg, r->n_zones};
        add_text(state, r->code);
        add(state, numbers, sizeof numbers);
    }
    add(state, g->rtt_p50_ms, g->n_regions * g->n_regions * sizeof *g->rtt_p50_ms);
    add(state, g->rtt_p90_ms, g->n_regions * g->n_regions * sizeof *g->rtt_p90_ms);
}

struct identity identity_of(const struct scenario *scenario, uint64_t seed)
{
    XXH3_state_t *state = XXH3_createState();
    REQUIRE(state != NULL, "out of memory: digest");
    XXH3_128bits_reset(state);
    add_text(state, AASIM_MODEL_VERSION);
    add(state, &seed, sizeof seed);
    add_places(state, scenario->geography);
    for (size_t i = 0; i < scenario->n_resolved; ++i)
        add_text(state, scenario->resolved[i]);
    const XXH128_hash_t hash = XXH3_128bits_digest(state);
    XXH3_freeState(state);
    return (struct identity){hash.high64, hash.low64};
}

void identity_write(struct identity id, char out[IDENTITY_TEXT])
{
    snprintf(out, IDENTITY_TEXT, "%016" PRIx64 "%016" PRIx64, id.high, id.low);
}

bool identity_read(const char *text, struct identity *id)
{
    return strlen(text) == IDENTITY_TEXT - 1 && strspn(text, "0123456789abcdef") == strlen(text) &&
           sscanf(text, "%16" SCNx64 "%16" SCNx64, &id->high, &id->low) == 2;
}

int identity_compare(struct identity a, struct identity b)
{
    if (a.high != b.high)
        return a.high < b.high ? -1 : 1;
    return (a.low > b.low) - (a.low < b.low);
}

const char *identity_model_version(void)
{
    return AASIM_MODEL_VERSION;
}
