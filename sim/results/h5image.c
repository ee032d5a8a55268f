#include "results/h5image.h"

#include <stdlib.h>

#include "base/base.h"

enum { STEP_BYTES = 1 << 20 };

static void *take(size_t size, H5FD_file_image_op_t op, void *image)
{
    (void)op;
    (void)image;
    return malloc(size);
}

static void *resize(void *bytes, size_t size, H5FD_file_image_op_t op, void *image)
{
    (void)op;
    (void)image;
    return realloc(bytes, size);
}

static herr_t give_back(void *bytes, H5FD_file_image_op_t op, void *argument)
{
    struct h5image *image = argument;
    if (op == H5FD_FILE_IMAGE_OP_FILE_CLOSE)
        image->bytes = bytes;
    else
        free(bytes);
    return 0;
}

// HDF5 copies access lists; all copies mean the same image.
static void *share(void *image)
{
    return image;
}

static herr_t unshare(void *image)
{
    (void)image;
    return 0;
}

hid_t h5image_access_list(struct h5image *image)
{
    hid_t list = H5Pcreate(H5P_FILE_ACCESS);
    H5FD_file_image_callbacks_t callbacks = {
        .image_malloc = take,
        .image_realloc = resize,
        .image_free = give_back,
        .udata_copy = share,
        .udata_free = unshare,
        .udata = image,
    };
    H5Pset_fapl_core(list, STEP_BYTES, false);
    H5Pset_file_image_callbacks(list, &callbacks);
    return list;
}

// The end-of-file address in the superblock (HDF5 File Format Specification, II.A, versions 2 and
// 3).
size_t h5image_length(const struct h5image *image)
{
    enum { VERSION_AT = 8, OFFSET_SIZE_AT = 9, END_AT = 28 };
    const unsigned char *bytes = image->bytes;
    REQUIRE((bytes[VERSION_AT] == 2 || bytes[VERSION_AT] == 3) && bytes[OFFSET_SIZE_AT] == 8,
            "superblock version %d, offsets of %d bytes", bytes[VERSION_AT], bytes[OFFSET_SIZE_AT]);
    uint64_t end = 0;
    for (int i = 7; i >= 0; i--)
        end = end << 8 | bytes[END_AT + i];
    return (size_t)end;
}
