#include "experiment/splitting.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "base/base.h"
#include "base/fd.h"
#include "base/parallel.h"
#include "base/process.h"
#include "experiment/crew.h"
#include "model/world.h"

enum { LEVELS = 4096, OFTEN = 30 };
// Of a copy, in requests that might be simulated instead: measured, 0.5 ms against 5 us.
enum { COPY_PRICE = 100 };

// What simulates: the root, or a copy of it.
struct trial {
    const struct splitting_plan *plan;
    struct splitting_sums sums;
    uint32_t depth; // thresholds that have been reached
    uint32_t born;  // ends when there are fewer; 0: the root
    uint64_t name;  // of its random numbers
    uint64_t n_copies;
    int answers;      // where a copy says what it met
    uint64_t *levels; // [LEVELS] requests that found so many waiting, of a plain run; or NULL
};

static double weight_at(const struct splitting_plan *p, uint32_t depth)
{
    double weight = 1;
    for (uint32_t i = 0; i < depth; ++i)
        weight /= p->copies[i];
    return weight;
}

static void add(struct splitting_sums *to, const struct splitting_sums *of)
{
    to->over += of->over;
    to->above_first += of->above_first;
    to->simulated += of->simulated;
    to->n_trials += of->n_trials;
    to->price += of->price;
    to->is_broken |= of->is_broken;
}

static void end_copy(const struct trial *t)
{
    fd_write(t->answers, &t->sums, sizeof t->sums);
    _exit(0);
}

static void become_copy(struct trial *t, uint32_t threshold, int answers)
{
    if (t->born > 0)
        close(t->answers);
    t->answers = answers;
    t->born = threshold + 1;
    t->depth = t->born;
    t->name = (t->name * UINT64_C(0x9e3779b97f4a7c15) + t->n_copies) ^ (t->name >> 29);
    t->n_copies = 0;
    t->sums = (struct splitting_sums){.price = t->sums.price, .n_trials = 1};
}

// True in the copy. Elsewhere, after it has ended, and with what it met.
static bool copy(struct trial *t, struct world *w, uint32_t threshold)
{
    int ends[2];
    const uint64_t before = t->sums.price += COPY_PRICE;
    struct splitting_sums met = {.is_broken = true};
    ++t->n_copies;
    if (pipe(ends) != 0) {
        t->sums.is_broken = true;
        return false;
    }
    const pid_t pid = process_fork();
    if (pid == 0) {
        close(ends[0]);
        become_copy(t, threshold, ends[1]);
        world_branch(w, t->name);
        return true;
    }
    close(ends[1]);
    if (pid > 0 && fd_read(ends[0], &met, sizeof met))
        met.price -= before; // it went on counting, to know when there are too many
    else
        met = (struct splitting_sums){.is_broken = true};
    close(ends[0]);
    if (pid > 0)
        process_wait(pid);
    add(&t->sums, &met);
    return false;
}

static void climb(struct trial *t, struct world *w, uint32_t depth)
{
    const struct splitting_plan *p = t->plan;
    while (t->depth < depth) {
        const uint32_t threshold = t->depth++;
        bool is_copy = false;
        for (uint32_t i = 1; i < p->copies[threshold] && !is_copy && !t->sums.is_broken; ++i)
            is_copy = copy(t, w, threshold);
    }
}

// A request finds so many waiting.
static void meet(void *argument, struct world *w, uint32_t waiting)
{
    struct trial *t = argument;
    const struct splitting_plan *p = t->plan;
    uint32_t depth = 0;
    while (depth < p->n_thresholds && p->threshold[depth] <= waiting)
        ++depth;
    if (depth < t->born || (t->born > 0 && t->sums.is_broken))
        end_copy(t);
    climb(t, w, t->sums.is_broken ? 0 : depth);
    t->depth = depth;
    const double weight = weight_at(p, depth);
    t->sums.over += waiting >= p->target ? weight : 0;
    t->sums.above_first += depth > 0 ? weight : 0;
    t->sums.root_seen += t->born == 0;
    t->sums.root_above_first += t->born == 0 && depth > 0;
    ++t->sums.simulated;
    t->sums.is_broken |= ++t->sums.price > p->most;
    if (t->levels != NULL)
        ++t->levels[waiting < LEVELS ? waiting : LEVELS - 1];
}

static void run(struct trial *t, uint32_t root)
{
    const struct world_watch watch = {.pool = t->plan->pool, .meet = meet, .argument = t};
    const struct world_run_conf conf = {
        .seed = t->plan->seed, .replication = root, .n_threads = 1, .watch = &watch};
    struct record record;
    t->name = root;
    world_run(t->plan->model, &conf, &record);
    if (t->born > 0) // the run is over, and this is a copy
        end_copy(t);
    record_free(&record);
}

void splitting_run(const struct splitting_plan *plan, uint32_t root, struct splitting_sums *sums)
{
    struct trial t = {.plan = plan, .sums = {.n_trials = 1}};
    run(&t, root);
    *sums = t.sums;
}

// ---- thresholds

// Of a plain run: the last level that is found often enough to tell how often, and how fast levels
// thin out up to there.
struct tail {
    uint32_t last;
    double decay; // of the logarithm of the share, a level
};

static bool find_tail(const uint64_t *levels, struct tail *tail)
{
    uint64_t *beyond = array_new(uint64_t, LEVELS + 1);
    uint32_t base = 0;
    beyond[LEVELS] = 0;
    for (size_t i = LEVELS; i-- > 0;)
        beyond[i] = beyond[i + 1] + levels[i];
    while (base + 1 < LEVELS && 2 * beyond[base] > beyond[0]) // what is common is not like the tail
        ++base;
    tail->last = base;
    while (tail->last + 1 < LEVELS && beyond[tail->last + 1] >= OFTEN)
        ++tail->last;
    base = tail->last > base ? base : 0;
    const double high = fmax(1, (double)beyond[base]), low = fmax(1, (double)beyond[tail->last]);
    tail->last = tail->last > 0 ? tail->last : 1;
    tail->decay = fmax(log(high / low) / fmax(1, tail->last - base), 0.01);
    const bool is_used = beyond[0] > 0;
    array_release(beyond);
    return is_used;
}

// The first where a plain run hardly comes any more: simulating on is cheaper than copying. Each is
// about a fourth as likely as the one before, or as near to that as whole levels allow.
static void place(struct splitting_plan *p, const struct tail *tail, double stretch)
{
    const double step = fmax(1, round(log(4) / tail->decay)) * stretch;
    const double copies = fmin(fmax(2, round(exp(tail->decay * fmax(1, step / stretch)))), 10);
    p->n_thresholds = 0;
    for (double at = tail->last; at < p->target && p->n_thresholds < SPLITTING_THRESHOLDS;
         at += step) {
        p->threshold[p->n_thresholds] = (uint32_t)ceil(at);
        p->copies[p->n_thresholds++] = (uint32_t)copies;
    }
}

bool splitting_prepare(struct splitting_plan *plan, uint32_t root)
{
    static const double most_times = 100;
    struct trial t = {.plan = plan, .levels = array_new(uint64_t, LEVELS)};
    struct tail tail;
    plan->n_thresholds = 0;
    plan->most = UINT64_MAX;
    run(&t, root);
    bool is_good = find_tail(t.levels, &tail);
    array_release(t.levels);
    if (!is_good || tail.last >= plan->target)
        return is_good;
    const uint64_t affordable = (uint64_t)(most_times * (double)t.sums.price);
    for (double stretch = 1; stretch < 20; stretch *= 1.5) {
        struct splitting_sums sums;
        place(plan, &tail, stretch);
        plan->most = affordable;
        splitting_run(plan, root + 1, &sums);
        plan->most = 20 * affordable; // of a root that has more luck
        if (!sums.is_broken)
            return true;
    }
    return false;
}

// ---- many roots

static void work(void *argument, const struct crew_task *task, struct bytes *answer)
{
    struct splitting_sums sums;
    splitting_run(argument, task->first, &sums);
    bytes_put(answer, &sums, sizeof sums);
}

// One answer; false when it was no good.
static bool take(struct crew *crew, struct splitting_sums *roots, size_t *n_done)
{
    struct crew_answer answer;
    if (!crew_wait(crew, 200, &answer))
        return true;
    if (answer.death != NULL || answer.n != sizeof *roots)
        return false;
    memcpy(&roots[answer.task.item], answer.bytes, sizeof *roots);
    ++*n_done;
    return !roots[answer.task.item].is_broken;
}

bool splitting_run_roots(const struct splitting_plan *plan, const struct splitting_crew *conf,
                         uint32_t first, size_t n, struct splitting_sums *roots)
{
    struct splitting_plan copy = *plan;
    const struct crew_conf crew_conf = {
        .n_workers = conf->n_workers, .work = work, .argument = &copy};
    struct crew *crew = crew_hire(&crew_conf);
    bool is_good = crew != NULL;
    for (size_t dealt = 0, n_done = 0; is_good && n_done < n;) {
        for (; dealt < n && crew_busy(crew) < crew_size(crew); ++dealt)
            crew_deal(crew, &(struct crew_task){dealt, first + (uint32_t)dealt, 1});
        is_good = take(crew, roots, &n_done) && !parallel_flag_is_set(conf->cancel);
        if (conf->progress != NULL)
            conf->progress(conf->argument, n_done);
    }
    if (crew != NULL)
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
    return e.sd > 0 ? e.value / (e.sd / sqrt((double)n)) : (double)NAN;
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
                                         const struct splitting_sums *roots, size_t n, double level)
{
    double *over = array_new(double, n), *seen = array_new(double, n), price = 0;
    for (size_t i = 0; i < n; ++i) {
        over[i] = roots[i].over;
        seen[i] = roots[i].root_seen;
        price += (double)roots[i].price;
    }
    struct splitting_result r = {
        .share = estimate_weighted_ratio(over, seen, n, level),
        .effective_roots = effective_of(over, n),
        .imbalance = plan->n_thresholds > 0 ? imbalance_of(roots, seen, n) : (double)NAN};
    r.share.low = fmax(0, r.share.low);
    if (r.share.value <= 0)
        r.share.low = r.share.high = (double)NAN;
    const double p = r.share.value, variance = r.share.sd * r.share.sd / (double)n;
    r.speedup = p > 0 && variance > 0 ? p * (1 - p) / price / variance : (double)NAN;
    array_release(over);
    array_release(seen);
    return r;
}
