// Pins: what operators do: changes of records and checks through the control plane, in their order,
// and only while it is there, in a design of its region or not; routing controls through a cluster
// of five endpoints, one after the other, with a quorum; safety rules; notes for actions that
// change nothing; the journal.
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "support/stage.h"

static struct tiny t;
static struct stage s;

// Two regions, weights 1 and 1.
static void make(void)
{
    tiny_init(&t);
    tiny_silence(&t);
    tiny_add_region(&t, "us-west-2", 60);
    t.topology.steering.root.policy = STEERING_WEIGHTED;
    t.workload.duration_s = t.workload.window_s = 10000;
}

static struct fault_spec *add_fault(const char *region, enum fault_effect effect, double at_s,
                                    double lasts_s)
{
    struct fault_spec *f = tiny_add_fault(&t);
    f->region = region;
    f->effect = effect;
    f->at_s = at_s;
    f->duration = distribution_constant(lasts_s);
    return f;
}

static const struct record_health *health_at(double at_s)
{
    stage_run(&s, at_s);
    return &s.world->authority.health;
}

// ---- records

Test(action, records)
{
    make();
    tiny_add_action(&t, ACTION_RECORD, ACTION_WEIGHT, 100)->weight = 7;
    tiny_add_action(&t, ACTION_RECORD, ACTION_TAKE_OUT, 200)->target = "us-west-2";
    tiny_add_action(&t, ACTION_RECORD, ACTION_PUT_BACK, 300)->target = "us-west-2";
    stage_open(&s, &t, 0);
    cr_expect_eq(health_at(119)->weights[0][0], 1);
    cr_expect_eq(health_at(121)->weights[0][0], 7);
    cr_expect_eq(health_at(121)->weights[0][1], 1);
    cr_expect_eq(health_at(219)->present[0], 3);
    cr_expect_eq(health_at(221)->records[0], 1);
    cr_expect_eq(health_at(321)->records[0], 3);
    stage_close(&s);
}

static struct record_set_spec pair;

Test(action, a_record_may_point_to_a_set_and_be_in_one)
{
    make();
    pair = t.topology.steering.root;
    pair.name = "pair";
    t.topology.steering.sets = &pair;
    t.topology.steering.n_sets = 1;
    t.topology.steering.root.records[1] = (struct record_spec){.region = -1, .set = 0, .weight = 1};
    tiny_add_action(&t, ACTION_RECORD, ACTION_TAKE_OUT, 100)->target = "pair";
    tiny_add_action(&t, ACTION_RECORD, ACTION_TAKE_OUT, 100)->set = "pair";
    stage_open(&s, &t, 0);
    cr_expect_eq(health_at(200)->present[0], 1);
    cr_expect_eq(health_at(200)->present[1], 2);
    stage_close(&s);
}

// The second is made later and would be quicker.
Test(action, changes_do_not_overtake_each_other)
{
    make();
    tiny_add_action(&t, ACTION_RECORD, ACTION_TAKE_OUT, 100)->takes = distribution_constant(50);
    tiny_add_action(&t, ACTION_RECORD, ACTION_PUT_BACK, 110)->takes = distribution_constant(5);
    stage_open(&s, &t, 0);
    cr_expect_eq(health_at(149)->present[0], 3);
    cr_expect_eq(health_at(151)->present[0], 3);
    const journal_list *j = &s.world->journals[stage_lp(&s, LP_AUTHORITY, 0)];
    cr_assert_eq(j->n, 6);
    cr_expect_eq(j->items[2].detail, 0);
    cr_expect_eq(j->items[3].kind, JOURNAL_REGION_WITHDRAWN);
    cr_expect_eq(j->items[4].detail, 1);
    cr_expect_eq(j->items[5].kind, JOURNAL_REGION_RETURNED);
    cr_expect_eq(j->items[5].time, 150 * SIMTIME_S + 1);
    stage_close(&s);
}

// Each control plane has a line of its own.
Test(action, a_dial_does_not_wait_behind_a_check)
{
    make();
    t.topology.steering.root.policy = STEERING_ACCELERATOR;
    tiny_add_check(&t, CHECK_HTTP);
    for (int i = 0; i < 2; i++)
        t.topology.steering.root.records[i].dial = 1;
    tiny_add_action(&t, ACTION_CHECK, ACTION_DISABLE, 100)->takes = distribution_constant(50);
    struct action_spec *turn = tiny_add_action(&t, ACTION_TRAFFIC_DIAL, ACTION_DIAL, 110);
    turn->group = "us-west-2";
    turn->dial = 0.5;
    turn->takes = distribution_constant(5);
    stage_open(&s, &t, 0);
    health_at(117);
    cr_expect_eq(s.world->populations[0].edge.dial[1], 0.5);
    cr_expect_not(s.world->authority.checks[2].is_disabled);
    health_at(151);
    cr_expect(s.world->authority.checks[2].is_disabled);
    stage_close(&s);
}

// ---- the control plane

// When the record is gone, if it is taken out at 100 s and a fault of 50 s begins at 90 s.
static double gone_at(const char *home, const char *region, enum fault_effect effect)
{
    make();
    t.facts[0].code = t.topology.regions[0].name = home;
    tiny_add_action(&t, ACTION_RECORD, ACTION_TAKE_OUT, 100)->target = home;
    add_fault(region, effect, 90, 50);
    stage_open(&s, &t, 0);
    double at_s = 100;
    while (health_at(at_s)->present[0] == 3 && at_s < 1000)
        at_s += 1;
    stage_close(&s);
    return at_s;
}

Test(action, waits_for_the_control_plane)
{
    cr_expect_eq(gone_at("us-east-1", "us-east-1", FAULT_CONTROL_PLANE), 161);
    cr_expect_eq(gone_at("us-east-1", "us-east-1", FAULT_DOWN), 161);
    cr_expect_eq(gone_at("us-east-1", "*", FAULT_DOWN), 161);
    cr_expect_eq(gone_at("us-east-1", "us-east-1", FAULT_LOSSY), 121);
    cr_expect_eq(gone_at("us-east-1", "us-west-2", FAULT_DOWN), 121, "it stands elsewhere");
    cr_expect_eq(gone_at("eu-west-1", "us-east-1", FAULT_CONTROL_PLANE), 161,
                 "the design need not be there");
    cr_expect_eq(gone_at("eu-west-1", "us-east-1", FAULT_DOWN), 161);
    cr_expect_eq(gone_at("eu-west-1", "eu-west-1", FAULT_DOWN), 121);
}

static size_t notes_with(enum fault_effect effect, bool acts)
{
    make();
    t.facts[0].code = t.topology.regions[0].name = "eu-west-1";
    if (acts)
        tiny_add_action(&t, ACTION_RECORD, ACTION_TAKE_OUT, 100)->target = "eu-west-1";
    add_fault("us-east-1", effect, 90, 50);
    struct model *m = tiny_compile(&t, PARTITION_ONE);
    size_t n = m->notes.n;
    model_free(m);
    return n;
}

Test(action, a_fault_elsewhere_matters_to_who_acts)
{
    cr_expect_eq(notes_with(FAULT_DOWN, true), 0);
    cr_expect_eq(notes_with(FAULT_CONTROL_PLANE, true), 0);
    cr_expect_eq(notes_with(FAULT_SLOW, true), 1);
    cr_expect_eq(notes_with(FAULT_DOWN, false), 1);
}

// The dial of an accelerator is turned through its control plane in us-west-2, Route 53 is not
// asked.
static size_t notes_of_a_dial(const char *lost)
{
    make();
    t.topology.steering.root.policy = STEERING_ACCELERATOR;
    struct action_spec *turn = tiny_add_action(&t, ACTION_TRAFFIC_DIAL, ACTION_DIAL, 110);
    turn->group = "us-west-2";
    turn->dial = 0.5;
    add_fault(lost, FAULT_CONTROL_PLANE, 90, 50);
    struct model *m = tiny_compile(&t, PARTITION_ONE);
    size_t n = m->notes.n;
    model_free(m);
    return n;
}

Test(action, a_lost_control_plane_of_accelerators_matters_too)
{
    cr_expect_eq(notes_of_a_dial("us-west-2"), 0);
    cr_expect_eq(notes_of_a_dial("us-east-1"), 1);
}

// ---- checks

Test(action, checks)
{
    make();
    tiny_add_check(&t, CHECK_HTTP);
    t.topology.steering.health.probe.interval_s = 1e6;
    t.topology.steering.root.records[0].health_check = RECORD_NAMED_CHECK;
    tiny_add_action(&t, ACTION_CHECK, ACTION_INVERT, 100);
    tiny_add_action(&t, ACTION_CHECK, ACTION_DISABLE, 200);
    tiny_add_action(&t, ACTION_CHECK, ACTION_INVERT, 300);
    tiny_add_action(&t, ACTION_CHECK, ACTION_ENABLE, 400);
    stage_open(&s, &t, 0);
    cr_expect_eq(health_at(119)->records[0], 3);
    cr_expect_eq(health_at(121)->records[0], 2);
    cr_expect_eq(health_at(221)->records[0], 2, "disabled and inverted");
    cr_expect(s.world->checkers[0].is_off);
    cr_expect_eq(health_at(321)->records[0], 3);
    cr_expect_not(health_at(421) == NULL || s.world->checkers[0].is_off);
    stage_close(&s);
}

// ---- routing controls

static void make_controls(void)
{
    make();
    for (int r = 0; r < 2; r++) {
        tiny_add_check(&t, CHECK_CONTROL)->initially_on = true;
        t.topology.steering.root.records[r].health_check = RECORD_NAMED_CHECK + r;
    }
}

// When the switch has been turned off at 100 s, on the whole second before.
static double off_at(uint32_t replication)
{
    tiny_add_action(&t, ACTION_ROUTING_CONTROL, ACTION_TURN_OFF, 100);
    stage_open(&s, &t, replication);
    double at_s = 100;
    while (health_at(at_s + 0.5)->records[0] == 3 && at_s < 1000)
        at_s += 1;
    stage_close(&s);
    return at_s;
}

Test(action, routing_control)
{
    make_controls();
    cr_expect_eq(off_at(0), 100);
    make_controls(); // Route 53's control plane is not asked
    add_fault("us-east-1", FAULT_CONTROL_PLANE, 90, 50);
    cr_expect_eq(off_at(0), 100);
}

// Endpoints that are down cost 5 s each, whichever is asked first; with two left there is no
// quorum.
Test(action, endpoints_are_tried_in_turn)
{
    int seen[3] = {0};
    for (uint32_t replication = 0; replication < 20; replication++) {
        make_controls();
        add_fault("eu-west-1", FAULT_DOWN, 90, 500);
        add_fault("ap-northeast-1", FAULT_DOWN, 90, 500);
        double at_s = off_at(replication);
        cr_assert(at_s == 100 || at_s == 105 || at_s == 110, "%g s", at_s);
        seen[(int)(at_s - 100) / 5]++;
    }
    cr_expect(seen[0] > 0 && seen[1] > 0 && seen[2] > 0);
    make_controls();
    add_fault("eu-west-1", FAULT_DOWN, 90, 500);
    add_fault("ap-northeast-1", FAULT_DOWN, 90, 500);
    add_fault("us-west-2", FAULT_DOWN, 90, 50);
    double at_s = off_at(0);
    cr_expect(at_s >= 140 && at_s < 155, "%g s", at_s);
}

Test(action, a_safety_rule_refuses)
{
    static struct safety_rule_spec rule = {.name = "one", .controls = 3, .at_least = 1};
    make_controls();
    t.topology.steering.rules = &rule;
    t.topology.steering.n_rules = 1;
    tiny_add_action(&t, ACTION_ROUTING_CONTROL, ACTION_TURN_OFF, 100);
    tiny_add_action(&t, ACTION_ROUTING_CONTROL, ACTION_TURN_OFF, 200)->check = "check1";
    tiny_add_action(&t, ACTION_ROUTING_CONTROL, ACTION_TURN_ON, 300);
    tiny_add_action(&t, ACTION_ROUTING_CONTROL, ACTION_TURN_OFF, 400)->check = "check1";
    stage_open(&s, &t, 0);
    cr_expect_eq(health_at(150)->records[0], 2);
    cr_expect_eq(health_at(250)->records[0], 2, "refused");
    cr_expect_eq(health_at(350)->records[0], 3);
    cr_expect_eq(health_at(450)->records[0], 1);
    static const enum journal_kind kinds[] = {JOURNAL_ACTION_ASKED,    JOURNAL_ACTION_APPLIED,
                                              JOURNAL_CHECK_UNHEALTHY, JOURNAL_REGION_WITHDRAWN,
                                              JOURNAL_ACTION_ASKED,    JOURNAL_ACTION_REFUSED};
    const journal_list *j = &s.world->journals[stage_lp(&s, LP_AUTHORITY, 0)];
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
        cr_expect_eq(j->items[i].kind, kinds[i], "entry %zu", i);
    cr_expect_str_eq(j->items[5].component, "action1");
    stage_close(&s);
}

// ---- notes

static const char *note_of(enum action_kind kind, enum action_change change, const char *name)
{
    static char note[200];
    make_controls();
    t.topology.steering.root.policy = STEERING_LATENCY;
    t.checks[1].kind = CHECK_HTTP;
    struct action_spec *a = tiny_add_action(&t, kind, change, 100);
    a->target = a->check = name;
    struct model *m = tiny_compile(&t, PARTITION_ONE);
    snprintf(note, sizeof note, "%s", m->notes.n > 0 ? m->notes.items[0] : "");
    struct record r;
    tiny_run_model(m, 0, &r);
    if (m->notes.n > 0)
        cr_expect_eq(r.journal.n, 0, "nothing happens");
    record_free(&r);
    model_free(m);
    return note;
}

Test(action, notes)
{
    cr_expect_str_eq(note_of(ACTION_RECORD, ACTION_TAKE_OUT, "us-west-2"), "");
    cr_expect_str_eq(note_of(ACTION_RECORD, ACTION_TAKE_OUT, "eu-west-1"),
                     "action 'action0' of plan has no effect on tiny: the design has no such "
                     "record");
    cr_expect_neq(note_of(ACTION_RECORD, ACTION_WEIGHT, "us-west-2")[0], 0, "policy latency");
    cr_expect_str_eq(note_of(ACTION_CHECK, ACTION_DISABLE, "check1"), "");
    cr_expect_neq(note_of(ACTION_CHECK, ACTION_DISABLE, "check7")[0], 0);
    cr_expect_str_eq(note_of(ACTION_ROUTING_CONTROL, ACTION_TURN_OFF, "check0"), "");
    cr_expect_neq(note_of(ACTION_ROUTING_CONTROL, ACTION_TURN_OFF, "check1")[0], 0, "no control");
}

// ---- balancers

static const struct balancer *balancer_at(double at_s)
{
    stage_run(&s, at_s);
    return &s.world->balancers[0];
}

static int count_journal(enum journal_kind kind)
{
    int n = 0;
    for (uint32_t lp = 0; lp < s.model->n_lps; lp++)
        for (size_t i = 0; i < s.world->journals[lp].n; i++)
            n += s.world->journals[lp].items[i].kind == kind;
    return n;
}

Test(action, zonal_shifts)
{
    make();
    tiny_set_zones(&t, 3);
    tiny_add_action(&t, ACTION_ZONAL_SHIFT, ACTION_CANCEL, 50); // there is none
    tiny_add_action(&t, ACTION_ZONAL_SHIFT, ACTION_START, 100)->expires_s = 500;
    tiny_add_action(&t, ACTION_ZONAL_SHIFT, ACTION_START, 150)->zone = "b";      // a second zone
    tiny_add_action(&t, ACTION_ZONAL_SHIFT, ACTION_START, 200)->expires_s = 600; // another expiry
    tiny_add_action(&t, ACTION_ZONAL_SHIFT, ACTION_START, 900)->zone = "c";
    tiny_add_action(&t, ACTION_ZONAL_SHIFT, ACTION_CANCEL, 950)->zone = "c";
    stage_open(&s, &t, 0);
    cr_expect_eq(balancer_at(99)->group.shifted, 0);
    cr_expect_eq(balancer_at(101)->group.shifted, 1);
    cr_expect_eq(s.world->balancers[1].group.shifted, 0, "of the other region");
    cr_expect_eq(balancer_at(799)->group.shifted, 1);
    cr_expect_eq(balancer_at(801)->group.shifted, 0);
    cr_expect_eq(balancer_at(901)->group.shifted, 4);
    cr_expect_eq(balancer_at(951)->group.shifted, 0);
    cr_expect_eq(count_journal(JOURNAL_ACTION_REFUSED), 2);
    cr_expect_eq(count_journal(JOURNAL_ACTION_APPLIED), 4);
    cr_expect_eq(count_journal(JOURNAL_ZONE_SHIFTED), 2);
    stage_close(&s);
}

// Each balancer that is meant shifts; the action is told once.
Test(action, zonal_shift_of_every_service_and_region)
{
    make();
    tiny_set_zones(&t, 2);
    tiny_add_service(&t, "cart", tiny_exponential(1));
    struct action_spec *a = tiny_add_action(&t, ACTION_ZONAL_SHIFT, ACTION_START, 100);
    a->service = a->region = "*";
    stage_open(&s, &t, 0);
    stage_run(&s, 200);
    for (uint32_t i = 0; i < s.model->count[LP_BALANCER]; i++)
        cr_expect_eq(s.world->balancers[i].group.shifted, 1);
    cr_expect_eq(count_journal(JOURNAL_ACTION_ASKED), 1);
    cr_expect_eq(count_journal(JOURNAL_ACTION_APPLIED), 1);
    cr_expect_eq(count_journal(JOURNAL_ZONE_SHIFTED), 4);
    stage_close(&s);
}

Test(action, zonal_shift_takes_a_second_zone)
{
    make();
    tiny_add_action(&t, ACTION_ZONAL_SHIFT, ACTION_START, 100);
    stage_open(&s, &t, 0);
    cr_expect_not_null(strstr(model_note(s.model, 0), "no such balancer with that zone"));
    stage_close(&s);
}

Test(action, targets)
{
    make();
    tiny_set_zones(&t, 2);
    t.services[0].servers_per_zone = t.services[0].targets_per_zone = 3;
    tiny_add_action(&t, ACTION_TARGETS, ACTION_DEREGISTER, 100)->targets = 2;
    tiny_add_action(&t, ACTION_TARGETS, ACTION_DEREGISTER, 110)->targets = 1; // it is out already
    tiny_add_action(&t, ACTION_TARGETS, ACTION_REGISTER, 200)->zone = ALL_ZONES;
    tiny_add_action(&t, ACTION_TARGETS, ACTION_REGISTER, 210)->zone = ALL_ZONES; // all are in
    stage_open(&s, &t, 0);
    cr_expect_eq(balancer_at(99)->group.registered, 0x3f);
    cr_expect_eq(balancer_at(101)->group.registered, 0x3c);
    cr_expect_eq(balancer_at(201)->group.registered, 0x3f);
    cr_expect_eq(balancer_at(211)->group.registered, 0x3f);
    cr_expect_eq(count_journal(JOURNAL_ACTION_REFUSED), 2);
    stage_close(&s);
}

// Registering needs the region's control plane; a zonal shift does not.
Test(action, targets_need_the_control_plane)
{
    make();
    tiny_set_zones(&t, 2);
    add_fault("us-east-1", FAULT_CONTROL_PLANE, 50, 450);
    tiny_add_action(&t, ACTION_TARGETS, ACTION_DEREGISTER, 100);
    tiny_add_action(&t, ACTION_ZONAL_SHIFT, ACTION_START, 100)->zone = "b";
    stage_open(&s, &t, 0);
    cr_expect_null(model_note(s.model, 0), "the fault has an effect");
    cr_expect_eq(balancer_at(499)->group.registered, 3);
    cr_expect_eq(s.world->balancers[0].group.shifted, 2);
    cr_expect_eq(balancer_at(501)->group.registered, 2);
    stage_close(&s);
}
