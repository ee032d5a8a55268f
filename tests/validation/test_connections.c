// Pins: a user's pool of connections is a queue with as many servers, in front of a service that
// makes nobody wait: M/G/1 by Pollaczek and Khinchine, M/M/4 by Erlang's C (Gross & Harris 2.3,
// 5.1). A connection is taken for the work and the way there and back. Z4 over 32 runs.
// AASIM_LONG=1: 20 times as many requests.
#include <criterion/criterion.h>

#include "base/base.h"
#include "model/model.h"
#include "support/queue.h"
#include "support/stat.h"
#include "support/tiny.h"

enum { RUNS = 32 };

static struct tiny t;
static double sojourn_s[RUNS];
static double network_s;

static void run(int connections, double rate_rps, struct distribution work)
{
    struct workload *w = &t.workload;
    tiny_init(&t);
    t.services[0].work = work;
    t.services[0].servers_per_zone = 1000;
    t.populations[0].clients = 1;
    t.populations[0].rate_rps = rate_rps;
    t.populations[0].client.connections = connections;
    t.populations[0].client.acquire_timeout_s = 1e6;
    w->duration_s = (stat_is_long() ? 400000 : 20000) / rate_rps;
    w->warmup_s = w->duration_s / 10, w->window_s = w->duration_s;
    struct model *m = tiny_compile(&t, PARTITION_ONE);
    network_s = tiny_network_mean(m);
    for (uint32_t i = 0; i < RUNS; i++) {
        struct record r;
        tiny_run_model(m, i, &r);
        sojourn_s[i] = histogram_mean(&r.latency[0]) * 1e-9;
        record_free(&r);
    }
    model_free(m);
}

// squares_s2: the mean square of work that takes 1 s in the mean.
static bool single_agrees(const char *id, struct distribution work, double squares_s2)
{
    const double rate_rps = 0.7;
    run(1, rate_rps, work);
    double taken_s = 1 + network_s, squares = squares_s2 + 2 * network_s + network_s * network_s;
    double wait_s = rate_rps * squares / (2 * (1 - rate_rps * taken_s));
    return stat_mean_agrees(id, sojourn_s, RUNS, wait_s + taken_s, 0.002);
}

Test(connections, a_single_one)
{
    cr_expect(single_agrees("M/D/1", distribution_constant(1), 1));
    cr_expect(single_agrees("M/M/1", tiny_exponential(1), 2));
}

static double erlang_c(int servers, double load)
{
    double blocked = 1;
    for (int k = 1; k <= servers; k++)
        blocked = load * blocked / (k + load * blocked);
    return blocked / (1 - load / servers * (1 - blocked));
}

Test(connections, four)
{
    const double rate_rps = 2.8;
    run(4, rate_rps, tiny_exponential(1));
    double taken_s = 1 + network_s, load = rate_rps * taken_s;
    double wait_s = erlang_c(4, load) * taken_s / (4 - load);
    // The way is a constant part of what is taken: 0.2 %.
    cr_expect(stat_mean_agrees("M/M/4", sojourn_s, RUNS, wait_s + taken_s, 0.004));
}
