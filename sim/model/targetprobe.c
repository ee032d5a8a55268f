#include "model/targetprobe.h"

#include "model/balancer.h"
#include "model/context.h"
#include "model/foresight.h"
#include "model/strain.h"

// ---- the probes to come

enum { TARGETPROBE_TARGET_BITS = 8 }; // of a token, which holds target and plan

// The next probe of a target is sent at `at`; any other that was to come is not.
static void targetprobe_plan(const struct context *x, struct targetprobes *t, uint32_t target,
                             simtime at)
{
    const struct payload_token due = {++t->targets[target].plan << TARGETPROBE_TARGET_BITS |
                                      target};
    context_send(x, x->lp, at - x->now, EV_TARGET_PROBE, &due, sizeof due);
}

// ---- what is certain

static uint64_t targetprobe_word(const struct targetprobes *t, uint32_t target, simtime at)
{
    const uint64_t number = (uint64_t)((at - t->targets[target].first) / t->interval);
    return foresight_word(&t->words, number * BALANCER_MAX_TARGETS + target);
}

// From the node in the target's zone.
static struct foresight_way targetprobe_way(const struct context *x, const struct balancer *b,
                                            uint32_t target)
{
    const uint16_t place = context_place(x, b->group.targets[target].pool);
    return (struct foresight_way){place, place};
}

// When the probe of this word that is sent at `at` reaches the target; NET_LOST: it gets lost.
static simtime targetprobe_arrives(const struct context *x, const struct balancer *b,
                                   uint32_t target, uint64_t word, simtime at)
{
    struct stream leg = foresight_stream(word, LEG_TARGET);
    return foresight_to_target(x, x->lp, &leg, targetprobe_way(x, b, target), at);
}

// When the probe that is sent at `at` has its answer; NET_LOST: a message of it gets lost.
static simtime targetprobe_ends(const struct context *x, const struct balancer *b, uint32_t target,
                                simtime at)
{
    const uint64_t word = targetprobe_word(&b->probes, target, at);
    const simtime there = targetprobe_arrives(x, b, target, word, at);
    if (there == NET_LOST)
        return NET_LOST;
    return foresight_from_target(x, word, targetprobe_way(x, b, target), there);
}

// Whether the probe succeeds for sure, even if it waits as long as may be without anybody being
// told; no fault is met before `until`.
static bool targetprobe_foresees(const struct context *x, const struct balancer *b, uint32_t target,
                                 simtime at, simtime until)
{
    if (!b->probes.is_foreseen || at >= until)
        return false;
    const simtime ends = targetprobe_ends(x, b, target, at), latest = ends + b->probes.longest_wait;
    return ends != NET_LOST && latest < until && ends - at <= foresight_target_longest &&
           calm_holds(&b->probes.targets[target].calm, at, latest);
}

// Whether a success would change nothing: the target is healthy, and the name servers know.
static bool targetprobe_is_idle(const struct balancer *b, uint32_t target)
{
    const struct targetgroup *g = &b->group;
    const struct probe_state *state = &g->targets[target].state;
    const bool is_told = b->endpoint == ENDPOINT_NONE ||
                         b->told_zones == targetgroup_dns_zones(g, b->dead_nodes);
    return is_told && state->is_healthy && state->run == 0 && !(g->fresh >> target & 1);
}

// Works out as many probes as are certain and change nothing; false: not even the first is.
static bool targetprobe_sleep(const struct context *x, struct balancer *b, uint32_t target,
                              simtime until)
{
    struct targetprobes *t = &b->probes;
    simtime at = x->now;
    if (x->world->probes != PROBES_FORESEEN || !targetprobe_is_idle(b, target))
        return false;
    until = simtime_least(until, x->model->duration);
    for (int n = 0; n < FORESIGHT_MOST && targetprobe_foresees(x, b, target, at, until); n++)
        at += t->interval;
    if (at == x->now)
        return false;
    t->targets[target].since = x->now;
    targetprobe_plan(x, t, target, at);
    return true;
}

// A foreseen probe that is under way: its answer comes at `ends`.
static void targetprobe_send_foreseen(const struct context *x, struct balancer *b, uint32_t target,
                                      simtime ends)
{
    const struct target *t = &b->group.targets[target];
    struct payload_probe probe = {.call = target, .node = t->zone};
    if (x->world->probes == PROBES_FORESEEN) {
        context_send(x, x->lp, ends - x->now, EV_TARGET_FOUND, &probe, sizeof probe);
        return;
    }
    probe.word = targetprobe_word(&b->probes, target, x->now);
    const simtime there = targetprobe_arrives(x, b, target, probe.word, x->now);
    context_send(x, t->pool, there - x->now, EV_FORESEEN, &probe, sizeof probe);
}

// ---- as time goes by

// Time to probe a target that is registered.
static void targetprobe_send(const struct context *x, struct balancer *b, uint32_t target)
{
    const simtime until = foresight_target_until(x, b->group.targets[target].pool);
    if (targetprobe_sleep(x, b, target, until))
        return;
    targetprobe_plan(x, &b->probes, target, x->now + b->probes.interval);
    if (targetprobe_foresees(x, b, target, x->now, until))
        targetprobe_send_foreseen(x, b, target, targetprobe_ends(x, b, target, x->now));
    else
        balancer_probe(x, b, (uint8_t)target);
}

void targetprobe_on_due(const struct context *x, struct balancer *b, const struct event *e)
{
    const uint64_t token = event_token(e);
    const uint32_t target = token & ((1u << TARGETPROBE_TARGET_BITS) - 1);
    struct targetprobe *t = &b->probes.targets[target];
    if (token >> TARGETPROBE_TARGET_BITS != t->plan)
        return; // taken back
    t->since = SIMTIME_NEVER;
    if (!balancer_can_probe(x, b, target)) {
        targetprobe_plan(x, &b->probes, target, x->now + b->probes.interval);
        return;
    }
    targetprobe_send(x, b, target);
}

void targetprobe_on_found(const struct context *x, struct balancer *b, const struct event *e)
{
    balancer_probe_concluded(x, b, (uint8_t)payload_of(e, payload_probe).call, true);
}

// What has been worked out holds up to now: goes on from here.
static void targetprobe_wake_one(const struct context *x, struct balancer *b, uint32_t target)
{
    struct targetprobe *t = &b->probes.targets[target];
    if (t->since == SIMTIME_NEVER)
        return;
    const simtime last = x->now - (x->now - t->since) % b->probes.interval;
    const simtime ends = targetprobe_ends(x, b, target, last);
    t->since = SIMTIME_NEVER;
    if (ends > x->now)
        targetprobe_send_foreseen(x, b, target, ends);
    targetprobe_plan(x, &b->probes, target, last + b->probes.interval);
}

void targetprobe_wake(const struct context *x, struct balancer *b)
{
    for (uint32_t i = 0; i < b->group.n; i++)
        targetprobe_wake_one(x, b, i);
}

void targetprobe_on_calm(const struct context *x, struct balancer *b, const struct event *e)
{
    const struct payload_calm news = payload_of(e, payload_calm);
    const uint32_t target = event_src(e) - b->group.targets[0].pool;
    targetprobe_wake_one(x, b, target);
    b->probes.targets[target].calm = (struct calm_view){news.from, news.is_disturbed};
}

uint64_t targetprobe_disturbed(const struct balancer *b)
{
    uint64_t disturbed = 0;
    for (uint32_t i = 0; i < b->group.n; i++)
        disturbed |= (uint64_t)b->probes.targets[i].calm.is_disturbed << i;
    return disturbed;
}

// ---- life

// News of targets must come before it takes effect.
static bool targetprobe_hears_in_time(const struct model *m, const struct balancer *b, uint32_t lp)
{
    simtime longest = 0;
    for (uint32_t i = 0; i < b->group.n; i++) {
        const simtime takes = foresight_news_take(m, b->group.targets[i].pool, lp);
        longest = takes > longest ? takes : longest;
    }
    return longest < foresight_target_notice - foresight_target_longest;
}

void targetprobe_open(struct world *w, struct balancer *b)
{
    const uint32_t lp = model_lp(w->model, LP_BALANCER, b->index);
    const char *name = w->model->lps[lp].name;
    const struct probe_spec *spec = &b->group.spec->health;
    struct stream phase = stream_open(w->seed, w->replication, name, "phase");
    struct targetprobes *t = &b->probes;
    t->longest_wait = spec->kind == PROBE_TCP ? 0 : strain_wait; // the system answers at once
    // A probe that is not foreseen is over before the next.
    t->is_foreseen =
        w->probes != PROBES_ORDINARY && !spec->deep && targetprobe_hears_in_time(w->model, b, lp) &&
        spec->response_timeout_s < spec->interval_s &&
        simtime_from_seconds(spec->response_timeout_s) > foresight_target_longest + t->longest_wait;
    t->interval = simtime_from_seconds(spec->interval_s);
    t->words = stream_open(w->seed, w->replication, name, "probes");
    for (uint32_t i = 0; i < b->group.n; i++) {
        const struct payload_token due = {i};
        const simtime first = simtime_from_seconds(stream_uniform(&phase) * spec->interval_s);
        t->targets[i] = (struct targetprobe){.first = first, .since = SIMTIME_NEVER};
        engine_post(w->engine, lp, lp, first, EV_TARGET_PROBE, &due, sizeof due);
    }
}
