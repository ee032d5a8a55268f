// Pins: quorum operations, one by one: a write or strong read takes the round trip to the k-th
// nearest replica; with one of three down the store goes on, with two down it refuses after the
// timeout; a replica that was away gets the write when it is back; with R + W > N no read is ever
// stale, whatever links and regions do; local reads are stale while a change is under way, and
// later faults do not hide that; writes that failed and are an item's last are not counted among
// those that were acknowledged.
#include <criterion/criterion.h>

#include "base/stream.h"
#include "unit/model/storeplay.h"

static struct tiny t;
static struct storeplay p;

// Round trips 10 and 30 ms from region 0, 50 between the others; reads take 1 ms, writes 2 ms;
// timeout 2 s.
static struct store_spec *make(void)
{
    return storeplay_make(&t, STORE_QUORUM);
}

static void expect_answer(uint64_t call, enum answer_status status, double at_s)
{
    storeplay_expect(&p, call, status, at_s, 2e-3);
}

static void add_region_loss(const char *region, double at_s, double lasts_s)
{
    tiny_add_fault_at(&t, FAULT_REGION, region, at_s, lasts_s);
}

Test(quorum, answers_come_after_the_kth_nearest)
{
    static const double round_trip_s[] = {0, 0.010, 0.030}; // for quorums of 1, 2, 3
    for (int k = 1; k <= 3; k++) {
        struct store_spec *s = make();
        s->quorum.write = s->quorum.read = k;
        storeplay_open(&p, &t);
        uint64_t w = storeplay_write(&p, 0, 1, 0), r = storeplay_read(&p, 0, 2, 0);
        storeplay_run(&p, 10);
        // All parts at the same time.
        expect_answer(w, ANSWER_OK, 1 + 0.002 + round_trip_s[k - 1]);
        expect_answer(r, ANSWER_OK, 2 + 0.001 + round_trip_s[k - 1]);
        for (int region = 1; region < 3; region++)
            cr_expect_eq(replica_version(storeplay_replica(&p, region), 0),
                         replica_version(storeplay_replica(&p, 0), 0));
        storeplay_close(&p);
    }
}

Test(quorum, survives_one_of_three)
{
    make();
    add_region_loss("us-west-2", 0.5, 100);
    storeplay_open(&p, &t);
    uint64_t w = storeplay_write(&p, 0, 1, 0), r = storeplay_read(&p, 0, 2, 0);
    storeplay_run(&p, 200);
    expect_answer(w, ANSWER_OK, 1.032); // the farther replica makes the quorum
    expect_answer(r, ANSWER_OK, 2.031);
    cr_expect_eq(replica_version(storeplay_replica(&p, 1), 0),
                 replica_version(storeplay_replica(&p, 0), 0),
                 "the replica that was away has not got the write");
    cr_expect_eq(storeplay_replica(&p, 1)->counts.lag.n, 1);
    storeplay_close(&p);
}

Test(quorum, refuses_without_a_majority)
{
    make();
    add_region_loss("us-west-2", 0.5, 100);
    add_region_loss("eu-west-1", 0.5, 100);
    storeplay_open(&p, &t);
    uint64_t w = storeplay_write(&p, 0, 1, 0), r = storeplay_read(&p, 0, 2, 0);
    uint64_t later = storeplay_write(&p, 0, 150, 1);
    storeplay_run(&p, 200);
    expect_answer(w, ANSWER_ERROR, 3); // after the timeout
    expect_answer(r, ANSWER_ERROR, 4);
    expect_answer(later, ANSWER_OK, 150.012);
    cr_expect_eq(storeplay_replica(&p, 0)->counts.unavailable, 2);
    cr_expect_eq(storeplay_replica(&p, 0)->counts.writes, 1);
    storeplay_close(&p);
}

Test(quorum, refusing_replica_does_not_count)
{
    make();
    struct fault_spec *f = tiny_add_fault(&t);
    f->target = FAULT_STORE;
    f->region = "us-west-2";
    f->duration = distribution_constant(100);
    storeplay_open(&p, &t);
    uint64_t w = storeplay_write(&p, 0, 1, 0), own = storeplay_write(&p, 1, 1, 0);
    storeplay_run(&p, 200);
    expect_answer(w, ANSWER_OK, 1.032);
    expect_answer(own, ANSWER_REFUSED, 1);
    cr_expect_eq(replica_version(storeplay_replica(&p, 1), 0),
                 replica_version(storeplay_replica(&p, 0), 0));
    storeplay_close(&p);
}

Test(quorum, erring_replica_does_not_count)
{
    make();
    struct fault_spec *f = tiny_add_fault(&t);
    f->target = FAULT_STORE;
    f->region = "us-west-2";
    f->effect = FAULT_ERRORS;
    f->level = 1;
    f->duration = distribution_constant(100);
    storeplay_open(&p, &t);
    uint64_t w = storeplay_write(&p, 0, 1, 0), r = storeplay_read(&p, 0, 2, 0);
    storeplay_run(&p, 200);
    expect_answer(w, ANSWER_OK, 1.032); // the farther replica makes the quorum
    expect_answer(r, ANSWER_OK, 2.031);
    cr_expect_eq(replica_version(storeplay_replica(&p, 1), 0),
                 replica_version(storeplay_replica(&p, 0), 0));
    storeplay_close(&p);
}

// Random reads and writes everywhere, random cuts in one direction or both, random losses of a
// region.
static uint64_t stale_reads_of_random_history(uint64_t seed, int write, int read)
{
    static const char *const regions[] = {"us-east-1", "us-west-2", "eu-west-1"};
    struct stream random = stream_open(seed, 0, "test", "history");
    struct store_spec *s = make();
    s->quorum.write = write;
    s->quorum.read = read;
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
    uint64_t stale = storeplay_stale_reads(&p);
    storeplay_close(&p);
    return stale;
}

Test(quorum, overlapping_quorums_never_read_stale)
{
    for (uint64_t seed = 0; seed < 20; seed++) {
        cr_expect_eq(stale_reads_of_random_history(seed, 2, 2), 0, "seed %lu, W 2, R 2", seed);
        cr_expect_eq(stale_reads_of_random_history(seed, 3, 1), 0, "seed %lu, W 3, R 1", seed);
        cr_expect_eq(stale_reads_of_random_history(seed, 1, 3), 0, "seed %lu, W 1, R 3", seed);
    }
    cr_expect_gt(stale_reads_of_random_history(1, 1, 1), 0, "W 1, R 1 must show stale reads");
}

// ---- local reads

Test(quorum, local_reads_are_stale_while_a_change_travels)
{
    struct store_spec *s = make();
    s->quorum.read_mode = QUORUM_READ_LOCAL;
    storeplay_open(&p, &t);
    storeplay_write(&p, 0, 1, 0);                       // committed at 1.012; in region 2 at 1.017
    uint64_t before = storeplay_read(&p, 2, 1.010, 0);  // not yet committed
    uint64_t between = storeplay_read(&p, 2, 1.015, 0); // stale: served at 1.016
    uint64_t after = storeplay_read(&p, 2, 1.030, 0);
    storeplay_run(&p, 10);
    storeplay_settle(&p);
    expect_answer(before, ANSWER_OK, 1.011);
    expect_answer(between, ANSWER_OK, 1.016);
    expect_answer(after, ANSWER_OK, 1.031);
    cr_expect_eq(storeplay_replica(&p, 2)->counts.staleness.stale, 1);
    cr_expect_float_eq((double)storeplay_replica(&p, 2)->counts.staleness.age.sum * 1e-9, 0.004,
                       5e-4);
    storeplay_close(&p);
}

// A replica that is cut off serves old copies all the while; when the link is back it learns so.
Test(quorum, local_reads_behind_a_cut_link)
{
    struct store_spec *s = make();
    s->quorum.read_mode = QUORUM_READ_LOCAL;
    struct fault_spec *f = tiny_add_fault(&t);
    f->target = FAULT_LINK;
    f->region = "eu-west-1";
    f->duration = distribution_constant(60);
    storeplay_open(&p, &t);
    storeplay_read(&p, 2, 0.5, 0);
    storeplay_write(&p, 0, 1, 0);
    for (int i = 0; i < 10; i++)
        storeplay_read(&p, 2, 2 + i, 0);
    storeplay_read(&p, 2, 80, 0);
    storeplay_run(&p, 100);
    storeplay_settle(&p);
    cr_expect_eq(storeplay_replica(&p, 2)->counts.staleness.stale, 10);
    cr_expect_float_eq((double)storeplay_replica(&p, 2)->counts.staleness.age.most * 1e-9, 10,
                       0.05);
    storeplay_close(&p);
}

// The link is cut after two seconds: what is written then stays where it was asked for, and fails.
// The whole model, because it is settled at the end.
Test(quorum, failed_writes_are_not_present)
{
    struct record r;
    tiny_init(&t);
    tiny_add_region(&t, "us-west-2", 10);
    struct store_spec *s = tiny_add_store(&t, STORE_QUORUM);
    s->quorum.write = 2;
    s->items = 1000000;
    t.workload.classes[0].is_write = true;
    t.services[0].work = distribution_constant(0);
    t.services[0].servers_per_zone = 100;
    t.topology.steering.root.n_records = 1;
    t.populations[0].rate_rps = 100;
    t.workload.duration_s = t.workload.window_s = 20;
    struct fault_spec *f = tiny_add_fault(&t);
    f->target = FAULT_LINK;
    f->peer = "us-west-2";
    f->at_s = 2;
    f->duration = distribution_constant(100);
    tiny_run(&t, 0, &r);
    const struct store_record *c = &r.stores[0];
    cr_expect(c->writes > 100 && c->writes < 300, "%lu acknowledged", c->writes);
    cr_expect_gt(c->unacknowledged_kept, 1000, "%lu", c->unacknowledged_kept);
    cr_expect_leq(c->fates[FATE_PRESENT], c->writes);
    cr_expect_gt(c->fates[FATE_PRESENT], c->writes * 9 / 10); // hardly any item is written twice
    record_free(&r);
}
