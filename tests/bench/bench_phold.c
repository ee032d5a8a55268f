// PHOLD throughput: events a second on one thread, the engine against one 4-ary heap of the same
// events.
//
// Every event draws a destination among all LPs and an exponential delay above a lookahead of a
// tenth of the mean; 16 jobs an LP. The columns: a bare loop over a heap (no digests, no checks,
// no cells), the engine's serial oracle, and the engine in windows with one cell and with 16. CPU
// time, best of three. Rows: pending events.
//
// usage: bench_phold [largest number of pending events]
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/base.h"
#include "base/variate.h"
#include "engine/cell.h"
#include "engine/engine.h"
#include "engine/heap.h"

enum { JOBS_PER_LP = 16, ROUNDS = 3, MIN_EVENTS = 2000000 };

static const simtime MEAN_NS = SIMTIME_S;

struct bench {
    uint32_t n_lps, n_cells;
    struct stream *streams; // [n_lps]
    struct variate delay;
    struct arena arena;
};

struct hop {
    uint32_t dst;
    simtime delay;
};

static struct hop bench_hop(struct bench *b, uint32_t lp)
{
    struct stream *s = &b->streams[lp];
    uint64_t word = stream_word(s);
    return (struct hop){.dst = (uint32_t)((word >> 32) * b->n_lps >> 32),
                        .delay = MEAN_NS / 10 + (simtime)variate_draw(&b->delay, s)};
}

static void bench_handle(struct cell *cell, void *world, const struct event *event)
{
    struct hop hop = bench_hop(world, event->dst);
    cell_send(cell, hop.dst, hop.delay, 1, event->payload, EVENT_PAYLOAD_BYTES);
}

static void bench_open(struct bench *b, uint32_t n_lps, uint32_t n_cells)
{
    *b = (struct bench){.n_lps = n_lps, .n_cells = n_cells};
    struct distribution d = {.kind = DISTRIBUTION_EXPONENTIAL, .a = 0.9};
    b->delay = variate_compile(&b->arena, &d, (double)MEAN_NS);
    b->streams = arena_push(&b->arena, struct stream, n_lps);
    for (uint32_t lp = 0; lp < n_lps; lp++) {
        char name[32];
        snprintf(name, sizeof name, "%u", lp);
        b->streams[lp] = stream_open(1, 0, name, "bench");
    }
}

static double cpu_seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

// Time after which about MIN_EVENTS, or two per job, have been executed.
static simtime bench_end(const struct bench *b)
{
    double n_jobs = (double)b->n_lps * JOBS_PER_LP;
    double rounds = 2 * n_jobs > MIN_EVENTS ? 2 : MIN_EVENTS / n_jobs;
    return (simtime)((double)MEAN_NS * rounds);
}

static double bench_heap(struct bench *b)
{
    struct heap heap = {0};
    for (uint32_t lp = 0; lp < b->n_lps; lp++)
        for (uint32_t i = 0; i < JOBS_PER_LP; i++)
            heap_push(&heap, &(struct event){.time = bench_hop(b, lp).delay,
                                             .key = (uint64_t)lp << EVENT_SEQUENCE_BITS | i,
                                             .dst = lp,
                                             .kind = 1});
    simtime end = bench_end(b);
    uint64_t n = 0, sequence = JOBS_PER_LP;
    double start = cpu_seconds();
    while (heap_time(&heap) < end) {
        struct event event;
        heap_pop(&heap, &event);
        struct hop hop = bench_hop(b, event.dst);
        event.time += hop.delay;
        event.key = (uint64_t)event.dst << EVENT_SEQUENCE_BITS | sequence++;
        event.dst = hop.dst;
        heap_push(&heap, &event);
        n++;
    }
    double seconds = cpu_seconds() - start;
    heap_free(&heap);
    return (double)n / seconds;
}

static struct engine *bench_engine(struct bench *b)
{
    uint32_t *cell_of = arena_push(&b->arena, uint32_t, b->n_lps);
    simtime *lookahead = arena_push(&b->arena, simtime, (size_t)b->n_cells * b->n_cells);
    for (uint32_t i = 0; i < b->n_cells * b->n_cells; i++)
        lookahead[i] = MEAN_NS / 10;
    for (uint32_t lp = 0; lp < b->n_lps; lp++)
        cell_of[lp] = (uint32_t)((uint64_t)lp * b->n_cells / b->n_lps);
    struct engine *engine = engine_create(&(struct engine_conf){.n_lps = b->n_lps,
                                                                .lp_cell = cell_of,
                                                                .n_cells = b->n_cells,
                                                                .lookahead = lookahead,
                                                                .handler = bench_handle,
                                                                .world = b});
    for (uint32_t lp = 0; lp < b->n_lps; lp++)
        for (uint32_t i = 0; i < JOBS_PER_LP; i++)
            engine_post(engine, lp, lp, bench_hop(b, lp).delay, 1, NULL, 0);
    return engine;
}

static double bench_run(struct bench *b, bool is_serial, double *bytes)
{
    struct engine *engine = bench_engine(b);
    double start = cpu_seconds();
    if (is_serial)
        engine_run_serial(engine, bench_end(b), NULL);
    else
        engine_run(engine, bench_end(b), 1, NULL);
    double seconds = cpu_seconds() - start;
    double rate = (double)engine_events(engine) / seconds;
    *bytes = (double)engine_stats_of(engine).peak_bytes / ((double)b->n_lps * JOBS_PER_LP);
    engine_destroy(engine);
    return rate;
}

enum { HEAP_LOOP, SERIAL, ONE_CELL, MANY_CELLS, COLUMNS };

static double bench_column(int column, uint32_t n_lps, double *bytes)
{
    double best = 0;
    for (int i = 0; i < ROUNDS; i++) {
        struct bench b;
        bench_open(&b, n_lps, column == MANY_CELLS ? 16 : 1);
        double rate = column == HEAP_LOOP ? bench_heap(&b) : bench_run(&b, column == SERIAL, bytes);
        best = rate > best ? rate : best;
        arena_free(&b.arena);
    }
    return best;
}

int main(int argc, char **argv)
{
    long largest = argc > 1 ? strtol(argv[1], NULL, 10) : 1 << 20;
    printf("pending,heap loop Mev/s,oracle Mev/s,1 cell Mev/s,16 cells Mev/s,1 cell B/event\n");
    for (long n = 1 << 10; n <= largest; n *= 4) {
        double rate[COLUMNS], bytes[COLUMNS] = {0};
        for (int column = 0; column < COLUMNS; column++)
            rate[column] = bench_column(column, (uint32_t)(n / JOBS_PER_LP), &bytes[column]);
        printf("%ld,%.2f,%.2f,%.2f,%.2f,%.1f\n", n, rate[HEAP_LOOP] * 1e-6, rate[SERIAL] * 1e-6,
               rate[ONE_CELL] * 1e-6, rate[MANY_CELLS] * 1e-6, bytes[ONE_CELL]);
        fflush(stdout);
    }
    return 0;
}
