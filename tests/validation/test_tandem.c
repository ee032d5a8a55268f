// Pins: services that call one another in sequence, each M/M/1, have the end-to-end sojourn of a
// tandem (Burke, Reich: the sojourns are independent exponentials with rates mu - lambda, so the
// sum is hypo-exponential), whether the first calls the others in two steps or each calls the next.
// Z4 and quantiles by exceedance, 32 runs. AASIM_LONG=1 simulates 50 times as many requests.
#include <criterion/criterion.h>

#include "base/base.h"
#include "support/queue.h"
#include "support/stat.h"

static double n_requests(void)
{
    return stat_is_long() ? 1e6 : 2e4;
}

static const struct queue_reference three[] = {
    {"A08.tandem.1_1.25_2.T", QUEUE_T, 8.055555555555557, 0},
    {"A08.tandem.1_1.25_2.Var (sd)", QUEUE_T_SD, 5.534682210496517, 0}, // sqrt(30.63271604938273)
    {"A08.tandem.1_1.25_2.T.p50", QUEUE_P, 6.733590499776133, 0.5},
    {"A08.tandem.1_1.25_2.T.p90", QUEUE_P, 15.298371182055364, 0.9},
    {"A08.tandem.1_1.25_2.T.p99", QUEUE_P, 26.87280939489942, 0.99},
    {"A08.tandem.1_1.25_2.T.p99.9", QUEUE_P, 38.38911627483021, 0.999},
};

static void make_three(struct tiny *t)
{
    tiny_init(t);
    t->services[0].work = queue_exponential(1);
    tiny_add_service(t, "second", queue_exponential(1 / 1.25));
    tiny_add_service(t, "third", queue_exponential(1 / 2.0));
    queue_demand(t, 0.8, n_requests());
}

Test(tandem, first_calls_the_others_in_two_steps)
{
    static struct tiny t;
    make_three(&t);
    tiny_add_call(&t, 0, 1, 0);
    tiny_add_call(&t, 0, 2, 1);
    cr_expect(queue_agrees(&t, 3, three, ARRAY_LEN(three)));
}

Test(tandem, each_calls_the_next)
{
    static struct tiny t;
    make_three(&t);
    tiny_add_call(&t, 0, 1, 0);
    tiny_add_call(&t, 1, 2, 0);
    cr_expect(queue_agrees(&t, 3, three, ARRAY_LEN(three)));
}

// In units of 1/6: rates 5/6, 1 and 8/6.
static const struct queue_reference two[] = {
    {"A08.tandem.6_8.T", QUEUE_T, 1.3333333333333333 * 6, 0},
    {"A08.tandem.6_8.T.p50", QUEUE_P, 1.0575768135749348 * 6, 0.5},
    {"A08.tandem.6_8.T.p90", QUEUE_P, 2.7065632021044568 * 6, 0.9},
    {"A08.tandem.6_8.T.p99", QUEUE_P, 5.010620478732713 * 6, 0.99},
    {"A08.tandem.6_8.T.p99.9", QUEUE_P, 7.313220238942098 * 6, 0.999},
};

Test(tandem, two_stations)
{
    static struct tiny t;
    tiny_init(&t);
    t.services[0].work = queue_exponential(1);
    tiny_add_service(&t, "second", queue_exponential(6.0 / 8));
    tiny_add_call(&t, 0, 1, 0);
    queue_demand(&t, 5.0 / 6, n_requests());
    cr_expect(queue_agrees(&t, 2, two, ARRAY_LEN(two)));
}
