// Versions of an item: one integer that orders writes.
//
// Epoch of the leader (10 bits), time by the clock of the member that took the write, in units of
// 1024 ns (49 bits, 18 years), number of that member (5 bits). Under multi-leader the epoch is 0
// and the order is "last writer wins" by time, ties by member; under a single leader a later epoch
// beats any time. Clocks may be wrong by an hour at most (VERSION_CLOCK_BIAS).
//
// Under consensus no clock orders writes, but the log of their group: term of the leader (27 bits:
// an election a second for four years), index in the log (32 bits), number of the leader (5 bits).
#pragma once

#include <stdint.h>

#include "base/base.h"
#include "base/simtime.h"
#include "model/store.h"

enum { VERSION_MEMBER_BITS = 5, VERSION_TIME_BITS = 49, VERSION_TIME_SHIFT = 10 };
enum { VERSION_MEMBERS = 1 << VERSION_MEMBER_BITS, VERSION_EPOCHS = 1024 };
enum { VERSION_TERM_BITS = 27, VERSION_INDEX_BITS = 32 };

#define VERSION_CLOCK_BIAS SIMTIME_HOUR // so that no clock is before the beginning of time

_Static_assert((int)STORE_MAX_MEMBERS <= (int)VERSION_MEMBERS, "fit");

// A write by a member whose clock says `clock`: newer than `previous`, the version it replaces.
static inline uint64_t version_make(uint32_t epoch, simtime clock, uint32_t member,
                                    uint64_t previous)
{
    CHECK(epoch < VERSION_EPOCHS && member < VERSION_MEMBERS && clock >= -VERSION_CLOCK_BIAS);
    const uint64_t time = (uint64_t)(clock + VERSION_CLOCK_BIAS) >> VERSION_TIME_SHIFT;
    const uint64_t v = (uint64_t)epoch << (VERSION_TIME_BITS + VERSION_MEMBER_BITS) |
                       time << VERSION_MEMBER_BITS | member;
    if (v > previous)
        return v;
    return (previous | (VERSION_MEMBERS - 1)) + 1 + member;
}

// Without its epoch: what its clock said, and its member.
static inline uint64_t version_plain(uint64_t v)
{
    return v & ((UINT64_C(1) << (VERSION_TIME_BITS + VERSION_MEMBER_BITS)) - 1);
}

// The greatest below all, without their epochs, that are made when a clock says `clock` or more.
static inline uint64_t version_before(simtime clock)
{
    const simtime since = clock + VERSION_CLOCK_BIAS;
    if (since < 1 << VERSION_TIME_SHIFT)
        return 0;
    return ((uint64_t)since >> VERSION_TIME_SHIFT << VERSION_MEMBER_BITS) - 1;
}

// When it was made by its clock, in units of 1.07 s: never 0 (VERSION_CLOCK_BIAS), never too late.
static inline uint32_t version_second(uint64_t v)
{
    return (uint32_t)(version_plain(v) >> (VERSION_MEMBER_BITS + 20));
}

// What the clock of its member said, rounded down.
static inline simtime version_clock(uint64_t v)
{
    const uint64_t time = v >> VERSION_MEMBER_BITS & ((UINT64_C(1) << VERSION_TIME_BITS) - 1);
    return (simtime)(time << VERSION_TIME_SHIFT) - VERSION_CLOCK_BIAS;
}

static inline uint32_t version_member(uint64_t v)
{
    return (uint32_t)v & (VERSION_MEMBERS - 1);
}

static inline uint32_t version_epoch(uint64_t v)
{
    return (uint32_t)(v >> (VERSION_TIME_BITS + VERSION_MEMBER_BITS));
}

// An entry of a group's log.
static inline uint64_t version_of_entry(uint32_t term, uint32_t index, uint32_t member)
{
    CHECK(term < UINT32_C(1) << VERSION_TERM_BITS && member < VERSION_MEMBERS);
    return (uint64_t)term << (VERSION_INDEX_BITS + VERSION_MEMBER_BITS) |
           (uint64_t)index << VERSION_MEMBER_BITS | member;
}

static inline uint32_t version_term(uint64_t v)
{
    return (uint32_t)(v >> (VERSION_INDEX_BITS + VERSION_MEMBER_BITS));
}

static inline uint32_t version_index(uint64_t v)
{
    return (uint32_t)(v >> VERSION_MEMBER_BITS);
}
