#include "scenario/study_check.h"

#include <math.h>
#include <string.h>

#include "base/base.h"
#include "base/text.h"
#include "scenario/bind_value.h"
#include "scenario/distribution_yaml.h"
#include "scenario/override.h"

struct study_checking {
    const struct loading *l;
    struct study_spec *s;
    const struct study_files *files;
};

// ---- paths

// Files of one kind.
struct study_kin {
    const struct loading *first;
    size_t n;
};

static struct study_kin study_kin(const struct study_files *f, int kind)
{
    const struct study_kin kin[] = {{f->all, f->n_topologies},
                                    {f->all + f->n_topologies, f->n_workloads},
                                    {f->all + f->n_topologies + f->n_workloads, f->n_faults}};
    return kin[kind];
}

struct study_path {
    const char *text;
    struct diag_place place;
    const struct loading *in; // the first file that it leads somewhere in; NULL: none
    const struct field *field;
    const char *nearest;
    const struct loading *lacks; // a file of a kind of which another has it
};

static void study_look_in(struct study_path *p, struct study_kin kin)
{
    const struct loading *has = NULL, *lacks = NULL;
    const char *near = NULL;
    for (size_t i = 0; i < kin.n; i++) {
        const struct loading *file = &kin.first[i];
        const char *nearest = NULL;
        if (file->root == NULL || file->root->kind != NODE_MAPPING)
            continue;
        const struct field *field = override_field(file, p->text, &nearest);
        if (field == NULL)
            lacks = lacks != NULL ? lacks : file;
        if (field != NULL && has == NULL) {
            has = file;
            p->field = field;
        }
        near = near != NULL ? near : nearest;
    }
    p->in = has != NULL ? has : p->in;
    if (has != NULL && lacks != NULL)
        p->lacks = lacks;
    if ((p->nearest == NULL && p->in == NULL) || p->lacks != NULL)
        p->nearest = near;
}

// The field that a path leads to in every file of one kind, or NULL after a diagnostic.
static const struct field *study_look_up(const struct study_checking *c, struct study_path *p)
{
    for (int kind = 0; kind < 3; kind++)
        study_look_in(p, study_kin(c->files, kind));
    if (p->in == NULL)
        diag_error(c->l->diags, p->place, "there is no value at '%.80s'", p->text);
    else if (p->lacks != NULL)
        diag_error(c->l->diags, p->place, "%s has no value at '%.80s', %s has", p->lacks->file,
                   p->text, p->in->file);
    else
        return p->field;
    diag_suggest(c->l->diags, p->nearest);
    if (p->in == NULL)
        diag_expect(c->l->diags, "the keys of a value joined by dots, as in steering.ttl");
    return NULL;
}

static bool study_is_like(const struct field *a, const struct field *b)
{
    return a->type == b->type && a->dimension == b->dimension && a->choices == b->choices;
}

// The field of the first of several paths that have one value; *in is a place where it stands.
static const struct field *study_look_up_all(const struct study_checking *c,
                                             const struct text_lines *paths,
                                             struct study_path *first)
{
    for (size_t i = 0; i < paths->n; i++) {
        struct study_path p = {.text = paths->items[i], .place = paths->places[i]};
        const struct field *field = study_look_up(c, &p);
        if (field == NULL)
            return NULL;
        if (i == 0)
            *first = p;
        else if (!study_is_like(field, first->field)) {
            diag_error(c->l->diags, p.place, "'%.80s' is of another kind than '%.80s'", p.text,
                       first->text);
            return NULL;
        }
    }
    if (paths->n == 0)
        return NULL;
    return first->field;
}

// ---- values

// Where a value stands now in the first file, beside the mistake that was reported last.
static void study_relate(const struct study_checking *c, const struct study_path *p)
{
    const struct node *node = document_nearest(p->in->root, p->text);
    diag_relate(c->l->diags, node->key != NULL ? node->key_place : node->place, "what it changes");
}

// Whether names that a value refers to can only be known in the file.
static bool study_needs_file(const struct field *field)
{
    return field->record != NULL || field->scope != SCOPE_NONE;
}

static bool study_fits(const struct study_checking *c, const struct study_path *p,
                       const struct node *value)
{
    struct binder b = {.arena = c->l->arena, .diags = c->l->diags};
    struct field field = *p->field;
    const size_t errors = diag_errors(c->l->diags);
    if (study_needs_file(&field))
        return true; // found out with the points
    field.offset = 0;
    const bool is_good = bind_value_read(&b, &field, value,
                                         arena_alloc(c->l->arena, 1, field.size + 64));
    if (diag_errors(c->l->diags) > errors)
        study_relate(c, p);
    return is_good;
}

// In a grid every value is simulated with all others: one that comes twice is a slip.
static void study_check_twice(const struct study_checking *c, const struct study_path *p,
                              const struct study_parameter *a)
{
    if (c->s->kind != STUDY_GRID && c->s->kind != STUDY_ONE_AT_A_TIME)
        return;
    for (size_t i = 0; i < a->n; i++)
        for (size_t k = 0; k < i; k++) {
            double x, y;
            const bool are_numbers = study_file_number(p->field, a->texts[i], &x) &&
                                     study_file_number(p->field, a->texts[k], &y);
            if (are_numbers ? x == y : strcmp(a->texts[i], a->texts[k]) == 0) {
                document_error(c->l->diags, a->nodes[i], "'%s' has this value twice", a->name);
                break;
            }
        }
}

static void study_take_list(const struct study_checking *c, const struct study_path *p,
                            struct study_parameter *a)
{
    if (a->values->kind != NODE_SEQUENCE || a->values->n_children == 0) {
        document_error(c->l->diags, a->values, "'values' of '%s' %s", a->name,
                       a->values->kind == NODE_SEQUENCE ? "is empty" : "is no list");
        diag_expect(c->l->diags, "a list of values, such as [5 s, 60 s]");
        return;
    }
    a->texts = arena_push(c->l->arena, const char *, a->values->n_children);
    const struct node **nodes = arena_push(c->l->arena, const struct node *, a->values->n_children);
    a->nodes = nodes;
    for (const struct node *v = a->values->first; v != NULL; v = v->next) {
        study_fits(c, p, v);
        nodes[a->n] = v;
        // Quotes say nothing of numbers and words.
        a->texts[a->n++] = v->kind == NODE_SCALAR && p->field->type != FIELD_TEXT
                               ? v->text
                               : document_render(c->l->arena, v);
    }
    study_check_twice(c, p, a);
}

static bool study_is_number(const struct field *f)
{
    return f->type == FIELD_INTEGER || f->type == FIELD_QUANTITY || f->type == FIELD_DISTRIBUTION;
}

static double study_bound(const struct study_checking *c, const struct study_path *p,
                          const struct node *bound)
{
    double value = (double)NAN;
    if (!study_fits(c, p, bound))
        return value;
    if (bound->kind != NODE_SCALAR || !study_file_number(p->field, bound->text, &value))
        document_error(c->l->diags, bound, "'%s' is no number", bound->key);
    return value;
}

static void study_take_levels(const struct study_checking *c, struct study_parameter *a, double low,
                              double high)
{
    a->texts = arena_push(c->l->arena, const char *, (size_t)a->steps);
    const struct node **nodes = arena_push(c->l->arena, const struct node *, (size_t)a->steps);
    a->nodes = nodes;
    for (int i = 0; i < a->steps; i++) {
        const double share = (double)i / (a->steps - 1);
        const double value = a->is_log ? low * pow(high / low, share) : low + share * (high - low);
        const double exact = i == 0 ? low : i == a->steps - 1 ? high : value;
        const char *text = study_file_text(c->l->arena, a->field, exact,
                                           i > 0 && i < a->steps - 1 ? STUDY_DRAWN_DIGITS
                                                                     : STUDY_ALL_DIGITS);
        if (a->n > 0 && strcmp(text, a->texts[a->n - 1]) == 0)
            continue; // a whole number that is there already
        nodes[a->n] = a->from;
        a->texts[a->n++] = text;
    }
}

// Uniform between the bounds, or its logarithm: as points of a quantile function.
static struct distribution study_law(const struct study_checking *c,
                                     const struct study_parameter *a, double low, double high)
{
    enum { POINTS = 257 };
    if (!a->is_log)
        return (struct distribution){.kind = DISTRIBUTION_UNIFORM, .a = low, .b = high};
    struct distribution_point *points = arena_push(c->l->arena, struct distribution_point, POINTS);
    for (int i = 0; i < POINTS; i++) {
        const double p = (double)i / (POINTS - 1);
        points[i] = (struct distribution_point){p,
                                                i == POINTS - 1 ? high : low * pow(high / low, p)};
    }
    return (struct distribution){
        .kind = DISTRIBUTION_EMPIRICAL, .points = points, .n_points = POINTS};
}

static void study_take_range(const struct study_checking *c, const struct study_path *p,
                             struct study_parameter *a)
{
    const size_t errors = diag_errors(c->l->diags);
    const double low = study_bound(c, p, a->from), high = study_bound(c, p, a->to);
    if (diag_errors(c->l->diags) > errors)
        return;
    if (!(low < high))
        document_error(c->l->diags, a->to, "'to' of '%s' must be greater than 'from'", a->name);
    else if (a->is_log && !(low > 0))
        document_error(c->l->diags, a->from, "a logarithmic range begins above 0");
    else if (a->steps >= 2)
        study_take_levels(c, a, low, high);
    a->law = study_law(c, a, low, high);
    a->has_law = diag_errors(c->l->diags) == errors;
}

static void study_take_distribution(const struct study_checking *c, const struct study_path *p,
                                    struct study_parameter *a)
{
    struct field field = *p->field;
    const size_t errors = diag_errors(c->l->diags);
    field.dimension = field.type == FIELD_INTEGER ? DIMENSION_NUMBER : field.dimension;
    field.type = FIELD_DISTRIBUTION;
    a->has_law = distribution_yaml_read(c->l->arena, &field, a->distribution, &a->law, c->l->diags);
    if (diag_errors(c->l->diags) > errors)
        study_relate(c, p);
}

// ---- parameters

static const char *study_key(const struct study_checking *c, const struct study_parameter *a,
                             const char *key)
{
    return arena_printf(c->l->arena, "parameters.%s.%s", a->name, key);
}

static bool study_has_one_form(const struct study_checking *c, const struct study_parameter *a)
{
    const bool has_range = a->from != NULL || a->to != NULL;
    const int n = (a->values != NULL) + has_range + (a->distribution != NULL);
    if (n != 1) {
        loading_error(c->l, arena_printf(c->l->arena, "parameters.%s", a->name), true,
                      n == 0 ? "'%s' has no values" : "'%s' has values in more than one way",
                      a->name);
        diag_expect(c->l->diags, "one of values, from and to, distribution");
        return false;
    }
    if (has_range && (a->from == NULL || a->to == NULL)) {
        loading_error(c->l, study_key(c, a, a->from == NULL ? "to" : "from"), true,
                      "'%s' of '%s' is missing", a->from == NULL ? "from" : "to", a->name);
        return false;
    }
    return true;
}

static void study_check_idle(const struct study_checking *c, const struct study_parameter *a)
{
    static const char *const keys[] = {"scale", "steps"};
    for (size_t i = 0; i < ARRAY_LEN(keys); i++)
        if (a->from == NULL && loading_gives(c->l, study_key(c, a, keys[i])))
            loading_error(c->l, study_key(c, a, keys[i]), true,
                          "'%s' has no effect without 'from' and 'to'", keys[i]);
    if (a->from != NULL && study_file_is_sampled(c->s->kind) &&
        loading_gives(c->l, study_key(c, a, "steps")))
        loading_error(c->l, study_key(c, a, "steps"), true,
                      "'steps' has no effect: points are drawn from the whole range");
}

static void study_check_parameter(const struct study_checking *c, struct study_parameter *a)
{
    struct study_path p = {0};
    const bool has_form = study_has_one_form(c, a);
    a->field = study_look_up_all(c, &a->paths, &p);
    study_check_idle(c, a);
    if (!has_form || a->field == NULL)
        return;
    if (a->values == NULL && !study_is_number(a->field))
        document_error(c->l->diags, a->from != NULL ? a->from : a->distribution,
                       "'%.80s' is no number: it needs a list of values", p.text);
    else if (a->values != NULL)
        study_take_list(c, &p, a);
    else if (a->from != NULL)
        study_take_range(c, &p, a);
    else
        study_take_distribution(c, &p, a);
}

// Whether the parameter has values that the design can use.
static void study_check_use(const struct study_checking *c, const struct study_parameter *a)
{
    const char *path = arena_printf(c->l->arena, "parameters.%s", a->name);
    if (study_file_is_sampled(c->s->kind) || a->n > 0)
        return;
    if (a->from != NULL) {
        loading_error(c->l, path, true, "'%s' needs 'steps', 2 or more: the design has levels",
                      a->name);
        return;
    }
    loading_error(c->l, path, true, "a distribution needs a design that draws from it, not '%s'",
                  schema_study_kind_name(c->s->kind));
    diag_expect(c->l->diags, "design: {kind: latin-hypercube, points: 100}, for example");
}

// Whether a path is that of a value, or of one in it.
static bool study_is_within(const char *path, const char *value)
{
    const size_t n = strlen(value);
    return strncmp(path, value, n) == 0 && (path[n] == '\0' || path[n] == '.');
}

// What is set for all points and varied, too.
static void study_check_set(const struct study_checking *c, const struct text_lines *varied)
{
    const struct text_lines *set = &c->s->set;
    for (size_t i = 0; i < set->n; i++)
        for (size_t k = 0; k < varied->n; k++) {
            const char *path = arena_printf(c->l->arena, "%.*s", (int)strcspn(set->items[i], "="),
                                            set->items[i]);
            if (study_is_within(path, varied->items[k]))
                diag_error(c->l->diags, set->places[i],
                           "'%.80s' is varied: what is set here has no effect", varied->items[k]);
        }
}

// Two parameters of one value.
static void study_check_overlap(const struct study_checking *c)
{
    struct text_lines all = {arena_push(c->l->arena, const char *, STUDY_MAX_PATHS), NULL, 0};
    const struct text_lines *lists[2 * STUDY_MAX_PARAMETERS];
    int n = 0;
    for (int i = 0; i < c->s->n_parameters; i++)
        lists[n++] = &c->s->parameters[i].paths;
    for (int i = 0; i < c->s->n_derived; i++)
        lists[n++] = &c->s->derived[i].paths;
    for (int i = 0; i < n; i++)
        for (size_t k = 0; k < lists[i]->n; k++) {
            if (all.n == STUDY_MAX_PATHS) {
                diag_error(c->l->diags, lists[i]->places[k], "more than %d values are varied",
                           STUDY_MAX_PATHS);
                return;
            }
            for (size_t j = 0; j < all.n; j++)
                if (study_is_within(all.items[j], lists[i]->items[k]) ||
                    study_is_within(lists[i]->items[k], all.items[j]))
                    diag_error(c->l->diags, lists[i]->places[k], "'%.80s' is varied twice",
                               all.items[j]);
            all.items[all.n++] = lists[i]->items[k];
        }
    study_check_set(c, &all);
}

// ---- expressions

// DIMENSIONS: it has none that is known.
static enum dimension study_dimension(const struct field *field)
{
    if (field == NULL || !study_is_number(field))
        return DIMENSIONS;
    return field->type == FIELD_INTEGER ? DIMENSION_NUMBER : field->dimension;
}

static void study_check_dimension(const struct study_checking *c, const struct study_derived *d)
{
    const enum dimension wanted = study_dimension(d->field);
    if (!expression_is_of(d->value, wanted))
        diag_error(c->l->diags, d->text.places[0], "this is a %s, '%.80s' a %s",
                   quantity_name(expression_dimension(d->value)), d->paths.items[0],
                   quantity_name(wanted));
}

static const struct expression *study_parse(const struct study_checking *c, const char *text,
                                            struct diag_place place, int n_derived)
{
    const char *names[2 * STUDY_MAX_PARAMETERS];
    enum dimension dimensions[2 * STUDY_MAX_PARAMETERS];
    size_t n = 0;
    for (int i = 0; i < c->s->n_parameters; i++) {
        dimensions[n] = study_dimension(c->s->parameters[i].field);
        names[n++] = c->s->parameters[i].name;
    }
    for (int i = 0; i < n_derived; i++) {
        dimensions[n] = study_dimension(c->s->derived[i].field);
        names[n++] = c->s->derived[i].name;
    }
    const struct expression *e = expression_parse(
        c->l->arena, &(struct expression_source){text, place, names, dimensions, n}, c->l->diags);
    for (int i = 0; e != NULL && i < c->s->n_parameters; i++) {
        const struct field *field = c->s->parameters[i].field;
        if (field != NULL && !study_is_number(field) && expression_uses(e, (size_t)i))
            diag_error(c->l->diags, place, "'%s' is no number", names[i]);
    }
    return e;
}

static void study_check_derived(const struct study_checking *c, int index)
{
    struct study_derived *d = &c->s->derived[index];
    for (int i = 0; i < c->s->n_parameters; i++)
        if (strcmp(d->name, c->s->parameters[i].name) == 0)
            loading_error(c->l, arena_printf(c->l->arena, "derived.%s", d->name), true,
                          "a parameter is named '%s', too", d->name);
    struct study_path p = {0};
    d->field = study_look_up_all(c, &d->paths, &p);
    if (d->field != NULL && !study_is_number(d->field))
        diag_error(c->l->diags, p.place, "'%.80s' is no number: it cannot be derived", p.text);
    if (d->text.n == 1)
        d->value = study_parse(c, d->text.items[0], d->text.places[0], index);
    else
        loading_error(c->l, arena_printf(c->l->arena, "derived.%s.value", d->name), false,
                      "'value' is one expression");
    if (d->value != NULL)
        study_check_dimension(c, d);
}

static void study_check_constraints(const struct study_checking *c)
{
    const struct text_lines *lines = &c->s->constraints;
    const struct expression **all = arena_push(c->l->arena, const struct expression *,
                                               lines->n + 1);
    for (size_t i = 0; i < lines->n; i++) {
        all[i] = study_parse(c, lines->items[i], lines->places[i], c->s->n_derived);
        if (all[i] != NULL && !expression_is_condition(all[i]))
            diag_error(c->l->diags, lines->places[i],
                       "'%.80s' is a value, not a condition such as 'a <= b'", lines->items[i]);
    }
    c->s->conditions = all;
}

// ---- objectives

static const struct study_metric {
    enum dimension dimension;
    bool by_population;
} study_metrics[] = {
    {DIMENSION_RATIO, true},   {DIMENSION_RATIO, false},  {DIMENSION_NUMBER, false},
    {DIMENSION_NUMBER, false}, {DIMENSION_TIME, true},    {DIMENSION_TIME, true},
    {DIMENSION_TIME, true},    {DIMENSION_RATIO, false},  {DIMENSION_NUMBER, false},
    {DIMENSION_NUMBER, false}, {DIMENSION_NUMBER, false}, {DIMENSION_NUMBER, false},
    {DIMENSION_TIME, false},
};

static double study_threshold(const struct study_checking *c, const struct study_objective *o,
                              const struct node *node, double otherwise)
{
    struct quantity_mistake mistake;
    double value = otherwise;
    if (node == NULL)
        return otherwise;
    if (node->kind != NODE_SCALAR) {
        document_error(c->l->diags, node, "'%s' is one value", node->key);
    } else if (quantity_parse(node->text, study_metrics[o->metric].dimension, &value, &mistake)) {
        if (study_metrics[o->metric].dimension == DIMENSION_RATIO && !(value >= 0 && value <= 1))
            document_error(c->l->diags, node, "'%s' is a share, from 0 to 100 %%", node->key);
    } else {
        document_error(c->l->diags, node, "'%s': %s", node->key, mistake.message);
        diag_expect(c->l->diags, "%s", mistake.expected);
    }
    return value;
}

static void study_check_population(const struct study_checking *c, const char *path,
                                   const char *name)
{
    const struct study_kin workloads = study_kin(c->files, 1);
    for (size_t i = 0; i < workloads.n; i++) {
        const struct node *all = document_get(workloads.first[i].root, "populations");
        if (document_get(all, name) != NULL)
            continue;
        const char **names = arena_push(c->l->arena, const char *, all->n_children + 1);
        const char *list = "";
        size_t n = 0;
        for (const struct node *p = all->first; p != NULL; p = p->next) {
            names[n++] = p->key;
            list = arena_join(c->l->arena, list, p->key);
        }
        loading_error(c->l, path, false, "'%s' has no population '%.60s'",
                      loading_name(&workloads.first[i]), name);
        diag_expect(c->l->diags, "all, %s", list);
        diag_suggest(c->l->diags, text_nearest(name, names, n));
    }
}

static void study_check_objective(const struct study_checking *c, struct study_objective *o)
{
    const char *path = arena_printf(c->l->arena, "objectives.%s", o->name);
    const char *whose = arena_printf(c->l->arena, "%s.population", path);
    o->low = study_threshold(c, o, o->at_least, -(double)INFINITY);
    o->high = study_threshold(c, o, o->at_most, (double)INFINITY);
    if (o->at_least == NULL && o->at_most == NULL)
        loading_error(c->l, path, true, "'%s' is no objective: at_least or at_most is missing",
                      o->name);
    else if (o->low > o->high)
        loading_error(c->l, path, true, "'%s' cannot be met: at_least is above at_most", o->name);
    if (strcmp(o->population, "all") == 0)
        return;
    if (!study_metrics[o->metric].by_population)
        loading_error(c->l, whose, true, "'population' has no effect: the metric is of all");
    else
        study_check_population(c, whose, o->population);
}

// ---- the study as a whole

static void study_check_design(const struct study_checking *c)
{
    const struct study_spec *s = c->s;
    const bool is_whole = s->kind == STUDY_SALTELLI || s->kind == STUDY_MORRIS;
    if (is_whole && s->constraints.n > 0)
        loading_error(c->l, "constraints", true,
                      "'constraints' leave points out, and the design needs all of its own");
    if (s->n_parameters == 0 && study_file_is_sampled(s->kind))
        loading_error(c->l, "design", true, "there are no parameters to draw");
    for (int i = 1; i < s->n_parameters && s->kind == STUDY_ZIP; i++)
        if (s->parameters[i].n != s->parameters[0].n && s->parameters[i].n > 0)
            loading_error(c->l, arena_printf(c->l->arena, "parameters.%s", s->parameters[i].name),
                          true, "'%s' has %zu values, '%s' has %zu: zip takes them together",
                          s->parameters[i].name, s->parameters[i].n, s->parameters[0].name,
                          s->parameters[0].n);
}

static void study_check_word(const struct study_checking *c, const char *block, const char *name)
{
    if (expression_is_reserved(name))
        loading_error(c->l, arena_printf(c->l->arena, "%s.%s", block, name), true,
                      "'%s' means something else in expressions", name);
}

void study_check(const struct loading *l, struct study_spec *s, const struct study_files *files)
{
    const struct study_checking c = {l, s, files};
    for (int i = 0; i < s->n_parameters; i++) {
        const size_t errors = diag_errors(l->diags);
        study_check_word(&c, "parameters", s->parameters[i].name);
        study_check_parameter(&c, &s->parameters[i]);
        if (diag_errors(l->diags) == errors)
            study_check_use(&c, &s->parameters[i]);
    }
    study_check_design(&c);
    for (int i = 0; i < s->n_derived; i++) {
        study_check_word(&c, "derived", s->derived[i].name);
        study_check_derived(&c, i);
    }
    study_check_overlap(&c);
    study_check_constraints(&c);
    for (int i = 0; i < s->n_objectives; i++)
        study_check_objective(&c, &s->objectives[i]);
}
