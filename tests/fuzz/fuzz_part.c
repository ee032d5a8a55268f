// Fuzzes what a sweep reads of its logs: bytes that are no part are refused, and those that are one
// are written again as they were.
#include <string.h>

#include "base/base.h"
#include "experiment/pointpart.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pointpart part, again;
    if (!pointpart_read(&part, data, size))
        return 0;
    struct bytes out = {0}, twice = {0};
    pointpart_write(&part, &out);
    REQUIRE(pointpart_read(&again, out.data.items, out.data.n), "what was written is no part");
    pointpart_write(&again, &twice);
    REQUIRE(out.data.n == twice.data.n && memcmp(out.data.items, twice.data.items, out.data.n) == 0,
            "%zu bytes, then %zu", out.data.n, twice.data.n);
    pointpart_free(&again);
    pointpart_free(&part);
    array_free(&out.data);
    array_free(&twice.data);
    return 0;
}
