#include "scenario/workload_file.h"

#include <math.h>

#include "base/base.h"

struct workload_check {
    const struct loading *l;
    struct workload *w;
    const struct binder *b;
};

static const char *check_path(const struct workload_check *c, const struct population_spec *p,
                              const char *key)
{
    return arena_printf(c->l->arena, "populations.%s.%s", p->name, key);
}

static void check_times(const struct workload_check *c)
{
    if (c->w->warmup_s >= c->w->duration_s)
        loading_error(c->l, "warmup", false, "'warmup' must be shorter than 'duration'");
    if (c->w->window_s > c->w->duration_s)
        loading_error(c->l, "window", false, "'window' must not be longer than 'duration'");
    if (c->w->duration_s / c->w->window_s > WORKLOAD_MAX_WINDOWS)
        loading_error(c->l, "window", false,
                      "'window' cuts the run into more than %d pieces: make it longer",
                      WORKLOAD_MAX_WINDOWS);
}

static void check_diurnal(const struct workload_check *c, struct population_spec *p)
{
    if (p->diurnal_first + p->diurnal_second > 1)
        loading_error(c->l, check_path(c, p, "diurnal.second"), false,
                      "'first' and 'second' together exceed 100 %%: the rate would be negative");
    const char *first = check_path(c, p, "diurnal.first_peak");
    const char *second = check_path(c, p, "diurnal.second_peak");
    if (p->diurnal_first == 0 && loading_gives(c->l, first))
        loading_error(c->l, first, true, "'first_peak' has no effect: 'first' is 0 %%");
    if (p->diurnal_second == 0 && loading_gives(c->l, second))
        loading_error(c->l, second, true, "'second_peak' has no effect: 'second' is 0 %%");
    // Times of day are kept in hours.
    p->diurnal_first_peak_h /= 3600;
    p->diurnal_second_peak_h /= 3600;
}

// A bucket that holds less than a retry costs forbids all of them.
static void check_budget(const struct workload_check *c, const struct population_spec *p)
{
    const struct budget_spec *b = &p->client.budget;
    if (b->mode == BUDGET_TOKENS && b->size < b->cost && b->size < b->timeout_cost)
        loading_error(c->l, check_path(c, p, "client.retry_budget.size"), false,
                      "'size' is less than a retry costs: none would be made");
    else if (b->mode == BUDGET_TOKENS && (b->size < b->cost || b->size < b->timeout_cost))
        loading_warning(c->l, check_path(c, p, "client.retry_budget.size"), false,
                        "'size' is less than a retry after %s costs: none of these will be made",
                        b->size < b->cost ? "an error" : "a timeout");
}

static double check_deadline(const struct workload_check *c)
{
    double deadline_s = 0;
    for (int k = 0; k < c->w->n_classes; k++)
        deadline_s = fmax(deadline_s, c->w->classes[k].deadline_s);
    return deadline_s;
}

// No attempt takes longer, whatever number of addresses an answer has.
static double check_longest_attempt(const struct client_spec *client)
{
    double connect_s = client->races ? client->connect_timeout_s +
                                           (TOPOLOGY_MAX_REGIONS - 1) * client->address_delay_s
                                     : TOPOLOGY_MAX_REGIONS * client->connect_timeout_s;
    double acquire_s = client->connections > 0 ? client->acquire_timeout_s : 0;
    return acquire_s + client->dns_timeout_s + connect_s + client->attempt_timeout_s;
}

// No request does: attempts begin before the deadline, copies as much later as may be.
static double check_longest_wait(const struct workload_check *c, const struct client_spec *client)
{
    return check_deadline(c) + client->hedge.most * client->hedge.after_s +
           check_longest_attempt(client);
}

static void check_breaker(const struct workload_check *c, const struct population_spec *p)
{
    const struct breaker_spec *b = &p->client.breaker;
    if (b->mode == BREAKER_RATIO && b->minimum > b->window)
        loading_error(c->l, check_path(c, p, "client.breaker.minimum"), false,
                      "'minimum' exceeds 'window': the breaker would never open");
}

static bool check_asks_for(const struct workload_check *c, const struct population_spec *p,
                           bool is_write)
{
    bool asks = false;
    for (int k = 0; k < c->w->n_classes; k++)
        asks |= p->mix[k] > 0 && c->w->classes[k].is_write == is_write;
    return asks;
}

// What copies are for must exist, and there must be time for them. After check_mixes.
static void check_hedge(const struct workload_check *c, const struct population_spec *p)
{
    const struct hedge_spec *h = &p->client.hedge;
    const char *after = check_path(c, p, "client.hedge.after");
    const char *writes = check_path(c, p, "client.hedge.writes");
    if (h->most == 0)
        return;
    if (!check_asks_for(c, p, h->writes) && !check_asks_for(c, p, false)) {
        loading_error(c->l, check_path(c, p, "client.hedge"), true,
                      "'hedge' has no effect: '%s' only writes", p->name);
        diag_expect(c->l->diags, "'writes: true' if writes may be executed twice");
    } else if (h->writes && !check_asks_for(c, p, true)) {
        loading_error(c->l, writes, true, "'writes' has no effect: '%s' only reads", p->name);
    }
    double attempt_s = check_longest_attempt(&p->client), deadline_s = check_deadline(c);
    if (h->after_s < fmin(attempt_s, deadline_s))
        return;
    char text[48];
    loading_error(c->l, after, false, "'after' leaves no time for a copy");
    diag_expect(c->l->diags, "less than %s, when %s",
                quantity_format(fmin(attempt_s, deadline_s), DIMENSION_TIME, text),
                attempt_s < deadline_s ? "timeouts end an attempt" : "the last deadline is over");
}

static void check_elsewhere(const struct workload_check *c, const struct population_spec *p)
{
    const bool is_any = p->elsewhere_share > 0;
    const char *idle = p->elsewhere_as >= 0 ? "as" : p->tells_subnet ? "client_subnet" : NULL;
    if (is_any && p->elsewhere_as < 0)
        loading_error(c->l, check_path(c, p, "resolvers.elsewhere.share"), true,
                      "'as' must say which population these resolvers stand among");
    if (!is_any && idle != NULL)
        loading_error(c->l,
                      check_path(c, p, arena_printf(c->l->arena, "resolvers.elsewhere.%s", idle)),
                      true, "'%s' has no effect: no user's resolver is elsewhere", idle);
    else if (p->elsewhere_as >= 0 && p == &c->w->populations[p->elsewhere_as])
        loading_error(c->l, check_path(c, p, "resolvers.elsewhere.as"), false,
                      "'as' names the population itself: its resolvers are at home");
}

// Room for all connections is kept from the start.
static void check_connections_fit(const struct workload_check *c, const struct population_spec *p)
{
    const double n = (double)p->clients * p->client.connections;
    if (n <= WORKLOAD_MAX_CONNECTIONS)
        return;
    loading_error(c->l, check_path(c, p, "client.connections"), false,
                  "%d users with %d connections each take %.1f GB of memory a run", p->clients,
                  p->client.connections, n * 16e-9);
    diag_expect(c->l->diags, "'clients' times 'connections' up to %d million",
                WORKLOAD_MAX_CONNECTIONS / 1000000);
}

// A user has one request at a time with closed demand, and copies of it.
static void check_connections_used(const struct workload_check *c, const struct population_spec *p)
{
    const char *path = check_path(c, p, "client.connections");
    const int n = p->client.connections, copies = p->client.hedge.most;
    if (p->demand.mode == DEMAND_CLOSED && n > 1 + copies) {
        loading_error(c->l, path, false,
                      "the other connections have no effect: with 'demand: closed' a user has one "
                      "request at a time%s",
                      copies > 0 ? ", and its copies" : "");
        diag_expect(c->l->diags, "up to %d", 1 + copies);
    }
    if (n == 1 && copies > 0) {
        loading_error(c->l, check_path(c, p, "client.hedge"), true,
                      "'hedge' has no effect: a request has its user's only connection");
        diag_expect(c->l->diags, "'connections: 2' or more");
    }
}

static void check_acquire(const struct workload_check *c, const struct population_spec *p)
{
    const char *acquire = check_path(c, p, "client.acquire_timeout");
    if (loading_gives(c->l, acquire) && p->client.acquire_timeout_s >= check_deadline(c))
        loading_error(c->l, acquire, true,
                      "'acquire_timeout' has no effect: no request waits beyond its deadline");
}

static void check_client(const struct workload_check *c, const struct population_spec *p)
{
    check_connections_fit(c, p);
    check_connections_used(c, p);
    check_elsewhere(c, p);
    const char *skew = check_path(c, p, "resolvers.skew");
    if (p->resolvers == 1 && loading_gives(c->l, skew))
        loading_error(c->l, skew, true, "'skew' has no effect: there is a single resolver");
    check_budget(c, p);
    check_breaker(c, p);
    if (p->client.backoff_growth != BACKOFF_FIXED &&
        p->client.backoff_base_s > p->client.backoff_cap_s)
        loading_error(c->l, check_path(c, p, "client.backoff.base"), false,
                      "'base' must not exceed 'cap'");
}

static void check_demand(const struct workload_check *c, const struct population_spec *p)
{
    const struct demand_spec *d = &p->demand;
    if (d->mode == DEMAND_SESSIONS && distribution_quantile(&d->requests, 1) <= 1) {
        loading_error(c->l, check_path(c, p, "think"), true,
                      "'think' has no effect: no session has more than one request");
        diag_expect(c->l->diags, "'requests' above 1, or 'demand: open'");
    }
}

static void check_patience(const struct workload_check *c, const struct population_spec *p)
{
    double longest_s = check_longest_wait(c, &p->client);
    if (distribution_quantile(&p->demand.patience, 0) >= longest_s) {
        char text[48];
        loading_error(c->l, check_path(c, p, "patience"), true,
                      "'patience' has no effect: nobody waits that long");
        diag_expect(c->l->diags, "less than %s, when deadline and timeouts end every request",
                    quantity_format(longest_s, DIMENSION_TIME, text));
    }
}

static void check_caches(const struct workload_check *c, const struct population_spec *p)
{
    double sum = 0;
    for (int i = 0; i < p->n_caches; i++)
        sum += p->caches[i].share;
    if (sum > 1 + 1e-9)
        loading_error(c->l, check_path(c, p, "dns_caches"), true,
                      "the shares of 'dns_caches' exceed 100 %% together");
    if (p->least_ttl_s > p->most_ttl_s)
        loading_error(c->l, check_path(c, p, "resolvers.min_ttl"), false,
                      "'min_ttl' must not exceed 'max_ttl'");
}

static void check_place(const struct workload_check *c, struct population_spec *p)
{
    if (!location_parse(p->location_text, &p->location)) {
        loading_error(c->l, check_path(c, p, "location"), false, "'%s' is no location",
                      p->location_text);
        diag_expect(c->l->diags, LOCATION_EXPECTED);
    }
    if (!cidr_parse(p->address_text, &p->address)) {
        loading_error(c->l, check_path(c, p, "address"), false, "'%s' is no block of addresses",
                      p->address_text);
        diag_expect(c->l->diags, "an IPv4 block such as '203.0.113.0/24', or 'none'");
    }
}

static bool check_is_right(const struct workload_check *c, const struct population_spec *p)
{
    return bind_is_right(c->b, arena_printf(c->l->arena, "populations.%s", p->name));
}

static void check_populations(const struct workload_check *c)
{
    for (int i = 0; i < c->w->n_populations; i++) {
        struct population_spec *p = &c->w->populations[i];
        if (!check_is_right(c, p))
            continue;
        check_diurnal(c, p);
        check_client(c, p);
        check_demand(c, p);
        check_place(c, p);
        check_caches(c, p);
    }
}

static bool check_has_mix(const struct workload_check *c, const struct population_spec *p)
{
    const struct node *mix = document_at(c->l->root, check_path(c, p, "mix"));
    return mix != NULL && mix->n_children > 0;
}

static void check_weight_used(const struct workload_check *c, const struct class_spec *k,
                              bool is_used)
{
    const char *path = arena_printf(c->l->arena, "classes.%s.weight", k->name);
    if (!is_used && loading_gives(c->l, path))
        loading_error(c->l, path, true,
                      "'weight' has no effect: every population has its own 'mix'");
}

// Completes each population's mix from the classes' weights; then somebody must ask for every
// class.
static void check_mixes(const struct workload_check *c)
{
    bool is_asked[WORKLOAD_MAX_CLASSES] = {false}, uses_weights = false;
    for (int i = 0; i < c->w->n_populations; i++) {
        struct population_spec *p = &c->w->populations[i];
        bool has_mix = check_has_mix(c, p);
        double sum = 0;
        uses_weights |= !has_mix;
        for (int k = 0; k < c->w->n_classes; k++) {
            p->mix[k] = has_mix ? p->mix[k] : c->w->classes[k].weight;
            is_asked[k] |= p->mix[k] > 0;
            sum += p->mix[k];
        }
        if (sum == 0)
            loading_error(c->l, check_path(c, p, "mix"), true,
                          "population '%s' asks for nothing: all weights are 0", p->name);
    }
    for (int k = 0; k < c->w->n_classes; k++) {
        const struct class_spec *s = &c->w->classes[k];
        check_weight_used(c, s, uses_weights);
        if (!is_asked[k])
            loading_error(c->l, arena_printf(c->l->arena, "classes.%s", s->name), true,
                          "class '%s' has no effect: no population asks for it", s->name);
    }
}

// What nobody writes is always fresh; a service may write for a class that reads.
static void check_own_items(const struct workload_check *c)
{
    const struct class_spec *reader = NULL;
    bool is_written = false;
    for (int k = 0; k < c->w->n_classes; k++) {
        const struct class_spec *s = &c->w->classes[k];
        is_written |= s->has_own_items && s->is_write;
        if (s->has_own_items && !s->is_write && reader == NULL)
            reader = s;
    }
    if (reader == NULL || is_written)
        return;
    loading_warning(c->l, arena_printf(c->l->arena, "classes.%s.items", reader->name), false,
                    "no class of kind 'write' has own items: unless a service writes them, reads "
                    "of class '%s' always find what they should",
                    reader->name);
}

// What is remembered of all users is kept from the start.
static void check_sessions_fit(const struct workload_check *c)
{
    double n = 0;
    for (int i = 0; i < c->w->n_populations; i++)
        n += c->w->populations[i].clients;
    for (int k = 0; k < c->w->n_classes && n > WORKLOAD_MAX_SESSIONS; k++) {
        if (!c->w->classes[k].has_own_items)
            continue;
        loading_error(c->l, arena_printf(c->l->arena, "classes.%s.items", c->w->classes[k].name),
                      false, "%.0f users with items of their own take %.1f GB for each store", n,
                      n * 16e-9);
        diag_expect(c->l->diags, "'clients' up to %d million in all",
                    WORKLOAD_MAX_SESSIONS / 1000000);
        return;
    }
}

// How long clients wait, and what for: it hangs on the classes. After check_mixes.
static void check_waits(const struct workload_check *c)
{
    for (int i = 0; i < c->w->n_populations; i++) {
        const struct population_spec *p = &c->w->populations[i];
        if (!check_is_right(c, p))
            continue;
        check_hedge(c, p);
        check_acquire(c, p);
        check_patience(c, p);
    }
}

struct workload *workload_file_bind(const struct loading *l, struct settings **settings)
{
    struct binder b = {.arena = l->arena, .diags = l->diags};
    struct workload *w = arena_push(l->arena, struct workload, 1);
    bind_scope_from(&b, SCOPE_CLASS, document_get(l->root, "classes"));
    bind_scope_from(&b, SCOPE_POPULATION, document_get(l->root, "populations"));
    bind_document(&b, l->schema, l->root, w);
    *settings = bind_finish(&b, l->file, l->schema->name);
    w->file = l->file;
    w->text = l->text;
    loading_default_name(l, *settings, &w->name);
    const struct workload_check c = {l, w, &b};
    if (bind_is_right(&b, "duration") && bind_is_right(&b, "warmup") && bind_is_right(&b, "window"))
        check_times(&c);
    check_populations(&c);
    if (bind_is_right(&b, "populations.*.mix") && bind_is_right(&b, "classes.*.weight") &&
        bind_is_right(&b, "classes.*.kind") && bind_is_right(&b, "classes.*.deadline")) {
        check_mixes(&c);
        check_waits(&c);
    }
    if (bind_is_right(&b, "classes") && bind_is_right(&b, "populations")) {
        check_own_items(&c);
        check_sessions_fit(&c);
    }
    return w;
}
