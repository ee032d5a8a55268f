// Pins: a closed population and one station. The interactive response time law, N = X (R + Z),
// which holds for any laws of work and thinking (Denning, Buzen 1978); and the machine-repair model
// (M/M/c//N; Gross & Harris 2.7), whose throughput is a closed form. The way over the network is
// part of what users think: a delay, whose law does not matter (product form). Z4 over 32 runs.
// AASIM_LONG=1: 20 times as many requests.
#include <criterion/criterion.h>

#include "base/base.h"
#include "model/model.h"
#include "support/stat.h"
#include "support/tiny.h"

enum { RUNS = 32, USERS_MOST = 64 };

static struct tiny t;
static double throughput[RUNS], cycles[RUNS];

static void run(int users, double think_s, int servers, struct distribution think)
{
    struct workload *w = &t.workload;
    t.populations[0].clients = users;
    t.populations[0].demand.mode = DEMAND_CLOSED;
    t.populations[0].demand.think = think;
    t.services[0].servers_per_zone = servers;
    w->duration_s = (stat_is_long() ? 400000 : 20000) * (think_s + 1) / users;
    w->warmup_s = w->duration_s / 10, w->window_s = w->duration_s;
    struct model *m = tiny_compile(&t, PARTITION_ONE);
    for (uint32_t i = 0; i < RUNS; i++) {
        struct record r;
        tiny_run_model(m, i, &r);
        throughput[i] = (double)r.latency[0].n / (w->duration_s - w->warmup_s);
        cycles[i] = throughput[i] * (histogram_mean(&r.latency[0]) * 1e-9 + think_s);
        record_free(&r);
    }
    model_free(m);
}

// Probabilities of k users at the station are p0 x N! / (N - k)! / (work's law) x (s / z)^k.
static double repair_throughput(int users, double think_s, int servers)
{
    double weight = 1, sum = 1, busy = 0;
    for (int k = 1; k <= users; k++) {
        int working = k < servers ? k : servers;
        weight *= (users - k + 1) / (think_s * working); // work takes 1 s in the mean
        sum += weight;
        busy += weight * working;
    }
    return busy / sum;
}

static bool repair_agrees(const char *id, int users, double think_s, int servers)
{
    tiny_init(&t);
    run(users, think_s, servers, tiny_exponential(think_s));
    struct model *m = tiny_compile(&t, PARTITION_ONE);
    double away_s = think_s + tiny_network_mean(m);
    model_free(m);
    return stat_mean_agrees(id, throughput, RUNS, repair_throughput(users, away_s, servers), 0);
}

Test(closed, machine_repair)
{
    cr_expect(repair_agrees("M/M/1//10", 10, 8, 1));
    cr_expect(repair_agrees("M/M/1//30", 30, 10, 1)); // saturated: X is nearly 1
    cr_expect(repair_agrees("M/M/4//20", 20, 5, 4));
}

// Requests that are under way at an end of the time measured belong to one side: of N users that is
// about one cycle in the run, half a user's.
static bool law_holds(const char *id, struct distribution work, struct distribution think)
{
    tiny_init(&t);
    t.services[0].work = work;
    run(12, 10, 2, think);
    return stat_mean_agrees(id, cycles, RUNS, 12, 12.0 * 12 / 20000);
}

Test(closed, interactive_law)
{
    struct distribution heavy = distribution_lognormal_fit(0.5, 0.99, 8);
    cr_expect(law_holds("N = X (R + Z), exponential", tiny_exponential(1), tiny_exponential(10)));
    cr_expect(law_holds("N = X (R + Z), heavy work", heavy, distribution_constant(10)));
}

// A verdict that could not see a user too many would be worthless.
Test(closed, a_user_more_is_noticed)
{
    tiny_init(&t);
    run(11, 8, 1, tiny_exponential(8));
    cr_expect_not(stat_mean_agrees("planted: 11 users instead of 10", throughput, RUNS,
                                   repair_throughput(10, 8, 1), 0));
}
