#include "scenario/distribution_yaml.h"

#include <math.h>
#include <string.h>

#include "base/base.h"
#include "base/text.h"
#include "scenario/quantity.h"

// Parameters by the role they play; a form takes some of them.
enum distribution_parameter {
    PARAMETER_MEDIAN,
    PARAMETER_PERCENTILE, // key "p99", "p99.9" ...: its value
    PARAMETER_MEAN,
    PARAMETER_SCV,
    PARAMETER_LOW,
    PARAMETER_HIGH,
    PARAMETER_SHAPE,
    PARAMETER_K,
    PARAMETER_SCALE,
    PARAMETER_LEAST,
    PARAMETER_ALPHA,
    PARAMETER_SHIFT,
    PARAMETERS,
};

static const char *const parameter_keys[PARAMETERS] = {
    "median", "p99", "mean", "scv", "low", "high", "shape", "k", "scale", "least", "alpha", "shift",
};

struct distribution_reader {
    struct arena *arena;
    struct diag_list *diags;
    const struct field *field;
    const struct node *node; // the parameters
    const char *form;
    unsigned given; // bit set of parameters
    double values[PARAMETERS];
    double probability; // of the percentile
    bool is_part;       // of a mixture
};

#define BIT(parameter) (1u << (parameter))

typedef bool distribution_build(struct distribution_reader *r, struct distribution *d);

static bool build_lognormal(struct distribution_reader *r, struct distribution *d);
static bool build_exponential(struct distribution_reader *r, struct distribution *d);
static bool build_uniform(struct distribution_reader *r, struct distribution *d);
static bool build_gamma(struct distribution_reader *r, struct distribution *d);
static bool build_erlang(struct distribution_reader *r, struct distribution *d);
static bool build_weibull(struct distribution_reader *r, struct distribution *d);
static bool build_pareto(struct distribution_reader *r, struct distribution *d);
static bool build_hyperexponential(struct distribution_reader *r, struct distribution *d);

// A form's name may stand in several rows: one for each set of parameters that makes it.
static const struct distribution_shape {
    struct distribution_form form;
    unsigned parameters; // all needed; shift is allowed everywhere
    distribution_build *build;
} distribution_shapes[] = {
    {{"lognormal", "{median: 12 ms, p99: 80 ms}",
      "Right-skewed; any percentile above p50 in place of p99."},
     BIT(PARAMETER_MEDIAN) | BIT(PARAMETER_PERCENTILE),
     build_lognormal},
    {{"lognormal", "{mean: 12 ms, scv: 2}",
      "The same by mean and squared coefficient of variation."},
     BIT(PARAMETER_MEAN) | BIT(PARAMETER_SCV),
     build_lognormal},
    {{"exponential", "{mean: 12 ms}", "Memoryless."}, BIT(PARAMETER_MEAN), build_exponential},
    {{"uniform", "{low: 5 ms, high: 15 ms}", "All values between the two equally likely."},
     BIT(PARAMETER_LOW) | BIT(PARAMETER_HIGH),
     build_uniform},
    {{"gamma", "{mean: 12 ms, shape: 0.5}", "Shape below 1: more variable than exponential."},
     BIT(PARAMETER_MEAN) | BIT(PARAMETER_SHAPE),
     build_gamma},
    {{"erlang", "{mean: 12 ms, k: 4}", "Sum of k exponential phases."},
     BIT(PARAMETER_MEAN) | BIT(PARAMETER_K),
     build_erlang},
    {{"weibull", "{scale: 12 ms, shape: 0.7}", "Shape below 1: heavier tail than exponential."},
     BIT(PARAMETER_SCALE) | BIT(PARAMETER_SHAPE),
     build_weibull},
    {{"pareto", "{least: 2 ms, alpha: 2.5}", "Power tail; alpha must exceed 1."},
     BIT(PARAMETER_LEAST) | BIT(PARAMETER_ALPHA),
     build_pareto},
    {{"hyperexponential", "{mean: 12 ms, scv: 4}",
      "Two exponential phases with balanced means; scv above 1."},
     BIT(PARAMETER_MEAN) | BIT(PARAMETER_SCV),
     build_hyperexponential},
    {{"empirical", "[[0 %, 1 ms], [50 %, 5 ms], [100 %, 40 ms]]",
      "Measured quantiles, linear between the points."},
     0,
     NULL},
    {{"mixture", "[{share: 90 %, exponential: {mean: 5 ms}}, {share: 10 %, constant: 80 ms}]",
      "One of the parts each time, by their shares; these sum to 100 %."},
     0,
     NULL},
    {{"constant", "12 ms",
      "One value, for a part of a mixture: elsewhere a plain quantity will do."},
     0,
     NULL},
};

// Shares are written with few digits: thirds of 33.3333 % will do.
static const double SHARES_TOLERANCE = 1e-5;

const struct distribution_form *distribution_yaml_form(size_t i)
{
    return i < ARRAY_LEN(distribution_shapes) ? &distribution_shapes[i].form : NULL;
}

static enum dimension parameter_dimension(const struct field *field,
                                          enum distribution_parameter parameter)
{
    bool is_pure = parameter == PARAMETER_SCV || parameter == PARAMETER_SHAPE ||
                   parameter == PARAMETER_K || parameter == PARAMETER_ALPHA;
    return is_pure ? DIMENSION_NUMBER : field->dimension;
}

static bool read_quantity(struct distribution_reader *r, const struct node *node, const char *what,
                          enum dimension dimension, double *value)
{
    struct quantity_mistake mistake;
    if (node->kind != NODE_SCALAR) {
        document_error(r->diags, node, "'%s' cannot be %s", what, document_kind_name(node->kind));
        diag_expect(r->diags, "a %s such as '%s'", quantity_name(dimension),
                    quantity_example(dimension));
        return false;
    }
    if (quantity_parse(node->text, dimension, value, &mistake))
        return true;
    document_error(r->diags, node, "'%s': %s", what, mistake.message);
    diag_expect(r->diags, "%s", mistake.expected);
    if (mistake.suggestion[0] != '\0')
        diag_suggest(r->diags, mistake.suggestion);
    return false;
}

// "p99" -> 0.99, "p999" and "p99.9" -> 0.999; false when the key is no percentile above the median.
static bool parse_percentile(const char *key, double *probability)
{
    const char *at = key + 1;
    double number = 0;
    if (key[0] != 'p' || text_number(&at, &number) != TEXT_NUMBER_OK || *at != '\0')
        return false;
    if (strchr(key, '.') == NULL)
        while (number >= 100)
            number /= 10;
    *probability = number / 100;
    return *probability > 0.5 && *probability < 1;
}

static int find_parameter(const char *key, double *probability)
{
    if (parse_percentile(key, probability))
        return PARAMETER_PERCENTILE;
    for (int i = 0; i < PARAMETERS; i++)
        if (i != PARAMETER_PERCENTILE && strcmp(parameter_keys[i], key) == 0)
            return i;
    return -1;
}

// Parameters that some shape of this name takes.
static unsigned known_parameters(const char *form)
{
    unsigned known = BIT(PARAMETER_SHIFT);
    for (size_t i = 0; i < ARRAY_LEN(distribution_shapes); i++)
        if (strcmp(distribution_shapes[i].form.name, form) == 0)
            known |= distribution_shapes[i].parameters;
    return known;
}

static void report_unknown_parameter(struct distribution_reader *r, const struct node *item)
{
    const char *keys[PARAMETERS];
    size_t n = 0;
    for (int i = 0; i < PARAMETERS; i++)
        if (known_parameters(r->form) & BIT(i))
            keys[n++] = parameter_keys[i];
    document_key_error(r->diags, item, "'%s' has no parameter '%.40s'", r->form, item->key);
    diag_suggest(r->diags, text_nearest(item->key, keys, n));
}

static bool read_parameter(struct distribution_reader *r, const struct node *item)
{
    double probability = 0;
    int parameter = find_parameter(item->key, &probability);
    if (parameter < 0 || !(known_parameters(r->form) & BIT(parameter))) {
        report_unknown_parameter(r, item);
        return false;
    }
    if (r->given & BIT(parameter)) {
        document_key_error(r->diags, item,
                           "a second percentile; one and the median make the curve");
        return false;
    }
    enum dimension dimension = parameter_dimension(r->field,
                                                   (enum distribution_parameter)parameter);
    double *value = &r->values[parameter];
    if (!read_quantity(r, item, item->key, dimension, value))
        return false;
    bool may_be_zero = parameter == PARAMETER_LOW || parameter == PARAMETER_SHIFT;
    if (*value < 0 || (*value == 0 && !may_be_zero)) {
        document_error(r->diags, item, "'%s' must be %s zero", item->key,
                       may_be_zero ? "at least" : "above");
        return false;
    }
    if (parameter == PARAMETER_PERCENTILE)
        r->probability = probability;
    r->given |= BIT(parameter);
    return true;
}

static bool fail_parameters(struct distribution_reader *r, const char *message)
{
    document_error(r->diags, r->node, "'%s': %s", r->form, message);
    return false;
}

// Scale parameters may be zero-width only through a plain quantity, so every value here is
// positive.
static bool build_lognormal(struct distribution_reader *r, struct distribution *d)
{
    if (r->given & BIT(PARAMETER_MEAN)) {
        double variance = log1p(r->values[PARAMETER_SCV]);
        d->kind = DISTRIBUTION_LOGNORMAL;
        d->a = log(r->values[PARAMETER_MEAN]) - variance / 2;
        d->b = sqrt(variance);
        return true;
    }
    if (r->values[PARAMETER_PERCENTILE] <= r->values[PARAMETER_MEDIAN])
        return fail_parameters(r, "the percentile must lie above the median");
    *d = distribution_lognormal_fit(r->values[PARAMETER_MEDIAN], r->probability,
                                    r->values[PARAMETER_PERCENTILE]);
    return true;
}

static bool build_exponential(struct distribution_reader *r, struct distribution *d)
{
    d->kind = DISTRIBUTION_EXPONENTIAL;
    d->a = r->values[PARAMETER_MEAN];
    return true;
}

static bool build_uniform(struct distribution_reader *r, struct distribution *d)
{
    if (r->values[PARAMETER_HIGH] <= r->values[PARAMETER_LOW])
        return fail_parameters(r, "'high' must lie above 'low'");
    d->kind = DISTRIBUTION_UNIFORM;
    d->a = r->values[PARAMETER_LOW];
    d->b = r->values[PARAMETER_HIGH];
    return true;
}

static bool build_gamma(struct distribution_reader *r, struct distribution *d)
{
    d->kind = DISTRIBUTION_GAMMA;
    d->a = r->values[PARAMETER_SHAPE];
    d->b = r->values[PARAMETER_MEAN] / d->a;
    return true;
}

static bool build_erlang(struct distribution_reader *r, struct distribution *d)
{
    double k = r->values[PARAMETER_K];
    if (k != floor(k) || k > 1000)
        return fail_parameters(r, "'k' must be a whole number from 1 to 1000");
    d->kind = DISTRIBUTION_GAMMA;
    d->a = k;
    d->b = r->values[PARAMETER_MEAN] / k;
    return true;
}

static bool build_weibull(struct distribution_reader *r, struct distribution *d)
{
    d->kind = DISTRIBUTION_WEIBULL;
    d->a = r->values[PARAMETER_SCALE];
    d->b = r->values[PARAMETER_SHAPE];
    return true;
}

static bool build_pareto(struct distribution_reader *r, struct distribution *d)
{
    if (r->values[PARAMETER_ALPHA] <= 1)
        return fail_parameters(r, "'alpha' must exceed 1, or the mean is infinite");
    d->kind = DISTRIBUTION_PARETO;
    d->a = r->values[PARAMETER_LEAST];
    d->b = r->values[PARAMETER_ALPHA];
    return true;
}

static bool build_hyperexponential(struct distribution_reader *r, struct distribution *d)
{
    double mean = r->values[PARAMETER_MEAN], scv = r->values[PARAMETER_SCV];
    if (scv <= 1)
        return fail_parameters(r, "'scv' must exceed 1");
    // Balanced means: both phases contribute half of the mean.
    d->kind = DISTRIBUTION_HYPEREXPONENTIAL;
    d->p = 0.5 * (1 + sqrt((scv - 1) / (scv + 1)));
    d->a = mean / (2 * d->p);
    d->b = mean / (2 * (1 - d->p));
    return true;
}

static void report_parameters(struct distribution_reader *r)
{
    document_error(r->diags, r->node, "'%s' needs other parameters", r->form);
    const char *text = "";
    for (size_t i = 0; i < ARRAY_LEN(distribution_shapes); i++)
        if (strcmp(distribution_shapes[i].form.name, r->form) == 0)
            text = arena_printf(r->arena, "%s%s%s", text, text[0] != '\0' ? " or " : "",
                                distribution_shapes[i].form.example);
    diag_expect(r->diags, "%s", text);
}

static bool read_parametric(struct distribution_reader *r, struct distribution *d)
{
    if (r->node->kind != NODE_MAPPING) {
        report_parameters(r);
        return false;
    }
    bool is_good = true;
    for (const struct node *item = r->node->first; item != NULL; item = item->next)
        is_good &= read_parameter(r, item);
    if (!is_good)
        return false;
    for (size_t i = 0; i < ARRAY_LEN(distribution_shapes); i++) {
        const struct distribution_shape *shape = &distribution_shapes[i];
        if (strcmp(shape->form.name, r->form) == 0 &&
            (r->given & ~BIT(PARAMETER_SHIFT)) == shape->parameters) {
            is_good = shape->build(r, d);
            d->shift = r->values[PARAMETER_SHIFT];
            return is_good;
        }
    }
    report_parameters(r);
    return false;
}

static bool read_point(struct distribution_reader *r, const struct node *item,
                       struct distribution_point *point)
{
    if (item->kind != NODE_SEQUENCE || item->n_children != 2) {
        document_error(r->diags, item, "a point is a pair [probability, value]");
        diag_expect(r->diags, "[50 %%, %s]", quantity_example(r->field->dimension));
        return false;
    }
    return read_quantity(r, item->first, "probability", DIMENSION_RATIO, &point->p) &&
           read_quantity(r, item->last, "value", r->field->dimension, &point->value);
}

static bool read_empirical(struct distribution_reader *r, struct distribution *d)
{
    size_t n = r->node->n_children;
    if (r->node->kind != NODE_SEQUENCE || n < 2) {
        report_parameters(r);
        return false;
    }
    struct distribution_point *points = arena_push(r->arena, struct distribution_point, n);
    size_t i = 0;
    for (const struct node *item = r->node->first; item != NULL; item = item->next, i++) {
        if (!read_point(r, item, &points[i]))
            return false;
        bool is_first = i == 0, is_last = i == n - 1;
        const char *problem = NULL;
        if (is_first && points[i].p != 0)
            problem = "the first point must be at 0 %";
        else if (is_last && points[i].p != 1)
            problem = "the last point must be at 100 %";
        else if (points[i].value < 0)
            problem = "a value must not be negative";
        else if (!is_first && points[i].p <= points[i - 1].p)
            problem = "probabilities must increase";
        else if (!is_first && points[i].value < points[i - 1].value)
            problem = "values must not decrease";
        if (problem != NULL) {
            document_error(r->diags, item, "'empirical': %s", problem);
            return false;
        }
    }
    d->kind = DISTRIBUTION_EMPIRICAL;
    d->points = points;
    d->n_points = n;
    return true;
}

static bool read_form_constant(struct distribution_reader *r, struct distribution *d)
{
    d->kind = DISTRIBUTION_CONSTANT;
    if (!read_quantity(r, r->node, r->form, r->field->dimension, &d->a))
        return false;
    return d->a >= 0 || fail_parameters(r, "must be at least zero");
}

static bool is_form(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(distribution_shapes); i++)
        if (strcmp(distribution_shapes[i].form.name, name) == 0)
            return true;
    return false;
}

static void report_unknown_form(struct distribution_reader *r, const struct node *item)
{
    const char *names[ARRAY_LEN(distribution_shapes) + 1] = {"share"};
    size_t n = r->is_part;
    for (size_t i = 0; i < ARRAY_LEN(distribution_shapes); i++)
        names[n++] = distribution_shapes[i].form.name;
    document_key_error(r->diags, item, "'%.40s' is no distribution", item->key);
    diag_suggest(r->diags, text_nearest(item->key, names, n));
    diag_expect(r->diags, "lognormal, exponential, uniform, gamma, erlang, weibull, pareto, "
                          "hyperexponential, empirical, mixture or constant");
}

static bool read_form(struct distribution_reader *r, struct distribution *d);

static bool read_share(struct distribution_reader *r, const struct node *node, double *share)
{
    if (!read_quantity(r, node, "share", DIMENSION_RATIO, share))
        return false;
    if (*share > 0 && *share < 1)
        return true;
    document_error(r->diags, node, "'share' must lie between 0 %% and 100 %%");
    return false;
}

static bool fail_part(struct distribution_reader *r, const struct node *item, const char *message)
{
    document_error(r->diags, item, "%s", message);
    diag_expect(r->diags,
                "{share: 10 %%, constant: %s}, or another distribution in place of the "
                "constant",
                quantity_example(r->field->dimension));
    return false;
}

// A block of two keys, in any order: the share and a form.
static bool read_part(struct distribution_reader *whole, const struct node *item,
                      struct distribution_part *part)
{
    struct distribution_reader r = {
        .arena = whole->arena, .diags = whole->diags, .field = whole->field, .is_part = true};
    const struct node *share = NULL;
    if (item->kind != NODE_MAPPING)
        return fail_part(&r, item, "a part of a mixture is a share and a distribution");
    for (const struct node *key = item->first; key != NULL; key = key->next) {
        if (strcmp(key->key, "share") == 0) {
            share = key;
        } else if (!is_form(key->key)) {
            report_unknown_form(&r, key);
            return false;
        } else if (r.node != NULL) {
            document_key_error(r.diags, key, "a second distribution in a part of a mixture");
            return false;
        } else {
            r.node = key;
            r.form = key->key;
        }
    }
    if (share == NULL || r.node == NULL)
        return fail_part(&r, item,
                         share == NULL ? "'share' is missing in a part of a mixture"
                                       : "a part of a mixture has no distribution");
    const bool has_share = read_share(&r, share, &part->share); // mistakes of both are reported
    return read_form(&r, &part->distribution) && has_share;
}

// Shares are made to sum to 1 to the last digit.
static bool read_mixture(struct distribution_reader *r, struct distribution *d)
{
    size_t n = r->node->n_children, i = 0;
    if (r->is_part)
        return fail_parameters(r, "a part may not be a mixture itself; its parts can stand beside "
                                  "the others, their shares multiplied by its own");
    if (r->node->kind != NODE_SEQUENCE || n < 2) {
        document_error(r->diags, r->node, "'mixture' needs a list of at least two parts");
        diag_expect(r->diags, "[{share: 90 %%, ...}, {share: 10 %%, ...}]");
        return false;
    }
    struct distribution_part *parts = arena_push(r->arena, struct distribution_part, n);
    double sum = 0;
    bool is_good = true;
    for (const struct node *item = r->node->first; item != NULL; item = item->next, i++) {
        is_good &= read_part(r, item, &parts[i]);
        sum += parts[i].share;
    }
    if (is_good && fabs(sum - 1) > SHARES_TOLERANCE) {
        document_error(r->diags, r->node, "'mixture': the shares sum to %.6g %%, not to 100 %%",
                       100 * sum);
        return false;
    }
    for (i = 0; i < n; i++)
        parts[i].share /= sum;
    *d = (struct distribution){.kind = DISTRIBUTION_MIXTURE, .parts = parts, .n_parts = n};
    return is_good;
}

static bool read_form(struct distribution_reader *r, struct distribution *d)
{
    if (!is_form(r->form)) {
        report_unknown_form(r, r->node);
        return false;
    }
    if (strcmp(r->form, "empirical") == 0)
        return read_empirical(r, d);
    if (strcmp(r->form, "mixture") == 0)
        return read_mixture(r, d);
    if (strcmp(r->form, "constant") == 0)
        return read_form_constant(r, d);
    return read_parametric(r, d);
}

// A plain quantity, within the field's range.
static bool read_constant(struct distribution_reader *r, const struct node *node,
                          struct distribution *d)
{
    double value = 0;
    if (!read_quantity(r, node, r->field->key, r->field->dimension, &value))
        return false;
    *d = (struct distribution){.kind = DISTRIBUTION_CONSTANT, .a = value};
    return true;
}

static bool check_mean(struct distribution_reader *r, const struct node *node,
                       const struct distribution *d)
{
    const struct field *field = r->field;
    double mean = distribution_mean(d);
    if ((field->low == 0 && field->high == 0) || (mean >= field->low && mean <= field->high))
        return true;
    char low[48], high[48], found[48];
    document_error(r->diags, node, "'%s' is out of range: %s%s", field->key,
                   node->kind == NODE_SCALAR ? "" : "a mean of ",
                   quantity_format(mean, field->dimension, found));
    diag_expect(r->diags, "from %s to %s", quantity_format(field->low, field->dimension, low),
                quantity_format(field->high, field->dimension, high));
    return false;
}

bool distribution_yaml_read(struct arena *arena, const struct field *field, const struct node *node,
                            struct distribution *out, struct diag_list *diags)
{
    struct distribution_reader r = {.arena = arena, .diags = diags, .field = field};
    bool is_good;
    *out = (struct distribution){0};
    if (node->kind == NODE_SCALAR) {
        is_good = read_constant(&r, node, out);
    } else if (node->kind == NODE_MAPPING && node->n_children == 1) {
        r.node = node->first;
        r.form = node->first->key;
        is_good = read_form(&r, out);
    } else {
        char expected[256];
        document_error(diags, node, "'%s' is no distribution", field->key);
        diag_expect(diags, "%s", schema_describe(field, expected, sizeof expected));
        is_good = false;
    }
    return is_good && check_mean(&r, node, out);
}
