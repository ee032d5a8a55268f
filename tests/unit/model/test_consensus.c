// Pins: consensus, operation by operation.
#include <criterion/criterion.h>
#include <stdio.h>

#include "base/stream.h"
#include "model/consensus.h"
#include "unit/model/storeplay.h"

static struct tiny t;
static struct storeplay p;

// Round trips 10 and 30 ms from region 0, which leads, 50 between the others; reads take 1 ms,
// writes 2 ms.
static struct store_spec *make(void)
{
    tiny_init(&t);
    tiny_silence(&t);
    tiny_add_region(&t, "us-west-2", 10);
    tiny_add_region(&t, "eu-west-1", 30);
    tiny_set_rtt(&t, 1, 2, 50);
    t.workload.duration_s = t.workload.window_s = 1000;
    struct store_spec *s = tiny_add_store(&t, STORE_CONSENSUS);
    s->items = 2;
    return s;
}

static void expect_answer(uint64_t call, enum answer_status status, double at_s)
{
    cr_expect_eq(p.answer[call].status, status, "call %lu: status %d", call, p.answer[call].status);
    cr_expect_float_eq(p.answer[call].at_s, at_s, 2e-3, "call %lu: %g s", call,
                       p.answer[call].at_s);
}

Test(consensus, smoke)
{
    make();
    storeplay_open(&p, &t);
    uint64_t w = storeplay_write(&p, 0, 1, 0), r = storeplay_read(&p, 0, 2, 0);
    uint64_t w1 = storeplay_write(&p, 1, 3, 0), r1 = storeplay_read(&p, 1, 4, 0);
    storeplay_run(&p, 10);
    expect_answer(w, ANSWER_OK, 1.012);
    expect_answer(r, ANSWER_OK, 2.011);
    expect_answer(w1, ANSWER_OK, 3.022);
    expect_answer(r1, ANSWER_OK, 4.021);
    for (int region = 1; region < 3; region++)
        cr_expect_eq(replica_version(storeplay_replica(&p, region), 0),
                     replica_version(storeplay_replica(&p, 0), 0));
    storeplay_close(&p);
}

static uint64_t random_history(uint64_t seed)
{
    static const char *const regions[] = {"us-east-1", "us-west-2", "eu-west-1"};
    struct stream random = stream_open(seed, 0, "test", "history");
    struct store_spec *s = make();
    s->consensus.groups = 2;
    s->consensus.leaders = STORE_LEADERS_SPREAD;
    s->consensus.read = (enum consensus_read)(seed % 2);
    s->read_time = tiny_exponential(0.005);
    s->write_time = tiny_exponential(0.005);
    for (int i = 0; i < TINY_FAULTS; i++) {
        struct fault_spec *f = tiny_add_fault(&t);
        f->region = regions[stream_below(&random, 3)];
        f->at_s = 5 * i + 3 * stream_uniform(&random);
        f->duration = distribution_constant(6 * stream_uniform(&random));
        f->target = stream_below(&random, 3) == 0 ? FAULT_REGION : FAULT_LINK;
        f->one_way = stream_below(&random, 2) == 0;
        f->peer = stream_below(&random, 2) == 0 ? "*" : regions[stream_below(&random, 3)];
    }
    storeplay_open(&p, &t);
    for (int i = 0; i < 15000; i++)
        storeplay_ask(&p, (int)stream_below(&random, 3), 45 * stream_uniform(&random),
                      stream_below(&random, 2), stream_below(&random, 3) == 0 ? REQUEST_WRITE : 0);
    storeplay_run(&p, 100);
    uint64_t stale = storeplay_stale_reads(&p), n[256] = {0}, marks = 0;
    for (uint64_t i = 0; i < p.n_calls; i++)
        n[p.answer[i].status]++;
    uint32_t term = 0;
    for (int m = 0; m < 3; m++) {
        for (int g = 0; g < 2; g++) {
            const struct consensus_group *group = &storeplay_replica(&p, m)->consensus->groups[g];
            term = group->term > term ? group->term : term;
            printf("  %d/%d role %d term %u leader %d last %u base %u commit %u stored %u\n", m, g,
                   group->role, group->term, group->leader, group->log.last, group->log.base,
                   group->commit, group->log.stored);
        }
        marks += p.stage.world->journals[stage_lp(&p.stage, LP_REPLICA, (uint32_t)m)].n;
    }
    printf("seed %lu: ok %lu error %lu shed %lu refused %lu none %lu stale %lu marks %lu term %u "
           "events %lu\n",
           seed, n[ANSWER_OK], n[ANSWER_ERROR], n[ANSWER_SHED], n[ANSWER_REFUSED], n[255], stale,
           marks, term, engine_events(p.stage.world->engine));
    storeplay_close(&p);
    return stale;
}

Test(consensus, random)
{
    for (uint64_t seed = 0; seed < 20; seed++)
        cr_expect_eq(random_history(seed), 0);
}
