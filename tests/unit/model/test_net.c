// Pins: the network: no message is faster than its path's floor; round trips between regions
// reproduce the p50 and p90 of the measured table within 0.5 ms + 2 %, those of users and zones the
// figures they are made of; losses and their repair have the probabilities and delays stated
// (chi-square and binomial, level 1e-4); cut, slow and lossy links; time to transfer. Table and
// places are the shipped ones.
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "base/base.h"
#include "model/net.h"
#include "scenario/scenario.h"
#include "support/stat.h"
#include "support/tiny.h"

static const struct timeline no_faults;

// The shipped tables, as a design's file finds them.
static void load_tables(struct scenario *scenario)
{
    static const char *const paths[] = {"topologies/one-region.yaml"};
    struct scenario_request request = {.topologies = paths, .n_topologies = 1};
    struct diag_list diags = {0};
    cr_assert(scenario_load(scenario, &request, &diags), "run in the repository's root");
    diag_free(&diags);
}

static struct stream new_stream(void)
{
    return stream_open(1, 0, "test", "net");
}

// ---- floors

Test(net, never_faster_than_the_floor)
{
    static struct tiny t;
    struct stream s = new_stream();
    tiny_init(&t);
    tiny_add_region(&t, "us-west-2", 60);
    tiny_set_zones(&t, 2);
    t.topology.network.backbone_loss = 0.01;
    struct model *m = tiny_compile(&t, PARTITION_ONE);
    struct timeline slow = {0};
    timeline_add(&slow, 0, SIMTIME_DAY, (struct fault_state){.slow = 3, .capacity = 1});
    timeline_seal(&slow);
    for (uint32_t i = 0; i < (uint32_t)m->n_places * m->n_places; i++) {
        const struct path *path = &m->paths[i];
        if (path->jitter == NULL)
            continue; // never used
        cr_assert_geq(path->floor, SIMTIME_US);
        for (int k = 0; k < 300; k++) {
            cr_assert_geq(net_delay(path, &no_faults, &s, 0, net_empty), path->floor);
            cr_assert_geq(net_delay(path, &slow, &s, 0, net_empty), 3 * path->floor);
            cr_assert_geq(net_connect_delay(path, &no_faults, &s, 0), path->floor);
        }
    }
    timeline_free(&slow);
    model_free(m);
}

// ---- round trips

enum { TRIPS = 16000 };

struct quantiles {
    double p50, p90, p99;
};

static int compare_doubles(const void *a, const void *b)
{
    double v = *(const double *)a, w = *(const double *)b;
    return (v > w) - (v < w);
}

// In ms.
static struct quantiles round_trip(const struct model *m, uint16_t a, uint16_t b, struct stream *s)
{
    static double ms[TRIPS];
    for (int i = 0; i < TRIPS; i++)
        ms[i] = 1e-6 * (double)(net_delay(model_path(m, a, b), &no_faults, s, 0, net_empty) +
                                net_delay(model_path(m, b, a), &no_faults, s, 0, net_empty));
    qsort(ms, TRIPS, sizeof *ms, compare_doubles);
    return (struct quantiles){ms[TRIPS / 2], ms[TRIPS * 9 / 10], ms[TRIPS * 99 / 100]};
}

enum { BLOCK = TOPOLOGY_MAX_REGIONS / 2 };

static void add_block(struct tiny *t, const struct geography *g, size_t block)
{
    for (size_t i = block * BLOCK; i < (block + 1) * BLOCK && i < g->n_regions; i++)
        t->topology.regions[t->topology.n_regions++] =
            (struct region_spec){.name = g->regions[i].code, .geography = (int)i, .n_zones = 1};
}

static bool is_near(double got, double want)
{
    return fabs(got - want) <= 0.5 + 0.02 * want;
}

static void expect_pair(const struct model *m, int a, int b, struct stream *s)
{
    const struct geography *g = m->geography;
    const struct region_spec *from = &m->topology->regions[a], *to = &m->topology->regions[b];
    size_t there = (size_t)from->geography * g->n_regions + (size_t)to->geography;
    size_t back = (size_t)to->geography * g->n_regions + (size_t)from->geography;
    // The table is not symmetric: half of each row's figure is what its direction takes.
    double p50 = ((double)g->rtt_p50_ms[there] + (double)g->rtt_p50_ms[back]) / 2;
    double p90 = ((double)g->rtt_p90_ms[there] + (double)g->rtt_p90_ms[back]) / 2;
    if (isnan(p50) || isnan(p90))
        return;
    struct quantiles q = round_trip(m, m->region_place[a], m->region_place[b], s);
    cr_expect(is_near(q.p50, p50), "%s to %s: p50 %.2f ms, table %.1f", from->name, to->name, q.p50,
              p50);
    cr_expect(is_near(q.p90, p90), "%s to %s: p90 %.2f ms, table %.1f", from->name, to->name, q.p90,
              p90);
}

// All pairs of the table: a design may have 16 regions, so two blocks of eight at a time.
Test(net, region_pairs_reproduce_the_table)
{
    struct scenario scenario = {0};
    struct stream s = new_stream();
    load_tables(&scenario);
    const struct geography *g = scenario.geography;
    size_t n_blocks = (g->n_regions + BLOCK - 1) / BLOCK;
    for (size_t i = 1; i < n_blocks; i++)
        for (size_t k = 0; k < i; k++) {
            static struct tiny t;
            tiny_init(&t);
            t.geography = *g;
            t.topology.n_regions = 0;
            t.topology.steering.root.n_records = 1;
            add_block(&t, g, i);
            add_block(&t, g, k);
            struct model *m = tiny_compile(&t, PARTITION_ONE);
            for (int a = 0; a < t.topology.n_regions; a++)
                for (int b = 0; b < a; b++)
                    expect_pair(m, a, b, &s);
            model_free(m);
        }
    scenario_free(&scenario);
}

Test(net, zones_and_users)
{
    static struct tiny t;
    struct stream s = new_stream();
    tiny_init(&t);
    tiny_set_zones(&t, 2);
    t.topology.network.zone_rtt_s = 1e-3, t.topology.network.zone_rtt_p99_s = 2e-3;
    t.topology.network.local_rtt_s = 0.3e-3, t.topology.network.local_rtt_p99_s = 0.5e-3;
    t.topology.network.internet_stretch = 1.5;
    t.populations[0].access = ACCESS_CABLE;
    tiny_move(&t, 0, 0, 0);
    t.facts[0].longitude_deg = 40; // 4448 km away
    struct model *m = tiny_compile(&t, PARTITION_ONE);
    struct quantiles q = round_trip(m, m->zone_place[0][0], m->zone_place[0][1], &s);
    cr_expect_float_eq(q.p50, 1, 0.1, "between zones: p50 %g ms", q.p50);
    cr_expect_float_eq(q.p99, 2, 0.3, "between zones: p99 %g ms", q.p99);
    q = round_trip(m, m->zone_place[0][0], m->zone_place[0][0], &s);
    cr_expect_float_eq(q.p50, 0.3, 0.03, "within a zone: p50 %g ms", q.p50);
    cr_expect_float_eq(q.p99, 0.5, 0.1, "within a zone: p99 %g ms", q.p99);
    const struct access_fact *cable = geography_access(ACCESS_CABLE);
    double way_ms = 2 * 4448 * 1.5 / 200 + 1; // at 200 km a ms, and 1 ms of equipment
    q = round_trip(m, m->population_place, m->zone_place[0][0], &s);
    cr_expect(is_near(q.p50, way_ms + cable->rtt_median_ms), "users: p50 %g ms", q.p50);
    cr_expect(fabs(q.p99 - way_ms - cable->rtt_p99_ms) < 8, "users: p99 %g ms", q.p99);
    model_free(m);
}

// Region pairs without a measurement take the distance.
Test(net, distance_where_there_is_no_measurement)
{
    static struct tiny t;
    struct stream s = new_stream();
    tiny_init(&t);
    tiny_add_region(&t, "mars-1", (double)NAN);
    tiny_move(&t, 0, 0, 0);
    tiny_move(&t, 1, 0, 5000);
    struct model *m = tiny_compile(&t, PARTITION_ONE);
    struct quantiles q = round_trip(m, m->region_place[0], m->region_place[1], &s);
    cr_expect(is_near(q.p50, 2 * 5000 * 2 / 200.0 + 1), "p50 %g ms", q.p50); // backbone stretch 2
    model_free(m);
}

// ---- losses

// A path without jitter: 10 ms, first retransmission after 220 ms.
static struct path plain_path(struct arena *arena, double loss)
{
    static struct variate still;
    struct distribution zero = distribution_constant(0);
    still = variate_compile(arena, &zero, 1);
    struct path path = {.floor = 10 * SIMTIME_MS,
                        .jitter = &still,
                        .ns_per_byte = 8,
                        .retransmit = 220 * SIMTIME_MS};
    net_set_loss(&path, loss);
    return path;
}

enum { KINDS = 5, DRAWS = 100000 };

// Counts draws by their delay, in ms; -1: lost; the last kind takes the rest.
static void count_delays(const struct path *path, double bytes, const double *ms, uint64_t *counts)
{
    struct stream s = new_stream();
    memset(counts, 0, KINDS * sizeof *counts);
    for (int i = 0; i < DRAWS; i++) {
        simtime delay = bytes < 0 ? net_connect_delay(path, &no_faults, &s, 0)
                                  : net_delay(path, &no_faults, &s, 0, net_size(bytes));
        double got = delay == NET_LOST ? -1 : (double)delay * 1e-6 - (bytes > 0 ? bytes * 8e-6 : 0);
        int kind = 0;
        while (kind < KINDS - 1 && fabs(got - ms[kind]) > 0.001)
            kind++;
        counts[kind]++;
    }
}

// RFC 6298: a lost SYN is sent again after 1, 2, 4 ... s.
Test(net, lost_connection_attempts_cost_seconds)
{
    struct arena arena = {0};
    struct path path = plain_path(&arena, 0.3);
    uint64_t counts[KINDS];
    static const double ms[KINDS - 1] = {10, 1010, 3010, 7010};
    double q = 0.3, shares[KINDS] = {0.7, 0.7 * q, 0.7 * q * q, 0.7 * q * q * q, q * q * q * q};
    count_delays(&path, -1, ms, counts);
    cr_expect(stat_counts_agree("SYN", counts, shares, KINDS));
    net_set_loss(&path, 0.9);
    count_delays(&path, -1, (double[]){-1, 0, 0, 0}, counts);
    cr_expect(stat_share_agrees("SYN given up", counts[0], DRAWS, pow(0.9, 8)));
    arena_free(&arena);
}

// A small message that is lost waits for the timeout, which doubles.
Test(net, lost_small_messages_wait_for_the_timeout)
{
    struct arena arena = {0};
    struct path path = plain_path(&arena, 0.2);
    uint64_t counts[KINDS];
    static const double ms[KINDS - 1] = {10, 230, 670, 1550};
    double shares[KINDS] = {0.8, 0.16, 0.032, 0.0064, 0.0016};
    count_delays(&path, NET_SMALL_BYTES, ms, counts);
    cr_expect(stat_counts_agree("small", counts, shares, KINDS));
    arena_free(&arena);
}

// One packet of ten is missed: later ones show it, and it is there a round trip later.
Test(net, losses_in_large_messages_are_repaired_fast)
{
    struct arena arena = {0};
    struct path path = plain_path(&arena, 0.01);
    uint64_t counts[KINDS];
    static const double ms[KINDS - 1] = {10, 30, 250, 690};
    double any = 1 - pow(0.99, 10);
    double shares[KINDS] = {1 - any, any * 0.99, any * 0.01 * 0.99, any * 1e-4 * 0.99, any * 1e-6};
    count_delays(&path, 10 * NET_PACKET_BYTES, ms, counts);
    counts[3] += counts[4], shares[3] += shares[4], counts[4] = 0, shares[4] = 0;
    cr_expect(stat_counts_agree("large", counts, shares, KINDS));
    arena_free(&arena);
}

// A message without payload still is a packet.
Test(net, empty_messages_are_lost_as_one_packet)
{
    struct arena arena = {0};
    struct path path = plain_path(&arena, 0.5);
    uint64_t counts[KINDS];
    count_delays(&path, 0, (double[]){10, 0, 0, 0}, counts);
    cr_expect(stat_share_agrees("empty", counts[0], DRAWS, 0.5));
    arena_free(&arena);
}

// The hot draw compares 32 bits with a bound that is too high by up to 2^-32: also a loss far below
// that is exact. 2^34 messages would lose four packets; none is lost here, and with a loss of 2^-20
// the expected number.
Test(net, small_losses)
{
    struct arena arena = {0};
    struct stream s = new_stream();
    struct path path = plain_path(&arena, 0x1p-34);
    uint64_t n = 0;
    for (int i = 0; i < DRAWS; i++)
        n += net_delay_if_lost(&path, &s, net_small, 1) != 1; // as if the bound had been met
    cr_expect(stat_share_agrees("loss of 2^-34, once the bound is met", n, DRAWS, 0.25));
    net_set_loss(&path, 0x1p-20);
    n = 0;
    for (int i = 0; i < 40 * DRAWS; i++)
        n += net_delay(&path, &no_faults, &s, 0, net_small) > 100 * SIMTIME_MS;
    cr_expect(stat_share_agrees("loss of 2^-20", n, 40 * DRAWS, 0x1p-20));
    arena_free(&arena);
}

// ---- faults of a link

Test(net, cut_slow_and_lossy_links)
{
    struct arena arena = {0};
    struct stream s = new_stream();
    struct path path = plain_path(&arena, 0);
    struct timeline link = {0};
    struct fault_state cut = {.is_dead = true, .slow = 1}, slow = {.slow = 4}, lossy = {.slow = 1};
    uint64_t n_late = 0;
    lossy.loss = 0.25f;
    timeline_add(&link, 10, 20, cut);
    timeline_add(&link, 20, 30, slow);
    timeline_add(&link, 30, 40, lossy);
    timeline_seal(&link);
    cr_expect_eq(net_delay(&path, &link, &s, 9, net_size(100)), 10 * SIMTIME_MS + 800);
    cr_expect_eq(net_delay(&path, &link, &s, 10, net_size(100)), NET_LOST);
    cr_expect_eq(net_connect_delay(&path, &link, &s, 19), NET_LOST);
    cr_expect_eq(net_delay(&path, &link, &s, 20, net_empty), 40 * SIMTIME_MS);
    for (int i = 0; i < DRAWS; i++)
        n_late += net_delay(&path, &link, &s, 30, net_small) > 100 * SIMTIME_MS;
    cr_expect(stat_share_agrees("lossy link", n_late, DRAWS, 0.25));
    cr_expect_eq(net_delay(&path, &link, &s, 40, net_empty), 10 * SIMTIME_MS);
    net_set_loss(&path, 1);
    cr_expect_eq(net_delay(&path, &link, &s, 0, net_size(1)), NET_LOST);
    timeline_free(&link);
    arena_free(&arena);
}
