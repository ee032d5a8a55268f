#include "model/replicalife.h"

#include "model/commit.h"
#include "model/consensus.h"
#include "model/context.h"
#include "model/leadership.h"
#include "model/replica.h"
#include "model/rival.h"

static void replicalife_open_streams(struct world *w, struct replica *r, const char *name)
{
    const struct {
        struct stream *stream;
        const char *purpose;
    } streams[] = {
        {&r->work, "work"},         {&r->network, "network"},   {&r->errors, "errors"},
        {&r->shipping, "shipping"}, {&r->applying, "applying"}, {&r->failover, "failover"},
        {&r->legs, "legs"},
    };
    for (size_t i = 0; i < ARRAY_LEN(streams); i++)
        *streams[i].stream = stream_open(w->seed, w->replication, name, streams[i].purpose);
}

static void replicalife_open_limits(struct world *w, struct replica *r)
{
    const char *name = w->model->lps[model_lp(w->model, LP_REPLICA, r->index)].name;
    r->is_plain = replica_is_alone(r) && !r->plan->has_limits;
    if (r->plan->has_limits) {
        r->throughput = arena_push(&w->arena, struct throughput, 1);
        throughput_open(r->throughput, &r->plan->throughput);
    }
    if (r->plan->conditional > 0) {
        r->condition = arena_push(&w->arena, struct condition, 1);
        condition_open(r->condition, r->plan,
                       stream_open(w->seed, w->replication, name, "conditions"));
    }
}

static void replicalife_open_copy(struct world *w, struct replica *r)
{
    const struct model *m = w->model;
    const size_t row = m->n_windows * STORE_LAG_FIELDS;
    storerecord_init(&r->counts);
    const struct copy_conf conf = {
        .mode = r->spec->mode,
        .notice = model_notice_time(m, r->plan, m->lps[model_lp(m, LP_REPLICA, r->index)].place),
        .history = reading_compile(r->readings, r->spec, r->plan),
        .counts = &r->counts.staleness,
        .n_slots = r->plan->item_slots,
        .counted_from = m->warmup};
    copy_init(&r->copy, r->plan->items, &conf);
    horizon_open(w, r);
    rival_open(r);
    for (int i = 0; i < CONSISTENCIES; i++) // what is read is noted when it is
        r->readings[i].is_ahead &= w->history == NULL;
    replicalife_open_limits(w, r);
    fates_open(&r->fates, r->plan->n_members);
    recovery_open(&r->recovery);
    r->appliers = arena_push(&w->arena, simtime, (size_t)r->spec->replication.appliers + 1);
    r->commits = arena_push(&w->arena, uint64_t, m->n_windows);
    r->lags = arena_push(&w->arena, uint64_t, (size_t)m->topology->n_regions * row);
}

void replicalife_open(struct world *w, uint32_t index)
{
    const struct model *m = w->model;
    const uint32_t lp = model_lp(m, LP_REPLICA, index);
    const struct lp_info *info = &m->lps[lp];
    const struct store_plan *plan = &m->stores[info->object];
    const struct store_spec *spec = &m->topology->stores[info->object];
    struct replica *r = &w->replicas[index];
    *r = (struct replica){.index = index,
                          .store = info->object,
                          .region = info->region,
                          .member = (uint8_t)(index - plan->first),
                          .spec = spec,
                          .plan = plan,
                          .paths = model_path(m, info->place, 0),
                          .fault = &fault_state_fine,
                          .change = timeline_next_change(&w->replica_faults[index], -1),
                          .clock = w->clocks[info->region],
                          .clocks = w->clocks,
                          .stretch = 1};
    replicalife_open_streams(w, r, info->name);
    replicalife_open_copy(w, r);
    guarantee_open(w, r);
    slots_grow(&r->operations);
    station_init(&r->station, plan->servers, plan->queue);
    const simtime timeout = replica_timeout(spec);
    r->timeout_lane = engine_lane(w->engine, lp, timeout, EV_OPERATION_TIMEOUT);
    if (spec->mode == STORE_QUORUM)
        r->intent_lane = engine_lane(w->engine, lp, 2 * timeout, EV_INTENT_TIMEOUT);
    if (spec->mode == STORE_SINGLE_LEADER)
        leadership_open(w, r);
    if (spec->mode == STORE_CONSENSUS)
        consensus_open(w, r);
}

void replicalife_close(struct world *w, uint32_t index)
{
    struct replica *r = &w->replicas[index];
    consensus_close(r);
    station_free(&r->station);
    copy_free(&r->copy);
    horizon_free(&r->horizon);
    if (r->throughput != NULL)
        throughput_close(r->throughput);
    if (r->condition != NULL)
        condition_close(r->condition);
    fates_free(&r->fates);
    recovery_free(&r->recovery);
    slots_free(&r->operations);
    slots_free(&r->intents);
    array_free(&r->position_waits);
    guarantee_free(r);
    commit_free(r);
    storerecord_free(&r->counts);
}
