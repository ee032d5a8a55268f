#include "scenario/limits_check.h"

#include <math.h>

#include "base/base.h"
#include "scenario/quantity.h"

static const char *limits_path(const struct loading *l, const struct store_spec *s, const char *key)
{
    return arena_printf(l->arena, "stores.%s.%s", s->name, key);
}

// ---- throughput

// What a bucket of units may hold.
struct limits_bucket {
    const char *path, *key; // of the rate
    double units;
};

static void limits_check_bucket(const struct loading *l, const struct store_spec *s,
                                const struct limits_bucket *bucket, bool is_write)
{
    const bool is_strong = s->throughput.reads == THROUGHPUT_STRONG_READS ||
                           (s->mode == STORE_QUORUM && s->quorum.read_mode != QUORUM_READ_LOCAL);
    const double needs = 0.5 * (is_write ? throughput_write_halves(&s->throughput)
                                         : throughput_read_halves(&s->throughput, is_strong));
    char size[48];
    if (needs > bucket->units)
        loading_error(l, bucket->path, false,
                      "store '%s': a %s of an item of %s takes %g units, of which '%s' leaves %g "
                      "at most: none would ever succeed",
                      s->name, is_write ? "write" : "read",
                      quantity_format(s->throughput.item_bytes, DIMENSION_SIZE, size), needs,
                      bucket->key, bucket->units);
}

static double limits_partitions(const struct throughput_spec *s)
{
    const double derived =
        ceil(s->read_per_s / s->partition_read_per_s + s->write_per_s / s->partition_write_per_s);
    return s->partitions > 0 ? s->partitions : derived;
}

// Each bucket holds one operation at least.
static void limits_check_units(const struct loading *l, const struct store_spec *s)
{
    const struct throughput_spec *p = &s->throughput;
    const bool is_provisioned = p->capacity == CAPACITY_PROVISIONED;
    const double burst_s = is_provisioned ? fmax(p->burst_s, 1) : 1;
    const double share = is_provisioned && !p->adaptive ? burst_s / limits_partitions(p) : burst_s;
    const struct limits_bucket buckets[] = {
        {limits_path(l, s, "throughput.read"), "read", p->read_per_s * share},
        {limits_path(l, s, "throughput.write"), "write", p->write_per_s * share},
        {limits_path(l, s, "throughput.partition_read"), "partition_read", p->partition_read_per_s},
        {limits_path(l, s, "throughput.partition_write"), "partition_write",
         p->partition_write_per_s}};
    for (size_t i = 0; i < ARRAY_LEN(buckets); i++)
        limits_check_bucket(l, s, &buckets[i], i % 2 == 1);
}

static void limits_check_quotas(const struct loading *l, const struct store_spec *s)
{
    const struct throughput_spec *p = &s->throughput;
    const char *const paths[] = {"throughput.most_read", "throughput.most_write"};
    const double pairs[][2] = {{p->read_per_s, p->most_read_per_s},
                               {p->write_per_s, p->most_write_per_s}};
    for (size_t i = 0; p->capacity == CAPACITY_ON_DEMAND && i < ARRAY_LEN(paths); i++)
        if (pairs[i][1] < pairs[i][0])
            loading_error(l, limits_path(l, s, paths[i]), false,
                          "store '%s': a quota of %g units a second, less than the %g that it "
                          "sustains at first",
                          s->name, pairs[i][1], pairs[i][0]);
}

static void limits_check_throughput(const struct loading *l, const struct store_spec *s)
{
    const struct throughput_spec *p = &s->throughput;
    const char *split = limits_path(l, s, "throughput.split_after");
    const bool has_units = s->product == PRODUCT_NONE || s->product == PRODUCT_DYNAMODB_MREC ||
                           s->product == PRODUCT_DYNAMODB_MRSC;
    if (p->capacity == CAPACITY_UNLIMITED)
        return;
    if (!has_units)
        loading_error(l, limits_path(l, s, "throughput.capacity"), true,
                      "store '%s': units of capacity are DynamoDB's", s->name);
    if (s->replicas_per_region > 1)
        loading_error(l, limits_path(l, s, "throughput"), true,
                      "store '%s' has %d replicas in each region; 'throughput' is of a region with "
                      "one",
                      s->name, s->replicas_per_region);
    if (p->capacity == CAPACITY_PROVISIONED && !p->adaptive && loading_gives(l, split))
        loading_error(l, split, true,
                      "'split_after' has no effect: store '%s' keeps its partitions with "
                      "'adaptive: false'",
                      s->name);
    limits_check_units(l, s);
    limits_check_quotas(l, s);
}

void limits_check_stores(const struct loading *l, const struct binder *b, const struct topology *t)
{
    for (int i = 0; i < t->n_stores; i++) {
        const struct store_spec *s = &t->stores[i];
        const char *read_before = limits_path(l, s, "conditional.read_before");
        if (!bind_is_right(b, arena_printf(l->arena, "stores.%s", s->name)))
            continue;
        limits_check_throughput(l, s);
        if (s->conditional.share == 0 && loading_gives(l, read_before))
            loading_error(l, read_before, true,
                          "'read_before' has no effect: no write of store '%s' is conditional",
                          s->name);
    }
}

// ---- calls that are tried again

// The path of call `k`: its step's, or below that one's 'parallel'.
static const char *limits_call_path(const struct loading *l, const struct service_spec *s, int k)
{
    const int step = s->calls[k].step;
    int place = 0;
    while (place < k && s->calls[k - 1 - place].step == step)
        place++;
    const char *path = arena_printf(l->arena, "services.%s.steps.%d", s->name, step);
    if (!loading_gives(l, arena_printf(l->arena, "%s.parallel", path)))
        return path;
    return arena_printf(l->arena, "%s.parallel.%d", path, place);
}

static void limits_check_call(const struct loading *l, const struct topology *t,
                              const struct service_spec *s, int k)
{
    const struct call_spec *call = &s->calls[k];
    const char *path = limits_call_path(l, s, k);
    const char *throttled = arena_printf(l->arena, "%s.backoff.throttled", path);
    if (call->target != CALL_STORE || call->retry.attempts <= 1)
        return;
    if (call->retry.attempt_timeout_s >= call->timeout_s)
        loading_error(l, arena_printf(l->arena, "%s.attempt_timeout", path), false,
                      "'attempt_timeout' has no effect: the call ends after %g s", call->timeout_s);
    if (t->stores[call->index].throughput.capacity == CAPACITY_UNLIMITED &&
        loading_gives(l, throttled))
        loading_error(l, throttled, true,
                      "'throttled' has no effect: store '%s' has no limits of throughput",
                      t->stores[call->index].name);
}

void limits_check_calls(const struct loading *l, const struct topology *t)
{
    for (int i = 0; i < t->n_services; i++)
        for (int k = 0; k < t->services[i].n_calls; k++)
            limits_check_call(l, t, &t->services[i], k);
}
