// What the caches in front of stores did, as a table: how much they keep from the store, and how
// much of that is stale.
#pragma once

#include <stdbool.h>
#include <stdio.h>

#include "results/resultset.h"

// Reads that the store itself has answered.
static inline uint64_t caches_store_reads(const struct store_record *record)
{
    return record->reads - record->caches.hits - record->caches.coalesced;
}

// A row a store with caches, all of them together; nothing when no design has any.
void caches_print(const struct resultset *set, FILE *out, bool colour);
