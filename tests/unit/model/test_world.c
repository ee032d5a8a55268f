// Pins: running a replication: requests are conserved whatever fails (bounded queues, faults,
// retries, lossy links, limits of stores), each write has one fate, the series and the sums agree
// with each other, the journal is in order of time, progress is told, a cancelled run says so,
// equal numbers give equal records and others differ. Records under every partition:
// tests/determinism/test_model.c.
#include <criterion/criterion.h>
#include <string.h>

#include "support/rich.h"
#include "support/richlimits.h"

static struct tiny t;

static uint64_t sum_of_series(const struct record *r, int population, int field)
{
    uint64_t sum = 0;
    for (size_t w = 0; w < r->n_windows; w++)
        sum += r->series[((size_t)population * r->n_windows + w) * SERIES_FIELDS + (size_t)field];
    return sum;
}

static uint64_t sum_of_outcomes(const struct record *r, int population, int outcome)
{
    uint64_t sum = 0;
    for (int c = 0; c < r->n_classes; c++)
        sum += r->outcomes[(population * r->n_classes + c) * OUTCOMES + outcome];
    return sum;
}

// Started = ended + in flight; each ended request has one outcome; latencies are of those answered.
static void expect_balanced(const struct record *r)
{
    uint64_t started = 0, ended = 0;
    cr_expect_eq(r->started_all, r->ended_all + r->in_flight);
    for (int p = 0; p < r->n_populations; p++) {
        uint64_t answered = 0, served = 0;
        started += sum_of_series(r, p, SERIES_STARTED);
        for (int o = 0; o < OUTCOMES; o++) {
            ended += sum_of_series(r, p, o);
            cr_expect_geq(sum_of_series(r, p, o), sum_of_outcomes(r, p, o));
        }
        for (int c = 0; c < r->n_classes; c++)
            answered += r->latency[p * r->n_classes + c].n;
        for (int region = 0; region < r->n_regions; region++)
            served += r->served[p * r->n_regions + region];
        cr_expect_eq(answered,
                     sum_of_outcomes(r, p, OUTCOME_OK) + sum_of_outcomes(r, p, OUTCOME_LATE));
        cr_expect_eq(served, answered);
    }
    cr_expect_eq(started, r->started_all);
    cr_expect_eq(ended, r->ended_all);
    for (size_t i = 1; i < r->journal.n; i++)
        cr_expect_leq(r->journal.items[i - 1].time, r->journal.items[i].time);
}

Test(world, requests_are_conserved_in_rich_worlds)
{
    for (uint64_t seed = 1; seed <= 60; seed++) {
        struct record r;
        rich_make(&t, seed);
        tiny_run(&t, 0, &r);
        cr_expect_gt(r.started_all, 50);
        expect_balanced(&r);
        record_free(&r);
    }
}

// Every write is accounted for when a record is made (settlement.c).
Test(world, requests_are_conserved_in_rich_worlds_with_consensus)
{
    uint64_t writes = 0, lost = 0;
    for (uint64_t seed = 1; seed <= 60; seed++) {
        struct record r;
        rich_make(&t, seed);
        rich_add_consensus(&t, seed);
        tiny_run(&t, 0, &r);
        expect_balanced(&r);
        for (int i = 0; i < r.n_stores; i++) {
            writes += r.stores[i].writes;
            lost += r.stores[i].fates[FATE_LOST];
            cr_expect_eq(r.stores[i].fates[FATE_OVERWRITTEN], 0, "world %lu", seed);
        }
        record_free(&r);
    }
    cr_expect_gt(writes, 1000, "%lu", writes);
    cr_expect_lt(lost, writes / 10, "%lu of %lu", lost, writes);
}

// Each acknowledged write has one fate; what is counted apart is part of what it is said to be of.
static void expect_counts_agree(const struct store_record *s)
{
    uint64_t fates = 0;
    for (int i = 0; i < FATES; i++)
        fates += s->fates[i];
    cr_expect_eq(fates, s->writes, "%lu writes, %lu fates", s->writes, fates);
    cr_expect_leq(s->throttled_writes, s->throttled);
    cr_expect_leq(s->conditions_failed, s->conditional_writes);
    cr_expect_leq(s->conflicting_conditions, s->fates[FATE_OVERWRITTEN]);
    cr_expect_leq(s->strong_reads, s->reads);
    cr_expect_leq(s->staleness.stale_strong, s->staleness.stale);
    cr_expect_leq(s->staleness.stale_strong, s->strong_reads);
    cr_expect_leq(s->staleness.stale - s->staleness.stale_strong, s->reads - s->strong_reads);
}

Test(world, requests_and_writes_are_conserved_with_limits)
{
    uint64_t throttled = 0, strong = 0, unmet = 0;
    for (uint64_t seed = 1; seed <= 60; seed++) {
        struct record r;
        rich_make(&t, seed);
        richlimits_add(&t, seed);
        tiny_run(&t, 0, &r);
        expect_balanced(&r);
        for (int i = 0; i < r.n_stores; i++) {
            expect_counts_agree(&r.stores[i]);
            throttled += r.stores[i].throttled;
            strong += r.stores[i].strong_reads;
            unmet += r.stores[i].conditions_failed;
        }
        record_free(&r);
    }
    cr_expect(throttled > 0 && strong > 0 && unmet > 0);
}

// A short queue and every kind of fault of its only pool, one after the other.
Test(world, requests_are_conserved_by_a_bounded_queue_with_faults)
{
    static const enum fault_effect effects[] = {FAULT_DOWN, FAULT_SLOW, FAULT_ERRORS,
                                                FAULT_CAPACITY};
    struct record r;
    uint64_t kinds = 0;
    tiny_init(&t);
    t.services[0].queue = 3;
    t.populations[0].rate_rps = 2;
    t.populations[0].clients = 5;
    t.populations[0].client.attempts = 2;
    t.populations[0].client.attempt_timeout_s = 20;
    t.workload.classes[0].deadline_s = 2;
    for (int i = 0; i < 4; i++) {
        struct fault_spec *f = tiny_add_fault(&t);
        f->target = i == 0 ? FAULT_ZONE : FAULT_SERVICE;
        f->effect = effects[i];
        f->level = f->effect == FAULT_SLOW ? 5 : 0.5;
        f->is_random = true;
        f->rate_per_s = 1e-3;
        f->duration = tiny_exponential(100);
    }
    tiny_run(&t, 0, &r);
    expect_balanced(&r);
    for (int o = 0; o < OUTCOMES; o++)
        kinds += sum_of_outcomes(&r, 0, o) > 0;
    cr_expect_geq(kinds, 5, "only %lu kinds of outcome", kinds);
    record_free(&r);
}

// ---- cancelling and progress

static int cancel_now;

static void cancel_in_the_middle(void *argument, double share_done)
{
    *(double *)argument = share_done;
    cancel_now = share_done > 0.5;
}

Test(world, cancelled_run_says_so)
{
    double reached = 0;
    struct record r;
    tiny_init(&t);
    struct model *m = tiny_compile(&t, PARTITION_DEFAULT);
    struct world_run_conf conf = {.seed = 1,
                                  .n_threads = 1,
                                  .cancel = &cancel_now,
                                  .progress = cancel_in_the_middle,
                                  .progress_argument = &reached};
    cancel_now = 0;
    cr_expect_not(world_run(m, &conf, &r));
    cr_expect(0.5 < reached && reached < 0.6, "%g", reached);
    model_free(m);
}

static void note_progress(void *argument, double share_done)
{
    double *last = argument;
    cr_expect_gt(share_done, *last);
    *last = share_done;
}

Test(world, progress_changes_nothing_and_ends_at_one)
{
    double last = 0;
    struct record silent, told;
    rich_make(&t, 7);
    struct model *m = tiny_compile(&t, PARTITION_DEFAULT);
    struct world_run_conf conf = {.seed = 1, .n_threads = 2};
    cr_assert(world_run(m, &conf, &silent));
    conf.progress = note_progress, conf.progress_argument = &last;
    cr_assert(world_run(m, &conf, &told));
    cr_expect_eq(last, 1);
    cr_expect(rich_same_record(&silent, &told));
    record_free(&silent);
    record_free(&told);
    model_free(m);
}

// ---- seeds

Test(world, equal_numbers_give_equal_records)
{
    struct record first, again, other_seed, other_replication;
    rich_make(&t, 7);
    struct model *m = tiny_compile(&t, PARTITION_DEFAULT);
    struct world_run_conf conf = {.seed = 1, .n_threads = 1};
    cr_assert(world_run(m, &conf, &first));
    cr_assert(world_run(m, &conf, &again));
    conf.seed = 2;
    cr_assert(world_run(m, &conf, &other_seed));
    conf.seed = 1, conf.replication = 1;
    cr_assert(world_run(m, &conf, &other_replication));
    cr_expect(rich_same_record(&first, &again));
    cr_expect_neq(first.digest, other_seed.digest);
    cr_expect_neq(first.digest, other_replication.digest);
    cr_expect_neq(other_seed.digest, other_replication.digest);
    record_free(&first);
    record_free(&again);
    record_free(&other_seed);
    record_free(&other_replication);
    model_free(m);
}
