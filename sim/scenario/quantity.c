#include "scenario/quantity.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/base.h"
#include "base/text.h"

// value in the program's unit = number * 10^exponent * factor. Powers of ten are applied while the
// number is read, so that the result is rounded once: "12 ms" is the double nearest to 0.012.
struct quantity_scale {
    const char *symbol;
    enum dimension dimension;
    int exponent;
    double factor;
    bool is_spelling; // another spelling of a unit: read, never written
};

#define YEAR_S 31557600.0 // 365.25 days

// Within a dimension from the smallest unit to the largest.
static const struct quantity_scale quantity_scales[] = {
    {"ns", DIMENSION_TIME, -9, 1, false},
    {"us", DIMENSION_TIME, -6, 1, false},
    {"\u00b5s", DIMENSION_TIME, -6, 1, true},
    {"ms", DIMENSION_TIME, -3, 1, false},
    {"s", DIMENSION_TIME, 0, 1, false},
    {"min", DIMENSION_TIME, 0, 60, false},
    {"h", DIMENSION_TIME, 0, 3600, false},
    {"d", DIMENSION_TIME, 0, 86400, false},
    {"%", DIMENSION_RATIO, -2, 1, false},
    {"B", DIMENSION_SIZE, 0, 1, false},
    {"kB", DIMENSION_SIZE, 3, 1, false},
    {"KiB", DIMENSION_SIZE, 0, 1024, false},
    {"MB", DIMENSION_SIZE, 6, 1, false},
    {"MiB", DIMENSION_SIZE, 0, 1048576, false},
    {"GB", DIMENSION_SIZE, 9, 1, false},
    {"GiB", DIMENSION_SIZE, 0, 1073741824, false},
    {"/year", DIMENSION_RATE, 0, 1 / YEAR_S, false},
    {"/d", DIMENSION_RATE, 0, 1.0 / 86400, false},
    {"/h", DIMENSION_RATE, 0, 1.0 / 3600, false},
    {"/min", DIMENSION_RATE, 0, 1.0 / 60, false},
    {"/s", DIMENSION_RATE, 0, 1, false},
    {"req/s", DIMENSION_RATE, 0, 1, true},
    {"req/min", DIMENSION_RATE, 0, 1.0 / 60, true},
    {"req/h", DIMENSION_RATE, 0, 1.0 / 3600, true},
    {"kreq/s", DIMENSION_RATE, 3, 1, true},
    {"Mreq/s", DIMENSION_RATE, 6, 1, true},
    {"bit/s", DIMENSION_BIT_RATE, 0, 1, false},
    {"kbit/s", DIMENSION_BIT_RATE, 3, 1, false},
    {"Mbit/s", DIMENSION_BIT_RATE, 6, 1, false},
    {"Gbit/s", DIMENSION_BIT_RATE, 9, 1, false},
    {"km", DIMENSION_DISTANCE, 0, 1, false},
    {"km/s", DIMENSION_SPEED, 0, 1, false},
    {"deg", DIMENSION_ANGLE, 0, 1, false},
};

// `guess` is the unit most likely forgotten.
static const struct quantity_kind {
    const char *name, *example, *units, *guess;
} quantity_kinds[DIMENSIONS] = {
    [DIMENSION_NUMBER] = {"number", "2.5", "", ""},
    [DIMENSION_TIME] = {"duration", "250 ms", "ns, us, ms, s, min, h, d", "s"},
    [DIMENSION_RATIO] = {"ratio", "30 %", "%", "%"},
    [DIMENSION_SIZE] = {"size", "12 KiB", "B, kB, KiB, MB, MiB, GB, GiB", "B"},
    [DIMENSION_RATE] = {"rate", "3 req/s", "req/s, kreq/s, Mreq/s, /s, /min, /h, /d, /year",
                        "req/s"},
    [DIMENSION_BIT_RATE] = {"bit rate", "5 Gbit/s", "bit/s, kbit/s, Mbit/s, Gbit/s", "Mbit/s"},
    [DIMENSION_DISTANCE] = {"distance", "1200 km", "km", "km"},
    [DIMENSION_SPEED] = {"speed", "200000 km/s", "km/s", "km/s"},
    [DIMENSION_ANGLE] = {"angle", "45 deg", "deg", "deg"},
};

const char *quantity_name(enum dimension dimension)
{
    return quantity_kinds[dimension].name;
}

const char *quantity_example(enum dimension dimension)
{
    return quantity_kinds[dimension].example;
}

const char *quantity_units(enum dimension dimension)
{
    return quantity_kinds[dimension].units;
}

const char *quantity_unit(enum dimension dimension, size_t i)
{
    for (size_t s = 0; s < ARRAY_LEN(quantity_scales); s++)
        if (quantity_scales[s].dimension == dimension && i-- == 0)
            return quantity_scales[s].symbol;
    return NULL;
}

bool quantity_may_be_plain(enum dimension dimension)
{
    return dimension == DIMENSION_NUMBER || dimension == DIMENSION_RATIO;
}

static const struct quantity_scale *quantity_find(const char *symbol, enum dimension dimension)
{
    for (size_t i = 0; i < ARRAY_LEN(quantity_scales); i++)
        if (quantity_scales[i].dimension == dimension &&
            strcmp(quantity_scales[i].symbol, symbol) == 0)
            return &quantity_scales[i];
    return NULL;
}

static bool quantity_fail(struct quantity_mistake *m, enum dimension dimension, const char *message)
{
    const struct quantity_kind *kind = &quantity_kinds[dimension];
    snprintf(m->message, sizeof m->message, "%s", message);
    if (dimension == DIMENSION_NUMBER)
        snprintf(m->expected, sizeof m->expected, "a plain number such as %s", kind->example);
    else
        snprintf(m->expected, sizeof m->expected, "a %s such as '%s' (units: %s)%s", kind->name,
                 kind->example, kind->units,
                 dimension == DIMENSION_RATIO ? " or a plain number from 0 to 1" : "");
    m->suggestion[0] = '\0';
    return false;
}

// What the unit was probably meant to be: a slip of the letters, or one that people also use.
static const char *quantity_meant(const char *symbol, enum dimension dimension, bool is_known)
{
    static const struct {
        const char *written, *meant;
    } habits[] = {
        {"sec", "s"},       {"secs", "s"},      {"second", "s"},       {"seconds", "s"},
        {"m", "min"},       {"mins", "min"},    {"minute", "min"},     {"minutes", "min"},
        {"hour", "h"},      {"hours", "h"},     {"hr", "h"},           {"day", "d"},
        {"days", "d"},      {"msec", "ms"},     {"millis", "ms"},      {"KB", "kB"},
        {"K", "KiB"},       {"k", "kB"},        {"M", "MiB"},          {"G", "GiB"},
        {"byte", "B"},      {"bytes", "B"},     {"rps", "req/s"},      {"qps", "req/s"},
        {"krps", "kreq/s"}, {"/sec", "/s"},     {"/day", "/d"},        {"/hour", "/h"},
        {"/yr", "/year"},   {"/y", "/year"},    {"per year", "/year"}, {"Gbps", "Gbit/s"},
        {"Mbps", "Mbit/s"}, {"kbps", "kbit/s"}, {"bps", "bit/s"},      {"percent", "%"},
        {"degrees", "deg"}, {"\u00b0", "deg"},  {"km/sec", "km/s"},
    };
    for (size_t i = 0; i < ARRAY_LEN(habits); i++)
        if (strcmp(habits[i].written, symbol) == 0 && quantity_find(habits[i].meant, dimension))
            return habits[i].meant;
    if (is_known)
        return NULL; // it was meant, only not here
    const char *units[ARRAY_LEN(quantity_scales)];
    size_t n = 0;
    for (const char *unit; (unit = quantity_unit(dimension, n)) != NULL;)
        units[n++] = unit;
    return text_nearest(symbol, units, n);
}

static bool quantity_fail_unit(struct quantity_mistake *m, enum dimension dimension,
                               const char *number, const char *symbol)
{
    char message[160];
    bool is_known = false;
    for (enum dimension other = 0; other < DIMENSIONS; other++)
        is_known |= quantity_find(symbol, other) != NULL;
    snprintf(message, sizeof message,
             is_known ? "unit '%.40s' does not measure a %s" : "unknown unit '%.40s' for a %s",
             symbol, quantity_kinds[dimension].name);
    quantity_fail(m, dimension, message);
    const char *meant = quantity_meant(symbol, dimension, is_known);
    if (meant != NULL)
        snprintf(m->suggestion, sizeof m->suggestion, "%.30s %s", number, meant);
    return false;
}

static bool quantity_fail_plain(struct quantity_mistake *m, enum dimension dimension,
                                const char *number)
{
    quantity_fail(m, dimension, "the unit is missing");
    snprintf(m->suggestion, sizeof m->suggestion, "%.30s %s", number,
             quantity_kinds[dimension].guess);
    return false;
}

static bool quantity_scale_number(const char *text, const char *symbol, enum dimension dimension,
                                  double *value)
{
    const struct quantity_scale *scale = quantity_find(symbol, dimension);
    double number = 0;
    if (scale == NULL || text_number_scaled(&text, scale->exponent, &number) != TEXT_NUMBER_OK)
        return false;
    *value = number * scale->factor;
    return true;
}

bool quantity_parse(const char *text, enum dimension dimension, double *value,
                    struct quantity_mistake *mistake)
{
    char message[160];
    const char *at = text;
    double number = 0;
    switch (text_number(&at, &number)) {
    case TEXT_NUMBER_OK:
        break;
    case TEXT_NUMBER_TOO_LONG:
        return quantity_fail(mistake, dimension, "a number has more digits than can be kept");
    case TEXT_NUMBER_NONE:
        snprintf(message, sizeof message,
                 text[0] == '\0' ? "a %s is missing%s" : "not a %s: '%.60s'",
                 quantity_kinds[dimension].name, text);
        return quantity_fail(mistake, dimension, message);
    }
    char digits[32];
    snprintf(digits, sizeof digits, "%.*s", (int)(at - text < 31 ? at - text : 31), text);
    at += strspn(at, " ");
    if (*at == '\0' && quantity_may_be_plain(dimension)) {
        *value = number;
        return true;
    }
    if (*at == '\0')
        return quantity_fail_plain(mistake, dimension, digits);
    if (quantity_scale_number(text, at, dimension, value))
        return true;
    if (quantity_find(at, dimension) != NULL)
        return quantity_fail(mistake, dimension, "a number is too large or too small to be kept");
    if (dimension != DIMENSION_NUMBER)
        return quantity_fail_unit(mistake, dimension, digits, at);
    snprintf(message, sizeof message, "a plain number is wanted, '%.40s' follows it", at);
    quantity_fail(mistake, dimension, message);
    snprintf(mistake->suggestion, sizeof mistake->suggestion, "%s", digits);
    return false;
}

char *quantity_format(double value, enum dimension dimension, char out[48])
{
    if (dimension == DIMENSION_RATIO) {
        snprintf(out, 48, "%.6g %%", value * 100);
        return out;
    }
    const struct quantity_scale *best = NULL;
    for (size_t i = 0; i < ARRAY_LEN(quantity_scales); i++) {
        const struct quantity_scale *s = &quantity_scales[i];
        if (s->dimension != dimension || s->is_spelling)
            continue;
        // The largest unit of which there is at least one (of seconds: up to two minutes).
        double unit = s->factor * pow(10, s->exponent);
        bool is_larger = fabs(value) >= unit * (dimension == DIMENSION_TIME && unit == 60 ? 2 : 1);
        if (best == NULL || is_larger)
            best = s;
    }
    if (value == 0 && dimension == DIMENSION_TIME)
        best = quantity_find("s", dimension);
    if (best == NULL)
        snprintf(out, 48, "%.10g", value);
    else
        snprintf(out, 48, "%.6g %s", value / best->factor / pow(10, best->exponent), best->symbol);
    return out;
}

char *quantity_write(double value, enum dimension dimension, char out[48])
{
    const char *symbol = "";
    for (size_t i = 0; i < ARRAY_LEN(quantity_scales); i++) {
        const struct quantity_scale *s = &quantity_scales[i];
        if (s->dimension == dimension && s->exponent == 0 && s->factor == 1 && !s->is_spelling)
            symbol = s->symbol;
    }
    snprintf(out, 48, "%.15g%s%s", value, symbol[0] != '\0' ? " " : "", symbol);
    return out;
}
