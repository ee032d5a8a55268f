// Pins: the fault machinery, without any traffic: a region that fails and is repaired at random has
// the yearly downtime of the two-state model, whatever the law of repair; regions that fail "each
// on its own" are independent. Downtime is read from the journal that every run leaves. Means and
// probabilities by Z4 (4 standard errors), quantiles by the share of years below the reference.
// 4,000 to 10,000 years; AASIM_LONG=1: 200,000.
#include <criterion/criterion.h>
#include <math.h>

#include "base/base.h"
#include "support/stat.h"
#include "support/tiny.h"

static const double hour_s = 3600, year_h = 8760;

static size_t n_years(size_t n_short)
{
    return stat_is_long() ? 200000 : n_short;
}

// No arrivals, no probes; a random fault of every region.
static struct fault_spec *make_quiet(struct tiny *t, double mttf_h, struct distribution repair)
{
    tiny_init(t);
    tiny_silence(t);
    t->topology.balancer.health.interval_s = 1e8;
    t->workload.duration_s = t->workload.window_s = year_h * hour_s;
    struct fault_spec *f = tiny_add_fault(t);
    f->region = "*";
    f->is_random = true;
    f->rate_per_s = 1 / (mttf_h * hour_s);
    f->duration = repair;
    return f;
}

// Hours of downtime in a year, from the marks of one fault.
static double downtime_h(const struct record *r, simtime end)
{
    simtime down_since = -1, sum = 0;
    for (size_t i = 0; i < r->journal.n; i++) {
        const struct journal_entry *e = &r->journal.items[i];
        if (e->kind == JOURNAL_FAULT_START)
            down_since = e->time;
        if (e->kind == JOURNAL_FAULT_END)
            sum += e->time - down_since, down_since = -1;
    }
    sum += down_since >= 0 ? end - down_since : 0;
    return simtime_to_seconds(sum) / hour_s;
}

static void simulate_years(const struct tiny *t, double *hours, size_t n)
{
    struct model *m = tiny_compile(t, PARTITION_ONE);
    for (size_t i = 0; i < n; i++) {
        struct record r;
        tiny_run_model(m, (uint32_t)i, &r);
        hours[i] = downtime_h(&r, model_duration(m));
        record_free(&r);
    }
    model_free(m);
}

static bool share_below(const char *id, const double *hours, size_t n, double limit_h, double p)
{
    uint64_t hits = 0;
    for (size_t i = 0; i < n; i++)
        hits += hours[i] <= limit_h;
    return stat_share_agrees(id, hits, n, p);
}

static double *new_years(size_t n)
{
    double *hours = malloc(n * sizeof *hours);
    cr_assert_not_null(hours);
    return hours;
}

// Takacs 1957; Barlow & Proschan 1975.
Test(availability, exponential_repair)
{
    static struct tiny t;
    size_t n = n_years(10000);
    double *d = new_years(n);
    make_quiet(&t, 2160, tiny_exponential(hour_s));
    simulate_years(&t, d, n);
    cr_expect(stat_mean_agrees("B01.2st.2160_1.ED", d, n, 4.053216318, 0));
    cr_expect(share_below("B01.2st.2160_1.P0", d, n, 0, 0.01732585204));
    cr_expect(share_below("B01.2st.2160_1.PA999", d, n, 0.001 * year_h, 0.9312647884));
    cr_expect(share_below("B01.2st.2160_1.PA9995", d, n, 0.0005 * year_h, 0.6134565811));
    cr_expect(share_below("B01.2st.2160_1.PA9999", d, n, 0.0001 * year_h, 0.1036508619));
    cr_expect(share_below("B01.2st.2160_1.D.p50", d, n, 3.541923978, 0.5));
    cr_expect(share_below("B01.2st.2160_1.D.p90", d, n, 7.912229706, 0.9));
    cr_expect(share_below("B01.2st.2160_1.D.p99", d, n, 12.70270807, 0.99));
    for (size_t i = 0; i < n; i++)
        d[i] = (d[i] - 4.053216318) * (d[i] - 4.053216318);
    cr_expect(stat_mean_agrees("B01.2st.2160_1.SD (var)", d, n, 2.845699894 * 2.845699894, 0));
    free(d);
}

Test(availability, frequent_short_failures)
{
    static struct tiny t;
    size_t n = n_years(4000);
    double *d = new_years(n);
    make_quiet(&t, 730, tiny_exponential(0.5 * hour_s));
    simulate_years(&t, d, n);
    cr_expect(stat_mean_agrees("B01.2st.730_0.5.ED", d, n, 5.995551227, 0));
    cr_expect(share_below("B01.2st.730_0.5.PA999", d, n, 0.001 * year_h, 0.8678357294));
    cr_expect(share_below("B01.2st.730_0.5.PA9995", d, n, 0.0005 * year_h, 0.2739714897));
    cr_expect(share_below("B01.2st.730_0.5.D.p50", d, n, 5.744243523, 0.5));
    cr_expect(share_below("B01.2st.730_0.5.D.p99", d, n, 12.73508833, 0.99));
    free(d);
}

Test(availability, constant_repair)
{
    static struct tiny t;
    size_t n = n_years(4000);
    double *d = new_years(n);
    make_quiet(&t, 2160, distribution_constant(hour_s));
    simulate_years(&t, d, n);
    cr_expect(share_below("B01.det.2160_1.P2.3", d, n, 2.3, 0.2302273103));
    cr_expect(share_below("B01.det.2160_1.P8.76", d, n, 8.76, 0.9770635856));
    free(d);
}

// Takacs' law with n-fold convolutions by FFT; squared coefficient of variation 4.
Test(availability, lognormal_repair)
{
    static struct tiny t;
    size_t n = n_years(4000);
    double *d = new_years(n), variance = log(1 + 4.0);
    make_quiet(&t, 2160,
               (struct distribution){.kind = DISTRIBUTION_LOGNORMAL,
                                     .a = log(hour_s) - variance / 2,
                                     .b = sqrt(variance)});
    simulate_years(&t, d, n);
    cr_expect(share_below("B01.ln.2160_1.P8.76", d, n, 8.76, 0.9014622476));
    cr_expect(share_below("B01.ln.2160_1.P20", d, n, 20, 0.9889082082));
    cr_expect(share_below("B01.ln.2160_1.P40", d, n, 40, 0.9988082532));
    free(d);
}

// ---- systems of several components, each with its own fault

static int compare_entries(const void *a, const void *b)
{
    const struct journal_entry *x = a, *y = b;
    return (x->time > y->time) - (x->time < y->time);
}

struct downtime {
    double hours;
    double n; // times that the system went down
};

// While at least k components are down, the system is.
static struct downtime system_downtime(struct record *r, int k, simtime end)
{
    int n_down = 0;
    simtime since = 0, sum = 0;
    struct downtime d = {0};
    qsort(r->journal.items, r->journal.n, sizeof *r->journal.items, compare_entries);
    for (size_t i = 0; i < r->journal.n; i++) {
        const struct journal_entry *e = &r->journal.items[i];
        bool was_down = n_down >= k;
        sum += was_down ? e->time - since : 0;
        since = e->time;
        n_down += e->kind == JOURNAL_FAULT_START ? 1 : -1;
        d.n += n_down >= k && !was_down;
    }
    sum += n_down >= k ? end - since : 0;
    d.hours = simtime_to_seconds(sum) / hour_s;
    return d;
}

enum { RUNS = 32 };
static struct downtime runs[RUNS];
static double x[RUNS];

static void simulate_system(const struct tiny *t, int k)
{
    struct model *m = tiny_compile(t, PARTITION_ONE);
    for (uint32_t run = 0; run < RUNS; run++) {
        struct record r;
        tiny_run_model(m, run, &r);
        runs[run] = system_downtime(&r, k, model_duration(m));
        record_free(&r);
    }
    model_free(m);
}

static void make_regions(struct tiny *t, int n, double mttf_h, double mttr_h)
{
    make_quiet(t, mttf_h, tiny_exponential(mttr_h * hour_s));
    for (int i = 1; i < n; i++)
        tiny_add_region(t, i == 1 ? "us-west-2" : "eu-west-1", 50);
}

// Simulated time ends after 292 years.
static void set_years(struct tiny *t, double years, double long_years)
{
    double n = stat_is_long() ? long_years : years;
    t->workload.duration_s = t->workload.window_s = n * year_h * hour_s;
}

// Regions of the same availability that fail each on its own: all are down for (1 - a)^n of the
// time. All are up at the start, which the length of the runs makes negligible.
static bool product_holds(const char *id, int n, double mttf_h, double years)
{
    static struct tiny t;
    make_regions(&t, n, mttf_h, 1);
    set_years(&t, years, 10 * years);
    simulate_system(&t, n);
    for (int run = 0; run < RUNS; run++)
        x[run] = runs[run].hours * hour_s / t.workload.duration_s;
    return stat_mean_agrees(id, x, RUNS, pow(1 / (mttf_h + 1), n), 0);
}

Test(availability, independent_regions)
{
    cr_expect(product_holds("two regions of 0.9", 2, 9, 2));
    cr_expect(product_holds("three regions of 0.9", 3, 9, 1));
    cr_expect(product_holds("two regions of 0.99", 2, 99, 4));
    cr_expect(product_holds("B03.par.0.999_2, front 1", 2, 999, 20));
}

// Series: up while no tier is down; the product of the tiers' availabilities.
Test(availability, tiers_in_series)
{
    static struct tiny t;
    static const double tiers[] = {0.9999, 0.9995, 0.999, 0.9999};
    make_quiet(&t, 1, tiny_exponential(hour_s));
    for (size_t i = 1; i < ARRAY_LEN(tiers); i++) {
        struct fault_spec *f = tiny_add_fault(&t);
        const char *name = f->name;
        *f = t.faults[0];
        f->name = name;
    }
    for (size_t i = 0; i < ARRAY_LEN(tiers); i++)
        t.faults[i].rate_per_s = (1 - tiers[i]) / tiers[i] / hour_s;
    set_years(&t, 50, 250);
    simulate_system(&t, 1);
    for (int run = 0; run < RUNS; run++)
        x[run] = 1 - runs[run].hours * hour_s / t.workload.duration_s;
    cr_expect(stat_mean_agrees("B03.ser.4", x, RUNS, 0.9983008098850051, 0));
}

// Machine repair (birth and death), each unit with its own crew: two of three must be up.
Test(availability, two_of_three)
{
    static struct tiny t;
    make_regions(&t, 3, 1000, 5);
    set_years(&t, 100, 250);
    simulate_system(&t, 2);
    double years = t.workload.duration_s / hour_s / year_h;
    for (int run = 0; run < RUNS; run++)
        x[run] = runs[run].hours / years / year_h;
    cr_expect(stat_mean_agrees("B02.kofn.3_2_3_1000.U", x, RUNS, 7.400930054314945e-05, 0));
    for (int run = 0; run < RUNS; run++)
        x[run] = runs[run].n / years;
    cr_expect(stat_mean_agrees("B02.kofn.3_2_3_1000.freq", x, RUNS, 0.258897093946618, 0));
    for (int run = 0; run < RUNS; run++)
        x[run] = runs[run].hours - runs[run].n * 2.5041666666666664;
    cr_expect(stat_mean_agrees("B02.kofn.3_2_3_1000.MDT, hours less n MDT", x, RUNS, 0, 0));
}

// Uniformisation, de Souza e Silva & Gail 1986.
Test(availability, yearly_downtime_of_two_of_three)
{
    static struct tiny t;
    size_t n = n_years(4000);
    double *d = new_years(n);
    make_regions(&t, 3, 1000, 5);
    struct model *m = tiny_compile(&t, PARTITION_ONE);
    for (size_t i = 0; i < n; i++) {
        struct record r;
        tiny_run_model(m, (uint32_t)i, &r);
        d[i] = system_downtime(&r, 2, model_duration(m)).hours;
        record_free(&r);
    }
    model_free(m);
    cr_expect(share_below("B02.int.3_2.P0.0876", d, n, 0.0876, 0.7807038397494404));
    cr_expect(share_below("B02.int.3_2.P0.876", d, n, 0.876, 0.8333048732635676));
    cr_expect(share_below("B02.int.3_2.P4.38", d, n, 4.38, 0.9509089733265619));
    cr_expect(share_below("B02.int.3_2.P8.76", d, n, 8.76, 0.9894420525621336));
    free(d);
}
