// Schema: one table of fields for each kind of file, from which everything about its keys is
// derived: binding and checking (bind.h), `aasim show` (show.h), the JSON Schema (schema_json.h)
// and the reference (reference.h). A fact about a key stands in its row and nowhere else.
//
// Rows are in schema_topology.c, schema_store.c, schema_cluster.c, schema_throughput.c,
// schema_cache.c, schema_balancer.c, schema_checks.c, schema_workload.c, schema_faults.c,
// schema_regions.c and schema_study.c.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/diag.h"
#include "scenario/quantity.h"

enum field_type {       // YAML                         member
    FIELD_TEXT,         // a line of text               const char *
    FIELD_BOOL,         // true, false                  bool
    FIELD_INTEGER,      // 3                            int or uint32_t
    FIELD_QUANTITY,     // 250 ms                       double
    FIELD_DISTRIBUTION, // 12 ms, {lognormal: {...}}    struct distribution
    FIELD_CHOICE,       // one word of several          an enum
    FIELD_NAME,         // a name of a scope            int: its index; or const char *, see by_name
    FIELD_NAME_SET,     // [a, b], all                  uint32_t: bit set of indices
    FIELD_NAME_LIST,    // [a, b]                       int[capacity] of indices
    FIELD_WEIGHTS,      // {a: 70, b: 30}               double[] by index, 0 where not named
    FIELD_COUNTS,       // {a: 2, b: 8}                 int[] by index, 0 where not named
    FIELD_BLOCK,        // {key: value, ...}            a nested struct, or members of the same one
    FIELD_TABLE,        // {name: {...}, ...}           array of structs
    FIELD_LIST,         // [{...}, ...]                 array of structs
    FIELD_STEPS,        // [{...}, {parallel: [...]}]   array of structs, numbered by step
    FIELD_LINES,        // text, or [text, text]        struct text_lines
    FIELD_NODE,         // anything; none               const struct node *; NULL for none
};

// Sets of names that values refer to. The loader fills them before binding.
enum scope {
    SCOPE_NONE,
    SCOPE_GEOGRAPHY, // all regions that the tables know
    SCOPE_REGION,    // regions of this topology
    SCOPE_SERVICE,
    SCOPE_STORE,
    SCOPE_CALLEE, // services, then stores
    SCOPE_CLASS,
    SCOPE_RECORD_SET,
    SCOPE_POPULATION,
    SCOPE_CHECK,        // health checks by name
    SCOPE_RECORD_CHECK, // none, default, then those
    SCOPE_ZONE,         // letters
    SCOPE_BALANCER,
    SCOPES,
};

// Lines of text, with their places.
struct text_lines {
    const char **items;
    struct diag_place *places;
    size_t n;
};

struct choice {
    const char *word; // NULL ends the list
    int value;
    const char *doc;
};

struct schema_record;

// Another default under a condition (as `when`), with its own source.
struct field_default {
    const char *when; // NULL ends the list
    const char *initial;
    const char *source;
};

// Which words of a choice have a meaning under a condition (as `when`): "word|word".
struct field_words {
    const char *when; // NULL ends the list
    const char *words;
};

struct field {
    const char *key;
    enum field_type type;
    size_t offset; // of the member in the record's struct
    size_t size;   // of the member; a test compares it with the type
    // The default as YAML, bound like a given value; NULL: the key must be given. For blocks "{}".
    const char *initial;
    const char *source; // where the default comes from; NULL: it is this program's choice
    const char *doc;    // one sentence
    // Defaults under conditions: the first whose condition holds counts instead. NULL: none.
    const struct field_default *alternatives;
    // When the key has an effect; NULL: always. "key=word|word": only when that key of the same
    // block is one of these; "key!=word": only when it is not; "key=@store": only when it names a
    // store. A leading '^': of the block around.
    const char *when;

    enum dimension dimension; // quantities and distributions
    double low, high;         // inclusive, in the dimension's unit; both 0: any
    const struct choice *choices;
    // The words that mean something here: of the first whose condition holds. NULL: all.
    const struct field_words *allowed;
    enum scope scope;
    bool by_name;        // FIELD_NAME: keeps the word, which need not exist here
    const char *keyword; // a word that may stand for the value 0 (FIELD_INTEGER, FIELD_QUANTITY,
                         // always 0 FIELD_DISTRIBUTION), for all (FIELD_NAME_SET), for none, index
                         // -1 (FIELD_NAME)

    // Blocks, tables, lists, steps.
    const struct schema_record *record;
    size_t capacity;     // of an inline array; 0: the member points to an array that is allocated
    size_t count_offset; // of the int (or size_t, see count_size) that counts the entries
    size_t count_size;
    size_t least; // entries
    // Members of an entry: its name (tables), its index in the scope when its names must be of one.
    size_t name_offset, index_offset;
    size_t step_offset; // FIELD_STEPS: int
    // Tables: key of a block in the same record, of which the entries have what they do not give.
    // It stands before the table.
    const char *defaults;
};

struct schema_record {
    const char *name; // "balancer"
    const char *doc;
    const struct field *fields;
    size_t n_fields;
    size_t size; // of the struct
};

extern const struct schema_record schema_topology; // struct topology
extern const struct schema_record schema_balancer; // struct balancer_spec: a part of it
extern const struct schema_record schema_workload; // struct workload
extern const struct schema_record schema_faults;   // struct fault_plan
extern const struct schema_record schema_regions;  // struct geography: tables/regions.yaml
extern const struct schema_record schema_study;    // struct study_spec

// Parts of a topology's with files of their own.
extern const struct schema_record schema_store;         // struct store_spec
extern const struct schema_record schema_cluster;       // struct cluster_spec
extern const struct schema_record schema_cache;         // struct caching_spec: a part of it
extern const struct schema_record schema_throughput;    // struct throughput_spec
extern const struct schema_record schema_checks_health; // struct checker_spec
extern const struct schema_record schema_checks_named;  // struct check_spec
extern const struct schema_record schema_checks_rule;   // struct safety_rule_spec

// offset and size of a member, for the tables.
#define SCHEMA_MEMBER(T, m) .offset = offsetof(T, m), .size = sizeof(((T *)0)->m)
#define SCHEMA_COUNT(T, m) .count_offset = offsetof(T, m), .count_size = sizeof(((T *)0)->m)
#define SCHEMA_RECORD(T, rows) .fields = (rows), .n_fields = ARRAY_LEN(rows), .size = sizeof(T)

// A record's field by its key, or NULL.
const struct field *schema_find(const struct schema_record *record, const char *key);
// The keys of a record, for "did you mean": fills up to `capacity`, returns how many there are.
size_t schema_keys(const struct schema_record *record, const char **keys, size_t capacity);
// Stands for the words of a condition that any store's name fulfils.
#define schema_any_store "@store"
// A condition in words: "mode: multi-leader or single-leader". Writes at most `size` bytes; returns
// out.
char *schema_condition(const char *when, char *out, size_t size);
// "weight|take-out" for people. Writes at most `size` bytes; returns out.
char *schema_words(const char *words, char *out, size_t size);
// What a scope's names name: "service or store".
const char *schema_scope_word(enum scope scope);
// What a value of the field looks like, in words: "a duration such as '250 ms'", from ranges,
// choices and type. Writes at most `size` bytes; returns out.
char *schema_describe(const struct field *field, char *out, size_t size);
