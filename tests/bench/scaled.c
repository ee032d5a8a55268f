#include "scaled.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/base.h"

// How often a user comes back.
static const double SCALED_USER_RPS = 0.5;
static const double SCALED_MAX_ITEMS = 4e6;
static const double SCALED_ITEMS_AT_RPS = 1000; // the file's items serve this rate

static double scaled_demand(const struct workload *w)
{
    double sum = 0;
    for (int i = 0; i < w->n_populations; i++)
        sum += w->populations[i].rate_rps;
    return sum;
}

static int scaled_int(int n, double factor)
{
    return (int)fmin(fmax(round(n * factor), 1), 1e9);
}

static void scaled_population(struct population_spec *p, double factor)
{
    double before = p->rate_rps / p->clients;
    p->rate_rps *= factor;
    p->clients = scaled_int(1, p->rate_rps / SCALED_USER_RPS);
    double sooner = p->rate_rps / p->clients / before;
    p->client.idle_timeout_s /= sooner;
    p->client.max_age_s /= sooner;
}

static void scaled_workload(struct workload *w, double factor)
{
    for (int i = 0; i < w->n_populations; i++)
        scaled_population(&w->populations[i], factor);
    // As long as any run may last, in few windows.
    w->duration_s = 3600;
    w->window_s = 60;
    w->warmup_s = 0;
}

static void scaled_topology(struct topology *t, double factor, double rate_rps)
{
    for (int i = 0; i < t->n_services; i++) {
        struct service_spec *s = &t->services[i];
        s->servers_per_zone = scaled_int(s->servers_per_zone, factor);
        s->queue = scaled_int(s->queue, factor);
    }
    for (int i = 0; i < t->n_stores; i++) {
        struct store_spec *s = &t->stores[i];
        s->servers = scaled_int(s->servers, factor);
        s->queue = scaled_int(s->queue, factor);
        s->items = (uint32_t)fmin(s->items * fmax(rate_rps / SCALED_ITEMS_AT_RPS, 1),
                                  SCALED_MAX_ITEMS);
    }
}

void scaled_open(struct scaled *s, const struct scaled_conf *conf)
{
    struct diag_list diags = {0};
    *s = (struct scaled){.rate_rps = conf->rate_rps};
    const struct scenario_request request = {.topologies = &conf->topology,
                                             .n_topologies = 1,
                                             .workload = conf->workload,
                                             .tables_dir = "topologies/tables"};
    if (!scenario_load(&s->scenario, &request, &diags)) {
        diag_print(&diags, stderr, false);
        exit(65);
    }
    diag_free(&diags);
    double factor = conf->rate_rps / scaled_demand(s->scenario.workload);
    scaled_workload(s->scenario.workload, factor);
    scaled_topology(&s->scenario.topologies[0], factor, conf->rate_rps);
}

struct model *scaled_compile(const struct scaled *s)
{
    const struct model_options options = {.scale = 1, .partition = PARTITION_DEFAULT};
    return model_compile(&s->scenario.topologies[0], s->scenario.workload, NULL,
                         s->scenario.geography, &options);
}

void scaled_close(struct scaled *s)
{
    scenario_free(&s->scenario);
}
