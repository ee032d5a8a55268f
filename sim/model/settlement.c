#include "model/settlement.h"

#include <stddef.h>
#include <stdlib.h>

#include "model/context.h"
#include "model/finallog.h"
#include "model/quorumset.h"
#include "model/remains.h"
#include "model/replication.h"

// ---- under way

typedef ARRAY(struct event) settlement_events;
typedef ARRAY(uint64_t) settlement_keys;

static void settlement_keep(void *argument, const struct event *e)
{
    settlement_events *writes = argument;
    if (e->kind == EV_REPLICATE || e->kind == EV_UNITS || e->kind == EV_APPLY ||
        e->kind == EV_COMMITTED || e->kind == EV_FORWARD_ANSWER || e->kind == EV_LEADER_ANSWER ||
        remains_matters(e))
        array_push(writes, *e);
}

static int settlement_compare(const void *a, const void *b)
{
    return event_before(a, b) ? -1 : event_before(b, a);
}

static struct replica *settlement_origin(struct world *w, const struct replica *of,
                                         const struct payload_write *p)
{
    return &w->replicas[of->plan->first + version_member(p->version)];
}

// A write that arrives now, unless it was in a region only that has failed for good.
static void settlement_arrive(struct world *w, struct replica *r, const struct payload_write *p,
                              settlement_keys *pending)
{
    const struct replica *origin = settlement_origin(w, r, p);
    const struct context x = {.world = w,
                              .model = w->model,
                              .lp = model_lp(w->model, LP_REPLICA, r->index),
                              .now = w->model->duration};
    if (r->spec->mode != STORE_QUORUM &&
        marks_has(&origin->fates.died, p->serial)) // hints: no serial
        return;
    if (replication_settle(&x, r, p) && p->committed >= w->model->warmup &&
        p->committed != SIMTIME_NEVER)
        array_push(pending, (uint64_t)origin->index << 32 | p->serial);
}

static int settlement_compare_keys(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

// A write of which every copy is still under way is in one region only.
static void settlement_count_pending(struct world *w, settlement_keys *pending)
{
    if (pending->n > 0)
        qsort(pending->items, pending->n, sizeof *pending->items, settlement_compare_keys);
    for (size_t i = 0, copies = 1; i < pending->n; i++, copies++) {
        struct replica *origin = &w->replicas[pending->items[i] >> 32];
        if (i + 1 < pending->n && pending->items[i + 1] == pending->items[i])
            continue;
        if (copies == (size_t)origin->plan->n_members - 1)
            origin->counts.unreplicated_at_end++;
        copies = 0;
    }
}

static void settlement_finish_one(struct world *w, const uint32_t *left, const struct event *e,
                                  settlement_keys *pending)
{
    const struct payload_write p = payload_of(e, payload_write);
    const struct lp_info *to = &w->model->lps[e->dst];
    struct replica *r = &w->replicas[to->index];
    if (to->kind == LP_CACHE)
        cache_notice(&w->caches[to->index], &p);
    else if (e->kind == EV_COMMITTED)
        replica_notice(r, e->time, &p);
    else if (r->spec->mode != STORE_QUORUM || remains_arrives(w, left[r->store], e))
        settlement_arrive(w, r, &p, pending);
}

// What is under way to the members of quorums, when they have been told what was acknowledged.
static void settlement_finish_quorums(struct world *w, const uint32_t *left,
                                      const settlement_events *events)
{
    for (size_t i = 0; i < events->n; i++)
        if (remains_matters(&events->items[i]))
            remains_arrive(w, left[w->model->lps[events->items[i].dst].object], &events->items[i]);
    for (int s = 0; s < w->model->topology->n_stores; s++)
        remains_finish(w, s, left[s]);
}

// ---- clients that have been told nothing

static bool settlement_waits(const struct replica *r, uint64_t call)
{
    const struct operation *o = &r->operations.items[slots_index(call)];
    return slots_is_live(&r->operations, call) &&
           (o->flags & (REQUEST_WRITE | REQUEST_PROBE)) == REQUEST_WRITE;
}

// The answer to one that was sent on, if it says that a write was done.
static void settlement_note_answer(const struct world *w, const struct event *e,
                                   settlement_keys *untold)
{
    const struct replica *r = &w->replicas[w->model->lps[e->dst].index];
    const uint64_t by = (uint64_t)w->model->lps[event_src(e)].index << 32;
    const struct payload_answer a = payload_of(e, payload_answer);
    const struct payload_result p = payload_of(e, payload_result);
    if (e->kind == EV_FORWARD_ANSWER && a.status == ANSWER_OK && settlement_waits(r, a.call))
        array_push(untold, by | a.serial);
    if (e->kind == EV_LEADER_ANSWER && p.status == ANSWER_OK && !p.is_elsewhere &&
        settlement_waits(r, p.call))
        array_push(untold, by | p.serial);
}

// Writes that a replica has taken and not answered yet, unless the client has waited in vain.
static void settlement_note_untold(const struct world *w, const struct replica *r,
                                   settlement_keys *untold)
{
    for (uint32_t i = 0; i < r->operations.n; i++) {
        const struct operation *o = &r->operations.items[i];
        if (!slots_is_taken(&r->operations, i) || o->version == 0 ||
            !settlement_waits(r, slots_token(&r->operations, i)))
            continue;
        const struct replica *from = &w->replicas[w->model->lps[o->caller].index];
        if (o->kind == OPERATION_CLIENT ||
            (o->kind == OPERATION_FORWARDED && settlement_waits(from, o->call)))
            array_push(untold, (uint64_t)r->index << 32 | o->serial);
    }
}

// ---- all that is under way

// In the order of events: which of two pending writes a read is counted for must not depend on how
// they are kept.
static void settlement_finish(struct world *w, const uint32_t *left, settlement_keys *untold)
{
    settlement_events events = {0};
    settlement_keys pending = {0}, none = {0};
    engine_pending(w->engine, settlement_keep, &events);
    if (events.n > 0)
        qsort(events.items, events.n, sizeof *events.items, settlement_compare);
    for (size_t i = 0; i < events.n; i++) {
        const struct event *e = &events.items[i];
        if (e->kind == EV_FORWARD_ANSWER || e->kind == EV_LEADER_ANSWER)
            settlement_note_answer(w, e, untold);
        else if (!remains_matters(e)) // what waits for units or an applier has arrived
            settlement_finish_one(w, left, e, e->kind == EV_REPLICATE ? &pending : &none);
    }
    for (uint32_t i = 0; i < w->model->count[LP_REPLICA]; i++)
        settlement_note_untold(w, &w->replicas[i], untold);
    settlement_finish_quorums(w, left, &events);
    settlement_count_pending(w, &pending);
    array_free(&events);
    array_free(&pending);
    array_free(&none);
}

// ---- fates

struct settlement {
    struct replica *members; // of one store
    int n_members;
    uint32_t left; // bit set of those that count
    uint64_t ranks[STORE_MAX_MEMBERS];
};

// How well a member knows what an item is that it does not keep any more.
static uint64_t settlement_rank(const struct replica *r)
{
    switch (r->spec->mode) {
    case STORE_MULTI_LEADER:
    case STORE_QUORUM:
        break; // all know it that count: what was still to come has come by now
    case STORE_SINGLE_LEADER:
        return (uint64_t)r->lead.epoch * 2 + (r->lead.leader == r->member);
    case STORE_CONSENSUS:
        break; // nothing is dropped
    }
    return 0;
}

static struct settlement settlement_of(struct world *w, int store, uint32_t left)
{
    const struct store_plan *plan = &w->model->stores[store];
    struct settlement s = {
        .members = &w->replicas[plan->first], .n_members = plan->n_members, .left = left};
    for (int m = 0; m < s.n_members; m++)
        s.ranks[m] = settlement_rank(&s.members[m]);
    return s;
}

// Marks of a kind, of all members, on 64 writes of one.
static uint64_t settlement_marks(const struct settlement *s, size_t offset, int member, size_t i)
{
    uint64_t word = 0;
    for (int m = 0; m < s->n_members; m++) {
        const char *fates = (const char *)&s->members[m].fates;
        word |= marks_word((const struct marks *)(const void *)(fates + offset) + member, i);
    }
    return word;
}

// Those of 64 writes that were thrown away, or never committed.
static uint64_t settlement_undone(const struct settlement *s, int member, size_t i)
{
    const uint64_t discarded = settlement_marks(s, offsetof(struct fates, discarded), member, i);
    if (s->members->spec->mode != STORE_CONSENSUS)
        return discarded;
    return discarded | ~settlement_marks(s, offsetof(struct fates, committed), member, i);
}

// What of 64 writes of a member was in vain.
static uint64_t settlement_lost(const struct settlement *s, int member, size_t i)
{
    return marks_word(&s->members[member].fates.died, i) | settlement_undone(s, member, i);
}

// Whether what a copy has is lost: its member died with it, or another leader threw it away.
static bool settlement_is_lost(const struct settlement *s, const struct item *item)
{
    const int member = (int)version_member(item->version);
    return item->committed != SIMTIME_NEVER &&
           (settlement_lost(s, member, item->serial >> 6) >> (item->serial & 63) & 1);
}

// What a member has of an item, if that counts.
static const struct item *settlement_copy(const struct settlement *s, const struct replica *r,
                                          uint32_t id)
{
    const struct item *item = items_find(&r->copy.items, id);
    const bool counts = s->left >> r->member & 1;
    return !counts || items_is_forgotten(item) || settlement_is_lost(s, item) ? NULL : item;
}

// The member to ask whether what an item was when it was dropped counts.
static const struct replica *settlement_witness(const struct settlement *s, uint32_t id)
{
    const struct replica *best = NULL;
    for (int m = 0; m < s->n_members; m++) {
        const struct replica *r = &s->members[m];
        if ((s->left >> m & 1) && quorumset_has(r, id) &&
            items_is_forgotten(items_find(&r->copy.items, id)) &&
            (best == NULL || s->ranks[r->member] > s->ranks[best->member]))
            best = r;
    }
    return best;
}

// Whether what a member has is what the item is, or later than what another has dropped, unless
// that knows less. A single leader has dropped what it may have kept for its client's sake
// (copy_wait).
static bool settlement_is_news(const struct settlement *s, const struct replica *witness,
                               const struct replica *r, uint32_t id)
{
    const struct item *item = items_find(&r->copy.items, id);
    if (witness == NULL || s->ranks[r->member] > s->ranks[witness->member])
        return true;
    if (r->spec->mode == STORE_QUORUM)
        return copy_is_news(&witness->copy, id, item->version);
    return r->spec->mode != STORE_SINGLE_LEADER || item->committed != SIMTIME_NEVER ||
           !items_has_settled(&witness->copy.items, item->version);
}

// Of two that have the same version, one may not have been told that it was acknowledged.
static bool settlement_is_later(const struct item *item, const struct item *than)
{
    return than == NULL || item->version > than->version ||
           (item->version == than->version && item->committed < than->committed);
}

// What an item is in the end; NULL: as it was before the run, or when the witness dropped it.
static const struct item *settlement_final(const struct settlement *s, uint32_t id,
                                           const struct replica *witness)
{
    if (s->members->spec->mode == STORE_CONSENSUS) {
        const struct replica *r = finallog_member(s->members, s->n_members, id);
        return replica_version(r, id) == 0 ? NULL : items_find(&r->copy.items, id);
    }
    const struct item *final = NULL;
    for (int m = 0; m < s->n_members; m++) {
        const struct item *item = settlement_copy(s, &s->members[m], id);
        if (item != NULL && settlement_is_news(s, witness, &s->members[m], id) &&
            settlement_is_later(item, final))
            final = item;
    }
    return final;
}

// The number of a quorum's write comes with the notice that it was acknowledged.
static bool settlement_is_acknowledged(const struct settlement *s, const struct item *item)
{
    const size_t offset = offsetof(struct fates, acknowledged);
    const int member = (int)version_member(item->version);
    return item->committed != SIMTIME_NEVER &&
           settlement_marks(s, offset, member, item->serial >> 6) >> (item->serial & 63) & 1;
}

// Whether an item's last version is an acknowledged write.
static bool settlement_is_present(const struct settlement *s, uint32_t id)
{
    const struct replica *witness = settlement_witness(s, id);
    const struct item *final = settlement_final(s, id, witness);
    if (final != NULL)
        return settlement_is_acknowledged(s, final);
    return witness != NULL && items_was_written(&witness->copy.items, id);
}

// All ids of which anything is known are looked at, in words of 64.
static uint64_t settlement_present(const struct settlement *s)
{
    const size_t n_words = items_words(&s->members[0].copy.items);
    uint64_t *words = array_new(uint64_t, n_words), n = 0;
    for (int m = 0; m < s->n_members; m++)
        items_add_known(&s->members[m].copy.items, words);
    for (size_t i = 0; i < n_words; i++)
        for (uint64_t left = words[i]; left != 0; left &= left - 1) {
            const uint32_t id = (uint32_t)(i * 64) + (uint32_t)__builtin_ctzll(left);
            if (s->members->spec->mode == STORE_QUORUM)
                remains_settle(s->members, s->left, id);
            n += settlement_is_present(s, id);
        }
    array_release(words);
    return n;
}

// The writes from number 64 i on that a member took after the warm-up.
static uint64_t settlement_counted(const struct fates *own, size_t i)
{
    const uint64_t end = own->n - i * 64 < 64 ? (UINT64_C(1) << (own->n & 63)) - 1 : UINT64_MAX;
    const uint64_t first = (uint64_t)i * 64;
    if (first >= own->n_warmup)
        return end;
    return own->n_warmup - first >= 64 ? 0 : end & ~((UINT64_C(1) << (own->n_warmup & 63)) - 1);
}

static uint64_t settlement_overwritten(const struct settlement *s, int member, size_t i)
{
    return ~settlement_lost(s, member, i) &
           settlement_marks(s, offsetof(struct fates, overwritten), member, i);
}

// Those that took effect although nobody was told so.
static uint64_t settlement_unacknowledged(const struct settlement *s, int member, size_t i)
{
    return settlement_counted(&s->members[member].fates, i) &
           ~settlement_marks(s, offsetof(struct fates, acknowledged), member, i) &
           ~settlement_lost(s, member, i) & ~settlement_overwritten(s, member, i);
}

// Counts the writes that one member took.
static void settlement_count(const struct settlement *s, int member, struct store_record *record)
{
    const struct fates *own = &s->members[member].fates;
    for (size_t i = 0; i * 64 < own->n; i++) {
        const uint64_t acknowledged = settlement_marks(s, offsetof(struct fates, acknowledged),
                                                       member, i);
        const uint64_t lost = settlement_lost(s, member, i);
        const uint64_t overwritten = settlement_overwritten(s, member, i);
        record->fates[FATE_LOST] += (uint64_t)__builtin_popcountll(acknowledged & lost);
        record->fates[FATE_OVERWRITTEN] += (uint64_t)__builtin_popcountll(acknowledged &
                                                                          overwritten);
        record->conflicting_conditions += (uint64_t)__builtin_popcountll(
            acknowledged & overwritten & marks_word(&own->conditional, i));
        record->fates[FATE_SUPERSEDED] += (uint64_t)__builtin_popcountll(acknowledged & ~lost &
                                                                         ~overwritten);
        record->unacknowledged_kept +=
            (uint64_t)__builtin_popcountll(settlement_unacknowledged(s, member, i));
    }
}

// Of a write whose client has been told nothing nobody can say that it was not acknowledged.
static void settlement_count_untold(const struct settlement *s, const settlement_keys *untold,
                                    struct store_record *record)
{
    for (size_t k = 0; k < untold->n; k++) {
        const uint32_t member = (uint32_t)(untold->items[k] >> 32) - s->members->index;
        const uint32_t serial = (uint32_t)untold->items[k];
        if (member >= (uint32_t)s->n_members)
            continue; // of another store
        const uint64_t kept = settlement_unacknowledged(s, (int)member, serial >> 6);
        record->unacknowledged_kept -= kept >> (serial & 63) & 1;
    }
}

static void settlement_count_all(const struct settlement *s, const settlement_keys *untold,
                                 struct store_record *record)
{
    if (s->members->spec->mode == STORE_CONSENSUS)
        finallog_settle(s->members, s->n_members);
    record->fates[FATE_PRESENT] = settlement_present(s);
    for (int m = 0; m < s->n_members; m++)
        settlement_count(s, m, record);
    settlement_count_untold(s, untold, record);
    REQUIRE(record->fates[FATE_PRESENT] <= record->fates[FATE_SUPERSEDED],
            "store '%s': %llu writes are present, %llu neither lost nor overwritten",
            s->members->spec->name, (unsigned long long)record->fates[FATE_PRESENT],
            (unsigned long long)record->fates[FATE_SUPERSEDED]);
    record->fates[FATE_SUPERSEDED] -= record->fates[FATE_PRESENT];
    uint64_t sum = 0;
    for (int i = 0; i < FATES; i++)
        sum += record->fates[i];
    REQUIRE(sum == record->writes, "store '%s': %llu writes acknowledged, %llu accounted for",
            s->members->spec->name, (unsigned long long)record->writes, (unsigned long long)sum);
}

// ---- lists and series

static int settlement_compare_exposures(const void *a, const void *b)
{
    const struct exposure_record *x = a, *y = b;
    return x->time != y->time ? (x->time > y->time) - (x->time < y->time)
                              : (x->region > y->region) - (x->region < y->region);
}

static int settlement_compare_convergences(const void *a, const void *b)
{
    const struct convergence_record *x = a, *y = b;
    const int64_t keys[][2] = {
        {x->healed, y->healed}, {x->from, y->from}, {x->to, y->to}, {x->converged, y->converged}};
    for (size_t i = 0; i < ARRAY_LEN(keys); i++)
        if (keys[i][0] != keys[i][1])
            return keys[i][0] > keys[i][1] ? 1 : -1;
    return 0;
}

static void settlement_add_series(const struct world *w, const struct replica *r,
                                  struct store_record *record)
{
    const struct model *m = w->model;
    const size_t regions = (size_t)m->topology->n_regions, row = m->n_windows * STORE_LAG_FIELDS;
    for (size_t i = 0; i < m->n_windows; i++)
        record->commits[r->region * m->n_windows + i] += r->commits[i];
    for (size_t from = 0; from < regions; from++)
        for (size_t i = 0; i < row; i++) {
            uint64_t *into = &record->lags[(from * regions + r->region) * row + i];
            const uint64_t value = r->lags[from * row + i];
            if (i % STORE_LAG_FIELDS != STORE_LAG_MOST_US)
                *into += value;
            else if (value > *into)
                *into = value;
        }
}

static void settlement_add(const struct world *w, struct replica *r, struct store_record *record)
{
    copy_settle(&r->copy);
    recovery_settle(&r->recovery);
    storerecord_add(record, &r->counts);
    for (size_t i = 0; i < r->recovery.exposures.n; i++)
        array_push(&record->exposures, r->recovery.exposures.items[i]);
    for (size_t i = 0; i < r->recovery.convergences.n; i++)
        array_push(&record->convergences, r->recovery.convergences.items[i]);
    settlement_add_series(w, r, record);
}

static void settlement_sort(struct store_record *record)
{
    if (record->exposures.n > 0)
        qsort(record->exposures.items, record->exposures.n, sizeof *record->exposures.items,
              settlement_compare_exposures);
    if (record->convergences.n > 0)
        qsort(record->convergences.items, record->convergences.n,
              sizeof *record->convergences.items, settlement_compare_convergences);
}

void settlement_collect(struct world *w, struct record *record)
{
    const struct model *m = w->model;
    const size_t regions = (size_t)m->topology->n_regions;
    settlement_keys untold = {0};
    uint32_t *left = array_new(uint32_t, (size_t)m->topology->n_stores);
    for (int s = 0; s < m->topology->n_stores; s++)
        left[s] = remains_left(w, s);
    settlement_finish(w, left, &untold);
    record->stores = array_new(struct store_record, (size_t)m->topology->n_stores);
    for (int s = 0; s < m->topology->n_stores; s++) {
        struct store_record *store = &record->stores[s];
        storerecord_init(store);
        store->commits = array_new(uint64_t, regions * m->n_windows);
        store->lags = array_new(uint64_t, regions * regions * m->n_windows * STORE_LAG_FIELDS);
    }
    for (uint32_t i = 0; i < m->count[LP_REPLICA]; i++)
        settlement_add(w, &w->replicas[i], &record->stores[w->replicas[i].store]);
    for (uint32_t i = 0; i < m->count[LP_CACHE]; i++) {
        cache_settle(&w->caches[i]);
        storerecord_add(&record->stores[w->caches[i].store], &w->caches[i].counts);
    }
    for (int s = 0; s < m->topology->n_stores; s++) {
        settlement_sort(&record->stores[s]);
        const struct settlement of = settlement_of(w, s, left[s]);
        settlement_count_all(&of, &untold, &record->stores[s]);
    }
    array_release(left);
    array_free(&untold);
}
