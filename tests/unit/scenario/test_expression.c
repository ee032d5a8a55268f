// Pins: expressions have the values that C gives them, whatever the blanks, with units read as in
// scenario files; mistakes are shown where they stand; nothing is accepted in part; random texts
// end. Random expressions against a naive twin that writes them with all brackets.
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/stream.h"
#include "scenario/expression.h"
#include "support/stat.h"

static const char *const names[] = {"ttl", "per_zone", "health-check", "k", "rtt", "rate"};
static const enum dimension dimensions[] = {DIMENSIONS,       DIMENSION_NUMBER, DIMENSION_NUMBER,
                                            DIMENSION_NUMBER, DIMENSION_TIME,   DIMENSION_RATE};
static const double values[] = {60, 4, 10, 2, 0.5, 300};

static struct arena arena;
static struct diag_list diags;

static const struct expression *parse(const char *text)
{
    return expression_parse(
        &arena, &(struct expression_source){text, {"f", 1, 1, 1}, names, dimensions, 6}, &diags);
}

static void done(void)
{
    diag_free(&diags);
    arena_free(&arena);
}

static void expect(const char *text, double wanted)
{
    const struct expression *e = parse(text);
    cr_assert_not_null(e, "%s", text);
    cr_expect_float_eq(expression_value(e, values), wanted, 1e-12 * fabs(wanted), "%s: %g", text,
                       expression_value(e, values));
}

Test(expression, values, .fini = done)
{
    expect("1 + 2 * 3", 7);
    expect("(1 + 2) * 3", 9);
    expect("2 ^ 3 ^ 2", 512);
    expect("-2 ^ 2", -4);
    expect("2 ^ -1", 0.5);
    expect("10 - 4 - 3", 3);
    expect("8 / 4 / 2", 1);
    expect("4*per_zone", 16);
    expect("ttl - health-check", 50);
    expect("ttl-1", 59);
    expect("2 * k", 4);
    expect("1.5e3", 1500);
    expect("max(1, ttl, per_zone)", 60);
    expect("min (3, 2)", 2);
    expect("ceil(ttl / 7) + floor(2.5) + round(2.5)", 9 + 2 + 3);
    expect("sqrt(abs(-16)) + log(exp(2))", 6);
    expect("ttl <= 60 s and per_zone >= 4", 1);
    expect("ttl < 1 min or not per_zone > 3", 0);
    expect("not ttl == 60", 0);
    expect("not 0 > 1 and 1 < 2", 1);
    expect("(1 < 2) + (2 < 3)", 2);
}

Test(expression, units, .fini = done)
{
    expect("250 ms", 0.25);
    expect("2min + 1 s", 121);
    expect("30 %", 0.3);
    expect("12 KiB * 2", 24576);
    expect("3 req/s * ttl", 180);
    expect("rtt > 0 and 2 * rtt + 1 s <= 2000 ms", 1);
    expect("ceil(rate / 100 req/s)", 3);
    expect("max(rtt, 1 min / 2)", 30);
    expect("(rtt / 250 ms) ^ 2 + 3", 7);
    expect("rate * rtt + 1", 151);
    expect("per_zone > 30 %", 1);
    expect("600 /min", 10);
    expect("6 / 3", 2);
    expect("5 Gbit/s", 5e9);
}

static void expect_mistake(const char *text, int column, const char *message)
{
    diags = (struct diag_list){0};
    cr_assert_null(parse(text), "%s", text);
    cr_assert_eq(diag_errors(&diags), 1, "%s", text);
    cr_expect_eq(diags.items.items[0].place.column, column, "%s: column %d", text,
                 diags.items.items[0].place.column);
    cr_expect_not_null(strstr(diags.items.items[0].message, message), "%s: %s", text,
                       diags.items.items[0].message);
    diag_free(&diags);
}

Test(expression, mistakes)
{
    expect_mistake("", 1, "ends too early");
    expect_mistake("1 +", 4, "ends too early");
    expect_mistake("(1", 3, "')' is missing");
    expect_mistake("1 2", 3, "operator is missing");
    expect_mistake("ttk * 2", 1, "no parameter 'ttk'");
    expect_mistake("2 * * 3", 5, "'*' cannot stand here");
    expect_mistake("max(1)", 6, "needs two values");
    expect_mistake("floor(1, 2)", 8, "')' is missing");
    expect_mistake("ttl = 3", 5, "'=' is no operator");
    expect_mistake("5 parsecs", 3, "no unit 'parsecs'");
    expect_mistake("1 < ttl < 3", 9, "a comparison ends here");
    expect_mistake("rtt <= 30 km", 5, "'<=' cannot put a duration and a distance together");
    expect_mistake("1 + 2 * rtt", 3, "'+' cannot put a number and a duration together");
    expect_mistake("max(rtt, 1)", 11, "'max' of a duration and a number");
    expect_mistake("1 < 2 or ttl", 7, "'or' joins conditions");
    expect_mistake("not ttl", 1, "'not' is of a condition");
    expect_mistake("(ttl < 150) + 5 and 1 < 2", 17, "'and' joins conditions");
    expect_mistake("not max(ttl < 150, 7)", 1, "'not' is of a condition");
    expect_mistake("2 per_zone", 3, "operator is missing");
    expect_mistake("1 # 2", 3, "operator is missing");
    arena_free(&arena);
}

Test(expression, suggests_the_nearest_name, .fini = done)
{
    parse("perzone");
    cr_expect_str_eq(diags.items.items[0].suggestion, "per_zone");
    parse("30 minn");
    cr_expect_str_eq(diags.items.items[1].suggestion, "min");
    parse("ttl = 3");
    cr_expect_str_eq(diags.items.items[2].suggestion, "==");
}

Test(expression, uses, .fini = done)
{
    const struct expression *e = parse("max(ttl, 2) + 1");
    cr_expect(expression_uses(e, 0));
    cr_expect_not(expression_uses(e, 1));
}

// ---- a naive twin

struct twin {
    struct stream stream;
    char text[4000];
    size_t n;
};

static void put(struct twin *t, const char *text)
{
    t->n += (size_t)snprintf(t->text + t->n, sizeof t->text - t->n, "%s", text);
}

// Nothing has a value in which a part has none.
static double known(double a, double b, double value)
{
    return isfinite(a) && isfinite(b) ? value : (double)NAN;
}

// Writes a random expression, every part in brackets, and returns its value.
static double write(struct twin *t, int depth, bool is_condition)
{
    static const char *const symbols[] = {" + ", "-", " *", "/ ", " < ", ">=", " and ", " or "};
    const uint32_t kind = depth == 0 ? 0 : stream_below(&t->stream, 4);
    char text[32];
    if (!is_condition && kind == 0) {
        const uint32_t i = stream_below(&t->stream, 8);
        snprintf(text, sizeof text, "%u", i);
        put(t, i < 4 ? names[i] : text);
        return i < 4 ? values[i] : i;
    }
    const bool is_unary = kind == 1 && (!is_condition || depth > 1);
    const uint32_t o = stream_below(&t->stream, 2) +
                       (!is_condition ? 2 * stream_below(&t->stream, 2)
                        : depth < 2 || stream_below(&t->stream, 2) == 0 ? 4
                                                                        : 6);
    put(t, !is_unary ? "(" : is_condition ? "not (" : "-(");
    const bool of_conditions = is_condition && (is_unary || o >= 6);
    const int below = depth > 0 ? depth - 1 : 0;
    // Sums and products may be of comparisons, too, and are numbers.
    const bool is_counted = !is_condition && below > 0 && stream_below(&t->stream, 8) == 0;
    const double a = write(t, below, of_conditions || is_counted);
    put(t, ")");
    if (is_unary)
        return known(a, a, is_condition ? a == 0 : -a);
    put(t, symbols[o]);
    put(t, "(");
    const double b = write(t, below, of_conditions);
    put(t, ")");
    return o == 0   ? known(a, b, a + b)
           : o == 1 ? known(a, b, a - b)
           : o == 2 ? known(a, b, a * b)
           : o == 3 ? known(a, b, a / b)
           : o == 4 ? known(a, b, a < b)
           : o == 5 ? known(a, b, a >= b)
           : o == 6 ? known(a, b, a != 0 && b != 0)
                    : known(a, b, a != 0 || b != 0);
}

// What has no value is not hidden by what is around it.
Test(expression, nothing_without_a_value_is_true, .fini = done)
{
    static const char *const texts[] = {"max(50, sqrt(-per_zone))", "per_zone / 0 > 1",
                                        "min(1, 1 / 0) < 2",        "1 < 2 or log(-1) > 0",
                                        "not 1 / 0 == 1",           "4 + 1 / (1 / (per_zone - 4))",
                                        "3 + sqrt(-per_zone) ^ 0",  "exp(-1 / (per_zone - 4)) < 2"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        const struct expression *e = parse(texts[i]);
        cr_assert_not_null(e, "%s", texts[i]);
        cr_expect(isnan(expression_value(e, values)), "%s", texts[i]);
    }
}

Test(expression, as_a_naive_twin, .fini = done)
{
    for (uint64_t seed = 0; seed < stat_runs(2000); seed++) {
        struct twin t = {.stream = stream_open(seed, 0, "test", "expression")};
        const double wanted = write(&t, 4, seed % 2 == 0);
        const struct expression *e = parse(t.text);
        cr_assert_not_null(e, "%s", t.text);
        cr_assert_eq(expression_is_condition(e), seed % 2 == 0);
        const double value = expression_value(e, values);
        cr_assert(value == wanted || (isnan(value) && isnan(wanted)), "%s: %g, not %g", t.text,
                  value, wanted);
    }
}

Test(expression, any_text_ends)
{
    static const char letters[] = "1s.()+-*/^<>=!, andorttlmax%e";
    struct stream s = stream_open(1, 0, "test", "letters");
    const uint64_t n_texts = stat_runs(20000);
    for (uint64_t i = 0; i < n_texts; i++) {
        char text[200];
        const uint32_t n = stream_below(&s, sizeof text - 1);
        for (uint32_t k = 0; k < n; k++)
            text[k] = letters[stream_below(&s, sizeof letters - 1)];
        text[n] = '\0';
        diags = (struct diag_list){0};
        const struct expression *e = parse(text);
        cr_assert((e != NULL) == (diag_errors(&diags) == 0), "%s", text);
        diag_free(&diags);
        if (i % 100 == 0)
            arena_free(&arena);
    }
    char deep[300];
    memset(deep, '(', sizeof deep);
    deep[sizeof deep - 1] = '\0';
    cr_expect_null(parse(deep));
    static char longest[100001] = "1";
    for (size_t i = 0; i < 50000; i++)
        memcpy(longest + 1 + 2 * i, i < 49999 ? "+1" : "\0", 2);
    cr_expect_null(parse(longest));
    cr_expect_not_null(strstr(diags.items.items[diags.items.n - 1].message, "too long"));
    diag_free(&diags);
    arena_free(&arena);
}
