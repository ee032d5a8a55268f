// Pins: the shipped files load without a word, alone and together; values arrive in the structs in
// base units; --set reaches every kind of value and explains itself; tables are found in their
// order; plans override the run; what `show` prints can be written back. Mistakes in files are in
// test_mistakes.c.
#define _GNU_SOURCE
#include <glob.h>
#include <math.h>
#include <sys/stat.h>

#include "base/base.h"
#include "files.h"
#include "scenario/ledger.h"

// ---- shipped files

static void expect_load(const struct scenario_request *request)
{
    struct scenario s = {0};
    struct diag_list diags = {0};
    bool is_good = scenario_load(&s, request, &diags);
    diag_print(&diags, stderr, false);
    cr_assert(is_good);
    cr_assert_eq(diags.items.n, 0);
    scenario_free(&s);
    diag_free(&diags);
}

Test(scenario, shipped_files_load_in_all_combinations)
{
    glob_t topologies, workloads;
    cr_assert_eq(glob("topologies/*.yaml", 0, NULL, &topologies), 0);
    cr_assert_eq(glob("workloads/*.yaml", 0, NULL, &workloads), 0);
    cr_assert_geq(topologies.gl_pathc, 4);
    cr_assert_geq(workloads.gl_pathc, 5);
    struct scenario_request all = {.topologies = (const char *const *)topologies.gl_pathv,
                                   .n_topologies = topologies.gl_pathc,
                                   .workload = "workloads/global-shop.yaml"};
    for (size_t i = 0; i < workloads.gl_pathc; i++) {
        const char *path = workloads.gl_pathv[i];
        enum scenario_kind kind = scenario_kind_of(path);
        cr_assert(kind == SCENARIO_WORKLOAD || kind == SCENARIO_FAULTS, "%s", path);
        struct scenario_request request = all;
        request.workload = kind == SCENARIO_WORKLOAD ? path : all.workload;
        request.faults = kind == SCENARIO_FAULTS ? path : NULL;
        expect_load(&request);
    }
    for (size_t i = 0; i < topologies.gl_pathc; i++) {
        cr_assert_eq(scenario_kind_of(topologies.gl_pathv[i]), SCENARIO_TOPOLOGY);
        struct scenario_request alone = {.topologies = all.topologies + i, .n_topologies = 1};
        expect_load(&alone);
    }
    globfree(&topologies);
    globfree(&workloads);
}

Test(scenario, tables_hold_what_their_sources_hold)
{
    struct scenario s = {0};
    struct diag_list diags = {0};
    const char *paths[] = {"topologies/one-region.yaml"};
    struct scenario_request request = {.topologies = paths, .n_topologies = 1};
    cr_assert(scenario_load(&s, &request, &diags));
    const struct geography *g = s.geography;
    cr_assert_eq(g->n_regions, 34);
    size_t n_missing = 0;
    for (size_t i = 0; i < 34 * 34; i++)
        n_missing += isnan((double)g->rtt_p50_ms[i]) ? 1 : 0;
    cr_assert_eq(n_missing, 34 + 33); // one region without measurements
    int a = geography_find(g, "us-east-1"), b = geography_find(g, "eu-west-1");
    cr_assert_eq(g->rtt_p50_ms[a * 34 + b], 70);
    cr_assert_eq(g->rtt_p90_ms[a * 34 + b], 75);
    cr_assert(isnan((double)g->rtt_p50_ms[a * 34 + geography_find(g, "ap-southeast-6")]));
    cr_assert_eq(g->regions[a].n_zones, 6);
    cr_assert_float_eq(g->regions[a].longitude_deg, -77.45, 1e-12);
    scenario_free(&s);
    diag_free(&diags);
}

// ---- values in structs

static struct files files;

static void tidy(void)
{
    files_free(&files);
}

Test(scenario, topology_values_arrive, .fini = tidy)
{
    files_load(&files, NULL, NULL, 0);
    const struct topology *t = files.scenario.topologies;
    cr_assert_str_eq(t->name, "design");
    cr_assert_str_eq(t->title, "Test design");
    cr_assert_str_eq(t->text, files_good[FILES_TOPOLOGY]);
    cr_assert_eq(t->n_regions, 2);
    cr_assert_str_eq(t->regions[1].name, "eu-west-1");
    cr_assert_eq(t->regions[1].geography, geography_find(files.scenario.geography, "eu-west-1"));
    cr_assert_eq(t->entry, 0);
    cr_assert_eq(t->services[0].regions, 3);
    cr_assert_eq(t->services[0].calls[0].target, CALL_SERVICE);
    cr_assert_eq(t->services[0].calls[0].index, 1);
    cr_assert_eq(t->services[0].calls[0].timeout_s, 1);
    cr_assert_eq(t->services[0].calls[0].probability, 1);
    cr_assert_eq(t->services[1].calls[0].target, CALL_STORE);
    cr_assert_eq(t->services[1].calls[0].index, 0);
    cr_assert_eq(t->services[1].work.kind, DISTRIBUTION_LOGNORMAL);
    cr_assert_eq(t->stores[0].mode, STORE_MULTI_LEADER);
    cr_assert_eq(t->stores[0].items, 100000);
    cr_assert_eq(t->balancer.health.connect_timeout_s, 5);
    cr_assert_eq(t->balancer.health.interval_from_response, false);
    cr_assert_eq(t->steering.root.n_records, 2);
    cr_assert_eq(t->steering.root.records[1].region, 1);
    cr_assert(t->steering.root.records[1].health_check);
    cr_assert_eq(t->steering.health.probe.interval_s, 10);
    cr_assert_eq(t->steering.health.probe.healthy_threshold, 3);
    cr_assert(t->steering.health.probe.interval_from_response);
    cr_assert_eq(t->steering.health.n_regions, 8);
    cr_assert_eq(t->steering.health.healthy_share, 0.18);
    cr_assert_eq(t->network.zone_rtt_s, 0.001);
    cr_assert_eq(t->network.backbone_bits_per_s, 5e9);
}

// What a check does not say is as in 'health_check', as far as it has an effect for its kind.
Test(scenario, health_checks_have_the_settings_that_hold_for_all, .fini = tidy)
{
    static const char *const sets[] = {
        "steering.health_check={interval: 10 s, threshold: 2, deep: true, propagation: 7 s}",
        "steering.records=[{region: us-east-1, health_check: all}, {region: eu-west-1}]",
        "steering.checks={body: {kind: string-match, region: eu-west-1, threshold: 5},"
        " port: {kind: tcp, region: us-east-1},"
        " all: {kind: calculated, of: [body, port], healthy_at_least: 2, inverted: true}}"};
    files_load(&files, NULL, sets, ARRAY_LEN(sets));
    diag_print(&files.diags, stderr, false);
    cr_assert(files.is_good);
    const struct steering_spec *s = &files.scenario.topologies->steering;
    cr_assert_eq(s->root.records[0].health_check, RECORD_NAMED_CHECK + 2);
    cr_assert_eq(s->root.records[1].health_check, RECORD_DEFAULT_CHECK);
    const struct check_spec *body = &s->checks[0], *port = &s->checks[1], *all = &s->checks[2];
    cr_assert_eq(body->health.probe.kind, PROBE_STRING_MATCH);
    cr_assert_eq(body->health.probe.interval_s, 10);
    cr_assert_eq(body->health.probe.healthy_threshold, 5);
    cr_assert_eq(body->health.probe.connect_timeout_s, 4);
    cr_assert(body->health.probe.deep);
    cr_assert_eq(port->health.probe.connect_timeout_s, 10);
    cr_assert_eq(port->health.probe.unhealthy_threshold, 2);
    cr_assert_not(port->health.probe.deep);
    cr_assert_eq(port->health.n_regions, 8);
    cr_assert_eq(all->of, 3);
    cr_assert_eq(all->health.propagation_s, 7);
    cr_assert(all->is_inverted && !all->is_disabled);
}

// Defaults of a global balancer's probes are Google's, for checks by name, too; what is given for
// all still counts.
Test(scenario, health_checks_of_a_global_balancer, .fini = tidy)
{
    static const char *const sets[] = {
        "steering={policy: global-balancer, health_check: {interval: 7 s}, "
        "records: [{region: us-east-1}, {region: eu-west-1, health_check: port}], "
        "checks: {port: {kind: tcp, region: eu-west-1}}}"};
    files_load(&files, NULL, sets, ARRAY_LEN(sets));
    diag_print(&files.diags, stderr, false);
    cr_assert(files.is_good);
    const struct steering_spec *s = &files.scenario.topologies->steering;
    const struct checker_spec *all = &s->health, *port = &s->checks[0].health;
    cr_assert_eq(all->probe.interval_s, 7);
    cr_assert_eq(port->probe.interval_s, 7);
    cr_assert_eq(all->probe.connect_timeout_s, 5);
    cr_assert_eq(all->probe.response_timeout_s, 5);
    cr_assert_eq(port->probe.connect_timeout_s, 5);
    cr_assert_eq(all->probe.unhealthy_threshold, 2);
    cr_assert_eq(port->probe.healthy_threshold, 2);
    cr_assert_eq(all->healthy_share, 0.5);
    cr_assert_eq(all->propagation_s, 0);
}

// Faults of regions in which no design is: only where operators need something there.
static bool loads_with(const char *region, const char *action)
{
    char text[400];
    snprintf(text, sizeof text,
             "title: Far away\nfaults:\n"
             "  far: {target: region, region: %s, effect: down, at: 5 min, lasts: 1 min}\n%s",
             region, action);
    const char *texts[FILES_KINDS] = {[FILES_FAULTS] = text};
    static const char *const sets[] = {
        "regions={eu-west-1: {}, eu-central-1: {}}",
        "steering.records=[{region: eu-west-1}, {region: eu-central-1, health_check: switch}]",
        "steering.checks={switch: {kind: control}}"};
    files_load(&files, texts, sets, ARRAY_LEN(sets));
    bool is_good = files.is_good;
    files_free(&files);
    return is_good;
}

Test(scenario, faults_of_regions_that_operators_need)
{
    static const char *const record = "actions:\n  a: {kind: record, record: eu-west-1, change: "
                                      "take-out, at: 6 min}\n",
                             *const control = "actions:\n  a: {kind: routing-control, control: "
                                              "switch, change: turn-off, at: 6 min}\n";
    cr_expect(loads_with("us-east-1", record));
    cr_expect_not(loads_with("us-west-2", record));
    cr_expect(loads_with("us-west-2", control));
    cr_expect_not(loads_with("us-east-2", control));
    cr_expect_not(loads_with("us-east-1", ""));
    cr_expect(loads_with("eu-central-1", ""));
}

// A plan may hold faults, actions or both, but not nothing.
Test(scenario, actions_arrive, .fini = tidy)
{
    static const char *const texts[FILES_KINDS] = {
        [FILES_FAULTS] =
            "title: What operators do\n"
            "actions:\n"
            "  drain: {kind: record, record: us-east-1, change: take-out, at: 10 min}\n"
            "  off: {kind: record, set: root, record: eu-west-1, change: weight,\n"
            "    weight: 0, takes: 5 s, at: 20 min}\n"};
    static const char *const nothing[FILES_KINDS] = {
        [FILES_FAULTS] = "title: Nothing\nfaults: {}\n"};
    files_load(&files, texts, NULL, 0);
    diag_print(&files.diags, stderr, false);
    cr_assert(files.is_good);
    const struct fault_plan *plan = files.scenario.faults;
    cr_assert_eq(plan->n_faults, 0);
    cr_assert_eq(plan->n_actions, 2);
    cr_assert_str_eq(plan->actions[0].set, "*");
    cr_assert_str_eq(plan->actions[0].target, "us-east-1");
    cr_assert_eq(plan->actions[0].at_s, 600);
    cr_assert_eq(plan->actions[0].takes.kind, DISTRIBUTION_LOGNORMAL);
    cr_assert_eq(plan->actions[1].change, ACTION_WEIGHT);
    cr_assert_eq(plan->actions[1].takes.a, 5);
    files_free(&files);
    files_load(&files, nothing, NULL, 0);
    cr_assert_eq(diag_errors(&files.diags), 1);
    cr_assert_not_null(strstr(files.diags.items.items[0].message, "needs a fault or an action"));
}

Test(scenario, workload_values_arrive, .fini = tidy)
{
    files_load(&files, NULL, NULL, 0);
    const struct workload *w = files.scenario.workload;
    cr_assert_eq(w->duration_s, 3600);
    cr_assert_eq(w->n_classes, 2);
    cr_assert_eq(w->classes[0].is_write, false);
    cr_assert_eq(w->classes[1].is_write, true);
    const struct population_spec *p = w->populations;
    cr_assert_eq(p->access, ACCESS_CABLE);
    cr_assert_eq(p->rate_rps, 5);
    cr_assert_eq(p->diurnal_first, 0.3);
    cr_assert_eq(p->diurnal_first_peak_h, 20);
    cr_assert_eq(p->mix[0], 9);
    cr_assert_eq(p->mix[1], 1);
    cr_assert_eq(p->client.attempts, 2);
    cr_assert_eq(p->client.backoff_jitter, BACKOFF_FULL);
    cr_assert_eq(p->client.backoff_cap_s, 20);
}

Test(scenario, fault_values_arrive, .fini = tidy)
{
    files_load(&files, NULL, NULL, 0);
    const struct fault_plan *plan = files.scenario.faults;
    cr_assert_eq(plan->n_faults, 2);
    cr_assert_eq(plan->faults[0].target, FAULT_ZONE);
    cr_assert_str_eq(plan->faults[0].zone, "b");
    cr_assert_eq(plan->faults[0].at_s, 600);
    cr_assert_not(plan->faults[0].is_random);
    cr_assert_eq(plan->faults[1].effect, FAULT_LOSSY);
    cr_assert_eq(plan->faults[1].level, 0.1);
    cr_assert_str_eq(plan->faults[1].peer, "eu-west-1");
    cr_assert_eq(plan->faults[1].duration.kind, DISTRIBUTION_EXPONENTIAL);
}

Test(scenario, every_becomes_a_star, .fini = tidy)
{
    const char *texts[FILES_KINDS] = {
        NULL, NULL,
        "title: x\nfaults:\n  f: {target: zone, region: every, zone: every, "
        "effect: capacity, left: 40 %, rate: 2 /d, lasts: 1 h, source: y}\n"};
    files_load(&files, texts, NULL, 0);
    cr_assert(files.is_good);
    const struct fault_spec *f = files.scenario.faults->faults;
    cr_assert_str_eq(f->region, "*");
    cr_assert_str_eq(f->zone, "*");
    cr_assert(f->is_random);
    cr_assert_float_eq(f->rate_per_s, 2 / 86400.0, 1e-15);
}

Test(scenario, parallel_calls_share_a_step, .fini = tidy)
{
    const char *sets[] = {
        "services.web.steps=[{call: cart, timeout: 1 s}, {parallel: [{call: orders, timeout: 1 s}, "
        "{call: cart, timeout: 2 s, optional: true}]}, {call: orders, operation: write, timeout: 3 "
        "s}]"};
    files_load(&files, NULL, sets, 1);
    diag_print(&files.diags, stderr, false);
    const struct service_spec *web = files.scenario.topologies->services;
    cr_assert_eq(web->n_calls, 4);
    static const int steps[] = {0, 1, 1, 2};
    for (int i = 0; i < 4; i++)
        cr_assert_eq(web->calls[i].step, steps[i]);
    cr_assert(web->calls[2].optional);
    cr_assert_eq(web->calls[3].operation, CALL_WRITE);
}

Test(scenario, majority_is_resolved, .fini = tidy)
{
    const char *sets[] = {"stores.orders.mode=quorum"};
    files_load(&files, NULL, sets, 1);
    cr_assert(files.is_good);
    cr_assert_eq(files.scenario.topologies->stores[0].quorum.write, 2);
    cr_assert_eq(files.scenario.topologies->stores[0].quorum.read, 2);
}

// ---- overrides

Test(scenario, sets_reach_every_file_that_has_the_path, .fini = tidy)
{
    const char *sets[] = {"steering.ttl=20 s",
                          "services.cart.work={exponential: {mean: 5 ms}}",
                          "network.zone_rtt.median=2 ms",
                          "populations.europe.client.attempts=5",
                          "faults.power.at=1 min",
                          "title=changed",
                          "steering.ttl=30 s",
                          "services.cart.steps.0.timeout=50 ms"};
    files_load(&files, NULL, sets, ARRAY_LEN(sets));
    diag_print(&files.diags, stderr, false);
    cr_assert(files.is_good);
    const struct topology *t = files.scenario.topologies;
    cr_assert_eq(t->steering.root.ttl_s, 30);
    cr_assert_eq(t->services[1].work.kind, DISTRIBUTION_EXPONENTIAL);
    cr_assert_eq(t->network.zone_rtt_s, 0.002);
    cr_assert_eq(t->services[1].calls[0].timeout_s, 0.05);
    cr_assert_str_eq(t->title, "changed");
    cr_assert_eq(files.scenario.workload->populations[0].client.attempts, 5);
    cr_assert_str_eq(files.scenario.workload->title, "changed");
    cr_assert_eq(files.scenario.faults->faults[0].at_s, 60);
    cr_assert_not_null(strstr(t->text, "\n# --set steering.ttl=20 s\n"));
    cr_assert_null(strstr(t->text, "faults.power"));
    cr_assert_not_null(strstr(files.scenario.faults->text, "# --set faults.power.at=1 min\n"));
}

Test(scenario, bad_sets_are_explained)
{
    static const struct {
        const char *set;
        int column;
        const char *message, *suggestion;
    } cases[] = {
        {"steering.tl=20 s", 1, "there is no value at 'steering.tl'", "steering.ttl"},
        {"ttl=20 s", 1, "there is no value at 'ttl'", NULL},
        {"services.wbe.queue=5", 1, "there is no value at", "services.web.queue"},
        {"populations.europe.client.attempt=5", 1, "there is no value",
         "populations.europe.client.attempts"},
        {"steering.root.records.0.weight=1", 1, "there is no value", NULL},
        {"steering.ttl", 1, "is no change", NULL},
        {"=5", 1, "there is no value at ''", NULL},
        {"steering.ttl=", 1, "has no value", NULL},
        {"steering.ttl=20", 14, "the unit is missing", "20 s"},
        {"steering.ttl=[20 s", 19, "did not find expected", NULL},
        {"steering.ttl=*x", 14, "has no anchor", NULL},
        {"stores.orders.leader=us-east-1", 22, "'leader' has no effect", NULL},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const char *sets[] = {"title=good", cases[i].set};
        files_load(&files, NULL, sets, 2);
        const struct diag *d = files.diags.items.items;
        diag_sort(&files.diags);
        bool is_found = !files.is_good && diag_errors(&files.diags) == 1 &&
                        strcmp(d->place.file, "--set") == 0 && d->place.line == 2 &&
                        d->place.column == cases[i].column &&
                        strstr(d->message, cases[i].message) != NULL;
        if (cases[i].suggestion != NULL)
            is_found = is_found && d->suggestion != NULL &&
                       strcmp(d->suggestion, cases[i].suggestion) == 0;
        if (!is_found)
            diag_print(&files.diags, stderr, false);
        cr_expect(is_found, "%s", cases[i].set);
        files_free(&files);
    }
}

// ---- plans and runs

static const char *const long_plan =
    "title: x\nduration: 10 d\nwindow: 1 min\nfaults:\n"
    "  f: {target: region, region: us-east-1, effect: control-plane, "
    "rate: 1 /d, lasts: 1 h, source: y}\n";

Test(scenario, a_plan_may_bring_its_own_duration, .fini = tidy)
{
    const char *texts[FILES_KINDS] = {NULL, NULL, long_plan};
    files_load(&files, texts, NULL, 0);
    cr_assert(files.is_good);
    cr_assert_eq(files.scenario.workload->duration_s, 864000);
    cr_assert_eq(files.scenario.workload->window_s, 60);
}

Test(scenario, a_set_duration_wins_over_both_files, .fini = tidy)
{
    const char *texts[FILES_KINDS] = {NULL, NULL, long_plan}, *sets[] = {"duration=2 d"};
    files_load(&files, texts, sets, 1);
    cr_assert(files.is_good);
    cr_assert_eq(files.scenario.workload->duration_s, 172800);
}

Test(scenario, faults_behind_the_end_are_warned_of, .fini = tidy)
{
    const char *sets[] = {"duration=15 min"};
    files_load(&files, NULL, sets, 1);
    cr_assert(files.is_good);
    cr_assert_eq(diag_warnings(&files.diags), 1);
    cr_assert_not_null(strstr(files.diags.items.items[0].message, "'partition' has no effect"));
}

Test(scenario, a_plan_wholly_behind_the_end_is_a_mistake, .fini = tidy)
{
    const char *sets[] = {"duration=5 min"};
    files_load(&files, NULL, sets, 1);
    cr_assert_not(files.is_good);
    cr_assert_eq(diag_errors(&files.diags), 2);
}

Test(scenario, quorums_that_need_not_meet_are_warned_of, .fini = tidy)
{
    const char *sets[] = {"stores.orders.mode=quorum", "stores.orders.quorum={write: 1, read: 1}"};
    files_load(&files, NULL, sets, 2);
    cr_assert(files.is_good);
    cr_assert_eq(diag_warnings(&files.diags), 1);
}

Test(scenario, designs_of_one_name_are_a_mistake)
{
    struct scenario s = {0};
    struct diag_list diags = {0};
    const char *paths[] = {"topologies/one-region.yaml", "topologies/one-region.yaml"};
    struct scenario_request request = {.topologies = paths, .n_topologies = 2};
    cr_assert_not(scenario_load(&s, &request, &diags));
    cr_assert_not_null(strstr(diags.items.items[0].message, "two designs are named 'one-region'"));
    scenario_free(&s);
    diag_free(&diags);
}

// ---- tables

static bool load_with_tables(const char *environment, const char *last)
{
    const char *paths[] = {files.paths[FILES_TOPOLOGY]};
    struct scenario s = {0};
    struct diag_list diags = {0};
    struct scenario_request request = {.topologies = paths, .n_topologies = 1, .tables_dir = last};
    if (environment != NULL)
        setenv("AASIM_TABLES", environment, 1);
    else
        unsetenv("AASIM_TABLES");
    bool is_good = scenario_load(&s, &request, &diags);
    scenario_free(&s);
    diag_free(&diags);
    return is_good;
}

Test(scenario, tables_are_found_in_order)
{
    char directory[100], table[128];
    files_load(&files, NULL, NULL, 0);
    cr_assert_not(load_with_tables(NULL, NULL));
    cr_assert(load_with_tables("topologies/tables", NULL));
    cr_assert(load_with_tables("topologies/tables", "/nowhere"));
    cr_assert(load_with_tables("/nowhere", "topologies/tables"));
    snprintf(directory, sizeof directory, "%s/tables", files.directory);
    snprintf(table, sizeof table, "%s/regions.yaml", directory);
    cr_assert_eq(mkdir(directory, 0700), 0);
    files_write(table, "regions: {}\n", 12);
    cr_assert_not(load_with_tables("topologies/tables", NULL)); // the nearest counts, and it is bad
    unlink(table);
    rmdir(directory);
    files_free(&files);
}

// ---- what is shown

static const struct setting *find_setting(const struct settings *settings, const char *path)
{
    for (size_t i = 0; i < settings->n; i++)
        if (strcmp(settings->items[i].path, path) == 0)
            return &settings->items[i];
    cr_assert_fail("no setting '%s'", path);
    return NULL;
}

Test(scenario, the_ledger_knows_origins, .fini = tidy)
{
    const char *sets[] = {"steering.ttl=20 s"};
    files_load(&files, NULL, sets, 1);
    const struct settings *s = files.scenario.topology_settings;
    cr_assert_str_eq(s->kind, "topology");
    cr_assert_eq(find_setting(s, "steering.policy")->place.line, 23);
    cr_assert_str_eq(find_setting(s, "steering.ttl")->place.file, "--set");
    cr_assert_null(find_setting(s, "stores.orders.zipf")->place.file);
    cr_assert_not_null(find_setting(s, "stores.orders.zipf")->field->source);
    cr_assert_str_eq(find_setting(s, "name")->value, "design");
    for (size_t i = 0; i < s->n; i++) // nothing is shown that has no effect
        cr_assert_null(strstr(s->items[i].path, "quorum"));
}

// Writing every shown value back by --set changes nothing: what is shown is what may be written.
Test(scenario, shown_values_can_be_written_back, .fini = tidy)
{
    enum { MOST = 512 };
    char *sets[MOST];
    size_t n = 0;
    files_load(&files, NULL, NULL, 0);
    const struct scenario *s = &files.scenario;
    const struct settings *all[] = {s->topology_settings, s->workload_settings, s->fault_settings};
    for (size_t k = 0; k < ARRAY_LEN(all); k++)
        for (size_t i = 0; i < all[k]->n; i++) {
            const struct setting *one = &all[k]->items[i];
            // Keys that the three files share would be set in all of them; an unset 'rate', 'at' or
            // 'mix' says something by its absence; entries of a list must be there to be changed.
            bool is_shared = strchr(one->path, '.') == NULL;
            bool is_silent = one->place.file == NULL &&
                             (strstr(one->path, "faults.") == one->path ||
                              strstr(one->path, "occurs.") == one->path ||
                              strcmp(one->field->key, "mix") == 0 ||
                              strstr(one->path, "second_peak") != NULL);
            bool is_entry = strstr(one->path, "dns_caches.") != NULL;
            if (!is_shared && !is_silent && !is_entry) {
                cr_assert_lt(n, MOST);
                cr_assert_geq(asprintf(&sets[n++], "%s=%s", one->path, one->value), 0);
            }
        }
    struct topology before = s->topologies[0];
    struct population_spec population = s->workload->populations[0];
    struct files again;
    files_load(&again, NULL, (const char *const *)sets, n);
    diag_print(&again.diags, stderr, false);
    cr_assert(again.is_good);
    const struct topology *after = again.scenario.topologies;
    cr_assert_eq(memcmp(&before.network, &after->network, sizeof before.network), 0);
    cr_assert_eq(memcmp(&before.steering.root, &after->steering.root, sizeof before.steering.root),
                 0);
    cr_assert_eq(
        memcmp(&before.steering.health, &after->steering.health, sizeof before.steering.health), 0);
    cr_assert_eq(before.services[1].work.b, after->services[1].work.b);
    cr_assert_eq(memcmp(&population.client, &again.scenario.workload->populations[0].client,
                        sizeof population.client),
                 0);
    files_free(&again);
    for (size_t i = 0; i < n; i++)
        free(sets[i]);
}

Test(scenario, show_prints_a_table_of_100_columns, .fini = tidy)
{
    char *text = NULL, *rest = NULL;
    size_t size = 0;
    files_load(&files, NULL, NULL, 0);
    FILE *out = open_memstream(&text, &size);
    scenario_show(&files.scenario, out);
    fclose(out);
    cr_assert_not_null(strstr(text, "\nsteering\n  policy               latency"));
    cr_assert_not_null(strstr(text, "design.yaml:23\n"));
    cr_assert_not_null(strstr(text, "default: YCSB's default"));
    // The figures behind the regions and the access types, with their sources.
    cr_assert_not_null(strstr(text, "measured round trips between the regions of design\n"));
    cr_assert_not_null(strstr(text, "cloudping.co"));
    cr_assert_not_null(strstr(text, "\n  us-east-1          eu-west-1 "));
    cr_assert_not_null(
        strstr(text, "\n  cable              6      14    40     0.1 %      100     15  FCC MBA"));
    cr_assert_not_null(strstr(text, "Ookla ranges: 10-18 ms\n"));
    cr_assert_null(strstr(text, "vdsl"));
    for (char *line = strtok_r(text, "\n", &rest); line != NULL; line = strtok_r(NULL, "\n", &rest))
        if (strstr(line, files.directory) == NULL) // a path is as long as it is
            cr_assert_leq(strlen(line), 100, "%s", line);
    free(text);
}

Test(scenario, kinds_are_told_by_keys)
{
    files_load(&files, NULL, NULL, 0);
    cr_assert_eq(scenario_kind_of(files.paths[FILES_TOPOLOGY]), SCENARIO_TOPOLOGY);
    cr_assert_eq(scenario_kind_of(files.paths[FILES_WORKLOAD]), SCENARIO_WORKLOAD);
    cr_assert_eq(scenario_kind_of(files.paths[FILES_FAULTS]), SCENARIO_FAULTS);
    cr_assert_eq(scenario_kind_of("topologies/tables/rtt.yaml"), SCENARIO_OTHER);
    cr_assert_eq(scenario_kind_of("/nowhere"), SCENARIO_OTHER);
    cr_assert_str_eq(scenario_kind_name(SCENARIO_FAULTS), "fault plan");
    files_free(&files);
}
