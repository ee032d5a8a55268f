#include "scenario/limits_check.h"

#include <math.h>
#include <string.h>

#include "base/base.h"
#include "scenario/callpath.h"
#include "scenario/quantity.h"

static const char *limits_path(const struct loading *l, const struct store_spec *s, const char *key)
{
    return arena_printf(l->arena, "stores.%s.%s", s->name, key);
}

// ---- throughput

// What a bucket of units may hold, and what an operation takes.
struct limits_bucket {
    const char *path; // of the rate
    const char *operation;
    double units, needs;
};

static void limits_check_bucket(const struct loading *l, const struct store_spec *s,
                                const struct limits_bucket *bucket)
{
    char size[48];
    if (bucket->needs > bucket->units)
        loading_error(l, limits_path(l, s, bucket->path), false,
                      "store '%s': a %s of an item of %s takes %g units, of which '%s' leaves %g "
                      "at most: none would ever succeed",
                      s->name, bucket->operation,
                      quantity_format(s->throughput.item_bytes, DIMENSION_SIZE, size),
                      bucket->needs, strchr(bucket->path, '.') + 1, bucket->units);
}

static double limits_partitions(const struct throughput_spec *s)
{
    const double derived =
        ceil(s->read_per_s / s->partition_read_per_s + s->write_per_s / s->partition_write_per_s);
    return s->partitions > 0 ? s->partitions : derived;
}

// How many seconds of its rate a table, or a partition's share of it, can have saved.
static double limits_saved_s(const struct throughput_spec *p)
{
    const bool is_provisioned = p->capacity == CAPACITY_PROVISIONED;
    const double burst_s = is_provisioned ? fmax(p->burst_s, 1) : 1;
    return is_provisioned && !p->adaptive ? burst_s / limits_partitions(p) : burst_s;
}

// Each bucket holds one operation at least.
static void limits_check_writes(const struct loading *l, const struct store_spec *s)
{
    const struct throughput_spec *p = &s->throughput;
    const double needs = 0.5 * throughput_write_halves(p), saved_s = limits_saved_s(p);
    const struct limits_bucket buckets[] = {
        {"throughput.write", "write", p->write_per_s * saved_s, needs},
        {"throughput.partition_write", "write", p->partition_write_per_s, needs}};
    for (size_t i = 0; i < ARRAY_LEN(buckets); i++)
        limits_check_bucket(l, s, &buckets[i]);
}

static void limits_check_reads(const struct loading *l, const struct store_spec *s, bool is_strong)
{
    const struct throughput_spec *p = &s->throughput;
    const double needs = 0.5 * throughput_read_halves(p, is_strong), saved_s = limits_saved_s(p);
    const char *operation = is_strong ? "strong read" : "read";
    const struct limits_bucket buckets[] = {
        {"throughput.read", operation, p->read_per_s * saved_s, needs},
        {"throughput.partition_read", operation, p->partition_read_per_s, needs}};
    for (size_t i = 0; i < ARRAY_LEN(buckets); i++)
        limits_check_bucket(l, s, &buckets[i]);
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
    if (s->product == PRODUCT_NONE && s->replicas_per_region > 1)
        loading_error(l, limits_path(l, s, "throughput"), true,
                      "store '%s' has %d replicas in each region; 'throughput' is of a region with "
                      "one",
                      s->name, s->replicas_per_region);
    if (p->capacity == CAPACITY_PROVISIONED && !p->adaptive && loading_gives(l, split))
        loading_error(l, split, true,
                      "'split_after' has no effect: store '%s' keeps its partitions with "
                      "'adaptive: false'",
                      s->name);
    limits_check_writes(l, s);
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

static void limits_check_call(const struct loading *l, const struct topology *t,
                              const struct service_spec *s, int k)
{
    const struct call_spec *call = &s->calls[k];
    const char *path = callpath_find(l, s, k);
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

// Whether any call of a store takes the units of strong reads.
static bool limits_reads_strongly(const struct topology *t, int store, const struct call_spec *call)
{
    const struct store_spec *s = &t->stores[store];
    const bool is_own = s->mode == STORE_QUORUM && s->quorum.read_mode != QUORUM_READ_LOCAL;
    if (call->target != CALL_STORE || call->index != store || call->operation == CALL_WRITE)
        return false;
    return call->consistency == CONSISTENCY_STRONG ||
           (call->consistency == CONSISTENCY_OF_STORE && is_own);
}

static void limits_check_readers(const struct loading *l, const struct topology *t, int store)
{
    bool is_strong = false;
    for (int i = 0; i < t->n_services; i++)
        for (int k = 0; k < t->services[i].n_calls; k++)
            is_strong |= limits_reads_strongly(t, store, &t->services[i].calls[k]);
    if (t->stores[store].throughput.capacity != CAPACITY_UNLIMITED)
        limits_check_reads(l, &t->stores[store], is_strong);
}

void limits_check_calls(const struct loading *l, const struct topology *t)
{
    for (int i = 0; i < t->n_stores; i++)
        limits_check_readers(l, t, i);
    for (int i = 0; i < t->n_services; i++)
        for (int k = 0; k < t->services[i].n_calls; k++)
            limits_check_call(l, t, &t->services[i], k);
}
