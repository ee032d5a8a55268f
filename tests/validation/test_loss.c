// Pins: bounded queues turn away the share that theory says: M/M/c/K, and M/G/c/c, whose blocking
// depends on the law of service only through its mean (Erlang B, insensitivity). Z4: within 4
// standard errors of 32 independent runs. AASIM_LONG=1 simulates 50 times as many requests.
#include <criterion/criterion.h>

#include "base/base.h"
#include "support/queue.h"
#include "support/stat.h"

static bool loss_agrees(double rate, int servers, int room, struct distribution work,
                        const struct queue_reference *references, size_t n)
{
    static struct tiny t;
    tiny_init(&t);
    t.services[0].servers_per_zone = servers;
    t.services[0].queue = room - servers;
    t.services[0].work = work;
    queue_demand(&t, rate, stat_is_long() ? 1e6 : 2e4);
    return queue_agrees(&t, 1, references, n);
}

// Gross & Harris 2.4. K counts those in service; sojourns are of accepted requests.
static const struct queue_reference mm1k[] = {
    {"A03.mmck.1_10_0.9.PB", QUEUE_SHED, 0.0508137313274124, 0},
    {"A03.mmck.1_10_0.9.T", QUEUE_T, 4.646600672123705, 0},
};
static const struct queue_reference mm4k[] = {
    {"A03.mmck.4_12_3.8.PB", QUEUE_SHED, 0.06748146590169116, 0},
    {"A03.mmck.4_12_3.8.T", QUEUE_T, 1.7767615047310477, 0},
};

Test(loss, mmck)
{
    struct distribution work = queue_exponential(1);
    cr_expect(loss_agrees(0.9, 1, 10, work, mm1k, ARRAY_LEN(mm1k)));
    cr_expect(loss_agrees(3.8, 4, 12, work, mm4k, ARRAY_LEN(mm4k)));
}

// Erlang B; insensitivity: Sevastyanov 1957. With exponential, constant, lognormal and
// hyperexponential service.
static bool erlang_agrees(struct distribution work, const char *id, double sojourn)
{
    const struct queue_reference refs[] = {{id, QUEUE_SHED, 0.018384570336648132, 0},
                                           {id, QUEUE_T, sojourn, 0}};
    return loss_agrees(5, 10, 10, work, refs, 2);
}

Test(loss, erlang_b_whatever_the_law_of_service)
{
    cr_expect(erlang_agrees(queue_exponential(1), "A04.erlangB.10_5 M", 1));
    cr_expect(erlang_agrees(queue_constant(1), "A04.erlangB.10_5 D", 1));
    cr_expect(erlang_agrees(queue_lognormal(1), "A04.erlangB.10_5 LN", 1));
    cr_expect(erlang_agrees(queue_hyperexponential(1), "A04.erlangB.10_5 H2", 1));
}

Test(loss, erlang_b_hundred_servers)
{
    const struct queue_reference refs[] = {
        {"A04.erlangB.100_80 M", QUEUE_SHED, 0.003992028604553197, 0}};
    cr_expect(loss_agrees(80, 100, 100, queue_exponential(1), refs, 1));
}

// A model that let one more request in, or a verdict that could not see it, would make the others
// worthless.
Test(loss, one_place_more_is_noticed)
{
    const struct queue_reference refs[] = {
        {"planted: K = 11 instead of 10", QUEUE_SHED, 0.0508137313274124, 0}};
    cr_expect_not(loss_agrees(0.9, 1, 11, queue_exponential(1), refs, 1));
}
