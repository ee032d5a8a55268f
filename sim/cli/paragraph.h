// Text of several lines: words wrapped to a width.
#pragma once

#include <stddef.h>
#include <stdio.h>

// Prints the text in lines of at most `width` characters: the first begins with `first`, the others
// with `next`.
void paragraph_print(const char *text, const char *first, const char *next, size_t width,
                     FILE *out);
