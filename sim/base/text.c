#include "base/text.h"

#include <string.h>

#include "base/base.h"

static char text_fold(char c)
{
    if (c >= 'A' && c <= 'Z')
        return (char)(c - 'A' + 'a');
    return c == '_' ? '-' : c;
}

static size_t text_least(size_t a, size_t b)
{
    return a < b ? a : b;
}

size_t text_distance(const char *a, const char *b)
{
    // Three rows of the alignment table: two back (for swaps), previous, current.
    size_t rows[3][TEXT_DISTANCE_MAX + 1];
    size_t *before = rows[0], *previous = rows[1], *current = rows[2];
    size_t n_a = strnlen(a, TEXT_DISTANCE_MAX), n_b = strnlen(b, TEXT_DISTANCE_MAX);
    for (size_t j = 0; j <= n_b; j++)
        previous[j] = before[j] = j;
    for (size_t i = 1; i <= n_a; i++) {
        current[0] = i;
        for (size_t j = 1; j <= n_b; j++) {
            size_t changed = text_fold(a[i - 1]) != text_fold(b[j - 1]);
            size_t best = text_least(previous[j] + 1, current[j - 1] + 1);
            best = text_least(best, previous[j - 1] + changed);
            if (i > 1 && j > 1 && text_fold(a[i - 1]) == text_fold(b[j - 2]) &&
                text_fold(a[i - 2]) == text_fold(b[j - 1]))
                best = text_least(best, before[j - 2] + 1);
            current[j] = best;
        }
        size_t *free_row = before;
        before = previous;
        previous = current;
        current = free_row;
    }
    return previous[n_b];
}

static bool text_begins(const char *word, const char *with)
{
    size_t n = strlen(with);
    for (size_t i = 0; i < n; i++)
        if (text_fold(word[i]) != text_fold(with[i]))
            return false;
    return n >= 3;
}

const char *text_nearest(const char *word, const char *const *candidates, size_t n_candidates)
{
    const char *nearest = NULL;
    size_t n = strnlen(word, TEXT_DISTANCE_MAX);
    const size_t limit = n < 3 ? 2 : n / 3 + 1; // one more than acceptable
    size_t least = limit;
    for (size_t i = 0; i < n_candidates; i++) {
        bool is_prefix = text_begins(candidates[i], word) || text_begins(word, candidates[i]);
        size_t n_candidate = strnlen(candidates[i], TEXT_DISTANCE_MAX);
        size_t apart = n > n_candidate ? n - n_candidate : n_candidate - n;
        if (apart >= least && !(is_prefix && least == limit))
            continue; // a distance is at least the difference of the lengths
        size_t distance = text_distance(word, candidates[i]);
        // A one-letter word resembles every other; only its capital is near.
        if (n < 2 && distance > 0)
            continue;
        if (distance >= limit && is_prefix)
            distance = limit - 1;
        if (distance < least) {
            least = distance;
            nearest = candidates[i];
        }
    }
    return nearest;
}

static const double text_powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                     1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                     1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

// Digits of the mantissa at *s; counts those behind the point.
static bool text_mantissa(const char **s, uint64_t *digits, int *n_digits, int *n_behind)
{
    bool any = false, behind = false;
    for (;; (*s)++) {
        if (**s == '.' && !behind) {
            behind = true;
            continue;
        }
        if (**s < '0' || **s > '9')
            return any;
        any = true;
        if (*n_digits > 0 || **s != '0')
            (*n_digits)++;
        if (*n_digits <= 15)
            *digits = *digits * 10 + (uint64_t)(**s - '0');
        *n_behind += behind;
    }
}

// Exponent part; absent unless "e" is followed by digits, so that "2 ec" stays a unit.
static int text_exponent(const char **s)
{
    const char *at = *s;
    if (*at != 'e' && *at != 'E')
        return 0;
    at++;
    bool negative = *at == '-';
    at += *at == '-' || *at == '+';
    if (*at < '0' || *at > '9')
        return 0;
    int exponent = 0;
    for (; *at >= '0' && *at <= '9'; at++)
        exponent = exponent < 1000 ? exponent * 10 + (*at - '0') : exponent;
    *s = at;
    return negative ? -exponent : exponent;
}

enum text_number text_number(const char **cursor, double *value)
{
    return text_number_scaled(cursor, 0, value);
}

enum text_number text_number_scaled(const char **cursor, int scale, double *value)
{
    const char *s = *cursor;
    bool negative = *s == '-';
    s += *s == '-' || *s == '+';
    uint64_t digits = 0;
    int n_digits = 0, n_behind = 0;
    if (!text_mantissa(&s, &digits, &n_digits, &n_behind))
        return TEXT_NUMBER_NONE;
    int exponent = text_exponent(&s) - n_behind + scale;
    *cursor = s;
    if (digits == 0)
        exponent = 0;
    if (n_digits > 15 || exponent < -22 || exponent > 22)
        return TEXT_NUMBER_TOO_LONG;
    // Both operands are exact, so one multiplication or division rounds correctly.
    double number = (double)digits;
    number = exponent < 0 ? number / text_powers[-exponent] : number * text_powers[exponent];
    *value = negative ? -number : number;
    return TEXT_NUMBER_OK;
}

size_t text_decode(const char *bytes, size_t n, uint32_t *character)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    REQUIRE(n > 0, "no bytes to decode");
    unsigned char first = (unsigned char)bytes[0];
    if (first < 0x80) {
        *character = first;
        return 1;
    }
    size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : first >= 0xC2 ? 2 : 0;
    if (length == 0 || first > 0xF4 || length > n)
        return 0;
    uint32_t code = first & (0x7Fu >> length);
    for (size_t i = 1; i < length; i++) {
        unsigned char byte = (unsigned char)bytes[i];
        if ((byte & 0xC0) != 0x80)
            return 0;
        code = code << 6 | (byte & 0x3F);
    }
    if (code < least[length] || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF))
        return 0;
    *character = code;
    return length;
}

size_t text_characters(const char *text)
{
    size_t count = 0, n = strlen(text);
    while (n > 0) {
        uint32_t code;
        size_t length = text_decode(text, n, &code);
        length = length == 0 ? 1 : length;
        text += length;
        n -= length;
        count++;
    }
    return count;
}
