#include "results/h5.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <hdf5.h>
#include <hdf5_hl.h>

#include "base/base.h"
#include "results/h5image.h"

enum {
    MAX_SCALES = 16,
    MAX_FLAGS = 32,
    CHUNK_BYTES = 512 * 1024, // a chunk of a compressed dataset is at most so long
    SMALL_BYTES = 4096,       // shorter data are not worth a chunk index and a filter
};

struct scale {
    char name[64];
    hid_t id;
    size_t n;
};

struct h5 {
    struct h5image image;
    hid_t file, group,
        target; // target: what attributes go to; equals group before the first variable
    struct scale scales[MAX_SCALES];
    size_t n_scales;
    int32_t n_dimensions; // in all groups so far
    struct status status;
};

// ---- errors ----

static herr_t keep_description(unsigned n, const H5E_error2_t *error, void *text)
{
    (void)n;
    const char **description = text;
    if (*description == NULL && error->desc != NULL && error->desc[0] != '\0')
        *description = error->desc;
    return 0;
}

static bool failed(const struct h5 *h)
{
    return h->status.code != STATUS_OK;
}

// Takes the result of an HDF5 call (negative: failed); remembers the first failure and what it was
// about.
static hid_t checked(struct h5 *h, hid_t result, const char *what)
{
    if (result < 0 && !failed(h)) {
        const char *reason = NULL;
        H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, keep_description, &reason);
        status_fail(&h->status, STATUS_IO, "HDF5 cannot make \"%s\": %s", what,
                    reason != NULL ? reason : "no reason given");
    }
    return result;
}

// HDF5 prints its error stack to stderr unless told otherwise.
static void silence(void)
{
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
}

// ---- the file ----

static hid_t tracked_links(hid_t list)
{
    H5Pset_link_creation_order(list, H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED);
    H5Pset_obj_track_times(list, false);
    return list;
}

struct h5 *h5_new(void)
{
    silence();
    struct h5 *h = calloc(1, sizeof *h);
    REQUIRE(h != NULL, "out of memory: results file");
    hid_t access = h5image_access_list(&h->image);
    H5Pset_libver_bounds(access, H5F_LIBVER_V18, H5F_LIBVER_V110);
    hid_t create = tracked_links(H5Pcreate(H5P_FILE_CREATE));
    h->file = checked(h, H5Fcreate("memory", H5F_ACC_TRUNC, create, access), "file");
    h->group = failed(h) ? H5I_INVALID_HID : checked(h, H5Gopen2(h->file, "/", H5P_DEFAULT), "/");
    h->target = h->group;
    H5Pclose(create);
    H5Pclose(access);
    return h;
}

static void close_target(struct h5 *h)
{
    bool is_scale = false;
    for (size_t s = 0; s < h->n_scales; s++)
        is_scale = is_scale || h->scales[s].id == h->target;
    if (h->target != h->group && !is_scale && h->target >= 0)
        H5Dclose(h->target);
    h->target = h->group;
}

static void close_group(struct h5 *h)
{
    close_target(h);
    for (size_t s = 0; s < h->n_scales; s++)
        H5Dclose(h->scales[s].id);
    h->n_scales = 0;
    if (h->group >= 0)
        H5Gclose(h->group);
    h->group = h->target = H5I_INVALID_HID;
}

void h5_group(struct h5 *h, const char *name)
{
    if (failed(h))
        return;
    close_group(h);
    hid_t create = tracked_links(H5Pcreate(H5P_GROUP_CREATE));
    h->group = checked(h, H5Gcreate2(h->file, name, H5P_DEFAULT, create, H5P_DEFAULT), name);
    h->target = h->group;
    H5Pclose(create);
}

bool h5_finish(struct h5 *h, unsigned char **bytes, size_t *n_bytes, struct status *status)
{
    *bytes = NULL;
    *n_bytes = 0;
    close_group(h);
    if (h->file >= 0)
        checked(h, H5Fclose(h->file), "file");
    bool ok = !failed(h) && h->image.bytes != NULL;
    if (ok) {
        *bytes = h->image.bytes;
        *n_bytes = h5image_length(&h->image);
    } else {
        *status = h->status;
        free(h->image.bytes);
    }
    free(h);
    return ok;
}

// ---- types and layout ----

static hid_t text_type(void)
{
    hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, H5T_VARIABLE);
    H5Tset_cset(type, H5T_CSET_UTF8);
    return type;
}

// The type as it lies in memory; in the file the same numbers are little-endian. The caller closes
// it.
static hid_t memory_type(enum h5_type type)
{
    switch (type) {
    case H5_TEXT:
        return text_type();
    case H5_I8:
        return H5Tcopy(H5T_NATIVE_INT8);
    case H5_I32:
        return H5Tcopy(H5T_NATIVE_INT32);
    case H5_U32:
        return H5Tcopy(H5T_NATIVE_UINT32);
    case H5_U64:
        return H5Tcopy(H5T_NATIVE_UINT64);
    case H5_F32:
        return H5Tcopy(H5T_NATIVE_FLOAT);
    case H5_F64:
        return H5Tcopy(H5T_NATIVE_DOUBLE);
    }
    return H5I_INVALID_HID;
}

static hid_t file_type(hid_t memory)
{
    hid_t type = H5Tcopy(memory);
    if (H5Tget_class(type) != H5T_STRING)
        H5Tset_order(type, H5T_ORDER_LE);
    return type;
}

// The value that stands for "nothing here"; 8 bytes are enough for any type.
static const void *fill_of(enum h5_type type)
{
    static const uint64_t none_u64 = UINT64_MAX;
    static const uint32_t none_u32 = UINT32_MAX;
    static const double none_f64 = (double)NAN;
    static const float none_f32 = NAN;
    switch (type) {
    case H5_U32:
        return &none_u32;
    case H5_U64:
        return &none_u64;
    case H5_F32:
        return &none_f32;
    case H5_F64:
        return &none_f64;
    case H5_TEXT:
    case H5_I8:
    case H5_I32:
        break;
    }
    return NULL;
}

// Chunks span whole trailing dimensions as long as they fit, then a part of the next one.
static void chunk_extent(const hsize_t *extent, int rank, size_t item_bytes, hsize_t *chunk)
{
    hsize_t room = CHUNK_BYTES / item_bytes;
    for (int d = rank - 1; d >= 0; d--) {
        chunk[d] = extent[d] < room ? extent[d] : room;
        room /= chunk[d];
        if (room == 0)
            room = 1;
    }
}

struct shape {
    int rank;
    hsize_t extent[H5_MAX_RANK];
    hsize_t n_items;
    const struct scale *scales[H5_MAX_RANK];
};

static hid_t creation_list(const struct h5_variable *v, const struct shape *shape, hid_t type)
{
    hid_t list = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_obj_track_times(list, false);
    if (v->has_fill && fill_of(v->type) != NULL)
        H5Pset_fill_value(list, type, fill_of(v->type));
    size_t item_bytes = H5Tget_size(type);
    if (v->n_sources == 0 && v->deflate > 0 && shape->rank > 0 &&
        shape->n_items * item_bytes > SMALL_BYTES) {
        hsize_t chunk[H5_MAX_RANK];
        chunk_extent(shape->extent, shape->rank, item_bytes, chunk);
        H5Pset_chunk(list, shape->rank, chunk);
        H5Pset_shuffle(list);
        H5Pset_deflate(list, (unsigned)v->deflate);
    }
    return list;
}

// ---- attributes ----

static void write_attribute(struct h5 *h, const char *name, hid_t type, hid_t space,
                            const void *values)
{
    hid_t stored = file_type(type);
    hid_t id = H5Acreate2(h->target, name, stored, space, H5P_DEFAULT, H5P_DEFAULT);
    if (checked(h, id, name) >= 0) {
        checked(h, H5Awrite(id, type, values), name);
        H5Aclose(id);
    }
    H5Tclose(stored);
}

static void note(struct h5 *h, const char *name, enum h5_type type, const void *values, size_t n)
{
    if (failed(h))
        return;
    hsize_t extent = n;
    hid_t memory = memory_type(type);
    hid_t space = n == 1 ? H5Screate(H5S_SCALAR) : H5Screate_simple(1, &extent, NULL);
    write_attribute(h, name, memory, space, values);
    H5Sclose(space);
    H5Tclose(memory);
}

void h5_note_text(struct h5 *h, const char *name, const char *text)
{
    note(h, name, H5_TEXT, &text, 1);
}

void h5_note_texts(struct h5 *h, const char *name, const char *const *texts, size_t n)
{
    note(h, name, H5_TEXT, texts, n);
}

void h5_note_u64(struct h5 *h, const char *name, uint64_t value)
{
    note(h, name, H5_U64, &value, 1);
}

void h5_note_f64(struct h5 *h, const char *name, double value)
{
    note(h, name, H5_F64, &value, 1);
}

void h5_note_flags(struct h5 *h, const char *const *meanings, size_t n)
{
    int8_t values[MAX_FLAGS];
    char joined[1024] = "";
    REQUIRE(n >= 1 && n <= MAX_FLAGS, "%zu flags", n);
    for (size_t i = 0; i < n; i++) {
        values[i] = (int8_t)i;
        REQUIRE(strlen(joined) + strlen(meanings[i]) + 2 < sizeof joined, "meanings too long");
        strcat(joined, i > 0 ? " " : "");
        strcat(joined, meanings[i]);
    }
    note(h, "flag_values", H5_I8, values, n);
    h5_note_text(h, "flag_meanings", joined);
}

void h5_note_root_u64(struct h5 *h, const char *name, uint64_t value)
{
    if (failed(h))
        return;
    hid_t before = h->target;
    h->target = checked(h, H5Gopen2(h->file, "/", H5P_DEFAULT), "/");
    note(h, name, H5_U64, &value, 1);
    if (h->target >= 0)
        H5Gclose(h->target);
    h->target = before;
}

// ---- datasets ----

// Creates the dataset, fills it and makes it the target of attributes.
// HDF5 takes "%b" in these names for a number, "%%" for a percent sign.
static void write_source_name(const char *name, char *out, size_t size)
{
    size_t n = 0;
    for (; *name != '\0' && n + 3 < size; ++name) {
        if (*name == '%')
            out[n++] = '%';
        out[n++] = *name;
    }
    out[n] = '\0';
}

// The rows of each source, one behind another, of the dataset that is called as this one is there.
static void map_sources(struct h5 *h, const struct h5_variable *v, const struct shape *shape,
                        hid_t list)
{
    char path[256], file[1024];
    const ssize_t n = H5Iget_name(h->group, path, sizeof path);
    hsize_t start[H5_MAX_RANK] = {0}, count[H5_MAX_RANK];
    REQUIRE(n > 0 && (size_t)n + strlen(v->name) + 2 < sizeof path, "a long name: %s", v->name);
    snprintf(path + n, sizeof path - (size_t)n, "/%s", v->name);
    memcpy(count, shape->extent, sizeof count);
    const hid_t all = H5Screate_simple(shape->rank, shape->extent, NULL);
    for (size_t i = 0; i < v->n_sources; start[0] += v->sources[i++].n_rows) {
        count[0] = v->sources[i].n_rows;
        if (count[0] == 0)
            continue;
        const hid_t rows = H5Screate_simple(shape->rank, count, NULL);
        write_source_name(v->sources[i].file, file, sizeof file);
        checked(h, H5Sselect_hyperslab(all, H5S_SELECT_SET, start, NULL, count, NULL), v->name);
        checked(h, H5Pset_virtual(list, all, file, path, rows), v->name);
        H5Sclose(rows);
    }
    H5Sclose(all);
}

static hid_t put(struct h5 *h, const struct h5_variable *v, const struct shape *shape)
{
    close_target(h);
    hid_t memory = memory_type(v->type), stored = file_type(memory);
    hid_t space = shape->rank == 0 ? H5Screate(H5S_SCALAR)
                                   : H5Screate_simple(shape->rank, shape->extent, NULL);
    hid_t list = creation_list(v, shape, stored);
    if (v->n_sources > 0)
        map_sources(h, v, shape, list);
    hid_t id = H5Dcreate2(h->group, v->name, stored, space, H5P_DEFAULT, list, H5P_DEFAULT);
    if (checked(h, id, v->name) >= 0) {
        h->target = id;
        if (shape->n_items > 0 && v->n_sources == 0)
            checked(h, H5Dwrite(id, memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, v->data), v->name);
        if (v->about != NULL)
            h5_note_text(h, "long_name", v->about);
        if (v->units != NULL)
            h5_note_text(h, "units", v->units);
        if (v->has_fill && fill_of(v->type) != NULL)
            note(h, "_FillValue", v->type, fill_of(v->type), 1);
    }
    H5Pclose(list);
    H5Sclose(space);
    H5Tclose(stored);
    H5Tclose(memory);
    return id;
}

void h5_scale(struct h5 *h, const struct h5_variable *v, size_t n)
{
    if (failed(h))
        return;
    REQUIRE(h->n_scales < MAX_SCALES, "more than %d scales in a group", (int)MAX_SCALES);
    struct scale *scale = &h->scales[h->n_scales];
    REQUIRE(strlen(v->name) < sizeof scale->name, "scale name \"%s\" too long", v->name);
    struct shape shape = {.rank = 1, .extent = {n}, .n_items = n};
    hid_t id = put(h, v, &shape);
    if (id < 0)
        return;
    checked(h, H5DSset_scale(id, v->name), v->name);
    // netCDF's own number of the dimension. Reading does without, but two libraries that later add
    // to the file (netCDF4, then h5netcdf) would otherwise give the same number twice and mix
    // dimensions up.
    note(h, "_Netcdf4Dimid", H5_I32, &h->n_dimensions, 1);
    h->n_dimensions++;
    strcpy(scale->name, v->name);
    scale->id = id;
    scale->n = n;
    h->n_scales++;
}

static const struct scale *find_scale(const struct h5 *h, const struct h5_variable *v,
                                      const char *name)
{
    for (size_t s = 0; s < h->n_scales; s++)
        if (strcmp(h->scales[s].name, name) == 0)
            return &h->scales[s];
    REQUIRE(false, "variable \"%s\": no scale \"%s\" in its group", v->name, name);
    return NULL;
}

void h5_write(struct h5 *h, const struct h5_variable *v)
{
    if (failed(h))
        return;
    struct shape shape = {.n_items = 1};
    while (shape.rank < H5_MAX_RANK && v->over[shape.rank] != NULL) {
        const struct scale *scale = find_scale(h, v, v->over[shape.rank]);
        shape.scales[shape.rank] = scale;
        shape.extent[shape.rank++] = scale->n;
        shape.n_items *= scale->n;
    }
    hid_t id = put(h, v, &shape);
    for (int d = 0; d < shape.rank && id >= 0; d++)
        checked(h, H5DSattach_scale(id, shape.scales[d]->id, (unsigned)d), v->name);
}
