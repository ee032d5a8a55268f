// Pins: what was put is got again, in order; a reader that runs over the end, or meets a count of
// things that cannot be there, is bad from then on and gives zeros; random bytes end.
#include <criterion/criterion.h>
#include <math.h>

#include "base/bytes.h"
#include "base/stream.h"

Test(bytes, what_was_put_is_got_again)
{
    struct bytes b = {0};
    struct arena arena = {0};
    bytes_put_u32(&b, 7);
    bytes_put_text(&b, "");
    bytes_put_f64(&b, -0.0);
    bytes_put_u64(&b, UINT64_MAX);
    bytes_put_text(&b, "two words");
    struct bytes_reader r = {b.data.items, b.data.items + b.data.n, false};
    cr_expect_eq(bytes_get_u32(&r), 7);
    cr_expect_str_eq(bytes_get_text(&r, &arena), "");
    cr_expect(signbit(bytes_get_f64(&r)));
    cr_expect_eq(bytes_get_u64(&r), UINT64_MAX);
    cr_expect_str_eq(bytes_get_text(&r, &arena), "two words");
    cr_expect(r.at == r.end && !r.is_bad);
    cr_expect_eq(bytes_get_u32(&r), 0);
    cr_expect(r.is_bad);
    array_free(&b.data);
    arena_free(&arena);
}

Test(bytes, counts_of_what_cannot_be_there)
{
    struct bytes b = {0};
    bytes_put_u32(&b, 2);
    bytes_put_u64(&b, 1);
    struct bytes_reader r = {b.data.items, b.data.items + b.data.n, false};
    cr_expect_eq(bytes_get_count(&r, 4), 2);
    r = (struct bytes_reader){b.data.items, b.data.items + b.data.n, false};
    cr_expect_eq(bytes_get_count(&r, 5), 0);
    cr_expect(r.is_bad);
    cr_expect_eq(bytes_get_u64(&r), 0);
    array_free(&b.data);
}

Test(bytes, random_ones_end)
{
    struct stream s = stream_open(1, 0, "test", "bytes");
    for (int i = 0; i < 5000; i++) {
        unsigned char data[64];
        struct arena arena = {0};
        const uint32_t n = stream_below(&s, sizeof data);
        for (uint32_t k = 0; k < n; k++)
            data[k] = (unsigned char)stream_below(&s, k % 4 == 0 ? 20 : 2);
        struct bytes_reader r = {data, data + n, false};
        while (!r.is_bad)
            bytes_get_text(&r, &arena);
        cr_assert(r.at <= r.end);
        arena_free(&arena);
    }
}
