#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/base.h"
#include "base/parallel.h"
#include "base/text.h"
#include "cli/conduct.h"
#include "cli/input.h"
#include "cli/interrupt.h"
#include "cli/jsonout.h"
#include "cli/number.h"
#include "cli/verb.h"
#include "experiment/plan.h"
#include "experiment/splitting.h"

enum { ROOTS = 200, PILOTS = 2 }; // pilots use the first replications

static void complain(const struct model *m, const char *name)
{
    struct arena arena = {0};
    const uint32_t n = m->count[LP_POOL];
    const char **names = arena_push(&arena, const char *, n + 1);
    for (uint32_t i = 0; i < n; ++i)
        names[i] = m->lps[model_lp(m, LP_POOL, i)].name;
    const char *nearest = name != NULL ? text_nearest(name, names, n) : NULL;
    if (name == NULL)
        fputs("aasim rare: a pool is needed (--pool NAME)", stderr);
    else
        fprintf(stderr, "aasim rare: there is no pool '%s'", name);
    if (nearest != NULL)
        fprintf(stderr, "; did you mean '%s'?", nearest);
    fputs("\n  expected one of", stderr);
    for (uint32_t i = 0; i < n; ++i)
        fprintf(stderr, "%s%s", i % 4 == 0 ? "\n  " : "  ", names[i]);
    fputc('\n', stderr);
    arena_free(&arena);
}

// The pool of that name; else says which there are.
static bool find_pool(const struct model *m, const char *name, uint32_t *pool)
{
    for (*pool = 0; name != NULL && *pool < m->count[LP_POOL]; ++*pool)
        if (strcmp(m->lps[model_lp(m, LP_POOL, *pool)].name, name) == 0)
            return true;
    complain(m, name);
    return false;
}

static bool can_wait(const struct model *m, const struct splitting_plan *plan, const char *name)
{
    const uint32_t queue = m->services[m->lps[model_lp(m, LP_POOL, plan->pool)].object].queue;
    if (plan->target <= queue)
        return true;
    fprintf(stderr, "aasim rare: --waiting %u: at most %u wait at %s ('queue' of its service)\n",
            plan->target, queue, name);
    return false;
}

struct bar {
    size_t n;
    bool is_terminal;
};

static void show(void *argument, size_t n_done)
{
    const struct bar *bar = argument;
    if (bar->is_terminal)
        fprintf(stderr, "\raasim: %zu of %zu roots%s", n_done, bar->n,
                n_done == bar->n ? "\n" : "");
}

static const char *shakiness(const struct splitting_result *r)
{
    if (r->effective_roots <= 0)
        return "no trial met it: it may be impossible, or need more --replications";
    if (r->effective_roots < SPLITTING_FEW)
        return "FEW ROOTS CARRY IT: the interval is not to be trusted; more --replications are "
               "needed";
    if (fabs(r->imbalance) > 4)
        return "WEIGHTED AND PLAIN COUNTS DISAGREE: not to be trusted";
    return "weights are sound";
}

static void print(const struct options *options, const struct splitting_plan *plan,
                  const struct splitting_result *r, const struct splitting_roots *roots)
{
    const size_t n = roots->n;
    double simulated = 0, trials = 0;
    char level[NUMBER_SIZE];
    for (size_t i = 0; i < n; ++i) {
        simulated += (double)roots->sums[i].simulated;
        trials += (double)roots->sums[i].n_trials;
    }
    printf("Requests that find %u or more waiting at %s: ", plan->target, options->pool);
    if (isnan(r->share.low))
        printf("%.3g of all, no interval\n\n", r->share.value);
    else
        printf("%.3g of all  [%.3g, %.3g] (%s)\n\n", r->share.value, r->share.low, r->share.high,
               number_level(options->level, level));
    printf("%zu root%s, %.3g trials, %.3g requests at the pool; ", n, n == 1 ? "" : "s", trials,
           simulated);
    if (plan->n_thresholds == 0)
        puts("no thresholds: it is not rare");
    else if (plan->n_thresholds == 1)
        printf("one threshold, %u waiting, %u-fold\n", plan->threshold[0], plan->copies);
    else
        printf("%u thresholds from %u to %u waiting, %u-fold each\n", plan->n_thresholds,
               plan->threshold[0], plan->threshold[plan->n_thresholds - 1], plan->copies);
    printf("effective roots %.1f", r->effective_roots);
    if (!isnan(r->imbalance))
        printf(", weighted less plain counts %+.1f standard errors", r->imbalance);
    printf(": %s\n", shakiness(r));
    if (r->speedup >= 1)
        printf("plain simulation would take about %.3g times as long\n", r->speedup);
    else if (!isnan(r->speedup))
        printf("splitting gains nothing here: without it, it would take %.3g times as long\n",
               r->speedup);
}

static void show_result(const struct options *options, const struct splitting_plan *plan,
                        const struct splitting_roots *roots)
{
    const struct splitting_result r = splitting_result(plan, roots, options->level);
    if (options->json)
        jsonout_print_rare(plan, options->pool, &r, stdout);
    else
        print(options, plan, &r, roots);
}

static int watch(const struct options *options, const struct model *model)
{
    struct splitting_plan plan = {.model = model,
                                  .seed = options->seed,
                                  .target = options->waiting,
                                  .cancel = interrupt_requested()};
    const size_t n = options_has(options, OPTIONS_REPLICATIONS) ? options->replications : ROOTS;
    struct bar bar = {n, !options->quiet && isatty(STDERR_FILENO) == 1};
    const struct splitting_crew crew = {
        .n_workers = options->threads, .progress = show, .argument = &bar};
    if (!find_pool(model, options->pool, &plan.pool) || !can_wait(model, &plan, options->pool))
        return STATUS_USAGE;
    interrupt_install();
    struct status status = {0};
    struct splitting_roots roots = {PILOTS, n, array_new(struct splitting_sums, n)};
    const bool is_good = splitting_prepare(&plan, 0, &status) &&
                         splitting_run_roots(&plan, &crew, &roots, &status);
    interrupt_settle();
    if (is_good)
        show_result(options, &plan, &roots);
    array_release(roots.sums);
    if (is_good)
        return STATUS_OK;
    fprintf(stderr, "aasim rare: %s\n", status.text);
    return status.code == STATUS_INTERRUPTED ? interrupt_exit_code() : (int)status.code;
}

static int rare(const struct options *options)
{
    struct scenario scenario = {0};
    const struct scenario_request request = {.topologies = options->files.items,
                                             .n_topologies = options->files.n,
                                             .workload = options->workload,
                                             .faults = options->faults};
    if (options->files.n != 1 || options->waiting == 0) {
        fputs(options->files.n != 1 ? "aasim rare: one topology is needed\n"
                                    : "aasim rare: --pool NAME and --waiting N are needed\n",
              stderr);
        return STATUS_USAGE;
    }
    if (!conduct_usage(options, "rare"))
        return STATUS_USAGE;
    int code = input_load(&scenario, request, options);
    if (code == STATUS_OK) {
        struct plan plan;
        plan_init(&plan, &scenario,
                  &(struct plan_conf){.seed = options->seed, .n_replications = 1, .scale = 1});
        code = watch(options, plan.models[0]);
        plan_free(&plan);
    }
    scenario_free(&scenario);
    return code;
}

const struct verb verb_rare = {
    .name = "rare",
    .arguments = "TOPOLOGY",
    .summary = "how often a queue grows so long that plain simulation would not see it",
    .examples = "  aasim rare topologies/one-region.yaml --workload workloads/global-shop.yaml \\\n"
                "      --set services.web.servers_per_zone=2 --duration '20 min' \\\n"
                "      --pool pool/us-east-1/web/a --waiting 7 --replications 1000\n",
    .text =
        "Splitting (RESTART): a run in which many requests wait is copied, the copies go on with "
        "other random\n"
        "numbers, and what they meet counts less. Prints the share of requests that find N or more "
        "waiting\n"
        "at one pool, its interval over the replications (roots, default 200), whether the weights "
        "are "
        "sound,\n"
        "and how many times as long plain simulation would take. For what comes up "
        "step by step,\n"
        "not for sudden events such as faults.\n",
    .options =
        OPTIONS_BIT(OPTIONS_WORKLOAD) | OPTIONS_BIT(OPTIONS_FAULTS) | OPTIONS_BIT(OPTIONS_SET) |
        OPTIONS_BIT(OPTIONS_REPLICATIONS) | OPTIONS_BIT(OPTIONS_SEED) |
        OPTIONS_BIT(OPTIONS_DURATION) | OPTIONS_BIT(OPTIONS_LEVEL) | OPTIONS_BIT(OPTIONS_THREADS) |
        OPTIONS_BIT(OPTIONS_POOL) | OPTIONS_BIT(OPTIONS_WAITING) | OPTIONS_BIT(OPTIONS_JSON) |
        OPTIONS_BIT(OPTIONS_QUIET) | OPTIONS_BIT(OPTIONS_NO_COLOR) | OPTIONS_BIT(OPTIONS_HELP),
    .run = rare,
};
