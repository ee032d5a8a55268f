#include "experiment/splitting.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "base/array.h"
#include "base/base.h"
#include "base/memory.h"
#include "base/parallel.h"
#include "experiment/crew.h"
#include "model/world.h"

enum { LEVELS = 4096, OFTEN = 30 };
// Price of a copy in requests that might be simulated instead, measured: what a copied world takes
// anyway, and how many of its bytes are copied while a request is simulated.
enum { COPY_PRICE = 5, COPY_BYTES_A_REQUEST = 16384 };

// What goes its own way through a world: the root, or a copy.
struct trial {
    uint32_t depth;    // thresholds that it has been split for
    uint32_t reached;  // thresholds that the last request has found reached
    uint32_t born;     // ends when there are fewer; 0: the root
    uint64_t name;     // of its random numbers
    uint64_t n_copies; // that were made of it
    bool has_ended;
};

// A root and its copies live one after the other in one world, which is put back to where a copy
// began when that has ended.
struct forest {
    const struct splitting_plan *plan;
    struct world *world; // in this thread's lot of memory
    struct trial *now;
    struct splitting_sums sums;
    uint64_t *levels; // [LEVELS] requests that found so many waiting, of a plain run; or NULL
};

static double weight_at(const struct splitting_plan *p, uint32_t depth)
{
    double weight = 1;
    for (uint32_t i = 0; i < depth; ++i)
        weight /= p->copies;
    return weight;
}

// A request finds so many waiting. It is one that has come before the world is split for what it
// met, so its weight is the one of before.
static void meet(void *argument, uint32_t waiting)
{
    struct forest *f = argument;
    struct trial *t = f->now;
    struct splitting_sums *s = &f->sums;
    const struct splitting_plan *p = f->plan;
    uint32_t depth = 0;
    while (depth < p->n_thresholds && p->threshold[depth] <= waiting)
        ++depth;
    t->has_ended |= depth < t->born;
    if (t->has_ended)
        return;
    t->reached = depth;
    const double weight = weight_at(p, depth < t->depth ? depth : t->depth);
    s->over += waiting >= p->target ? weight : 0;
    s->above_first += depth > 0 ? weight : 0;
    s->root_seen += t->born == 0;
    s->root_above_first += t->born == 0 && depth > 0;
    ++s->simulated;
    if (++s->price > p->most)
        s->end = SPLITTING_DEAR;
    if (f->levels != NULL)
        ++f->levels[waiting < LEVELS ? waiting : LEVELS - 1];
}

static void advance(struct forest *f);

static uint64_t copy_price(void)
{
    return COPY_PRICE + memory_lot_bytes() / COPY_BYTES_A_REQUEST;
}

// Lets a copy go its way, and puts the world back.
static void copy(struct forest *f, uint32_t threshold)
{
    struct trial *mother = f->now;
    const uint64_t name = (mother->name * UINT64_C(0x9e3779b97f4a7c15) + mother->n_copies++) ^
                          (mother->name >> 29);
    struct trial t = {
        .depth = threshold + 1, .reached = mother->reached, .born = threshold + 1, .name = name};
    f->now = &t;
    f->sums.price += copy_price();
    ++f->sums.n_trials;
    world_branch(f->world, name);
    advance(f);
    memory_lot_restore();
    f->now = mother;
}

static void split(struct forest *f)
{
    const struct splitting_plan *p = f->plan;
    struct trial *t = f->now;
    if (!memory_lot_push()) {
        f->sums.end = SPLITTING_NO_MEMORY;
        return;
    }
    for (; t->depth < t->reached; ++t->depth)
        for (uint32_t i = 1; i < p->copies && f->sums.end == SPLITTING_WHOLE; ++i)
            copy(f, t->depth);
    memory_lot_pop();
}

// Until the trial has ended, or its run.
static void advance(struct forest *f)
{
    struct trial *t = f->now;
    do {
        if (t->reached > t->depth)
            split(f);
        t->depth = t->reached;
        if (parallel_flag_is_set(f->plan->cancel))
            f->sums.end = SPLITTING_CANCELLED;
    } while (f->sums.end == SPLITTING_WHOLE && world_step(f->world) && !t->has_ended);
}

static void run(struct forest *f, uint32_t root)
{
    const struct world_watch watch = {.pool = f->plan->pool, .meet = meet, .argument = f};
    const struct world_run_conf conf = {.seed = f->plan->seed,
                                        .replication = root,
                                        .n_threads = 1,
                                        .probes = PROBES_ORDINARY,
                                        .watch = &watch};
    struct trial t = {.name = root};
    f->now = &t;
    f->sums = (struct splitting_sums){.n_trials = 1};
    if (!memory_lot_open()) {
        f->sums.end = SPLITTING_NO_MEMORY;
        return;
    }
    f->world = world_begin(f->plan->model, &conf);
    advance(f);
    world_end(f->world);
    memory_lot_close();
}

void splitting_run(const struct splitting_plan *plan, uint32_t root, struct splitting_sums *sums)
{
    struct forest f = {.plan = plan};
    run(&f, root);
    *sums = f.sums;
}

// ---- thresholds

// Of a plain run: how often high levels are found, and how fast they thin out.
struct tail {
    uint32_t base; // what is below is common, and not like the tail
    uint32_t last; // the last that was found often enough to tell how often
    double last_share;
    double decay; // of the logarithm of the share, a level
};

static bool find_tail(const uint64_t *levels, struct tail *tail)
{
    uint64_t *beyond = array_new(uint64_t, LEVELS + 1);
    uint32_t base = 0, last;
    beyond[LEVELS] = 0;
    for (size_t i = LEVELS; i-- > 0;)
        beyond[i] = beyond[i + 1] + levels[i];
    while (base + 1 < LEVELS && 2 * beyond[base] > beyond[0])
        ++base;
    last = base;
    while (last + 1 < LEVELS && beyond[last + 1] >= OFTEN)
        ++last;
    base = last > base ? base : 0;
    last = last > 0 ? last : 1;
    const double high = fmax(1, (double)beyond[base]), low = fmax(1, (double)beyond[last]);
    *tail = (struct tail){.base = base,
                          .last = last,
                          .last_share = low / fmax(1, (double)beyond[0]),
                          .decay = fmax(log(high / low) / fmax(1, last - base), 0.01)};
    const bool is_used = beyond[0] > 0;
    array_release(beyond);
    return is_used;
}

// What the copies cost that are made for a request on the average, in requests, if they begin at
// this level. Each time it is reached from below there are as many at every threshold.
static double price_from(const struct splitting_plan *p, const struct tail *tail, uint32_t level,
                         double step, double copies)
{
    const double share = tail->last_share * exp(tail->decay * ((double)tail->last - level));
    const double thresholds = ceil((p->target - (double)level) / step);
    return share * (1 - exp(-tail->decay)) * (copies - 1) * thresholds * p->copy_price;
}

// Each is half as likely as the one before, or as near to that as whole levels allow: of the same
// way to the target, many small steps with one copy each cost less, and vary less, than a few large
// ones (M/M/1: variance of a branch per factor of 4, 6 against 9). The first is where copies cost
// as much as the root: whichever is cheaper cannot waste more than the other.
static void place(struct splitting_plan *p, const struct tail *tail, double stretch)
{
    const double least = fmax(1, round(log(2) / tail->decay));
    double step = least * stretch;
    const double ways = SPLITTING_THRESHOLDS - 1; // between the first and the last
    const double copies = fmin(fmax(2, round(exp(tail->decay * least))), 10);
    uint32_t first = tail->base + 1;
    while (first < p->target && price_from(p, tail, first, step, copies) > 1)
        ++first;
    step = fmax(step, ceil((p->target - (double)first) / ways)); // they reach up to the target
    p->copies = (uint32_t)copies;
    p->n_thresholds = 0;
    for (double at = first; at < p->target && p->n_thresholds < SPLITTING_THRESHOLDS; at += step) {
        p->threshold[p->n_thresholds++] = (uint32_t)ceil(at);
    }
}

// Says why a root was broken off.
static bool fail(struct status *status, enum splitting_end end, uint32_t root)
{
    switch (end) {
    case SPLITTING_WHOLE:
        break;
    case SPLITTING_DEAR:
        return status_fail(status, STATUS_SOME_FAILED,
                           "root %u takes far more copies than others: its queue grew, and did not "
                           "shrink again; splitting is for queues that do",
                           root);
    case SPLITTING_NO_MEMORY:
        return status_fail(status, STATUS_INTERNAL, "no memory is left for the copies of root %u",
                           root);
    case SPLITTING_CANCELLED:
        return status_fail(status, STATUS_INTERRUPTED, "interrupted");
    }
    return true;
}

static bool prepare(struct splitting_plan *plan, uint32_t root, struct status *status)
{
    static const double most_times = 100;
    struct forest f = {.plan = plan, .levels = array_new(uint64_t, LEVELS)};
    struct splitting_sums sums = {0};
    struct tail tail;
    plan->n_thresholds = 0;
    plan->most = UINT64_MAX;
    run(&f, root);
    plan->copy_price = (double)copy_price(); // the lot is closed, and has not been used since
    const bool is_used = find_tail(f.levels, &tail);
    array_release(f.levels);
    if (!fail(status, f.sums.end, root))
        return false;
    if (!is_used)
        return status_fail(status, STATUS_SOME_FAILED, "no request comes to the pool");
    const uint64_t affordable = (uint64_t)(most_times * (double)f.sums.price);
    for (double stretch = 1; stretch < 20; stretch *= 1.5) {
        place(plan, &tail, stretch);
        plan->most = affordable;
        splitting_run(plan, root + 1, &sums);
        plan->most = 20 * affordable; // of a root that has more luck
        if (sums.end != SPLITTING_DEAR)
            break;
    }
    return fail(status, sums.end, root + 1);
}

bool splitting_prepare(struct splitting_plan *plan, uint32_t root, struct status *status)
{
    const bool is_good = prepare(plan, root, status);
    memory_lot_unmap(); // before processes are forked that would share it
    return is_good;
}

// ---- many roots

static void work(void *argument, const struct crew_task *task, struct bytes *answer)
{
    struct splitting_sums sums;
    splitting_run(argument, task->first, &sums);
    bytes_put(answer, &sums, sizeof sums);
}

// One answer, if there is one by then.
static bool take(struct crew *crew, const struct splitting_roots *roots, size_t *n_done,
                 struct status *status)
{
    struct crew_answer answer;
    if (!crew_wait(crew, 200, &answer))
        return true;
    const uint32_t root = answer.task.first;
    struct splitting_sums *sums = &roots->sums[answer.task.item];
    if (answer.death != NULL || answer.n != sizeof *sums)
        return status_fail(status, STATUS_SOME_FAILED, "the process of root %u: %s", root,
                           answer.death != NULL ? answer.death : "half an answer");
    memcpy(sums, answer.bytes, sizeof *sums);
    ++*n_done;
    return fail(status, sums->end, root);
}

bool splitting_run_roots(const struct splitting_plan *plan, const struct splitting_crew *conf,
                         const struct splitting_roots *roots, struct status *status)
{
    struct splitting_plan copy = *plan;
    const struct crew_conf crew_conf = {
        .n_workers = conf->n_workers, .work = work, .argument = &copy};
    struct crew *crew = crew_hire(&crew_conf);
    if (crew == NULL)
        return status_fail(status, STATUS_IO, "no process can be made: %s", strerror(errno));
    bool is_good = true;
    for (size_t dealt = 0, n_done = 0; is_good && n_done < roots->n;) {
        for (; dealt < roots->n && crew_busy(crew) < crew_size(crew); ++dealt)
            crew_deal(crew, &(struct crew_task){dealt, roots->first + (uint32_t)dealt, 1});
        is_good = take(crew, roots, &n_done, status);
        if (is_good && parallel_flag_is_set(plan->cancel))
            is_good = fail(status, SPLITTING_CANCELLED, 0);
        if (conf->progress != NULL)
            conf->progress(conf->argument, n_done);
    }
    crew_dismiss(crew);
    return is_good;
}

// ---- results

// Both counts in their standard errors apart.
static double imbalance_of(const struct splitting_sums *roots, const double *seen, size_t n)
{
    double *apart = array_new(double, n);
    for (size_t i = 0; i < n; ++i)
        apart[i] = roots[i].above_first - roots[i].root_above_first;
    const struct estimate e = estimate_weighted_ratio(apart, seen, n, 0.95);
    array_release(apart);
    return e.sd > 0 ? e.value / (e.sd / sqrt((double)e.n)) : (double)NAN;
}

static double effective_of(const double *weights, size_t n)
{
    double sum = 0, squares = 0;
    for (size_t i = 0; i < n; ++i) {
        sum += weights[i];
        squares += weights[i] * weights[i];
    }
    return squares > 0 ? sum * sum / squares : 0;
}

struct splitting_result splitting_result(const struct splitting_plan *plan,
                                         const struct splitting_roots *roots, double level)
{
    const struct splitting_sums *sums = roots->sums;
    const size_t n = roots->n;
    double *over = array_new(double, n), *seen = array_new(double, n), price = 0;
    for (size_t i = 0; i < n; ++i) {
        over[i] = sums[i].over;
        seen[i] = sums[i].root_seen;
        price += (double)sums[i].price;
    }
    struct splitting_result r = {.share = estimate_weighted_ratio(over, seen, n, level),
                                 .effective_roots = effective_of(over, n),
                                 .imbalance = plan->n_thresholds > 0 ? imbalance_of(sums, seen, n)
                                                                     : (double)NAN};
    if (!isnan(r.share.low)) // one root has no spread
        r.share.low = fmax(0, r.share.low);
    if (r.share.value <= 0)
        r.share.low = r.share.high = (double)NAN;
    const double p = r.share.value, variance = r.share.sd * r.share.sd / (double)r.share.n;
    const bool is_known = r.effective_roots >= SPLITTING_FEW && p > 0 && variance > 0;
    r.speedup = is_known ? p * (1 - p) / price / variance : (double)NAN;
    array_release(over);
    array_release(seen);
    return r;
}
