// Pins: callers go to the nearest active region, whatever happens to it; operators change that
// through any endpoint that is up, after the time it takes, in the order in which they ask; the
// last active region stays; what is under way is answered by whom it was sent to; caches turn too.
#include <criterion/criterion.h>

#include "base/base.h"
#include "unit/model/storeplay.h"

enum { SECONDS = 100 };

// A request a second to the pool of each region, each of which asks the store; round trips: 10 ms
// from region 0 to 1, 30 to 2, 50 between these.
static struct play {
    struct tiny tiny;
    struct stage stage;
    char asked[3][SECONDS + 1]; // [region of the caller][second] region that was asked: '0' to '2'
    char answered[3][SECONDS + 1]; // the same for answers; '-': an error
} p;

static struct store_spec *make(uint32_t passive)
{
    struct store_spec *s = storeplay_make(&p.tiny, STORE_MULTI_LEADER);
    p.tiny.services[0].work = distribution_constant(1e-3);
    s->passive = passive;
    return s;
}

static void add(enum action_change change, const char *region, double at_s)
{
    struct action_spec *a = tiny_add_action(&p.tiny, ACTION_ACCESS_POINT, change, at_s);
    a->store = "data";
    a->region = region;
}

static void note(char (*log)[SECONDS + 1], const struct context *x, uint32_t caller, char what)
{
    log[x->model->lps[caller].region][(int)simtime_to_seconds(x->now)] = what;
}

static bool tap(void *argument, const struct context *x, const struct event *e)
{
    (void)argument;
    const uint32_t src = event_src(e), dst = e->dst;
    if (e->kind == EV_STORE_REQUEST || e->kind == EV_CACHE_ASK)
        note(p.asked, x, src, (char)('0' + x->model->lps[dst].region));
    if (e->kind == EV_CALL_RESPONSE) {
        const struct payload_answer a = payload_of(e, payload_answer);
        note(p.answered, x, dst,
             a.status == ANSWER_OK ? (char)('0' + x->model->lps[src].region) : '-');
    }
    return e->kind == EV_TARGET_RESPONSE;
}

static void play(void)
{
    stage_open(&p.stage, &p.tiny, 0);
    p.stage.tap = tap;
    for (int r = 0; r < 3; r++) {
        memset(p.asked[r], ' ', SECONDS), memset(p.answered[r], ' ', SECONDS);
        const struct model *m = p.stage.model;
        for (int k = 0; k < SECONDS; k++) {
            const struct payload_request q = {.call = (uint64_t)k, .item_word = (uint32_t)k << 20};
            stage_inject(&p.stage, stage_lp(&p.stage, LP_BALANCER, (uint32_t)m->balancer_of[r]),
                         stage_lp(&p.stage, LP_POOL, (uint32_t)m->pool_of[r]), k + 0.5,
                         EV_POOL_REQUEST, &q, sizeof q);
        }
    }
    stage_run(&p.stage, SECONDS);
}

static void end(void)
{
    stage_close(&p.stage);
}

// Until a second the one region is asked by callers in `caller`, then the other.
static void expect_turn(int caller, char before, int at, char after)
{
    for (int k = 0; k < SECONDS; k++)
        cr_expect_eq(p.asked[caller][k], k < at ? before : after, "region %d, %d s: %c", caller, k,
                     p.asked[caller][k]);
}

static double journal_s(enum journal_kind kind, uint32_t action)
{
    const struct model *m = p.stage.model;
    const journal_list *list =
        &p.stage.world->journals[stage_lp(&p.stage, LP_REPLICA, m->stores[0].first)];
    for (size_t i = 0; i < list->n; i++)
        if (list->items[i].kind == kind && list->items[i].detail == action)
            return simtime_to_seconds(list->items[i].time);
    return -1;
}

Test(access_point, nearest_active_region)
{
    make(0);
    play();
    for (int r = 0; r < 3; r++)
        expect_turn(r, (char)('0' + r), SECONDS, ' ');
    end();
    make(1u << 0 | 1u << 2);
    play();
    for (int r = 0; r < 3; r++)
        expect_turn(r, '1', SECONDS, ' ');
    end();
    make(1u << 1);
    play();
    expect_turn(0, '0', SECONDS, ' ');
    expect_turn(1, '0', SECONDS, ' ');
    expect_turn(2, '2', SECONDS, ' ');
    end();
}

// A change takes 20 s.
Test(access_point, failover_activate_deactivate)
{
    make(1u << 1 | 1u << 2);
    add(ACTION_FAILOVER, "us-west-2", 10);
    play();
    for (int r = 0; r < 3; r++)
        expect_turn(r, '0', 30, '1');
    cr_expect_float_eq(journal_s(JOURNAL_ACTION_ASKED, 0), 10, 1e-6);
    cr_expect_float_eq(journal_s(JOURNAL_ACTION_APPLIED, 0), 30, 1e-6);
    end();
    make(1u << 1 | 1u << 2);
    add(ACTION_ACTIVATE, "eu-west-1", 10);
    add(ACTION_DEACTIVATE, "us-east-1", 50);
    play();
    for (int k = 0; k < SECONDS; k++) {
        cr_expect_eq(p.asked[0][k], k < 70 ? '0' : '2', "%d s: %c", k, p.asked[0][k]);
        cr_expect_eq(p.asked[1][k], k < 70 ? '0' : '2', "%d s: %c", k, p.asked[1][k]);
        cr_expect_eq(p.asked[2][k], k < 30 ? '0' : '2', "%d s: %c", k, p.asked[2][k]);
    }
    end();
}

Test(access_point, last_active_region_stays)
{
    make(1u << 2);
    add(ACTION_DEACTIVATE, "us-west-2", 10);
    add(ACTION_DEACTIVATE, "us-east-1", 15); // judged by what has been asked, though not yet made
    play();
    expect_turn(0, '0', SECONDS, ' ');
    expect_turn(1, '1', 30, '0');
    cr_expect_float_eq(journal_s(JOURNAL_ACTION_REFUSED, 1), 15, 1e-6);
    cr_expect_eq(journal_s(JOURNAL_ACTION_APPLIED, 1), -1);
    end();
}

// The first change takes longer than the second.
Test(access_point, later_changes_do_not_overtake)
{
    make(1u << 1 | 1u << 2);
    add(ACTION_FAILOVER, "us-west-2", 10);
    add(ACTION_FAILOVER, "eu-west-1", 15);
    p.tiny.actions[0].takes = distribution_constant(40);
    play();
    expect_turn(0, '0', 50, '2');
    end();
}

// A dead region is asked until somebody changes that; that the store's first member is dead keeps
// nobody from it, and what was sent before is answered by whom it was sent to.
Test(access_point, static_in_a_region_loss)
{
    make(1u << 1 | 1u << 2)->read_time = distribution_constant(0.9);
    tiny_add_fault_at(&p.tiny, FAULT_STORE, "us-east-1", 5, 1000)->object = "data";
    add(ACTION_FAILOVER, "us-west-2", 40);
    play();
    for (int r = 0; r < 3; r++) {
        expect_turn(r, '0', 60, '1');
        for (int k = 0; k < SECONDS - 2; k++) // an answer that is no refusal comes a second later
            cr_expect_eq(p.answered[r][k],
                         k == 0 || k == 60 ? ' ' : (k < 5 ? '0' : (k < 60 ? '-' : '1')),
                         "region %d, %d s: %c", r, k, p.answered[r][k]);
    }
    end();
}

// Endpoints are tried in turn, 5 s each, until one is up; the same regions as a cluster's. All but
// one are down: at most four are tried in vain.
Test(access_point, any_endpoint_will_do)
{
    make(1u << 1 | 1u << 2);
    tiny_add_fault_at(&p.tiny, FAULT_REGION, "us-east-1", 5, 1000);
    tiny_add_fault_at(&p.tiny, FAULT_REGION, "us-west-2", 5, 1000);
    tiny_add_fault_at(&p.tiny, FAULT_REGION, "eu-west-1", 5, 30);
    tiny_add_fault_at(&p.tiny, FAULT_REGION, "ap-northeast-1", 5, 1000);
    tiny_add_fault_at(&p.tiny, FAULT_REGION, "ap-southeast-2", 5, 1000);
    add(ACTION_FAILOVER, "eu-west-1", 10);
    play();
    const double at_s = journal_s(JOURNAL_ACTION_APPLIED, 0);
    cr_expect(at_s >= 55 && at_s < 80 && fmod(at_s, 5) < 1e-6, "%g", at_s);
    cr_expect_eq(p.asked[2][40], '0');
    cr_expect_eq(p.asked[2][90], '2');
    end();
}

// Nobody routes requests to a DynamoDB table, and change feeds go to the caches of one replica.
Test(access_point, stores_without_routes)
{
    for (int k = 0; k < 2; k++) {
        struct store_spec *s = make(0);
        s->product = k == 0 ? PRODUCT_DYNAMODB_MREC : PRODUCT_NONE;
        s->cache.has_feed = k == 1;
        add(ACTION_FAILOVER, "eu-west-1", 10);
        play();
        expect_turn(0, '0', SECONDS, ' ');
        cr_expect_not_null(model_note(p.stage.model, 0));
        end();
    }
}

Test(access_point, caches_turn)
{
    struct store_spec *s = make(1u << 1 | 1u << 2);
    s->items = 100000;
    s->cache = (struct caching_spec){.scope = CACHING_REGION,
                                     .size = 10,
                                     .ttl_s = 1,
                                     .hit_time = distribution_constant(1e-3),
                                     .servers = 1000,
                                     .queue = 1000,
                                     .fails_open = true,
                                     .starts = CACHING_COLD};
    add(ACTION_FAILOVER, "eu-west-1", 10);
    play();
    for (int r = 0; r < 3; r++)
        expect_turn(r, '0', 30, '2');
    end();
}
