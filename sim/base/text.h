// Small text work: nearest names, numbers without locale, UTF-8.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Edit distance with swaps of neighbours (optimal string alignment); letter case and '-' against
// '_' count nothing. Words longer than TEXT_DISTANCE_MAX characters are cut there.
enum { TEXT_DISTANCE_MAX = 127 };
size_t text_distance(const char *a, const char *b);

// The candidate that was probably meant, or NULL when none is near: at most a third of the word's
// letters may differ, or one is the beginning of the other. Ties go to the earlier candidate.
const char *text_nearest(const char *word, const char *const *candidates, size_t n_candidates);

// What text_number found.
enum text_number { TEXT_NUMBER_OK, TEXT_NUMBER_NONE, TEXT_NUMBER_TOO_LONG };
// Reads a decimal number ("-12", "1.5", "2e6") at *cursor whatever the locale, and moves the cursor
// behind it. The result is correctly rounded: at most 15 significant digits and exponents
// within +-22 after them are taken, more is TEXT_NUMBER_TOO_LONG.
enum text_number text_number(const char **cursor, double *value);
// The same times ten to the power of `exponent`, rounded once: "99.9" with -2 is the double nearest
// to 0.999.
enum text_number text_number_scaled(const char **cursor, int exponent, double *value);

// Decodes one character of n > 0 bytes: its length in bytes, or 0 when the bytes are no UTF-8.
size_t text_decode(const char *bytes, size_t n, uint32_t *character);
// Characters in a string; each byte that is no UTF-8 counts as one.
size_t text_characters(const char *text);
