// An HDF5 file whose bytes stay in memory when it is closed.
//
// Why not H5Fget_file_image: on an open file (1.10.8) it clears a flag in the superblock without
// renewing the superblock's checksum, and nobody can open the result. Here the bytes are those of a
// closed file.
#pragma once

#include <stddef.h>

#include <hdf5.h>

// Zero-initialised: no bytes yet.
struct h5image {
    unsigned char
        *bytes; // set when the file is closed; malloc'ed, for whoever holds the image to free
};

// A file access list for a new file in memory that ends up in *image, which must live until the
// file is closed. The caller closes the list.
hid_t h5image_access_list(struct h5image *image);
// Length of the file in the bytes of a closed image; the block of memory is longer.
size_t h5image_length(const struct h5image *image);
