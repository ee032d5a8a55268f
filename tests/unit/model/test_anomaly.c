// Pins: which targets are anomalous: only those that err more than their peers, with enough errors
// to tell, among three at least; how their share goes down and comes back; that equal targets are
// hardly ever taken for anomalous.
#include <criterion/criterion.h>
#include <math.h>

#include "base/stream.h"
#include "model/anomaly.h"

enum { TARGETS = 4, ALL = 15 };

static struct anomaly a;
static uint32_t weight[BALANCER_MAX_TARGETS];

static void count(uint8_t target, int answers, int errors)
{
    for (int i = 0; i < answers; i++)
        anomaly_count(&a, target, i < errors);
}

// Each target got 100 requests since the last look.
static uint64_t look(const int errors[TARGETS], uint64_t healthy)
{
    for (uint8_t t = 0; t < TARGETS; t++)
        count(t, 100, errors[t]);
    return anomaly_look(&a, healthy, weight);
}

Test(anomaly, one_that_errs_more_than_its_peers)
{
    static const struct {
        int errors[TARGETS];
        uint64_t healthy, found;
    } cases[] = {
        {{0, 0, 0, 0}, ALL, 0},         {{30, 0, 1, 0}, ALL, 1},    {{0, 0, 100, 0}, ALL, 4},
        {{100, 100, 0, 0}, ALL, 3},     {{30, 30, 30, 30}, ALL, 0}, // a dependency's fault
        {{100, 100, 100, 100}, ALL, 0}, {{4, 0, 0, 0}, ALL, 0},     // too few to tell
        {{12, 10, 11, 9}, ALL, 0},      {{50, 0, 0, 0}, 3, 0},      // two healthy ones
        {{50, 0, 0, 0}, 7, 1},          {{50, 0, 0, 0}, 14, 0},     // it is unhealthy: nothing to
                                                                    // mitigate
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        anomaly_open(&a);
        const uint64_t changed = look(cases[i].errors, cases[i].healthy);
        cr_expect_eq(a.found, cases[i].found, "case %zu: %lx", i, a.found);
        cr_expect_eq(changed, cases[i].found);
    }
}

Test(anomaly, share_goes_down_and_comes_back)
{
    static const int bad[TARGETS] = {0, 60, 0, 0}, good[TARGETS] = {0};
    double expected = 1;
    anomaly_open(&a);
    for (int i = 0; i < 10; i++) {
        expected = fmax(expected / 2, 0.01);
        cr_expect_eq(look(bad, ALL), i == 0 ? 2 : 0, "news only once");
        cr_expect_float_eq(weight[1] / (double)UINT32_MAX, expected, 1e-6);
        cr_expect_eq(weight[0], UINT32_MAX);
    }
    int looks = 0;
    while (a.found != 0 && looks++ < 20)
        look(good, ALL);
    cr_expect(1 <= looks && looks <= 6, "its errors are forgotten after %d looks", looks);
    for (int i = 0; i < 9; i++)
        look(good, ALL);
    cr_expect_eq(weight[1], UINT32_MAX, "full share after ten looks");
}

// A target without traffic is not judged: it gets more, until there is something to judge.
Test(anomaly, nothing_is_known_without_requests)
{
    static const int bad[TARGETS] = {0, 60, 0, 0};
    anomaly_open(&a);
    look(bad, ALL);
    for (int i = 0; i < 20; i++) {
        count(0, 100, 0);
        count(2, 100, 0);
        anomaly_look(&a, ALL, weight);
    }
    cr_expect_eq(a.found, 0);
    cr_expect_eq(weight[1], UINT32_MAX);
}

// 20,000 looks at four equal targets with 2 % errors: four standard errors of about normal shares
// are exceeded once in 30,000, of skewed ones ten times as often.
Test(anomaly, equal_targets_are_hardly_ever_taken_for_anomalous)
{
    struct stream s = stream_open(1, 0, "test", "anomaly");
    int n_found = 0;
    anomaly_open(&a);
    for (int i = 0; i < 20000; i++) {
        for (uint8_t t = 0; t < TARGETS; t++)
            for (int k = 0; k < 100; k++)
                anomaly_count(&a, t, stream_uniform(&s) < 0.02);
        n_found += __builtin_popcountll(anomaly_look(&a, ALL, weight) & a.found);
    }
    cr_expect_lt(n_found, 40, "%d of 80,000", n_found);
}
