// What is counted of a store, as one table: it drives merging, the results file, tables and JSON.
//
// A new count is a member of struct store_record and a row of this table: nothing else knows them
// one by one. Counts begin after the warm-up. Thread class: any thread.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/store.h"
#include "model/storerecord.h"

struct store_count {
    const char *name;  // lower_snake_case, for files and JSON
    const char *head;  // of a column for people, a '\n' makes two lines; NULL: in no table
    const char *about; // one line
    size_t offset;     // of a uint64_t in struct store_record
    // Whether a store can have any, NULL: every one can. For one that cannot, files, tables and
    // JSON say that there is no number rather than 0.
    bool (*is_of)(const struct store_spec *store);
    bool is_merged_apart; // by the part of the record that it belongs to
};

extern const struct store_count storecounts[];
extern const size_t storecounts_n;

static inline uint64_t storecounts_get(const struct store_record *record, size_t count)
{
    return *(const uint64_t *)(const void *)((const char *)record + storecounts[count].offset);
}

static inline bool storecounts_is_of(const struct store_spec *store, size_t count)
{
    return storecounts[count].is_of == NULL || storecounts[count].is_of(store);
}

// Adds all counts but those that are merged apart.
void storecounts_add(struct store_record *into, const struct store_record *from);

// Whether acknowledged writes are brought to other replicas afterwards: then some may be in one
// place only when that fails, and replicas may lag.
bool storecounts_is_asynchronous(const struct store_spec *store);
