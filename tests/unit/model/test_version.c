// Pins: versions order writes: by leader's epoch, then time, then member; a write is always newer
// than the one it replaces, whatever the clock says; the parts can be read back.
#include <criterion/criterion.h>

#include "base/stream.h"
#include "model/version.h"

Test(version, parts_can_be_read_back)
{
    simtime now = 365 * SIMTIME_DAY + 12345 * SIMTIME_US;
    uint64_t v = version_make(7, now, 11, 0);
    cr_expect_eq(version_epoch(v), 7);
    cr_expect_eq(version_member(v), 11);
    cr_expect(now - version_clock(v) >= 0 && now - version_clock(v) < 1 << VERSION_TIME_SHIFT);
}

Test(version, later_wins_then_higher_member_and_epoch_beats_both)
{
    uint64_t early = version_make(0, SIMTIME_S, 3, 0);
    uint64_t late = version_make(0, SIMTIME_S + 2 * SIMTIME_US, 1, 0);
    uint64_t same_time = version_make(0, SIMTIME_S, 4, 0);
    uint64_t next_epoch = version_make(1, 0, 0, 0);
    cr_expect_lt(early, late);
    cr_expect_lt(early, same_time);
    cr_expect_lt(same_time, late);
    cr_expect_lt(late, next_epoch);
}

// Writes of one item, by all members, at times that go up and down: each newer than the one it
// replaces, and made here.
Test(version, newer_than_what_it_replaces)
{
    struct stream random = stream_open(1, 0, "test", "version");
    uint64_t present = 0;
    for (int i = 0; i < 100000; i++) {
        uint32_t member = stream_below(&random, VERSION_MEMBERS);
        simtime now = (simtime)stream_below(&random, 1 << 20);
        uint64_t v = version_make(2, now, member, present);
        cr_assert_gt(v, present, "write %d", i);
        cr_assert_eq(version_member(v), member);
        cr_assert_eq(version_epoch(v), 2);
        present = i % 1000 == 0 ? 0 : v;
    }
}
