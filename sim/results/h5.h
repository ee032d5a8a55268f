// A netCDF-4-compatible HDF5 file, built in memory: groups, dimension scales, variables,
// attributes.
//
// Legal order: h5_new; then per group h5_group, its scales, its variables with their attributes;
// then h5_finish, which gives the bytes and frees everything. Errors stick: after the first, every
// call does nothing and h5_finish fails with it, so that writers read straight on.
//
// What makes the file open everywhere (xarray with both engines, h5py, h5dump): every group holds
// its own scales, strings are of variable length and UTF-8, creation order of links is tracked, no
// compound or enumerated types. What makes equal content give equal bytes: object times are not
// tracked, and nothing but the calls enters. The bytes are made in memory because HDF5 leaves its
// own structures in a state that cannot be closed when a disk fills up under it; writing them is
// partfile's work.
//
// Thread class: main thread only.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

struct h5;

enum h5_type { H5_TEXT, H5_I8, H5_I32, H5_U32, H5_U64, H5_F32, H5_F64 };

enum { H5_MAX_RANK = 5 };

// A file whose dataset of the same path holds the next rows of a virtual one.
struct h5_source {
    const char *file; // relative to the folder of this one
    size_t n_rows;
};

// One variable: data in row order, over the scales named in `over` (NULL after the last; none: a
// scalar).
struct h5_variable {
    const char *name;
    const char *over[H5_MAX_RANK + 1];
    enum h5_type type;
    const void
        *data;     // of `type`; H5_TEXT: const char *const *; may be NULL when a dimension is empty
    int deflate;   // 0: stored as it is; else shuffled and deflated at this level
    bool has_fill; // a value means "nothing here": NaN, UINT64_MAX, UINT32_MAX
    const char *units; // UDUNITS symbol or NULL
    const char *about; // long_name, for people
    // Virtual: no data here, but the rows of these, over a first dimension of as many. Not text.
    const struct h5_source *sources;
    size_t n_sources;
};

// An empty file. Out of memory stops the program.
struct h5 *h5_new(void);

// Opens a new group under the root; what follows goes there. Before the first call: the root.
void h5_group(struct h5 *h, const char *name);

// A dimension scale: the dimension `name` of n (may be 0) and its coordinates, of v->type and
// v->data. v->over is not read. Text must be UTF-8.
void h5_scale(struct h5 *h, const struct h5_variable *v, size_t n);
// A dataset over scales of the current group.
void h5_write(struct h5 *h, const struct h5_variable *v);

// Attributes of the variable or scale written last, or of the current group when none was yet.
void h5_note_text(struct h5 *h, const char *name, const char *text);
void h5_note_texts(struct h5 *h, const char *name, const char *const *texts, size_t n);
void h5_note_u64(struct h5 *h, const char *name, uint64_t value);
void h5_note_f64(struct h5 *h, const char *name, double value);
// CF flags: values 0..n-1 of an int8 variable and their meanings (words without blanks), n <= 32.
void h5_note_flags(struct h5 *h, const char *const *meanings, size_t n);
// An attribute of the root, from anywhere.
void h5_note_root_u64(struct h5 *h, const char *name, uint64_t value);

// Closes the file and hands over its bytes (malloc'ed, the caller frees them). False with the first
// error that occurred; then there are no bytes. Frees h in either case.
bool h5_finish(struct h5 *h, unsigned char **bytes, size_t *n_bytes, struct status *status);
