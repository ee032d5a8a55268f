#include "experiment/plan.h"

#include "base/array.h"
#include "base/base.h"

void plan_init(struct plan *plan, const struct scenario *scenario, const struct plan_conf *conf)
{
    REQUIRE(scenario->n_topologies >= 1 && scenario->workload != NULL, "a plan of nothing");
    REQUIRE(conf->n_replications >= 1, "%u replications", conf->n_replications);
    const struct model_options options = {
        .scale = conf->scale, .partition = PARTITION_DEFAULT, .tables = conf->tables};
    *plan = (struct plan){.conf = *conf, .n_designs = scenario->n_topologies};
    for (int p = 0; p < scenario->workload->n_populations; ++p)
        plan->demand_rps += workload_demand_rps(&scenario->workload->populations[p]) * conf->scale;
    plan->models = array_new(struct model *, plan->n_designs);
    for (size_t d = 0; d < plan->n_designs; ++d)
        plan->models[d] = model_compile(&scenario->topologies[d], scenario->workload,
                                        scenario->faults, scenario->geography, &options);
}

void plan_free(struct plan *plan)
{
    for (size_t d = 0; d < plan->n_designs; ++d)
        model_free(plan->models[d]);
    array_release(plan->models);
    *plan = (struct plan){0};
}

size_t plan_jobs(const struct plan *plan)
{
    return plan->n_designs * plan->conf.n_replications;
}

size_t plan_design(const struct plan *plan, size_t job)
{
    return job % plan->n_designs;
}

uint32_t plan_replication(const struct plan *plan, size_t job)
{
    return (uint32_t)(job / plan->n_designs);
}

double plan_simulated_s(const struct plan *plan)
{
    double sum = 0;
    for (size_t d = 0; d < plan->n_designs; ++d)
        sum += simtime_to_seconds(model_duration(plan->models[d])) * plan->conf.n_replications;
    return sum;
}
