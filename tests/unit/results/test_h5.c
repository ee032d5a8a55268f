#include <math.h>

#include <criterion/criterion.h>

#include "results/h5.h"
#include "results/h5reader.h"
#include "results/partfile.h"
#include "scratch.h"

static void save(struct h5 *h, const char *path)
{
    unsigned char *bytes;
    size_t n;
    struct status status = {0};
    cr_assert(h5_finish(h, &bytes, &n, &status), "%s", status.text);
    cr_assert(partfile_write(path, bytes, n, &status), "%s", status.text);
    free(bytes);
}

static void scale_of(struct h5 *h, const char *name, size_t n)
{
    uint32_t *numbers = calloc(n + 1, sizeof *numbers);
    for (uint32_t i = 0; i < n; i++)
        numbers[i] = i;
    h5_scale(h, &(struct h5_variable){.name = name, .type = H5_U32, .data = numbers}, n);
    free(numbers);
}

Test(h5, numbers_of_every_type_come_back)
{
    struct scratch s = scratch_make();
    struct status status = {0};
    const int8_t small[3] = {-128, 0, 127};
    const uint32_t middle[3] = {0, 7, UINT32_MAX};
    const uint64_t large[3] = {0, UINT64_C(1) << 53, 9};
    const float single[3] = {0.5F, -1, INFINITY};
    const double full[3] = {0.1, (double)NAN, -1e300};
    struct h5 *h = h5_new();
    h5_note_root_u64(h, "answer", UINT64_MAX);
    h5_group(h, "g");
    scale_of(h, "x", 3);
    h5_write(h, &(struct h5_variable){.name = "i8", .over = {"x"}, .type = H5_I8, .data = small});
    h5_write(h,
             &(struct h5_variable){.name = "u32", .over = {"x"}, .type = H5_U32, .data = middle});
    h5_write(h, &(struct h5_variable){.name = "u64", .over = {"x"}, .type = H5_U64, .data = large});
    h5_write(h,
             &(struct h5_variable){.name = "f32", .over = {"x"}, .type = H5_F32, .data = single});
    h5_write(h, &(struct h5_variable){
                    .name = "f64", .over = {"x"}, .type = H5_F64, .data = full, .has_fill = true});
    save(h, s.path);
    uint64_t answer = 0;
    cr_assert(h5reader_root_u64(s.path, "answer", &answer, &status), "%s", status.text);
    cr_assert_eq(answer, UINT64_MAX);
    const double expected[5][3] = {{-128, 0, 127},
                                   {0, 7, 4294967295},
                                   {0, 0x1p53, 9},
                                   {0.5, -1, (double)INFINITY},
                                   {0.1, (double)NAN, -1e300}};
    static const char *const names[5] = {"/g/i8", "/g/u32", "/g/u64", "/g/f32", "/g/f64"};
    for (int i = 0; i < 5; i++) {
        size_t n;
        double *values = h5reader_numbers(s.path, names[i], &n, &status);
        cr_assert(values != NULL && n == 3, "%s", status.text);
        for (int k = 0; k < 3; k++)
            cr_assert(isnan(expected[i][k])
                          ? isnan(values[k])
                          : !(values[k] < expected[i][k]) && !(values[k] > expected[i][k]));
        free(values);
    }
    scratch_remove(&s);
}

// Compressed datasets are cut into chunks; every shape around the limits must come back whole.
Test(h5, chunks_do_not_change_the_data)
{
    static const size_t shapes[][2] = {{1, 1},     {1, 511},   {1, 513},   {512, 1},   {3, 70000},
                                       {70000, 3}, {2, 65536}, {2, 65537}, {65537, 2}, {700, 700}};
    struct scratch s = scratch_make();
    struct status status = {0};
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        size_t n_items = shapes[i][0] * shapes[i][1], n;
        uint64_t *data = calloc(n_items, sizeof *data);
        for (size_t k = 0; k < n_items; k++)
            data[k] = k * 2654435761U % 1000;
        struct h5 *h = h5_new();
        h5_group(h, "g");
        scale_of(h, "a", shapes[i][0]);
        scale_of(h, "b", shapes[i][1]);
        h5_write(h,
                 &(struct h5_variable){
                     .name = "v", .over = {"a", "b"}, .type = H5_U64, .data = data, .deflate = 1});
        save(h, s.path);
        double *values = h5reader_numbers(s.path, "/g/v", &n, &status);
        cr_assert(values != NULL && n == n_items, "%s", status.text);
        for (size_t k = 0; k < n_items; k++)
            cr_assert_eq((uint64_t)values[k], data[k]);
        free(values);
        free(data);
    }
    scratch_remove(&s);
}

Test(h5, empty_dimensions_are_fine)
{
    struct scratch s = scratch_make();
    struct status status = {0};
    struct h5 *h = h5_new();
    h5_group(h, "g");
    scale_of(h, "none", 0);
    scale_of(h, "some", 4);
    h5_write(h, &(struct h5_variable){
                    .name = "v", .over = {"some", "none"}, .type = H5_F64, .deflate = 4});
    save(h, s.path);
    size_t n = 77;
    double *values = h5reader_numbers(s.path, "/g/v", &n, &status);
    cr_assert(values != NULL && n == 0, "%s", status.text);
    free(values);
    scratch_remove(&s);
}

Test(h5, the_first_error_sticks)
{
    struct status status = {0};
    unsigned char *bytes;
    size_t n;
    struct h5 *h = h5_new();
    h5_group(h, "g");
    h5_group(h, "g"); // twice: HDF5 refuses
    scale_of(h, "x", 2);
    h5_write(h, &(struct h5_variable){.name = "v", .over = {"x"}, .type = H5_F64});
    h5_note_text(h, "units", "s");
    h5_note_root_u64(h, "complete", 1);
    cr_assert_not(h5_finish(h, &bytes, &n, &status));
    cr_assert_null(bytes);
    cr_assert_eq(status.code, STATUS_IO);
    cr_assert_not_null(strstr(status.text, "\"g\""), "%s", status.text);
}

Test(h5, reading_says_what_is_missing)
{
    struct scratch s = scratch_make();
    struct status status = {0};
    uint64_t value;
    size_t n;
    cr_assert_not(h5reader_root_u64(s.path, "x", &value, &status));
    cr_assert_eq(status.code, STATUS_NO_INPUT);
    cr_assert(partfile_write(s.path, (const unsigned char *)"no HDF5", 7, &status));
    cr_assert_not(h5reader_root_u64(s.path, "x", &value, &status));
    cr_assert_eq(status.code, STATUS_BAD_INPUT);
    struct h5 *h = h5_new();
    const char *text = "words";
    h5_write(h, &(struct h5_variable){.name = "t", .type = H5_TEXT, .data = &text});
    save(h, s.path);
    cr_assert_not(h5reader_root_u64(s.path, "x", &value, &status));
    cr_assert_not_null(strstr(status.text, "no attribute \"x\""), "%s", status.text);
    cr_assert_null(h5reader_numbers(s.path, "/y", &n, &status));
    cr_assert_not_null(strstr(status.text, "no dataset /y"), "%s", status.text);
    cr_assert_null(h5reader_numbers(s.path, "/t", &n, &status));
    cr_assert_eq(status.code, STATUS_IO);
    scratch_remove(&s);
}
