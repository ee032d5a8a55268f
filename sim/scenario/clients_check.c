#include "scenario/clients_check.h"

#include <math.h>
#include <stdio.h>

#include "base/base.h"
#include "model/breaker.h"
#include "scenario/quantity.h"

// Users' breakers that take more are worth a warning.
#define CLIENTS_BREAKER_BYTES 5e8

struct population_check {
    const struct loading *l;
    const struct workload *w;
    const struct clients_designs *designs;
    const struct population_spec *p;
};

static const char *population_path(const struct population_check *c, const char *key)
{
    return arena_printf(c->l->arena, "populations.%s.client.%s", c->p->name, key);
}

// ---- circuit breakers

// A user's breakers see his attempts only.
static void warn_of_idle_breaker(const struct population_check *c)
{
    const struct breaker_spec *b = &c->p->client.breaker;
    const int needs = b->mode == BREAKER_RATIO ? b->minimum : b->failures;
    const int most = c->p->client.attempts * (1 + c->p->client.hedge.most);
    const double n = workload_demand_rps(c->p) * c->w->duration_s / c->p->clients * most;
    if (n >= needs)
        return;
    loading_warning(c->l, population_path(c, "breaker"), false,
                    "the breakers of '%s' will hardly ever open: a user makes %.*f attempts in the "
                    "run at most, all retries included, and it takes %d",
                    c->p->name, n < 10 ? 1 : 0, n, needs);
    diag_expect(c->l->diags, "'shared: true' for programs that share one, or %s below that",
                b->mode == BREAKER_RATIO ? "'minimum'" : "'failures'");
}

// A user has one for each address: one behind an edge.
static int most_addresses(const struct clients_designs *designs)
{
    int most = 0;
    for (size_t i = 0; i < designs->n; i++) {
        const struct topology *t = &designs->topologies[i];
        const int n = steering_has_edges(&t->steering) ? 1 : t->n_regions;
        most = n > most ? n : most;
    }
    return most;
}

static void warn_of_large_breakers(const struct population_check *c)
{
    const int n = most_addresses(c->designs);
    const double size = (double)c->p->clients * n * sizeof(struct breaker);
    if (size <= CLIENTS_BREAKER_BYTES)
        return;
    loading_warning(c->l, population_path(c, "breaker"), false,
                    "%d users with a breaker for each of %d address%s take %.1f GB of memory a run",
                    c->p->clients, n, n == 1 ? "" : "es", size * 1e-9);
    diag_expect(c->l->diags, "'shared: true' for programs that share one, or fewer 'clients'");
}

// ---- hedging

static bool has_several_zones(const struct topology *t)
{
    bool has = false;
    for (int r = 0; r < t->n_regions; r++)
        has |= (t->services[t->entry].regions >> r & 1) && t->regions[r].n_zones > 1;
    return has;
}

static bool has_several_addresses(const struct record_set_spec *set)
{
    bool has = (set->policy == STEERING_MULTIVALUE || set->policy == STEERING_ACCELERATOR) &&
               set->n_records > 1;
    for (int i = 0; i < set->n_records; i++)
        has |= set->records[i].n_endpoints > 1;
    return has;
}

// Whether a copy may go another way than its request: an answer of DNS holds several regions or the
// nodes of one; an accelerator chooses for each connection. A global balancer has one address, and
// does not know of copies.
static bool has_another_way(const struct topology *t)
{
    bool has = has_several_zones(t);
    for (int k = 0; k <= t->steering.n_sets; k++)
        has |= has_several_addresses(steering_set(&t->steering, k));
    return has && !steering_is_per_request(&t->steering);
}

static void check_hedge(const struct population_check *c)
{
    bool has_way = c->designs->n == 0;
    for (size_t i = 0; i < c->designs->n; i++)
        has_way |= has_another_way(&c->designs->topologies[i]);
    if (c->p->client.hedge.most == 0 || !c->p->client.hedge.elsewhere || has_way)
        return;
    loading_error(c->l, population_path(c, "hedge.to"), false,
                  "'other' has no effect: no design has another address for a copy than its "
                  "request's");
    diag_expect(c->l->diags, "'same', or a design with policy 'multivalue', several zones in a "
                             "region, or several regions behind an accelerator");
}

// ---- proxies

// How long a user of any population waits for an answer that is still worth something.
static double longest_wait(const struct workload *w)
{
    double longest_s = 0;
    for (int i = 0; i < w->n_populations; i++)
        for (int k = 0; k < w->n_classes; k++)
            if (w->populations[i].mix[k] > 0)
                longest_s = fmax(longest_s, fmin(w->populations[i].client.attempt_timeout_s,
                                                 w->classes[k].deadline_s));
    return longest_s;
}

// A proxy that waits longer for an answer than its users do has nobody left to try again for.
static void warn_of_patient_proxies(const struct loading *l, const struct workload *w,
                                    const struct topology *t)
{
    const struct global_balancer_spec *g = &t->steering.global_balancer;
    const double longest_s = longest_wait(w);
    char try[48], wait[48];
    if (!steering_is_per_request(&t->steering) || g->retries == 0 ||
        g->retry_on != PROXY_RETRY_GATEWAY_ERROR || g->try_timeout_s < longest_s)
        return;
    loading_warning(l, "steering.global_balancer.try_timeout", false,
                    "a proxy waits %s for an answer and no user longer than %s: a request that "
                    "meets silence is never tried again",
                    quantity_format(g->try_timeout_s, DIMENSION_TIME, try),
                    quantity_format(longest_s, DIMENSION_TIME, wait));
    diag_expect(l->diags,
                "'try_timeout' below that, with time left for the next try; or 'retry_on: "
                "connect-failure'");
}

// ---- the whole

void clients_check(const struct loading *l, const struct workload *w,
                   const struct clients_designs *designs)
{
    for (int i = 0; i < w->n_populations; i++) {
        const struct population_check c = {l, w, designs, &w->populations[i]};
        const struct breaker_spec *b = &c.p->client.breaker;
        check_hedge(&c);
        if (b->mode != BREAKER_NONE && !b->shared) {
            warn_of_idle_breaker(&c);
            warn_of_large_breakers(&c);
        }
    }
    for (size_t i = 0; i < designs->n; i++)
        warn_of_patient_proxies(&designs->files[i], w, &designs->topologies[i]);
}
