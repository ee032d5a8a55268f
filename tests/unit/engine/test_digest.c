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

// Differences in top bits, which a product modulo 2^64 alone would let cancel.
Test(digest, pairs_of_top_bits_count)
{
    uint64_t base = digest_event(0, &sample);
    for (size_t i = 0; i < 6; i++)
        for (size_t j = 0; j < i; j++) {
            struct event other = sample;
            ((unsigned char *)&other)[8 * i + 7] ^= 0x80;
            ((unsigned char *)&other)[8 * j + 7] ^= 0x80;
            cr_assert_neq(digest_event(0, &other), base, "words %zu and %zu", i, j);
        }
}

static uint64_t chain_of(uint32_t distance, unsigned char first, unsigned char last)
{
    uint64_t chain = 0;
    for (uint32_t i = 0; i <= distance; i++) {
        struct event event = {.time = i, .key = i + 1};
        event.payload[7] = i == 0 ? first : i == distance ? last : 0;
        chain = digest_event(chain, &event);
    }
    return chain;
}

Test(digest, exchanges_far_apart_count)
{
    for (uint32_t distance = 1; distance <= 1 << 16; distance *= 2) {
        cr_assert_neq(chain_of(distance, 1, 2), chain_of(distance, 2, 1), "%u", distance);
        cr_assert_neq(chain_of(distance, 0, 0), chain_of(distance, 0x80, 0x80), "%u", distance);
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
    cr_assert_eq(digest_event(0, &sample), UINT64_C(0xbfdaa72f54dacef5), "is %016lx",
                 digest_event(0, &sample));
}
