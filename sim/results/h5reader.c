#include "results/h5reader.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <errno.h>
#include <hdf5.h>

#include "base/base.h"

static hid_t open_file(const char *path, struct status *status)
{
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL); // errors are reported through status, not printed
    if (access(path, R_OK) != 0) {
        status_fail(status, STATUS_NO_INPUT, "cannot read %s: %s", path, strerror(errno));
        return H5I_INVALID_HID;
    }
    hid_t list = H5Pcreate(H5P_FILE_ACCESS);
    H5Pset_file_locking(list, true, true);
    hid_t file = H5Fopen(path, H5F_ACC_RDONLY, list);
    H5Pclose(list);
    if (file < 0)
        status_fail(status, STATUS_BAD_INPUT, "%s is not an HDF5 file", path);
    return file;
}

bool h5reader_root_u64(const char *path, const char *name, uint64_t *value, struct status *status)
{
    hid_t file = open_file(path, status);
    if (file < 0)
        return false;
    hid_t attribute = H5Aopen_by_name(file, "/", name, H5P_DEFAULT, H5P_DEFAULT);
    bool ok = attribute >= 0 && H5Aread(attribute, H5T_NATIVE_UINT64, value) >= 0;
    if (!ok)
        status_fail(status, STATUS_BAD_INPUT, "%s has no attribute \"%s\"", path, name);
    if (attribute >= 0)
        H5Aclose(attribute);
    H5Fclose(file);
    return ok;
}

// As many values as the dataset has, or NULL.
static double *read_values(hid_t dataset, size_t *n)
{
    hid_t space = H5Dget_space(dataset);
    hssize_t n_points = H5Sget_simple_extent_npoints(space);
    H5Sclose(space);
    if (n_points < 0)
        return NULL;
    double *values = calloc((size_t)n_points + 1, sizeof *values);
    REQUIRE(values != NULL, "out of memory: %zd values", (ssize_t)n_points);
    *n = (size_t)n_points;
    if (n_points == 0 ||
        H5Dread(dataset, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0)
        return values;
    free(values);
    return NULL;
}

double *h5reader_numbers(const char *path, const char *dataset, size_t *n, struct status *status)
{
    *n = 0;
    hid_t file = open_file(path, status);
    if (file < 0)
        return NULL;
    double *values = NULL;
    hid_t id = H5Dopen2(file, dataset, H5P_DEFAULT);
    if (id < 0)
        status_fail(status, STATUS_BAD_INPUT, "%s has no dataset %s", path, dataset);
    else if ((values = read_values(id, n)) == NULL)
        status_fail(status, STATUS_IO, "cannot read %s of %s as numbers", dataset, path);
    if (id >= 0)
        H5Dclose(id);
    H5Fclose(file);
    return values;
}
