// Asserts in three tiers and the few macros everybody needs.
//
// REQUIRE   always on: preconditions of public functions, rules whose breach would corrupt results.
// CHECK     on when AASIM_CHECKS is 1 (debug and test builds): invariants inside loops.
// VALIDATE  on when AASIM_CHECKS is 2: walks whole structures (heap order, free lists).
//
// A failed assert is a bug in aasim, never bad input: it prints the expression, the message and the
// context of the run (see bug.h), then aborts.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bug.h"

#ifndef AASIM_CHECKS
#define AASIM_CHECKS 0
#endif

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

#define LIKELY(x) __builtin_expect(!!(x), 1)
#define UNLIKELY(x) __builtin_expect(!!(x), 0)

// REQUIRE(condition, "printf format", ...): the message says what was expected and what was found.
#define REQUIRE(cond, ...)                                                                         \
    (LIKELY(cond) ? (void)0 : bug_stop(__FILE__, __LINE__, #cond, __VA_ARGS__))

#if AASIM_CHECKS >= 1
#define CHECK(cond) REQUIRE(cond, "invariant broken")
#else
#define CHECK(cond) ((void)sizeof(!!(cond)))
#endif

#if AASIM_CHECKS >= 2
#define VALIDATE(cond) REQUIRE(cond, "structure invalid")
#else
#define VALIDATE(cond) ((void)sizeof(!!(cond)))
#endif
