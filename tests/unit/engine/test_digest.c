// Pins: the digest feels every field of an event, the order of an LP's events, and which LP had
// which; its value for one event, so that stored digests stay comparable.
#include <criterion/criterion.h>
#include <stdio.h>

#include "engine/digest.h"

static const struct event sample = {
    .time = 123456789, .key = 42, .dst = 7, .kind = 3, .payload = {1, 2, 3}};

Test(digest, every_byte_counts)
{
    uint64_t base = digest_event(0, &sample);
    for (size_t i = 0; i < sizeof sample; i++) {
        struct event other = sample;
        ((unsigned char *)&other)[i] ^= 1;
        cr_assert_neq(digest_event(0, &other), base, "byte %zu", i);
    }
}

Test(digest, order_counts)
{
    struct event other = sample;
    other.key = 43;
    uint64_t ab = digest_event(digest_event(0, &sample), &other);
    uint64_t ba = digest_event(digest_event(0, &other), &sample);
    cr_assert_neq(ab, ba);
    cr_assert_neq(digest_combine((uint64_t[]){ab, ba}, 2), digest_combine((uint64_t[]){ba, ab}, 2));
}

Test(digest, pinned)
{
    cr_assert_eq(digest_event(0, &sample), UINT64_C(0xc9f724836101937f), "is %016lx",
                 digest_event(0, &sample));
}
