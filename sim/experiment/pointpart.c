#include "experiment/pointpart.h"

#include "base/base.h"
#include "experiment/downtime.h"
#include "experiment/plan.h"
#include "experiment/tally.h"

static const double quantiles[POINTPART_QUANTILES] = {0.5, 0.99, 0.999};

// ---- running

static void make_room(struct pointpart *part)
{
    const size_t n = part->n, p = (size_t)part->n_populations;
    part->events = arena_push(&part->arena, uint64_t, n);
    part->metrics = arena_push(&part->arena, double, n *METRICS);
    part->ratios = arena_push(&part->arena, struct tally_ratio, n * TALLY_RATIOS);
    part->n_outages = arena_push(&part->arena, uint32_t, n);
    part->users = arena_push(&part->arena, struct pointpart_users, n * p);
    part->latency = arena_push(&part->arena, struct histogram, p);
    for (size_t i = 0; i < p; ++i)
        histogram_init(&part->latency[i]);
}

static void take_population(struct pointpart *part, const struct record *record, size_t row,
                            int population)
{
    struct pointpart_users *users =
        &part->users[row * (size_t)part->n_populations + (size_t)population];
    struct histogram latency;
    histogram_init(&latency);
    tally_latency(record, population, &latency);
    users->requests = tally_requests(record, population);
    users->in_time = tally_in_time(record, population);
    for (int q = 0; q < POINTPART_QUANTILES; ++q)
        users->quantile_s[q] = histogram_quantile(&latency, quantiles[q]) * 1e-9;
    histogram_merge(&part->latency[population], &latency);
    histogram_free(&latency);
}

static void take(struct pointpart *part, const struct workload *w, const struct record *record,
                 size_t row)
{
    const size_t before = part->outages.n;
    const struct tally tally = tally_of(record, w, &part->outages);
    part->n_outages[row] = (uint32_t)(part->outages.n - before);
    part->events[row] = record->events;
    for (int m = 0; m < METRICS; ++m)
        part->metrics[row * METRICS + (size_t)m] = tally_metric(&tally, (enum metric)m,
                                                                part->scale.per_year);
    for (size_t i = 0; i < TALLY_RATIOS; ++i)
        part->ratios[row * TALLY_RATIOS + i] = tally_ratio(&tally, tally_ratios[i]);
    for (int p = 0; p < part->n_populations; ++p)
        take_population(part, record, row, p);
}

void pointpart_run(struct pointpart *part, const struct scenario *scenario, uint64_t seed,
                   struct tables *tables)
{
    const struct plan_conf conf = {
        .seed = seed, .n_replications = part->n, .scale = 1, .tables = tables};
    const struct workload *w = scenario->workload;
    struct plan plan;
    part->n_populations = w->n_populations;
    part->scale = downtime_scale_of(scenario->faults, w);
    part->populations = arena_push(&part->arena, const char *, (size_t)w->n_populations);
    for (int p = 0; p < w->n_populations; ++p)
        part->populations[p] = arena_string(&part->arena, w->populations[p].name);
    make_room(part);
    plan_init(&plan, scenario, &conf);
    for (uint32_t i = 0; i < part->n; ++i) {
        struct record record;
        const struct world_run_conf run = {
            .seed = seed, .replication = part->first + i, .n_threads = 1};
        world_run(plan.models[0], &run, &record);
        take(part, w, &record, i);
        record_free(&record);
    }
    plan_free(&plan);
}

void pointpart_fail(struct pointpart *part, const char *why)
{
    part->failure = arena_string(&part->arena, why);
}

void pointpart_free(struct pointpart *part)
{
    for (int p = 0; part->latency != NULL && p < part->n_populations; ++p)
        histogram_free(&part->latency[p]);
    array_free(&part->outages);
    arena_free(&part->arena);
    *part = (struct pointpart){0};
}

// ---- as bytes

static void write_histogram(const struct histogram *h, struct bytes *out)
{
    uint32_t n = 0;
    for (size_t i = 0; i < HISTOGRAM_BINS; ++i)
        n += h->count[i] > 0;
    bytes_put_u64(out, h->sum);
    bytes_put_u64(out, h->most);
    bytes_put_u32(out, n);
    for (size_t i = 0; i < HISTOGRAM_BINS; ++i)
        if (h->count[i] > 0) {
            bytes_put_u32(out, (uint32_t)i);
            bytes_put_u64(out, h->count[i]);
        }
}

static void read_histogram(struct bytes_reader *in, struct histogram *h)
{
    h->sum = bytes_get_u64(in);
    h->most = bytes_get_u64(in);
    const size_t n = bytes_get_count(in, 12);
    for (size_t i = 0; i < n; ++i) {
        const uint32_t bin = bytes_get_u32(in);
        const uint64_t count = bytes_get_u64(in);
        if (bin >= HISTOGRAM_BINS) {
            in->is_bad = true;
            return;
        }
        h->count[bin] += count;
        h->n += count;
    }
}

enum { USERS_BYTES = 8 * (2 + POINTPART_QUANTILES) };

static void write_users(const struct pointpart_users *users, struct bytes *out)
{
    bytes_put_u64(out, users->requests);
    bytes_put_u64(out, users->in_time);
    for (int q = 0; q < POINTPART_QUANTILES; ++q)
        bytes_put_f64(out, users->quantile_s[q]);
}

static void write_row(const struct pointpart *part, size_t row, size_t outages, struct bytes *out)
{
    const size_t n = (size_t)part->n_populations;
    bytes_put_u64(out, part->events[row]);
    for (size_t m = 0; m < METRICS; ++m)
        bytes_put_f64(out, part->metrics[row * METRICS + m]);
    for (size_t i = 0; i < TALLY_RATIOS; ++i) {
        bytes_put_u64(out, part->ratios[row * TALLY_RATIOS + i].part);
        bytes_put_u64(out, part->ratios[row * TALLY_RATIOS + i].whole);
    }
    bytes_put_u32(out, part->n_outages[row]);
    for (size_t i = 0; i < part->n_outages[row]; ++i)
        bytes_put_f64(out, part->outages.items[outages + i]);
    for (size_t p = 0; p < n; ++p)
        write_users(&part->users[row * n + p], out);
}

static void write_scale(const struct downtime_scale *s, struct bytes *out)
{
    bytes_put_u32(out, (uint32_t)s->basis);
    bytes_put_f64(out, s->span_s);
    bytes_put_f64(out, s->longest_s);
    bytes_put_f64(out, s->per_year);
}

void pointpart_write(const struct pointpart *part, struct bytes *out)
{
    bytes_put_u64(out, part->id.high);
    bytes_put_u64(out, part->id.low);
    bytes_put_u32(out, part->first);
    bytes_put_u32(out, part->n);
    bytes_put_text(out, part->failure != NULL ? part->failure : "");
    if (part->failure != NULL)
        return;
    bytes_put_u32(out, (uint32_t)part->n_populations);
    for (int p = 0; p < part->n_populations; ++p)
        bytes_put_text(out, part->populations[p]);
    write_scale(&part->scale, out);
    size_t outages = 0;
    for (uint32_t i = 0; i < part->n; outages += part->n_outages[i++])
        write_row(part, i, outages, out);
    for (int p = 0; p < part->n_populations; ++p)
        write_histogram(&part->latency[p], out);
}

static void read_users(struct bytes_reader *in, struct pointpart_users *users)
{
    users->requests = bytes_get_u64(in);
    users->in_time = bytes_get_u64(in);
    for (int q = 0; q < POINTPART_QUANTILES; ++q)
        users->quantile_s[q] = bytes_get_f64(in);
}

static void read_row(struct pointpart *part, size_t row, struct bytes_reader *in)
{
    const size_t n = (size_t)part->n_populations;
    part->events[row] = bytes_get_u64(in);
    for (size_t m = 0; m < METRICS; ++m)
        part->metrics[row * METRICS + m] = bytes_get_f64(in);
    for (size_t i = 0; i < TALLY_RATIOS; ++i) {
        part->ratios[row * TALLY_RATIOS + i].part = bytes_get_u64(in);
        part->ratios[row * TALLY_RATIOS + i].whole = bytes_get_u64(in);
    }
    part->n_outages[row] = (uint32_t)bytes_get_count(in, 8);
    for (size_t i = 0; i < part->n_outages[row]; ++i)
        array_push(&part->outages, bytes_get_f64(in));
    for (size_t p = 0; p < n; ++p)
        read_users(in, &part->users[row * n + p]);
}

static void read_scale(struct bytes_reader *in, struct downtime_scale *s)
{
    const uint32_t basis = bytes_get_u32(in);
    in->is_bad |= basis > DOWNTIME_MIXED;
    s->basis = (enum downtime_basis)basis;
    s->span_s = bytes_get_f64(in);
    s->longest_s = bytes_get_f64(in);
    s->per_year = bytes_get_f64(in);
}

static void read_results(struct pointpart *part, struct bytes_reader *in)
{
    part->n_populations = (int)bytes_get_count(in, 4);
    part->populations = arena_push(&part->arena, const char *, (size_t)part->n_populations + 1);
    for (int p = 0; p < part->n_populations; ++p)
        part->populations[p] = bytes_get_text(in, &part->arena);
    read_scale(in, &part->scale);
    const size_t row_bytes = 8 + METRICS * 8 + TALLY_RATIOS * 16 + 4 +
                             (size_t)part->n_populations * USERS_BYTES;
    if (part->n > (size_t)(in->end - in->at) / row_bytes) {
        in->is_bad = true;
        return;
    }
    make_room(part);
    for (uint32_t i = 0; i < part->n; ++i)
        read_row(part, i, in);
    for (int p = 0; p < part->n_populations; ++p)
        read_histogram(in, &part->latency[p]);
}

bool pointpart_read(struct pointpart *part, const unsigned char *bytes, size_t n)
{
    struct bytes_reader in = {bytes, bytes + n, false};
    *part = (struct pointpart){0};
    part->id.high = bytes_get_u64(&in);
    part->id.low = bytes_get_u64(&in);
    part->first = bytes_get_u32(&in);
    part->n = bytes_get_u32(&in);
    const char *failure = bytes_get_text(&in, &part->arena);
    part->failure = failure[0] != '\0' ? failure : NULL;
    if (part->failure == NULL)
        read_results(part, &in);
    if (!in.is_bad && in.at == in.end)
        return true;
    pointpart_free(part);
    return false;
}
