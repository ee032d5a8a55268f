// Pins: asynchronous replication between leaders, followed write by write: a change arrives after
// its delay and the network's; reads that missed an acknowledged write are counted once, with their
// age, also when a newer write overtook it; the last of two concurrent writes wins everywhere and
// the other is counted once; cut links and dead regions delay changes but lose none; what had not
// left a region when it failed, or at the end, is counted.
#include <criterion/criterion.h>

#include "model/version.h"
#include "unit/model/storeplay.h"

// Round trip 10 ms, replication delay 0.2 s, writes take 2 ms, reads 1 ms.
static void make(struct tiny *t, int n_regions)
{
    tiny_init(t);
    tiny_silence(t);
    if (n_regions > 1)
        tiny_add_region(t, "us-west-2", 10);
    if (n_regions > 2)
        tiny_add_region(t, "eu-west-1", 10);
    tiny_add_store(t, STORE_MULTI_LEADER)->items = 2;
    t->workload.duration_s = t->workload.window_s = 1000;
}

static struct tiny t;
static struct storeplay p;

Test(replication, change_arrives_after_delay_and_network)
{
    make(&t, 2);
    storeplay_open(&p, &t);
    uint64_t w = storeplay_write(&p, 0, 1, 0);
    uint64_t early = storeplay_read(&p, 1, 1.1, 0), other = storeplay_read(&p, 1, 1.1, 1);
    uint64_t late = storeplay_read(&p, 1, 1.3, 0), own = storeplay_read(&p, 0, 1.1, 0);
    storeplay_run(&p, 5);
    for (uint64_t i = 0; i < p.n_calls; i++)
        cr_expect_eq(p.answer[i].status, ANSWER_OK);
    cr_expect_float_eq(p.answer[w].at_s, 1.002, 1e-4);
    cr_expect(early < other && late < own); // asked for in this order
    const struct replica *b = storeplay_replica(&p, 1);
    storeplay_settle(&p);
    cr_expect_eq(b->counts.staleness.stale, 1);
    cr_expect_eq(storeplay_stale_reads(&p), 1);
    cr_expect_float_eq((double)b->counts.staleness.age.sum * 1e-9, 0.099, 1e-3);
    cr_expect_eq(b->counts.lag.n, 1);
    cr_expect_float_eq((double)b->counts.lag.sum * 1e-9, 0.205, 2e-3);
    cr_expect_eq(replica_version(b, 0), replica_version(storeplay_replica(&p, 0), 0));
    cr_expect_eq(replica_version(b, 1), 0);
    storeplay_close(&p);
}

Test(replication, last_writer_wins_everywhere)
{
    make(&t, 3);
    storeplay_open(&p, &t);
    storeplay_write(&p, 0, 1.00, 0);
    storeplay_write(&p, 1, 1.05, 0); // wins
    storeplay_write(&p, 2, 1.05, 1); // another item
    storeplay_write(&p, 0, 2.00, 0); // after the former has arrived: no conflict
    storeplay_run(&p, 5);
    for (int r = 0; r < 3; r++) {
        const struct replica *replica = storeplay_replica(&p, r);
        cr_expect_eq(version_member(replica_version(replica, 0)), 0);
        cr_expect_eq(version_member(replica_version(replica, 1)), 2);
        cr_expect_eq(replica_version(replica, 0), replica_version(storeplay_replica(&p, 0), 0));
    }
    cr_expect_eq(storeplay_marked(&p, 0, true), 1);
    cr_expect_eq(storeplay_marked(&p, 1, true) + storeplay_marked(&p, 2, true), 0);
    storeplay_close(&p);
}

Test(replication, winner_is_kept_where_the_loser_was_written)
{
    make(&t, 2);
    storeplay_open(&p, &t);
    storeplay_write(&p, 0, 1.00, 0);
    storeplay_write(&p, 1, 1.05, 0);
    storeplay_run(&p, 5);
    for (int r = 0; r < 2; r++)
        cr_expect_eq(version_member(replica_version(storeplay_replica(&p, r), 0)), 1);
    cr_expect_eq(storeplay_marked(&p, 0, true), 1);
    cr_expect_eq(storeplay_marked(&p, 1, true), 0);
    storeplay_close(&p);
}

// Region 0's change is held up by a cut link, region 1's later one overtakes it: reads in region 2
// between the two commits missed the first.
Test(replication, overtaken_write_still_counts_for_reads)
{
    make(&t, 3);
    struct fault_spec *f = tiny_add_fault(&t);
    f->target = FAULT_LINK;
    f->peer = "eu-west-1";
    f->at_s = 1.1;
    f->duration = distribution_constant(10);
    storeplay_open(&p, &t);
    storeplay_write(&p, 0, 1, 0);
    storeplay_read(&p, 2, 2, 0);  // missed it
    storeplay_write(&p, 1, 3, 0); // arrives in region 2 at 3.2, the former at 11 to 12
    storeplay_read(&p, 2, 4, 0);  // saw the newer one
    storeplay_run(&p, 20);
    storeplay_settle(&p);
    cr_expect_eq(storeplay_replica(&p, 2)->counts.staleness.stale, 1);
    cr_expect_float_eq((double)storeplay_replica(&p, 2)->counts.staleness.age.sum * 1e-9, 1, 0.01);
    storeplay_close(&p);
}

static double arrival_after_fault(enum fault_target target, const char *region)
{
    make(&t, 2);
    struct fault_spec *f = tiny_add_fault(&t);
    f->target = target;
    f->region = region;
    f->at_s = 1.1;
    f->duration = distribution_constant(60);
    storeplay_open(&p, &t);
    storeplay_write(&p, 0, 1, 0);
    storeplay_run(&p, 100);
    const struct histogram *lag = &storeplay_replica(&p, 1)->counts.lag;
    cr_expect_eq(lag->n, 1);
    cr_expect_eq(replica_version(storeplay_replica(&p, 1), 0),
                 replica_version(storeplay_replica(&p, 0), 0));
    cr_expect_eq(storeplay_replica(&p, 0)->counts.unreplicated_at_fault,
                 target == FAULT_REGION && region[3] == 'e');
    double at_s = 1.002 + (double)lag->sum * 1e-9;
    storeplay_close(&p);
    return at_s;
}

// The retry that finds the way open comes up to a second after it opens.
Test(replication, faults_delay_but_lose_nothing)
{
    double link = arrival_after_fault(FAULT_LINK, "us-east-1");
    double receiver = arrival_after_fault(FAULT_REGION, "us-west-2");
    double sender = arrival_after_fault(FAULT_REGION, "us-east-1");
    cr_expect(61.1 <= link && link < 62.2, "%g s", link);
    cr_expect(61.1 <= receiver && receiver < 62.2, "%g s", receiver);
    cr_expect(61.1 <= sender && sender < 62.2, "%g s", sender);
}

Test(replication, one_way_cut_stops_one_direction)
{
    make(&t, 2);
    struct fault_spec *f = tiny_add_fault(&t);
    f->target = FAULT_LINK;
    f->one_way = true;
    f->duration = distribution_constant(60);
    storeplay_open(&p, &t);
    storeplay_write(&p, 0, 1, 0);
    storeplay_write(&p, 1, 1, 1);
    storeplay_run(&p, 100);
    cr_expect_gt(storeplay_replica(&p, 1)->counts.lag.most, (uint64_t)(58 * SIMTIME_S));
    cr_expect_lt(storeplay_replica(&p, 0)->counts.lag.most, (uint64_t)SIMTIME_S);
    storeplay_close(&p);
}

// Reads just before a replica lost power are judged when the change reaches it at last, however
// many reads it has served since it is back.
Test(replication, reads_before_a_power_loss_are_not_forgotten)
{
    make(&t, 2);
    struct fault_spec *f = tiny_add_fault(&t);
    f->region = "us-west-2";
    f->at_s = 10;
    f->duration = distribution_constant(100);
    storeplay_open(&p, &t);
    storeplay_write(&p, 0, 9.9, 0);
    storeplay_read(&p, 1, 9.95, 0);
    for (int i = 0; i < 3000; i++)
        storeplay_read(&p, 1, 110 + 1e-5 * i, 1);
    storeplay_run(&p, 200);
    storeplay_settle(&p);
    cr_expect_gt(storeplay_replica(&p, 1)->counts.lag.sum, (uint64_t)(100.2 * 1e9));
    cr_expect_eq(storeplay_replica(&p, 1)->counts.staleness.stale, 1);
    storeplay_close(&p);
}

// A probe that runs the service's calls must not change items.
Test(replication, probes_write_nothing)
{
    make(&t, 2);
    storeplay_open(&p, &t);
    uint64_t w = storeplay_ask(&p, 0, 1, 0, REQUEST_WRITE | REQUEST_PROBE | REQUEST_DEEP);
    storeplay_run(&p, 5);
    cr_expect_eq(p.answer[w].status, ANSWER_OK);
    cr_expect_eq(replica_version(storeplay_replica(&p, 0), 0), 0);
    cr_expect_eq(storeplay_replica(&p, 1)->counts.lag.n, 0);
    storeplay_close(&p);
}

// ---- the end of a run: the whole model, because it settles what is under way

Test(replication, what_is_under_way_at_the_end_is_counted)
{
    struct record r;
    make(&t, 2);
    t.populations[0].rate_rps = 100;
    t.workload.classes[0].is_write = true;
    t.services[0].work = distribution_constant(0);
    t.services[0].servers_per_zone = 100;
    t.topology.steering.root.n_records = 1;
    t.stores[0].replication.delay = distribution_constant(2);
    t.workload.duration_s = t.workload.window_s = 20;
    tiny_run(&t, 0, &r);
    // Poisson with mean 200; 5 standard deviations.
    cr_expect_float_eq((double)r.stores[0].unreplicated_at_end, 200, 71, "%lu",
                       r.stores[0].unreplicated_at_end);
    cr_expect_eq(r.stores[0].lag.n + r.stores[0].unreplicated_at_end, r.stores[0].writes);
    record_free(&r);
}

// A link that is cut from 5 s to `until_s` of 20 s; each write keeps the sender busy for `send_s`.
static void run_across_a_cut(double until_s, double send_s, struct record *r)
{
    make(&t, 2);
    t.populations[0].rate_rps = 20;
    t.workload.classes[0].is_write = true;
    t.services[0].work = distribution_constant(0);
    t.services[0].servers_per_zone = 100;
    t.topology.steering.root.n_records = 1;
    t.stores[0].replication.send_time = distribution_constant(send_s);
    t.workload.duration_s = t.workload.window_s = 20;
    struct fault_spec *f = tiny_add_fault(&t);
    f->target = FAULT_LINK;
    f->at_s = 5;
    f->duration = distribution_constant(until_s - 5);
    tiny_run(&t, 0, r);
}

// What waits is sent within a second or so; with a sender that is slower than the writes come, not
// before the run ends: then it has not converged, whatever has arrived.
Test(replication, what_waits_at_the_end_has_not_converged)
{
    struct record r;
    run_across_a_cut(10, 0, &r);
    cr_assert_eq(r.stores[0].convergences.n, 1);
    const struct convergence_record *c = &r.stores[0].convergences.items[0];
    cr_expect_eq(c->healed, 10 * SIMTIME_S);
    cr_expect(c->converged > c->healed && c->converged < 12 * SIMTIME_S);
    cr_expect_eq(c->from * 10 + c->to, 1);
    record_free(&r);

    run_across_a_cut(10, 0.2, &r);
    cr_assert_eq(r.stores[0].convergences.n, 1);
    cr_expect_gt(r.stores[0].lags[1 * STORE_LAG_FIELDS + STORE_LAG_APPLIED], 10);
    cr_expect_eq(r.stores[0].convergences.items[0].healed, 10 * SIMTIME_S);
    cr_expect_eq(r.stores[0].convergences.items[0].converged, SIMTIME_NEVER);
    record_free(&r);

    // Nothing has been healed; what was on its way when the link was cut has not waited for it.
    run_across_a_cut(30, 0, &r);
    cr_expect_gt(r.stores[0].lag.n, 50);
    cr_expect_eq(r.stores[0].convergences.n, 0);
    record_free(&r);
}
