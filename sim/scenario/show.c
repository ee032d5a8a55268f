#include "scenario/show.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "base/text.h"

// Columns: key, value, origin; the rest of a line is for the source of a default.
enum { SHOW_KEY = 2, SHOW_VALUE = 23, SHOW_ORIGIN = 66, SHOW_FACT = 64, SHOW_WIDTH = 100 };

struct show_line {
    FILE *out;
    size_t column;
};

static void show_put(struct show_line *line, const char *text, size_t n_bytes)
{
    fwrite(text, 1, n_bytes, line->out);
    for (size_t i = 0; i < n_bytes; i++)
        line->column += ((unsigned char)text[i] & 0xC0) != 0x80; // not a continuation of UTF-8
}

static void show_end(struct show_line *line)
{
    fputc('\n', line->out);
    line->column = 0;
}

// Moves to a column, on the next line when this one is beyond it.
static void show_to(struct show_line *line, size_t column)
{
    if (line->column > column)
        show_end(line);
    for (; line->column < column; line->column++)
        fputc(' ', line->out);
}

// Bytes of text that fit into `room` columns, ending at a blank if there is one.
static size_t show_fit(const char *text, size_t room)
{
    size_t fit = 0, columns = 0, blank = 0;
    for (; text[fit] != '\0' && columns < room; columns++) {
        if (text[fit] == ' ')
            blank = fit;
        do
            fit++;
        while (((unsigned char)text[fit] & 0xC0) == 0x80);
    }
    if (text[fit] == '\0' || text[fit] == ' ')
        return fit;
    return blank > 0 ? blank : fit;
}

// Text from a column to the end of the table, on as many lines as it needs.
static void show_wrapped(struct show_line *line, size_t column, size_t end, const char *text)
{
    for (;;) {
        show_to(line, column);
        size_t n = show_fit(text, end - column);
        show_put(line, text, n);
        text += n + (text[n] == ' ');
        if (*text == '\0')
            return;
        show_end(line);
    }
}

static const char *show_base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

static void show_origin(struct show_line *line, const struct setting *s)
{
    char text[512];
    if (s->place.file == NULL)
        snprintf(text, sizeof text, "default: %s",
                 s->field->source != NULL ? s->field->source : "this program's choice");
    else if (strcmp(s->place.file, "--set") == 0)
        snprintf(text, sizeof text, "--set");
    else
        snprintf(text, sizeof text, "%s:%d", show_base_name(s->place.file), s->place.line);
    show_wrapped(line, SHOW_ORIGIN, SHOW_WIDTH, text);
}

// Length of the path without its last key.
static size_t show_group(const char *path)
{
    const char *dot = strrchr(path, '.');
    return dot != NULL ? (size_t)(dot - path) : 0;
}

void show_settings(const struct settings *settings, FILE *out)
{
    struct show_line line = {out, 0};
    const char *group = "";
    size_t n_group = 0;
    fprintf(out, "%s %s\n", settings->kind, settings->file);
    for (size_t i = 0; i < settings->n; i++) {
        const struct setting *s = &settings->items[i];
        size_t n = show_group(s->path);
        if (n != n_group || strncmp(group, s->path, n) != 0) {
            fprintf(out, n > 0 ? "\n%.*s\n" : "\n", (int)n, s->path);
            group = s->path;
            n_group = n;
        }
        const char *key = s->path + (n > 0 ? n + 1 : 0);
        show_to(&line, SHOW_KEY);
        show_put(&line, key, strlen(key));
        show_wrapped(&line, SHOW_VALUE, SHOW_ORIGIN - 1, s->value);
        show_origin(&line, s);
        show_end(&line);
    }
    fputc('\n', out);
}

static bool show_uses(const struct workload *workload, enum access_type type)
{
    for (int p = 0; p < workload->n_populations; p++)
        if (workload->populations[p].access == type)
            return true;
    return false;
}

void show_access(const struct workload *workload, FILE *out)
{
    struct show_line line = {out, 0};
    char text[128];
    fputs(
        "access types: round trip of the last mile in ms, packets lost, Mbit/s of a connection\n\n"
        "  access         least  median   p99      loss     down     up  source\n",
        out);
    for (int i = 0; i < ACCESS_TYPES; i++) {
        const struct access_fact *f = geography_access((enum access_type)i);
        if (!show_uses(workload, (enum access_type)i))
            continue;
        snprintf(text, sizeof text, "%-14s %5g %7g %5g  %6g %%  %7g %6g", f->name, f->rtt_floor_ms,
                 f->rtt_median_ms, f->rtt_p99_ms, 100 * f->loss_ratio, f->down_bits_per_s / 1e6,
                 f->up_bits_per_s / 1e6);
        show_to(&line, SHOW_KEY);
        show_put(&line, text, strlen(text));
        show_wrapped(&line, SHOW_FACT, SHOW_WIDTH, f->source);
        show_end(&line);
    }
    fputc('\n', out);
}

static void show_round_trip(const struct topology *topology, const struct geography *g,
                            const int pair[2], FILE *out)
{
    const struct region_spec *from = &topology->regions[pair[0]], *to = &topology->regions[pair[1]];
    size_t at = (size_t)from->geography * g->n_regions + (size_t)to->geography;
    fprintf(out, "  %-18s %-18s ", from->name, to->name);
    if (isnan(g->rtt_p50_ms[at]))
        fputs("not measured: from the distance\n", out);
    else
        fprintf(out, "%6g ms  %6g ms\n", (double)g->rtt_p50_ms[at], (double)g->rtt_p90_ms[at]);
}

void show_round_trips(const struct topology *topology, const struct geography *geography, FILE *out)
{
    struct show_line line = {out, 0};
    if (topology->n_regions < 2)
        return;
    fprintf(out, "measured round trips between the regions of %s\n\n", topology->name);
    show_wrapped(&line, SHOW_KEY, SHOW_WIDTH, geography->rtt_source);
    show_end(&line);
    fputs("\n  from               to                     p50        p90\n", out);
    for (int i = 0; i < topology->n_regions; i++)
        for (int k = 0; k < topology->n_regions; k++)
            if (i != k)
                show_round_trip(topology, geography, (const int[2]){i, k}, out);
    fputc('\n', out);
}
