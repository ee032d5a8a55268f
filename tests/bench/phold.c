#include "phold.h"

#include <math.h>
#include <stdlib.h>

#include "base/base.h"
#include "holdengine.h"
#include "holdheap.h"
#include "probe.h"

// One size: how many jobs, how long (in mean delays: so many events a job) the engine and the heap
// are warmed up and measured. The engine chooses its bucket width while it warms up; a heap has
// nothing to get used to.
struct phold_size {
    const char *name;
    uint32_t n_jobs;
    double remote_share;
    double engine_warm, heap_warm, length;
    size_t rounds;
};

struct phold_case {
    const struct phold_size *size;
    uint32_t n_cells;        // engine
    enum holdheap_form form; // heap
    double events_per_s;     // of simulated time: the load, which must be the same for all
    double bytes_per_event;  // engine
};

static const char *const phold_form_names[HOLDHEAP_FORMS] = {
    [HOLDHEAP_WHOLE] = "heap of whole events",
    [HOLDHEAP_WHOLE_WIDE] = "tuned heap of whole events",
    [HOLDHEAP_SLOTS] = "heap of keys and slots",
    [HOLDHEAP_PACKED] = "heap of 16-byte entries",
    [HOLDHEAP_PACKED_WIDE] = "tuned heap of 16 bytes",
};

static simtime phold_time(double mean_delays)
{
    return (simtime)(mean_delays * (double)HOP_MEAN);
}

static double phold_engine(void *argument)
{
    struct phold_case *c = argument;
    struct hop_load load;
    struct holdengine hold = {0};
    hop_open(&load, c->size->n_jobs, c->size->remote_share);
    holdengine_open(&hold, &load, c->n_cells, 1);
    holdengine_run(&hold, phold_time(c->size->engine_warm));
    double start = harness_cpu_seconds();
    uint64_t n = holdengine_run(&hold, phold_time(c->size->engine_warm + c->size->length));
    double seconds = harness_cpu_seconds() - start;
    c->events_per_s = (double)n / c->size->length;
    c->bytes_per_event = (double)engine_stats_of(hold.engine).peak_bytes / c->size->n_jobs;
    holdengine_close(&hold);
    hop_close(&load);
    return (double)n / seconds * 1e-6;
}

static double phold_heap(void *argument)
{
    struct phold_case *c = argument;
    struct hop_load load;
    hop_open(&load, c->size->n_jobs, c->size->remote_share);
    struct holdheap_result result = holdheap_run(c->form, &load, phold_time(c->size->heap_warm),
                                                 phold_time(c->size->heap_warm + c->size->length));
    hop_close(&load);
    c->events_per_s = (double)result.events / c->size->length;
    return (double)result.events / result.seconds * 1e-6;
}

static simtime phold_draw_all(struct hop_load *load, uint32_t *at, size_t n)
{
    size_t n_jobs = (size_t)load->n_lps * HOP_JOBS_PER_LP;
    simtime sum = 0;
    for (size_t i = 0, job = 0; i < n; i++, job = job + 1 < n_jobs ? job + 1 : 0) {
        struct hop hop = hop_draw(load, at[job]);
        at[job] = hop.dst;
        sum += hop.delay;
    }
    return sum;
}

// What is left without an event list: both pay it. The second round over the jobs counts: in the
// first one LPs come in order.
static double phold_draws(void *argument)
{
    struct phold_case *c = argument;
    struct hop_load load;
    hop_open(&load, c->size->n_jobs, c->size->remote_share);
    uint32_t *at = malloc(c->size->n_jobs * sizeof *at);
    REQUIRE(at != NULL, "out of memory: %u jobs", c->size->n_jobs);
    for (uint32_t i = 0; i < c->size->n_jobs; i++)
        at[i] = i / HOP_JOBS_PER_LP;
    size_t n = (size_t)ceil(c->size->length) * c->size->n_jobs;
    phold_draw_all(&load, at, c->size->n_jobs);
    double start = harness_cpu_seconds();
    simtime sum = phold_draw_all(&load, at, n);
    double seconds = harness_cpu_seconds() - start;
    double mean = (double)sum / (double)n / (double)HOP_MEAN;
    REQUIRE(fabs(mean - 1) < 0.05, "the mean delay is %g", mean);
    c->events_per_s = c->size->n_jobs / mean;
    free(at);
    hop_close(&load);
    return (double)n / seconds * 1e-6;
}

enum { DRAWS, ONE_CELL, MANY_CELLS, FIRST_FORM, PHOLD_CASES = FIRST_FORM + HOLDHEAP_FORMS };

// All of them simulated the same thing: as many events in the same simulated time.
static void phold_check(const struct phold_case *cases)
{
    for (int i = 0; i < PHOLD_CASES; i++) {
        double share = cases[i].events_per_s / cases[ONE_CELL].events_per_s;
        REQUIRE(cases[i].events_per_s == 0 || fabs(share - 1) < 0.05,
                "case %d executed %g times as many events as the engine", i, share);
    }
}

// What the event list itself costs: the draws, which everybody pays, taken off both sides.
static void phold_add_net(struct harness *h, size_t first, const struct phold_case *cases,
                          const struct phold_size *size)
{
    const struct harness_row *rows = h->rows.items + first;
    double draws = 1e3 / rows[DRAWS].value.median;
    double engine = 1e3 / rows[ONE_CELL].value.median - draws, heap = HUGE_VAL;
    for (size_t i = FIRST_FORM; first + i < h->rows.n; i++)
        if (!holdheap_is_tuned(cases[i].form))
            heap = fmin(heap, 1e3 / rows[i].value.median - draws);
    harness_add(h, &(struct harness_row){.variant = "1 cell, net of draws",
                                         .size = size->name,
                                         .unit = "ns/event",
                                         .rounds = 1,
                                         .value = harness_exactly(engine),
                                         .ratio = harness_exactly(engine / heap),
                                         .reference = "best heap, net of draws"});
}

static void phold_add_bytes(struct harness *h, const struct phold_case *cases, const char *size)
{
    static const char *const names[] = {
        [ONE_CELL] = "engine, 1 cell", [MANY_CELLS] = "engine, 16 cells"};
    for (int i = ONE_CELL; i <= MANY_CELLS; i++)
        harness_add(h, &(struct harness_row){.variant = names[i],
                                             .size = size,
                                             .unit = "B/event",
                                             .rounds = 1,
                                             .value = harness_exactly(cases[i].bytes_per_event),
                                             .target = {GOAL_VALUE_MOST, 64}});
}

static void phold_at(struct harness *h, const struct phold_size *size, struct harness_target target,
                     uint32_t forms)
{
    struct phold_case cases[PHOLD_CASES] = {
        [ONE_CELL] = {.n_cells = 1}, [MANY_CELLS] = {.n_cells = HOP_GROUPS}};
    struct harness_contender contenders[PHOLD_CASES] = {
        {.variant = "draws, no event list", .measure = phold_draws},
        {.variant = "engine, 1 cell", .measure = phold_engine, .target = target},
        {.variant = "engine, 16 cells", .measure = phold_engine}};
    size_t n = FIRST_FORM, first = h->rows.n;
    for (uint32_t form = 0; form < HOLDHEAP_FORMS; form++) {
        if ((forms >> form & 1) == 0)
            continue;
        cases[n].form = (enum holdheap_form)form;
        contenders[n++] = (struct harness_contender){
            .variant = phold_form_names[form],
            .measure = phold_heap,
            .is_reference = !holdheap_is_tuned((enum holdheap_form)form)};
    }
    for (size_t i = 0; i < n; i++) {
        cases[i].size = size;
        contenders[i].argument = &cases[i];
    }
    harness_contest(h, &(struct harness_contest){.size = size->name,
                                                 .unit = "M events/s",
                                                 .rounds = size->rounds,
                                                 .n = n,
                                                 .contenders = contenders});
    phold_check(cases);
    phold_add_net(h, first, cases, size);
    phold_add_bytes(h, cases, size->name);
}

// ---- probes

static double phold_probe_jobs(uint32_t n_jobs, double length)
{
    struct hop_load load;
    struct holdengine hold = {0};
    hop_open(&load, n_jobs, 1);
    holdengine_open(&hold, &load, 1, 1);
    double n = (double)holdengine_run(&hold, phold_time(length));
    holdengine_close(&hold);
    hop_close(&load);
    return n;
}

double phold_probe_engine(double length)
{
    return phold_probe_jobs(1 << 14, length);
}

double phold_probe_big(double length)
{
    return phold_probe_jobs((uint32_t)(length * 0x1p20), 2);
}

double phold_probe_heap(double length)
{
    struct hop_load load;
    hop_open(&load, 1 << 14, 1);
    struct holdheap_result result = holdheap_run(HOLDHEAP_PACKED, &load, 0, phold_time(length));
    hop_close(&load);
    return (double)result.events;
}

static void phold_instructions(struct harness *h)
{
    static const struct {
        const char *probe, *variant;
    } probes[] = {{"phold-engine", "engine, 1 cell"}, {"phold-heap", "heap of 16-byte entries"}};
    if (!probe_can_count()) {
        harness_note(h, "no instructions: valgrind is not installed");
        return;
    }
    for (size_t i = 0; i < ARRAY_LEN(probes); i++) {
        double instructions;
        harness_progress(h, "instructions, %s", probes[i].variant);
        if (probe_instructions(probes[i].probe, 8, h->is_quick ? 12 : 40, &instructions))
            harness_fact(h, probes[i].variant, "16 Ki, 100 %", instructions, "instr/event");
    }
}

// ---- the bench

void phold_bench(struct harness *h)
{
    // What wins at 1 Mi, to save time.
    const uint32_t big_forms = 1u << HOLDHEAP_PACKED | 1u << HOLDHEAP_WHOLE_WIDE;
    const uint32_t all_forms = (1u << HOLDHEAP_FORMS) - 1;
    static const struct phold_size quick = {"1 Ki, 100 %", 1 << 10, 1, 8, 8, 64, 2};
    static const struct phold_size small[] = {{"16 Ki, 10 %", 1 << 14, 0.1, 16, 1, 100, 5},
                                              {"16 Ki, 100 %", 1 << 14, 1, 16, 1, 100, 5}};
    static const struct phold_size large[] = {{"1 Mi, 10 %", 1 << 20, 0.1, 4, 0.5, 1.5, 3},
                                              {"1 Mi, 100 %", 1 << 20, 1, 4, 0.5, 1.5, 3}};
    static const struct phold_size huge = {"10 Mi, 100 %", 10 << 20, 1, 4, 0.1, 0.5, 1};
    const struct harness_target none = {GOAL_NONE, 0};
    if (h->is_quick) {
        phold_at(h, &quick, none, all_forms);
        phold_instructions(h);
        return;
    }
    for (size_t i = 0; i < ARRAY_LEN(small); i++)
        phold_at(h, &small[i], (struct harness_target){GOAL_RATIO_LEAST, 4}, all_forms);
    phold_instructions(h);
    for (size_t i = 0; i < ARRAY_LEN(large); i++)
        phold_at(h, &large[i], (struct harness_target){GOAL_RATIO_LEAST, 7}, all_forms);
    phold_at(h, &huge, none, big_forms);
    harness_note(h, "size: pending events, share of hops to another group (cell); CPU time of one "
                    "thread");
    harness_note(h,
                 "ratio: to the fastest form of the heap at that size; draws are in all of them");
}
