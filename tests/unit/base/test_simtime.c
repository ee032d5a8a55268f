// Pins: conversion and its rounding at both ends of the range, and the text people read at each
// change of unit.
#include <criterion/criterion.h>
#include <signal.h>

#include "base/base.h"
#include "base/simtime.h"

Test(simtime, from_seconds)
{
    cr_assert_eq(simtime_from_seconds(0), 0);
    cr_assert_eq(simtime_from_seconds(1.5), 1500 * SIMTIME_MS);
    cr_assert_eq(simtime_from_seconds(0.4e-9), 0);
    cr_assert_eq(simtime_from_seconds(0.6e-9), 1);
    cr_assert_eq(simtime_from_seconds(86400), SIMTIME_DAY);
    cr_assert_eq(simtime_from_seconds(1e10), SIMTIME_NEVER);
    cr_assert_eq(simtime_from_seconds(1.0 / 0.0), SIMTIME_NEVER);
}

Test(simtime, there_and_back)
{
    const simtime times[] = {0, 1, 999, SIMTIME_MS + 1, 3 * SIMTIME_HOUR + 7, 40 * SIMTIME_DAY};
    for (size_t i = 0; i < ARRAY_LEN(times); i++)
        cr_assert_eq(simtime_from_seconds(simtime_to_seconds(times[i])), times[i]);
}

Test(simtime, negative_stops, .signal = SIGABRT)
{
    simtime_from_seconds(-1e-9);
}

Test(simtime, nan_stops, .signal = SIGABRT)
{
    simtime_from_seconds(0.0 / 0.0);
}

Test(simtime, format)
{
    static const struct {
        simtime time;
        const char *text;
    } cases[] = {
        {0, "0 ns"},
        {999, "999 ns"},
        {1000, "1 us"},
        {1500 * SIMTIME_US, "1.5 ms"},
        {250 * SIMTIME_MS, "250 ms"},
        {SIMTIME_S, "1 s"},
        {90 * SIMTIME_S, "90 s"},
        {2 * SIMTIME_MIN, "2 min 00 s"},
        {SIMTIME_HOUR, "1 h 00 min 00 s"},
        {2 * SIMTIME_HOUR + 5 * SIMTIME_MIN + 3 * SIMTIME_S, "2 h 05 min 03 s"},
        {2 * SIMTIME_DAY + SIMTIME_HOUR, "2 d 01 h 00 min"},
        {SIMTIME_NEVER, "never"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char text[32];
        cr_assert_str_eq(simtime_format(cases[i].time, text), cases[i].text);
    }
    char longest[32];
    simtime_format(SIMTIME_NEVER - 1, longest);
    cr_assert_lt(strlen(longest), sizeof longest);
}
