// Pins: a random model with forced ties, lanes and cancels executes the same events, in the same
// order at each LP, for every number of threads and cells, every bucket width, in one run or in
// pieces, and in the serial loop. A model that breaks the rules (its LPs share a variable) must be
// found. Not pinned: the values of digests, freedom from data races (tests/threads). AASIM_LONG=1
// runs more seeds and larger models.
#include <criterion/criterion.h>
#include <stdlib.h>

#include "determinism/phold.h"

struct outcome {
    uint64_t digest, n_events, memory, n_jobs;
    enum engine_stop stop;
};

static void count_jobs(void *argument, const struct event *event)
{
    *(uint64_t *)argument += event->kind == PHOLD_JOB;
}

static struct outcome outcome_of(struct phold *p, enum engine_stop stop)
{
    struct outcome o = {
        .digest = engine_digest(p->engine), .n_events = engine_events(p->engine), .stop = stop};
    for (uint32_t lp = 0; lp < p->conf.n_lps; lp++)
        o.memory = o.memory * 31 + p->lps[lp].memory;
    engine_pending(p->engine, count_jobs, &o.n_jobs);
    return o;
}

static const simtime END = 200 * SIMTIME_MS;

// n_threads 0: the serial loop.
static struct outcome run(const struct phold_conf *conf, int n_threads)
{
    struct phold p;
    phold_open(&p, conf);
    struct outcome o = outcome_of(&p, n_threads == 0 ? engine_run_serial(p.engine, END, NULL)
                                                     : engine_run(p.engine, END, n_threads, NULL));
    phold_close(&p);
    return o;
}

static bool same(struct outcome a, struct outcome b)
{
    return a.digest == b.digest && a.n_events == b.n_events && a.memory == b.memory &&
           a.n_jobs == b.n_jobs && a.stop == b.stop;
}

static bool is_long(void)
{
    return getenv("AASIM_LONG") != NULL;
}

static struct phold_conf random_conf(uint64_t seed)
{
    struct stream s = stream_open(seed, 0, "test", "conf");
    static const simtime quanta[] = {1, SIMTIME_US, 50 * SIMTIME_US, SIMTIME_MS};
    return (struct phold_conf){
        .n_lps = 40 + stream_below(&s, is_long() ? 1000 : 200), // families may be incomplete
        .n_cells = 1,
        .jobs_per_lp = 1 + stream_below(&s, 8),
        .lookahead_ns = (simtime)(1 + stream_below(&s, 5)) * SIMTIME_MS,
        .spread_ns = (simtime)(1 + stream_below(&s, 20)) * SIMTIME_MS,
        .quantum_ns = quanta[seed % ARRAY_LEN(quanta)],
        .seed = seed,
    };
}

static const uint32_t cell_counts[] = {1, 4, 7, 60};
static const int thread_counts[] = {1, 2, 3, 5, 8};

Test(phold, any_threads_and_cells_equal_the_serial_loop)
{
    uint64_t n_seeds = is_long() ? 40 : 8;
    for (uint64_t seed = 1; seed <= n_seeds; seed++) {
        struct phold_conf conf = random_conf(seed);
        struct outcome want = run(&conf, 0);
        cr_assert_gt(want.n_events, 1000u);
        cr_assert_eq(want.n_jobs, (uint64_t)conf.n_lps * conf.jobs_per_lp, "jobs are conserved");
        for (size_t c = 0; c < ARRAY_LEN(cell_counts); c++) {
            conf.n_cells = cell_counts[c];
            cr_assert(same(run(&conf, 0), want), "seed %lu, %u cells, serial", seed, conf.n_cells);
            for (size_t t = 0; t < ARRAY_LEN(thread_counts); t++)
                cr_assert(same(run(&conf, thread_counts[t]), want),
                          "seed %lu, %u cells, %d threads", seed, conf.n_cells, thread_counts[t]);
        }
    }
}

Test(phold, bucket_width_changes_nothing)
{
    for (uint64_t seed = 1; seed <= 4; seed++) {
        struct phold_conf conf = random_conf(seed);
        conf.n_cells = 4;
        struct outcome want = run(&conf, 0);
        for (conf.bucket_shift = 1; conf.bucket_shift <= 46; conf.bucket_shift += 5)
            cr_assert(same(run(&conf, 1), want), "seed %lu, width 2^%d", seed, conf.bucket_shift);
    }
}

Test(phold, a_run_in_pieces_changes_nothing)
{
    for (uint64_t seed = 1; seed <= 4; seed++) {
        struct phold_conf conf = random_conf(seed);
        struct outcome want = run(&conf, 0);
        conf.n_cells = 4;
        struct phold p;
        phold_open(&p, &conf);
        enum engine_stop stop = ENGINE_STOP_END;
        for (simtime end = 0; end <= END; end += END / 40)
            stop = engine_run(p.engine, end, 2, NULL);
        cr_assert(same(outcome_of(&p, stop), want), "seed %lu", seed);
        phold_close(&p);
    }
}

Test(phold, seeds_differ)
{
    struct phold_conf conf = random_conf(1);
    struct outcome one = run(&conf, 0);
    conf.seed++;
    cr_assert_neq(run(&conf, 0).digest, one.digest);
}

// A model that breaks the rules: what an LP does depends on what other LPs have done before in this
// run of the program.
struct leaky {
    struct phold phold;
    uint64_t shared;
};

static void leaky_handle(struct cell *cell, void *world, const struct event *event)
{
    struct leaky *l = world;
    l->phold.lps[event->dst].memory += l->shared++;
    phold_handle(cell, &l->phold, event);
}

static uint64_t leaky_digest(uint32_t n_cells)
{
    struct leaky l = {.shared = 0};
    struct phold_conf conf = random_conf(1);
    conf.n_cells = n_cells;
    conf.handler = leaky_handle;
    conf.world = &l;
    phold_open(&l.phold, &conf);
    engine_run(l.phold.engine, END, 1, NULL);
    uint64_t digest = engine_digest(l.phold.engine);
    phold_close(&l.phold);
    return digest;
}

Test(phold, planted_fault_is_found)
{
    cr_assert_eq(leaky_digest(1), leaky_digest(1));
    cr_assert_neq(leaky_digest(1), leaky_digest(7), "LPs that share a variable went unnoticed");
}
