#include "scenario/expression.h"

#include <ctype.h>
#include <math.h>
#include <stdarg.h>
#include <string.h>

#include "base/base.h"
#include "base/text.h"
#include "scenario/quantity.h"

enum expression_kind { EXPRESSION_NUMBER, EXPRESSION_NAME, EXPRESSION_ONE, EXPRESSION_TWO };

// Beside the dimensions.
enum { EXPRESSION_UNKNOWN = DIMENSIONS, EXPRESSION_CONDITION };

typedef double expression_one(double a);
typedef double expression_two(double a, double b);

struct expression {
    enum expression_kind kind;
    int unit; // enum dimension, or one of those beside
    double number;
    size_t name;
    expression_one *one;
    expression_two *two;
    const struct expression *a, *b;
};

// ---- operators

static double add(double a, double b)
{
    return a + b;
}
static double subtract(double a, double b)
{
    return a - b;
}
static double multiply(double a, double b)
{
    return a * b;
}
static double divide(double a, double b)
{
    return a / b;
}
static double negate(double a)
{
    return -a;
}
static double not_of(double a)
{
    return a == 0;
}
static double less(double a, double b)
{
    return a < b;
}
static double at_most(double a, double b)
{
    return a <= b;
}
static double more(double a, double b)
{
    return a > b;
}
static double at_least(double a, double b)
{
    return a >= b;
}
static double equal(double a, double b)
{
    return a == b;
}
static double unequal(double a, double b)
{
    return a != b;
}
static double both(double a, double b)
{
    return a != 0 && b != 0;
}
static double either(double a, double b)
{
    return a != 0 || b != 0;
}

// Longer symbols before those that they begin with.
static const struct expression_operator {
    const char *symbol;
    int level; // binds tighter than those below
    expression_two *two;
} expression_operators[] = {
    {"or", 1, either}, {"and", 2, both},   {"<=", 4, at_most}, {">=", 4, at_least},
    {"==", 4, equal},  {"!=", 4, unequal}, {"<", 4, less},     {">", 4, more},
    {"+", 5, add},     {"-", 5, subtract}, {"*", 6, multiply}, {"/", 6, divide},
    {"^", 8, pow},
};
enum {
    EXPRESSION_AND = 2,
    EXPRESSION_NOT = 3,
    EXPRESSION_COMPARISON = 4,
    EXPRESSION_SUM = 5,
    EXPRESSION_PRODUCT = 6,
    EXPRESSION_UNARY = 7,
    EXPRESSION_POWER = 8,
};

static const struct expression_function {
    const char *name;
    expression_one *one;
    expression_two *two; // folded over two or more arguments
} expression_functions[] = {
    {"min", NULL, fmin},  {"max", NULL, fmax},    {"floor", floor, NULL},
    {"ceil", ceil, NULL}, {"round", round, NULL}, {"abs", fabs, NULL},
    {"sqrt", sqrt, NULL}, {"log", log, NULL},     {"exp", exp, NULL},
};

// ---- parsing

enum { EXPRESSION_DEPTH = 64, EXPRESSION_PARTS = 1000, EXPRESSION_UNITS = 128 };

struct expression_parser {
    struct arena *arena;
    struct diag_list *diags;
    const struct expression_source *source;
    const char *at;
    int depth, n_parts;
};

static const struct expression *expression_level(struct expression_parser *p, int level);

__attribute__((format(printf, 3, 4))) static const struct expression *expression_fail(
    struct expression_parser *p, size_t length, const char *format, ...)
{
    char message[200];
    struct diag_place place = p->source->place;
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    place.column += (int)(p->at - p->source->text);
    place.length = length > 0 ? (int)length : 1;
    diag_error(p->diags, place, "%s", message);
    return NULL;
}

// Values are found by recursion: long chains are as deep as nested ones.
static const struct expression *expression_new(struct expression_parser *p, struct expression e)
{
    if (++p->n_parts > EXPRESSION_PARTS)
        return expression_fail(p, 1, "the expression is too long");
    struct expression *made = arena_push(p->arena, struct expression, 1);
    *made = e;
    return made;
}

static void expression_skip(struct expression_parser *p)
{
    while (*p->at == ' ')
        p->at++;
}

static size_t expression_word(const char *at)
{
    size_t n = 0;
    while (isalpha((unsigned char)at[0]) != 0 &&
           (isalnum((unsigned char)at[n]) != 0 || at[n] == '_' ||
            (at[n] == '-' && isalpha((unsigned char)at[n + 1]) != 0)))
        n++;
    return n;
}

static bool expression_is(const char *at, size_t n, const char *word)
{
    return strlen(word) == n && strncmp(at, word, n) == 0;
}

static bool expression_take(struct expression_parser *p, char c)
{
    expression_skip(p);
    if (*p->at != c)
        return false;
    p->at++;
    return true;
}

static const struct expression *expression_expect(struct expression_parser *p, char c,
                                                  const struct expression *e)
{
    if (e == NULL || expression_take(p, c))
        return e;
    return expression_fail(p, 1, "'%c' is missing here", c);
}

static const struct expression_operator *expression_find(const struct expression_parser *p)
{
    for (size_t i = 0; i < ARRAY_LEN(expression_operators); i++) {
        const char *symbol = expression_operators[i].symbol;
        const size_t n = strlen(symbol);
        const bool is_word = isalpha((unsigned char)symbol[0]) != 0;
        if (strncmp(p->at, symbol, n) == 0 && (!is_word || expression_word(p->at) == n))
            return &expression_operators[i];
    }
    return NULL;
}

// Of all dimensions; returns how many.
static size_t expression_units(const char *units[EXPRESSION_UNITS])
{
    size_t n = 0;
    for (int d = DIMENSION_TIME; d < DIMENSIONS; d++) {
        const char *unit;
        for (size_t i = 0; (unit = quantity_unit((enum dimension)d, i)) != NULL; i++) {
            REQUIRE(n < EXPRESSION_UNITS, "more than %d units", (int)EXPRESSION_UNITS);
            units[n++] = unit;
        }
    }
    return n;
}

static const struct expression *expression_unknown_unit(struct expression_parser *p, size_t n)
{
    const char *word = arena_printf(p->arena, "%.*s", (int)n, p->at);
    const char *units[EXPRESSION_UNITS];
    const size_t n_units = expression_units(units);
    expression_fail(p, n, "there is no unit '%.60s'", word);
    diag_suggest(p->diags, text_nearest(word, units, n_units));
    return NULL;
}

// The longest unit that may stand here: which dimension it is of, and the number with it.
static bool expression_unit(struct expression_parser *p, const char *begin, const char *end,
                            struct expression *e)
{
    struct quantity_mistake mistake;
    const char *unit = end + strspn(end, " ");
    for (size_t n = strcspn(unit, " +-*^()<>=!,"); n > 0; n--) {
        char text[96];
        const bool is_cut = isalnum((unsigned char)unit[n]) != 0;
        if (is_cut || snprintf(text, sizeof text, "%.*s %.*s", (int)(end - begin), begin, (int)n,
                               unit) >= (int)sizeof text)
            continue;
        for (int d = DIMENSION_TIME; d < DIMENSIONS; d++)
            if (quantity_parse(text, (enum dimension)d, &e->number, &mistake)) {
                e->unit = d;
                p->at = unit + n;
                return true;
            }
    }
    return false;
}

// Which name stands here; n_names: none.
static size_t expression_name(const struct expression_parser *p, size_t n)
{
    size_t i = 0;
    while (i < p->source->n_names && !expression_is(p->at, n, p->source->names[i]))
        i++;
    return i;
}

// A number, with a unit behind it perhaps.
static const struct expression *expression_number(struct expression_parser *p)
{
    const char *begin = p->at, *end = begin;
    struct expression e = {.kind = EXPRESSION_NUMBER};
    if (text_number(&end, &e.number) != TEXT_NUMBER_OK)
        return expression_fail(p, 1, "no number that can be read");
    p->at = end;
    if (!expression_unit(p, begin, end, &e)) {
        e.unit = e.number == 0 ? (int)EXPRESSION_UNKNOWN : (int)DIMENSION_NUMBER;
        expression_skip(p);
        const size_t n = expression_word(p->at);
        if (n > 0 && expression_find(p) == NULL && expression_name(p, n) == p->source->n_names)
            return expression_unknown_unit(p, n);
    }
    return expression_new(p, e);
}

// ---- dimensions

static bool expression_is_plain(const struct expression *e)
{
    return e->unit == DIMENSION_NUMBER || e->unit == DIMENSION_RATIO ||
           e->unit == EXPRESSION_CONDITION;
}

// Of what is the sum, the difference, the smaller one; false: they cannot be put together.
static bool expression_join(const struct expression *a, const struct expression *b, int *unit)
{
    const bool is_known = a->unit != EXPRESSION_UNKNOWN;
    *unit = !is_known ? b->unit : a->unit;
    if (*unit == EXPRESSION_CONDITION)
        *unit = DIMENSION_NUMBER;
    return !is_known || b->unit == EXPRESSION_UNKNOWN || a->unit == b->unit ||
           (expression_is_plain(a) && expression_is_plain(b));
}

static const char *expression_unit_name(const struct expression *e)
{
    return quantity_name(expression_dimension(e));
}

static int expression_product(const struct expression *a, const struct expression *b,
                              bool is_quotient)
{
    if (expression_is_plain(b))
        return expression_is_plain(a) ? (int)DIMENSION_NUMBER : a->unit;
    if (is_quotient)
        return a->unit == b->unit && a->unit != EXPRESSION_UNKNOWN ? (int)DIMENSION_NUMBER
                                                                   : (int)EXPRESSION_UNKNOWN;
    return expression_is_plain(a) ? b->unit : (int)EXPRESSION_UNKNOWN;
}

static const struct expression *expression_combine(struct expression_parser *p,
                                                   const struct expression_operator *o,
                                                   const struct expression *a,
                                                   const struct expression *b)
{
    struct expression e = {.kind = EXPRESSION_TWO, .two = o->two, .a = a, .b = b};
    const size_t n = strlen(o->symbol);
    const bool are_conditions = a->unit == EXPRESSION_CONDITION && b->unit == EXPRESSION_CONDITION;
    if (o->level <= EXPRESSION_AND && !are_conditions)
        return expression_fail(p, n, "'%s' joins conditions such as 'a <= b'", o->symbol);
    if ((o->level == EXPRESSION_COMPARISON || o->level == EXPRESSION_SUM) &&
        !expression_join(a, b, &e.unit))
        return expression_fail(p, n, "'%s' cannot put a %s and a %s together", o->symbol,
                               expression_unit_name(a), expression_unit_name(b));
    if (o->level <= EXPRESSION_COMPARISON)
        e.unit = EXPRESSION_CONDITION;
    else if (o->level == EXPRESSION_PRODUCT)
        e.unit = expression_product(a, b, o->two == divide);
    else if (o->level == EXPRESSION_POWER)
        e.unit = expression_is_plain(a) ? (int)DIMENSION_NUMBER : (int)EXPRESSION_UNKNOWN;
    return expression_new(p, e);
}

// Of one value: roundings and signs keep its dimension.
static int expression_unit_of(expression_one *one, const struct expression *a)
{
    const bool keeps = one == floor || one == ceil || one == round || one == fabs || one == negate;
    if (one == not_of)
        return EXPRESSION_CONDITION;
    return expression_is_plain(a) ? (int)DIMENSION_NUMBER
           : keeps                ? a->unit
                                  : (int)EXPRESSION_UNKNOWN;
}

// ---- grammar

static const struct expression *expression_of_one(struct expression_parser *p, expression_one *one,
                                                  const struct expression *a)
{
    return expression_new(
        p, (struct expression){
               .kind = EXPRESSION_ONE, .unit = expression_unit_of(one, a), .one = one, .a = a});
}

static const struct expression *expression_arguments(struct expression_parser *p,
                                                     const struct expression_function *f)
{
    const struct expression *e = expression_level(p, 1);
    if (e != NULL && f->one != NULL)
        return expression_expect(p, ')', expression_of_one(p, f->one, e));
    if (e != NULL && !expression_take(p, ','))
        return expression_fail(p, 1, "'%s' needs two values or more", f->name);
    while (e != NULL) {
        struct expression more = {.kind = EXPRESSION_TWO, .two = f->two, .a = e};
        more.b = expression_level(p, 1);
        if (more.b == NULL)
            return NULL;
        if (!expression_join(e, more.b, &more.unit))
            return expression_fail(p, 1, "'%s' of a %s and a %s", f->name, expression_unit_name(e),
                                   expression_unit_name(more.b));
        e = expression_new(p, more);
        if (!expression_take(p, ','))
            break;
    }
    return expression_expect(p, ')', e);
}

static const struct expression *expression_unknown(struct expression_parser *p, size_t n)
{
    const char *word = arena_printf(p->arena, "%.*s", (int)n, p->at);
    expression_fail(p, n, "there is no parameter '%.60s'", word);
    diag_suggest(p->diags, text_nearest(word, p->source->names, p->source->n_names));
    return NULL;
}

static const struct expression *expression_named(struct expression_parser *p)
{
    const size_t n = expression_word(p->at);
    const size_t name = expression_name(p, n);
    if (name < p->source->n_names) {
        p->at += n;
        return expression_new(p, (struct expression){.kind = EXPRESSION_NAME,
                                                     .unit = (int)p->source->dimensions[name],
                                                     .name = name});
    }
    for (size_t i = 0; i < ARRAY_LEN(expression_functions); i++)
        if (expression_is(p->at, n, expression_functions[i].name) &&
            p->at[n + strspn(p->at + n, " ")] == '(') {
            p->at += n;
            expression_take(p, '(');
            return expression_arguments(p, &expression_functions[i]);
        }
    return expression_unknown(p, n);
}

static const struct expression *expression_primary(struct expression_parser *p)
{
    expression_skip(p);
    if (isdigit((unsigned char)*p->at) != 0 || *p->at == '.')
        return expression_number(p);
    if (expression_take(p, '('))
        return expression_expect(p, ')', expression_level(p, 1));
    if (expression_word(p->at) > 0)
        return expression_named(p);
    return *p->at == '\0' ? expression_fail(p, 1, "the expression ends too early")
                          : expression_fail(p, 1, "'%c' cannot stand here", *p->at);
}

static const struct expression *expression_prefix(struct expression_parser *p, int level,
                                                  size_t length, expression_one *one)
{
    const char *begin = p->at;
    p->at += length;
    const struct expression *e = expression_level(p, level);
    if (e == NULL)
        return NULL;
    if (one == not_of && e->unit != EXPRESSION_CONDITION) {
        p->at = begin;
        return expression_fail(p, length, "'not' is of a condition such as 'a <= b'");
    }
    return expression_of_one(p, one, e);
}

// Operators of this level or above.
static const struct expression *expression_operands(struct expression_parser *p, int level)
{
    expression_skip(p);
    const bool is_not = expression_is(p->at, expression_word(p->at), "not");
    const struct expression *e;
    if (is_not && level <= EXPRESSION_NOT)
        e = expression_prefix(p, EXPRESSION_NOT, 3, not_of);
    else if (*p->at == '-')
        e = expression_prefix(p, EXPRESSION_UNARY, 1, negate);
    else
        e = expression_primary(p);
    for (bool is_comparison = false;;) {
        expression_skip(p);
        const struct expression_operator *o = expression_find(p);
        if (e == NULL || o == NULL || o->level < level)
            return e;
        const char *symbol = p->at;
        if (is_comparison && o->level == EXPRESSION_COMPARISON)
            return expression_fail(p, strlen(o->symbol),
                                   "a comparison ends here: 'a < b < c' is 'a < b and b < c'");
        is_comparison = o->level == EXPRESSION_COMPARISON;
        p->at += strlen(o->symbol);
        const int right = o->level + (o->level != EXPRESSION_POWER);
        const struct expression *b = expression_level(p, right);
        if (b == NULL)
            return NULL;
        const char *end = p->at;
        p->at = symbol;
        e = expression_combine(p, o, e, b);
        p->at = end;
    }
}

static const struct expression *expression_level(struct expression_parser *p, int level)
{
    if (p->depth == EXPRESSION_DEPTH)
        return expression_fail(p, 1, "the expression is nested too deeply");
    p->depth++;
    const struct expression *e = expression_operands(p, level);
    p->depth--;
    return e;
}

const struct expression *expression_parse(struct arena *arena,
                                          const struct expression_source *source,
                                          struct diag_list *diags)
{
    struct expression_parser p = {
        .arena = arena, .diags = diags, .source = source, .at = source->text};
    const struct expression *e = expression_level(&p, 1);
    expression_skip(&p);
    if (e == NULL || *p.at == '\0')
        return e;
    if (*p.at != '=')
        return expression_fail(&p, strcspn(p.at, " "), "an operator is missing before this");
    expression_fail(&p, 1, "'=' is no operator");
    diag_suggest(diags, "==");
    return NULL;
}

// ---- values

double expression_value(const struct expression *e, const double *values)
{
    double a, b;
    switch (e->kind) {
    case EXPRESSION_NUMBER:
        return e->number;
    case EXPRESSION_NAME:
        return values[e->name];
    case EXPRESSION_ONE:
        a = expression_value(e->a, values);
        return isfinite(a) ? e->one(a) : (double)NAN;
    case EXPRESSION_TWO: // not even 1 / (1 / 0) has a value
        a = expression_value(e->a, values);
        b = expression_value(e->b, values);
        return isfinite(a) && isfinite(b) ? e->two(a, b) : (double)NAN;
    }
    return (double)NAN;
}

bool expression_uses(const struct expression *e, size_t name)
{
    if (e == NULL)
        return false;
    return (e->kind == EXPRESSION_NAME && e->name == name) || expression_uses(e->a, name) ||
           expression_uses(e->b, name);
}

bool expression_is_condition(const struct expression *e)
{
    return e->unit == EXPRESSION_CONDITION;
}

enum dimension expression_dimension(const struct expression *e)
{
    return e->unit == EXPRESSION_CONDITION ? DIMENSION_NUMBER : (enum dimension)e->unit;
}

bool expression_is_of(const struct expression *e, enum dimension dimension)
{
    int unit;
    return expression_join(e, &(struct expression){.unit = (int)dimension}, &unit);
}

bool expression_is_reserved(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(expression_functions); i++)
        if (strcmp(name, expression_functions[i].name) == 0)
            return true;
    const char *units[EXPRESSION_UNITS];
    const size_t n_units = expression_units(units);
    for (size_t i = 0; i < n_units; i++)
        if (strcmp(name, units[i][0] == '/' ? units[i] + 1 : units[i]) == 0)
            return true; // "1/s"
    return strcmp(name, "and") == 0 || strcmp(name, "or") == 0 || strcmp(name, "not") == 0;
}
