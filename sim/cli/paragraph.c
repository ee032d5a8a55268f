#include "cli/paragraph.h"

#include <string.h>

#include "base/text.h"

// Characters of the n bytes at text: continuation bytes of UTF-8 do not count.
static size_t characters(const char *text, size_t n)
{
    size_t count = 0;
    for (size_t i = 0; i < n; ++i)
        count += ((unsigned char)text[i] & 0xc0) != 0x80;
    return count;
}

void paragraph_print(const char *text, const char *first, const char *next, size_t width, FILE *out)
{
    size_t used = text_characters(first);
    fputs(first, out);
    for (int is_line_start = 1; *text != '\0'; is_line_start = 0) {
        size_t length = strcspn(text, " "), wide = characters(text, length);
        if (!is_line_start && used + 1 + wide > width) {
            fprintf(out, "\n%s", next);
            used = text_characters(next);
        } else if (!is_line_start) {
            fputc(' ', out);
            ++used;
        }
        fwrite(text, 1, length, out);
        used += wide;
        text += length;
        text += strspn(text, " ");
    }
    fputc('\n', out);
}
