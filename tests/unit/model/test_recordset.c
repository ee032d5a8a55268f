// Pins: which regions an answer holds, by policy, place and health, as Route 53 documents it
// (recordset.h): geolocation and its want of an answer, geoproximity with bias, the longest block
// of addresses, up to eight values, trees of sets with and without evaluation of the target's
// health, fail open, whose TTL counts; which regions are in anybody's answers. Weighted, latency
// and failover: test_authority.
#include <criterion/criterion.h>
#include <string.h>

#include "model/context.h"
#include "model/model.h"
#include "model/recordset.h"
#include "support/tiny.h"

enum { REGIONS = 3 };
static struct tiny t;
static struct model *m;
static struct record_health health;
static struct stream choices;

static struct steering_spec *make(enum steering_policy policy)
{
    tiny_init(&t);
    tiny_add_region(&t, "us-west-2", 60);
    tiny_add_region(&t, "eu-west-1", 80);
    t.topology.steering.root.policy = policy;
    for (int i = 0; i < REGIONS; i++)
        t.topology.steering.root.records[i].health_check = true;
    choices = stream_open(1, 0, "test", "choices");
    return &t.topology.steering;
}

static void compile(uint32_t checked_healthy)
{
    m = tiny_compile(&t, PARTITION_ONE);
    health = (struct record_health){.checked_healthy = checked_healthy, .has_targets = 7};
    recordset_open(m, &health);
}

static uint16_t answer(uint32_t checked_healthy)
{
    compile(checked_healthy);
    uint16_t regions = recordset_answer(m, &health, 0, &choices).regions;
    model_free(m);
    return regions;
}

static void set_location(struct steering_spec *s, int record, const char *text)
{
    cr_assert(location_parse(text, &s->root.records[record].location));
}

// ---- places

static uint16_t located(const char *place, uint32_t checked_healthy)
{
    struct steering_spec *s = make(STEERING_GEOLOCATION);
    set_location(s, 0, "continent EU");
    set_location(s, 1, "country DE");
    set_location(s, 2, "subdivision US-CA");
    cr_assert(location_parse(place, &t.populations[0].location));
    return answer(checked_healthy);
}

Test(recordset, geolocation)
{
    cr_expect_eq(located("country DE", 7), 1 << 1);
    cr_expect_eq(located("country FR", 7), 1 << 0);
    cr_expect_eq(located("subdivision US-CA", 7), 1 << 2);
    cr_expect_eq(located("subdivision US-NV", 7), 0, "no record, no default: no answer");
    cr_expect_eq(located("default", 7), 0);
    cr_expect_eq(located("country DE", 5), 1 << 0, "unhealthy: the next larger place");
    cr_expect_eq(located("country DE", 4), 1 << 1, "both unhealthy: both count as healthy");
}

Test(recordset, an_empty_answer_has_the_negative_ttl)
{
    struct steering_spec *s = make(STEERING_GEOLOCATION);
    for (int i = 0; i < REGIONS; i++)
        set_location(s, i, i == 0 ? "continent AF" : i == 1 ? "continent AS" : "continent SA");
    s->negative_ttl_s = 77;
    compile(7);
    struct record_answer a = recordset_answer(m, &health, 0, &choices);
    cr_expect_eq(a.regions, 0);
    cr_expect_eq(a.ttl, 77 * SIMTIME_S);
    cr_assert_not_null(model_note(m, 0));
    cr_expect_not_null(strstr(model_note(m, 0), "1 of 1 populations may get no answer"));
    model_free(m);
}

// Regions 1,000 km and 2,000 km from the users, and one far away.
static uint16_t biased(double near, double far)
{
    struct steering_spec *s = make(STEERING_GEOPROXIMITY);
    tiny_move(&t, 0, 0, 1000);
    tiny_move(&t, 1, 0, 2000);
    tiny_move(&t, 2, 0, 9000);
    t.populations[0].longitude_deg = 0;
    s->root.records[0].bias = near;
    s->root.records[1].bias = far;
    return answer(7);
}

Test(recordset, geoproximity)
{
    cr_expect_eq(biased(0, 0), 1 << 0);
    cr_expect_eq(biased(0, 0.49), 1 << 0, "1,020 km");
    cr_expect_eq(biased(0, 0.51), 1 << 1, "980 km");
    cr_expect_eq(biased(-0.49, 0), 1 << 0, "1,961 km");
    cr_expect_eq(biased(-0.51, 0), 1 << 1, "2,041 km");
}

Test(recordset, the_longest_block_of_addresses)
{
    static const struct {
        const char *address;
        int region;
    } cases[] = {{"10.1.2.0/24", 1}, {"10.9.9.0/24", 0}, {"11.0.0.0/24", 2}, {"none", 2}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct steering_spec *s = make(STEERING_IP);
        s->root.records[0].n_cidrs = 2;
        cidr_parse("192.168.0.0/16", &s->root.records[0].cidrs[0]);
        cidr_parse("10.0.0.0/8", &s->root.records[0].cidrs[1]);
        s->root.records[1].n_cidrs = 1;
        cidr_parse("10.1.0.0/16", &s->root.records[1].cidrs[0]);
        cidr_parse(cases[i].address, &t.populations[0].address);
        cr_expect_eq(answer(7), 1 << cases[i].region, "%s", cases[i].address);
    }
}

// ---- several

Test(recordset, multivalue_holds_what_is_healthy)
{
    make(STEERING_MULTIVALUE);
    cr_expect_eq(answer(7), 7);
    cr_expect_eq(answer(5), 5);
    cr_expect_eq(answer(0), 7, "none is healthy: as if all were");
}

Test(recordset, multivalue_holds_eight_at_most)
{
    struct record_set_plan ten = {.policy = STEERING_MULTIVALUE, .n_records = 10};
    struct model model = {.record_sets = &ten};
    uint32_t seen = 0;
    make(STEERING_MULTIVALUE);
    for (uint8_t i = 0; i < 10; i++)
        ten.records[i].region = i;
    health.records[0] = health.present[0] = (1u << 10) - 1;
    for (int i = 0; i < 100; i++) {
        uint16_t regions = recordset_answer(&model, &health, 0, &choices).regions;
        cr_assert_eq(__builtin_popcount(regions), 8);
        seen |= regions;
    }
    cr_expect_eq(seen, (1u << 10) - 1, "each gets its turn");
}

// ---- taken out and put back

static uint16_t answer_without(enum steering_policy policy, uint32_t gone, uint32_t checked_healthy)
{
    make(policy);
    compile(checked_healthy);
    health.present[0] &= ~gone;
    recordset_review(m, &health);
    struct record_answer a = recordset_answer(m, &health, 0, &choices);
    if (a.regions == 0)
        cr_expect_eq(a.ttl, 900 * SIMTIME_S, "the negative TTL");
    model_free(m);
    return a.regions;
}

Test(recordset, what_is_taken_out_is_no_part_of_an_answer)
{
    cr_expect_eq(answer_without(STEERING_LATENCY, 1, 7), 2);
    cr_expect_eq(answer_without(STEERING_LATENCY, 1, 0), 2, "none is healthy: the first there is");
    cr_expect_eq(answer_without(STEERING_LATENCY, 7, 7), 0);
    cr_expect_eq(answer_without(STEERING_WEIGHTED, 5, 7), 2);
    cr_expect_eq(answer_without(STEERING_WEIGHTED, 5, 0), 2);
    cr_expect_eq(answer_without(STEERING_WEIGHTED, 7, 7), 0);
    cr_expect_eq(answer_without(STEERING_MULTIVALUE, 2, 6), 4, "nor is it healthy");
    cr_expect_eq(answer_without(STEERING_MULTIVALUE, 2, 0), 5);
    cr_expect_eq(answer_without(STEERING_MULTIVALUE, 7, 7), 0);
}

Test(recordset, weights_may_change)
{
    make(STEERING_WEIGHTED);
    compile(7);
    health.weights[0][0] = health.weights[0][2] = 0;
    for (int i = 0; i < 100; i++)
        cr_assert_eq(recordset_answer(m, &health, 0, &choices).regions, 2);
    model_free(m);
}

// ---- trees

static struct record_set_spec pair;

// Primary: a set of regions 0 and 1, TTL 30 s; secondary: region 2, TTL 60 s.
static uint16_t tree(bool is_evaluated, uint32_t checked_healthy, uint32_t has_targets)
{
    struct steering_spec *s = make(STEERING_FAILOVER);
    pair = s->root;
    pair.policy = STEERING_FAILOVER;
    pair.n_records = 2;
    pair.records[1].is_secondary = true;
    pair.records[0].evaluate_target_health = true;
    pair.ttl_s = 30;
    s->sets = &pair;
    s->n_sets = 1;
    s->root.n_records = 2;
    s->root.records[1] = s->root.records[2];
    s->root.records[1].is_secondary = true;
    s->root.records[0] =
        (struct record_spec){.region = -1, .set = 0, .evaluate_target_health = is_evaluated};
    m = tiny_compile(&t, PARTITION_ONE);
    health = (struct record_health){.checked_healthy = checked_healthy, .has_targets = has_targets};
    recordset_open(m, &health);
    struct record_answer a = recordset_answer(m, &health, 0, &choices);
    cr_expect_eq(a.ttl, (a.regions == 4 ? 60 : 30) * SIMTIME_S, "the TTL of the set it ends in");
    model_free(m);
    return a.regions;
}

Test(recordset, a_tree_is_left_when_its_branch_is_dead)
{
    cr_expect_eq(tree(true, 7, 7), 1);
    cr_expect_eq(tree(true, 6, 7), 2, "within the branch");
    cr_expect_eq(tree(true, 4, 7), 4, "out of the branch");
    cr_expect_eq(tree(false, 4, 7), 1, "not evaluated: stays, and fails open");
    cr_expect_eq(tree(true, 0, 7), 1, "all dead: fails open from the top");
}

// A record that points to a set may have a check of its own: a routing control, say.
Test(recordset, a_record_of_a_set_may_be_checked)
{
    struct steering_spec *s = make(STEERING_FAILOVER);
    struct check_spec *c = tiny_add_check(&t, CHECK_CONTROL);
    c->initially_on = true;
    pair = s->root;
    pair.policy = STEERING_WEIGHTED;
    pair.n_records = 1;
    s->sets = &pair;
    s->n_sets = 1;
    s->root.n_records = 2;
    s->root.records[0] =
        (struct record_spec){.region = -1, .set = 0, .health_check = RECORD_NAMED_CHECK};
    s->root.records[1].is_secondary = true;
    cr_expect_eq(answer(0xf), 1);
    cr_expect_eq(answer(0x7), 2, "the switch is off");
    cr_expect_eq(answer(0xe), 1, "the set's own records are not looked at");
}

Test(recordset, a_balancer_without_targets_is_dead_where_it_is_evaluated)
{
    cr_expect_eq(tree(true, 7, 6), 2, "region 0 is evaluated");
    cr_expect_eq(tree(true, 6, 4), 2, "region 1 is not");
}

// ---- who is in answers

// Both populations' answers, asked often.
static uint32_t answered(void)
{
    uint32_t regions = 0;
    for (int i = 0; i < 400; i++)
        regions |= recordset_answer(m, &health, (uint16_t)(i % 2), &choices).regions;
    return regions;
}

// A root of three records, with a set behind the first, whatever is healthy, present, weighed.
Test(recordset, who_is_in_answers)
{
    static const enum steering_policy policies[] = {STEERING_SIMPLE,     STEERING_WEIGHTED,
                                                    STEERING_LATENCY,    STEERING_FAILOVER,
                                                    STEERING_MULTIVALUE, STEERING_GEOPROXIMITY};
    struct stream random = stream_open(1, 0, "test", "health");
    for (size_t k = 0; k < 2 * ARRAY_LEN(policies); k++) {
        struct steering_spec *s = make(policies[k / 2]);
        tiny_add_population(&t, "elsewhere");
        tiny_move(&t, 1, 1, 5000);
        if (k % 2 == 1 && policies[k / 2] != STEERING_MULTIVALUE) {
            pair = s->root;
            pair.policy = STEERING_WEIGHTED;
            s->sets = &pair;
            s->n_sets = 1;
            s->root.records[0].set = 0;
            s->root.records[0].evaluate_target_health = true;
        }
        for (uint32_t i = 0; i < 100; i++) {
            compile(stream_below(&random, 8));
            for (int set = 0; set < 2; set++) {
                health.present[set] &= stream_below(&random, 8);
                for (int r = 0; r < REGIONS; r++)
                    health.weights[set][r] = (uint8_t)stream_below(&random, 3);
            }
            recordset_review(m, &health);
            cr_assert_eq(recordset_endpoints(m, &health), answered(), "policy %d, %u",
                         (int)policies[k / 2], i);
            model_free(m);
        }
    }
}
