// Pins: single stations of the real model, from user to pool and back, have the sojourn times of
// M/M/1, M/M/c and M/G/1 in the literature: means (Z4: within 4 standard errors of 32 independent
// runs) and quantiles (the share of requests below the reference quantile; Z4). Not pinned: waits
// as such; they are sojourns less service. Means are known in closed form (Erlang C;
// Pollaczek-Khinchine), quantiles of M/G/1 by inversion of the Pollaczek-Khinchine transform;
// sources beside the tables. AASIM_LONG=1 simulates 50 times as many requests.
#include <criterion/criterion.h>

#include "base/base.h"
#include "support/queue.h"
#include "support/stat.h"

static double n_requests(void)
{
    return stat_is_long() ? 1e6 : 2e4;
}

static bool station_agrees(double rate, int servers, struct distribution work,
                           const struct queue_reference *references, size_t n)
{
    static struct tiny t;
    tiny_init(&t);
    t.services[0].servers_per_zone = servers;
    t.services[0].work = work;
    queue_demand(&t, rate, n_requests());
    return queue_agrees(&t, 1, references, n);
}

// Whitt, Management Science 35 (1989) 1341; Gross & Harris 2.2: the sojourn is exponential with
// rate mu - lambda.
static const struct queue_reference mm1_05[] = {
    {"A01.mm1.0.5_1.T", QUEUE_T, 2, 0},
    {"A01.mm1.0.5_1.VarT (sd)", QUEUE_T_SD, 2, 0},
    {"A01.mm1.0.5_1.T.p50", QUEUE_P, 1.3862943611198906, 0.5},
    {"A01.mm1.0.5_1.T.p90", QUEUE_P, 4.605170185988092, 0.9},
    {"A01.mm1.0.5_1.T.p99", QUEUE_P, 9.210340371976184, 0.99},
    {"A01.mm1.0.5_1.T.p99.9", QUEUE_P, 13.815510557964274, 0.999},
};
static const struct queue_reference mm1_08[] = {
    {"A01.mm1.0.8_1.T", QUEUE_T, 5, 0},
    {"A01.mm1.0.8_1.VarT (sd)", QUEUE_T_SD, 5, 0},
    {"A01.mm1.0.8_1.T.p50", QUEUE_P, 3.4657359027997274, 0.5},
    {"A01.mm1.0.8_1.T.p90", QUEUE_P, 11.51292546497023, 0.9},
    {"A01.mm1.0.8_1.T.p99", QUEUE_P, 23.02585092994046, 0.99},
    {"A01.mm1.0.8_1.T.p99.9", QUEUE_P, 34.53877639491069, 0.999},
};
// In units of 1/mu: 18/20, T = 0.5 x 20.
static const struct queue_reference mm1_09[] = {
    {"A01.mm1.18_20.T", QUEUE_T, 10, 0},
    {"A01.mm1.18_20.T.p50", QUEUE_P, 0.34657359027997264 * 20, 0.5},
    {"A01.mm1.18_20.T.p90", QUEUE_P, 1.151292546497023 * 20, 0.9},
    {"A01.mm1.18_20.T.p99", QUEUE_P, 2.302585092994046 * 20, 0.99},
};

Test(queues, mm1)
{
    struct distribution work = queue_exponential(1);
    cr_expect(station_agrees(0.5, 1, work, mm1_05, ARRAY_LEN(mm1_05)));
    cr_expect(station_agrees(0.8, 1, work, mm1_08, ARRAY_LEN(mm1_08)));
    cr_expect(station_agrees(0.9, 1, work, mm1_09, ARRAY_LEN(mm1_09)));
}

// Erlang C; Gross & Harris 2.3: P(W > t) = C exp(-(c mu - lambda) t).
static const struct queue_reference mmc_2[] = {
    {"A02.mmc.2_1.6.T", QUEUE_T, 2.777777777777778, 0},
    {"A02.mmc.2_1.6.T.p50", QUEUE_P, 2.0400314459260422, 0.5},
    {"A02.mmc.2_1.6.T.p90", QUEUE_P, 6.171562431764139, 0.9},
    {"A02.mmc.2_1.6.T.p99", QUEUE_P, 11.937370236004273, 0.99},
    {"A02.mmc.2_1.6.T.p99.9", QUEUE_P, 17.694126215650694, 0.999},
};
static const struct queue_reference mmc_5[] = {
    {"A02.mmc.5_4.T", QUEUE_T, 1.5541125541125542, 0},
    {"A02.mmc.5_4.T.p50", QUEUE_P, 1.2043949235801967, 0.5},
    {"A02.mmc.5_4.T.p90", QUEUE_P, 3.352610432173921, 0.9},
    {"A02.mmc.5_4.T.p99", QUEUE_P, 6.079662524508264, 0.99},
    {"A02.mmc.5_4.T.p99.9", QUEUE_P, 8.66594197746731, 0.999},
};
static const struct queue_reference mmc_20[] = {
    {"A02.mmc.20_17.T", QUEUE_T, 1.1283520766311084, 0},
    {"A02.mmc.20_17.T.p50", QUEUE_P, 0.8385835030560276, 0.5},
    {"A02.mmc.20_17.T.p90", QUEUE_P, 2.4775221357627246, 0.9},
    {"A02.mmc.20_17.T.p99", QUEUE_P, 4.781234353227998, 0.99},
    {"A02.mmc.20_17.T.p99.9", QUEUE_P, 7.083830685435577, 0.999},
};

Test(queues, mmc)
{
    struct distribution work = queue_exponential(1);
    cr_expect(station_agrees(1.6, 2, work, mmc_2, ARRAY_LEN(mmc_2)));
    cr_expect(station_agrees(4, 5, work, mmc_5, ARRAY_LEN(mmc_5)));
    cr_expect(station_agrees(17, 20, work, mmc_20, ARRAY_LEN(mmc_20)));
}

// Pollaczek-Khinchine; quantiles by Talbot inversion of the transform.
static const struct queue_reference e4_08[] = {
    {"A05.mg1.E4.0.8.T", QUEUE_T, 3.5, 0},
    {"A05.mg1.E4.0.8.T.p50", QUEUE_P, 2.5942300873611357, 0.5},
    {"A05.mg1.E4.0.8.T.p90", QUEUE_P, 7.404535717857819, 0.9},
    {"A05.mg1.E4.0.8.T.p99", QUEUE_P, 14.286517907515165, 0.99},
    {"A05.mg1.E4.0.8.T.p99.9", QUEUE_P, 21.168500097172622, 0.999},
};
static const struct queue_reference h2_08[] = {
    {"A05.mg1.H2scv4.0.8.T", QUEUE_T, 11, 0},
    {"A05.mg1.H2scv4.0.8.T.p50", QUEUE_P, 6.002122469230253, 0.5},
    {"A05.mg1.H2scv4.0.8.T.p90", QUEUE_P, 28.710764117349683, 0.9},
    {"A05.mg1.H2scv4.0.8.T.p99", QUEUE_P, 61.2103211363717, 0.99},
    {"A05.mg1.H2scv4.0.8.T.p99.9", QUEUE_P, 93.709878155394, 0.999},
};
static const struct queue_reference ln_05[] = {
    {"A05.mg1.LNscv4.0.5.T", QUEUE_T, 3.5, 0},
};
// With a constant service of 1, the sojourn's quantiles are the wait's plus 1.
static const struct queue_reference d_08[] = {
    {"A05.mg1.D.0.8.T", QUEUE_T, 3, 0},
    {"A05.mg1.D.0.8.SDW", QUEUE_T_SD, 2.3094010767585034, 0},
    {"A05.mg1.D.0.8.W.p50", QUEUE_P, 2.2759398733762355, 0.5},
    {"A05.mg1.D.0.8.W.p90", QUEUE_P, 6.011511498446046, 0.9},
    {"A05.mg1.D.0.8.W.p99", QUEUE_P, 11.355886791994955, 0.99},
    {"A05.mg1.D.0.8.W.p99.9", QUEUE_P, 16.700268194066439, 0.999},
};
static const struct queue_reference d_05[] = {
    {"A05.mg1.D.0.5.T", QUEUE_T, 1.5, 0},
    {"A05.mg1.D.0.5.W.p90", QUEUE_P, 2.515744841381844, 0.9},
    {"A05.mg1.D.0.5.W.p99", QUEUE_P, 4.336255957002204, 0.99},
};

Test(queues, mg1)
{
    cr_expect(station_agrees(0.8, 1, queue_erlang(4, 1), e4_08, ARRAY_LEN(e4_08)));
    cr_expect(station_agrees(0.8, 1, queue_hyperexponential(1), h2_08, ARRAY_LEN(h2_08)));
    cr_expect(station_agrees(0.5, 1, queue_lognormal(1), ln_05, ARRAY_LEN(ln_05)));
    cr_expect(station_agrees(0.8, 1, queue_constant(1), d_08, ARRAY_LEN(d_08)));
    cr_expect(station_agrees(0.5, 1, queue_constant(1), d_05, ARRAY_LEN(d_05)));
}
