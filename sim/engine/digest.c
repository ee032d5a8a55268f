#include "engine/digest.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

uint64_t digest_event(uint64_t chain, const struct event *event)
{
    return XXH3_64bits_withSeed(event, sizeof *event, chain);
}

uint64_t digest_combine(const uint64_t *chains, size_t n)
{
    return XXH3_64bits(chains, n * sizeof *chains);
}
