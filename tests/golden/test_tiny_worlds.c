// Pins: three tiny worlds leave, to the last digit, what is stored in tests/golden/expected:
// digest, outcomes, latency, stores, journal. Any change of the model's behaviour shows here within
// a second; whoever means it shows and stores the new numbers by `make golden-update`. Equal
// numbers on other machines are expected but not promised: the quantile tables come from the C
// library's log and exp.
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "support/rich.h"

static struct tiny t;

// ---- the numbers

static void print_outcomes(FILE *out, const struct record *r)
{
    for (int p = 0; p < r->n_populations; p++)
        for (int c = 0; c < r->n_classes; c++) {
            int at = p * r->n_classes + c;
            fprintf(out, "population %d class %d:", p, c);
            for (int o = 0; o < OUTCOMES; o++)
                fprintf(out, " %s %llu", outcome_name((enum outcome)o),
                        (unsigned long long)r->outcomes[at * OUTCOMES + o]);
            fprintf(out, " attempts %llu latency_sum_ns %llu most_ns %llu\n",
                    (unsigned long long)r->attempts[at], (unsigned long long)r->latency[at].sum,
                    (unsigned long long)r->latency[at].most);
        }
}

static void print_stores(FILE *out, const struct record *r)
{
    for (int i = 0; i < r->n_stores; i++) {
        const struct store_record *s = &r->stores[i];
        const uint64_t counts[] = {s->reads,
                                   s->writes,
                                   s->staleness.stale,
                                   s->fates[FATE_OVERWRITTEN],
                                   s->fates[FATE_LOST],
                                   s->unreplicated_at_fault,
                                   s->unavailable,
                                   s->unreplicated_at_end,
                                   s->lag.sum,
                                   s->staleness.age.sum};
        static const char *const names[] = {"reads",       "writes",
                                            "stale",       "overwritten",
                                            "lost",        "unreplicated_at_fault",
                                            "unavailable", "unreplicated_at_end",
                                            "lag_sum_ns",  "staleness_sum_ns"};
        fprintf(out, "store %d:", i);
        for (size_t k = 0; k < sizeof counts / sizeof *counts; k++)
            fprintf(out, " %s %llu", names[k], (unsigned long long)counts[k]);
        fprintf(out, "\n");
    }
}

static void print_record(FILE *out, const struct record *r)
{
    fprintf(out, "digest %016llx events %llu started %llu ended %llu in_flight %llu\n",
            (unsigned long long)r->digest, (unsigned long long)r->events,
            (unsigned long long)r->started_all, (unsigned long long)r->ended_all,
            (unsigned long long)r->in_flight);
    print_outcomes(out, r);
    print_stores(out, r);
    for (size_t i = 0; i < r->journal.n && i < 20; i++) {
        const struct journal_entry *e = &r->journal.items[i];
        fprintf(out, "%lld ns %s %s %u\n", (long long)e->time, journal_kind_name(e->kind),
                e->component, e->detail);
    }
    fprintf(out, "journal entries %zu\n", r->journal.n);
}

// ---- comparing

static char *read_all(const char *path)
{
    static char text[1 << 16];
    FILE *in = fopen(path, "r");
    size_t n = in != NULL ? fread(text, 1, sizeof text - 1, in) : 0;
    if (in != NULL)
        fclose(in);
    text[n] = 0;
    return text;
}

static void expect_stored(const char *name)
{
    static char now[1 << 16];
    char path[256];
    struct record r;
    struct model *m = tiny_compile(&t, PARTITION_DEFAULT);
    tiny_run_model(m, 0, &r);
    FILE *out = fmemopen(now, sizeof now, "w");
    cr_assert_not_null(out);
    print_record(out, &r);
    fclose(out);
    record_free(&r);
    model_free(m);
    if (getenv("AASIM_GOLDEN_OUT") != NULL) {
        snprintf(path, sizeof path, "%s/%s.txt", getenv("AASIM_GOLDEN_OUT"), name);
        out = fopen(path, "w");
        cr_assert_not_null(out, "%s", path);
        fputs(now, out);
        fclose(out);
    }
    snprintf(path, sizeof path, "tests/golden/expected/%s.txt", name);
    const char *stored = read_all(path);
    cr_expect_str_eq(now, stored, "%s\n--- stored\n%s--- now\n%s", path, stored, now);
}

// ---- the worlds

// A station with two servers and a short queue, which sheds.
Test(tiny_worlds, station)
{
    tiny_init(&t);
    t.services[0].servers_per_zone = 2;
    t.services[0].queue = 3;
    t.populations[0].rate_rps = 1.8;
    t.workload.warmup_s = 100;
    expect_stored("tiny-station");
}

// Two regions, the first loses power for five minutes: checks, failover, retries, promotion.
Test(tiny_worlds, failover)
{
    tiny_init(&t);
    tiny_add_region(&t, "us-west-2", 60);
    tiny_set_zones(&t, 2);
    tiny_check_health(&t, 16);
    tiny_add_store(&t, STORE_SINGLE_LEADER)->failover = true;
    t.topology.steering.root.policy = STEERING_FAILOVER;
    t.topology.steering.root.records[1].is_secondary = true;
    t.services[0].work = tiny_exponential(0.05);
    t.services[0].servers_per_zone = 4;
    t.workload.classes[0].is_write = true;
    t.workload.classes[0].deadline_s = 5;
    t.workload.duration_s = 900;
    struct population_spec *p = &t.populations[0];
    p->rate_rps = 10, p->clients = 40, p->resolvers = 4;
    p->access = ACCESS_CABLE;
    p->client.attempts = 3, p->client.backoff_base_s = 0.1, p->client.backoff_cap_s = 2;
    p->client.connect_timeout_s = p->client.attempt_timeout_s = p->client.dns_timeout_s = 2;
    p->client.backoff_jitter = BACKOFF_FULL;
    struct fault_spec *f = tiny_add_fault(&t);
    f->at_s = 200;
    f->duration = distribution_constant(300);
    expect_stored("tiny-failover");
}

// A bit of everything.
Test(tiny_worlds, rich)
{
    rich_make(&t, 22);
    expect_stored("tiny-rich");
}
