#include "scenario/store_check.h"

#include "base/base.h"
#include "scenario/cluster_check.h"
#include "scenario/consensus_check.h"
#include "scenario/product_check.h"

struct store_checking {
    const struct loading *l;
    const struct topology *t;
};

static const char *store_path(const struct store_checking *c, const struct store_spec *s,
                              const char *key)
{
    return arena_printf(c->l->arena, "stores.%s%s%s", s->name, key[0] != '\0' ? "." : "", key);
}

// Copies of an item among which a quorum is counted, where there are fewest.
static int store_in_scope(const struct store_spec *s, enum quorum_scope scope)
{
    const int n = store_members(s), copies = s->quorum.copies;
    if (scope != QUORUM_OF_ALL)
        return s->replicas_per_region;
    return copies > 0 && copies < n ? copies : n;
}

static void store_check_write_quorum(const struct store_checking *c, struct store_spec *s)
{
    struct quorum_spec *q = &s->quorum;
    const int n = store_in_scope(s, q->write_scope);
    q->write = q->write == 0 ? n / 2 + 1 : q->write;
    if (q->write > n)
        loading_error(c->l, store_path(c, s, "quorum.write"), false,
                      "store '%s' has %d replicas%s; %d cannot acknowledge", s->name, n,
                      q->write_scope == QUORUM_OF_ALL ? "" : " in a region", q->write);
    else if (q->conflict == QUORUM_REJECTS &&
             (q->write_scope != QUORUM_OF_ALL || 2 * q->write <= n))
        loading_error(c->l, store_path(c, s, "quorum.conflict"), false,
                      "store '%s': two writes could each get %d of %d replicas, and neither would "
                      "be refused; 'reject' needs a majority of all",
                      s->name, q->write, n);
}

static void store_check_read_quorum(const struct store_checking *c, struct store_spec *s)
{
    struct quorum_spec *q = &s->quorum;
    const int n = store_in_scope(s, q->read_scope);
    q->read = q->read == 0 ? n / 2 + 1 : q->read;
    if (q->read_mode != QUORUM_READ_QUORUM)
        return;
    if (q->read > n)
        loading_error(c->l, store_path(c, s, "quorum.read"), false,
                      "store '%s' has %d replicas%s; %d cannot answer", s->name, n,
                      q->read_scope == QUORUM_OF_ALL ? "" : " in a region", q->read);
    else if (q->write_scope == q->read_scope && q->write <= n && q->write + q->read <= n)
        loading_warning(
            c->l, store_path(c, s, "quorum.write"), false,
            "store '%s': reads of %d and writes of %d out of %d need not meet, so reads "
            "can be stale",
            s->name, q->read, q->write, n);
}

static void store_check_copies(const struct store_checking *c, const struct store_spec *s)
{
    const struct quorum_spec *q = &s->quorum;
    const int n = store_members(s);
    if (q->copies > n)
        loading_error(c->l, store_path(c, s, "quorum.copies"), false,
                      "store '%s' has %d replicas; an item cannot have %d copies", s->name, n,
                      q->copies);
    else if (q->copies > 0 && q->copies < n &&
             (q->write_scope != QUORUM_OF_ALL || q->read_scope != QUORUM_OF_ALL))
        loading_error(c->l, store_path(c, s, "quorum.copies"), false,
                      "store '%s': with fewer copies than replicas a region may have none; quorums "
                      "are counted among all then",
                      s->name);
    else if (q->copies > 0 && q->copies < n && q->read_mode != QUORUM_READ_QUORUM)
        loading_error(c->l, store_path(c, s, "quorum.copies"), false,
                      "store '%s': an item is at %d of %d replicas; a read of the nearest replica "
                      "only may meet one that does not have it",
                      s->name, q->copies, n);
    if (q->sloppy && (q->copies == 0 || q->copies >= n))
        loading_error(
            c->l, store_path(c, s, "quorum.sloppy"), false,
            "'sloppy' has no effect: every replica of store '%s' has every item, and none "
            "can stand in ('copies')",
            s->name);
}

static void store_check_witnesses(const struct store_checking *c, const struct store_spec *s)
{
    const uint32_t witnesses = s->quorum.witnesses;
    if (witnesses & ~s->regions)
        loading_error(c->l, store_path(c, s, "quorum.witness"), false,
                      "store '%s' has no replica in '%s'", s->name,
                      c->t->regions[__builtin_ctz(witnesses & ~s->regions)].name);
    else if (witnesses == s->regions)
        loading_error(c->l, store_path(c, s, "quorum.witness"), false,
                      "store '%s': a region must be left that serves", s->name);
}

static void store_check_quorum(const struct store_checking *c, struct store_spec *s)
{
    store_check_write_quorum(c, s);
    store_check_read_quorum(c, s);
    store_check_copies(c, s);
    store_check_witnesses(c, s);
}

static void store_check_passive(const struct store_checking *c, const struct store_spec *s)
{
    if (s->passive & ~s->regions)
        loading_error(c->l, store_path(c, s, "passive"), false, "store '%s' has no replica in '%s'",
                      s->name, c->t->regions[__builtin_ctz(s->passive & ~s->regions)].name);
    else if (s->passive == s->regions)
        loading_error(c->l, store_path(c, s, "passive"), false,
                      "store '%s': a region must be left that is active", s->name);
    else if (s->passive != 0 && s->cache.has_feed)
        loading_error(
            c->l, store_path(c, s, "cache.change_feed"), false,
            "store '%s': a replica's change feed goes to the caches that ask it, and those "
            "change with the access point's routes",
            s->name);
}

static void store_check_idle(const struct store_checking *c, const struct store_spec *s)
{
    static const char *const keys[] = {"passive", "replication", "failover",
                                       "leading", "consensus",   "session"};
    if (store_members(s) > 1)
        return;
    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        const char *path = store_path(c, s, keys[i]);
        if (loading_gives(c->l, path))
            loading_error(c->l, path, true, "'%s' has no effect: store '%s' has a single replica",
                          keys[i], s->name);
    }
}

static void store_check_members(const struct store_checking *c, const struct store_spec *s)
{
    if (store_members(s) > STORE_MAX_MEMBERS)
        loading_error(c->l, store_path(c, s, "replicas_per_region"), false,
                      "store '%s' has %d replicas in all; %d is the most", s->name,
                      store_members(s), STORE_MAX_MEMBERS);
}

static void store_check_leader(const struct store_checking *c, const struct store_spec *s)
{
    if (!(s->regions >> s->leader & 1))
        loading_error(c->l, store_path(c, s, "leader"), false,
                      "store '%s' has no replica in its leader's region '%s'", s->name,
                      c->t->regions[s->leader].name);
    if (s->leading.sync_followers >= store_members(s) && s->leading.sync_followers > 0)
        loading_error(c->l, store_path(c, s, "leading.sync_followers"), false,
                      "store '%s' has %d followers; %d cannot have a write", s->name,
                      store_members(s) - 1, s->leading.sync_followers);
    if (s->leading.rpo_s > 0 && s->leading.rpo_s < 2 * s->heartbeat_s)
        loading_error(c->l, store_path(c, s, "leading.rpo"), false,
                      "store '%s': 'rpo' must be at least twice the followers' 'heartbeat', by "
                      "which the leader knows how late they are",
                      s->name);
    if (!s->failover && s->leading.rpo_s == 0 &&
        loading_gives(c->l, store_path(c, s, "failover.heartbeat")))
        loading_error(c->l, store_path(c, s, "failover.heartbeat"), true,
                      "'heartbeat' has no effect: store '%s' has neither 'failover.automatic' nor "
                      "'leading.rpo'",
                      s->name);
    if (s->failover && s->detect_s <= s->heartbeat_s)
        loading_error(
            c->l, store_path(c, s, "failover.detect"), false,
            "store '%s': 'detect' must be longer than 'heartbeat', or every pause is a failure",
            s->name);
}

void store_check(const struct loading *l, const struct binder *b, struct topology *t)
{
    const struct store_checking c = {l, t};
    for (int i = 0; i < t->n_stores; i++) {
        struct store_spec *s = &t->stores[i];
        if (!bind_is_right(b, store_path(&c, s, "")))
            continue;
        store_check_members(&c, s);
        store_check_idle(&c, s);
        if (s->mode == STORE_MULTI_LEADER && store_members(s) > 1)
            store_check_passive(&c, s);
        if (s->mode == STORE_QUORUM)
            store_check_quorum(&c, s);
        if (s->mode == STORE_SINGLE_LEADER)
            store_check_leader(&c, s);
        if (s->mode == STORE_CONSENSUS)
            consensus_check(l, t, s);
        product_check(l, t, s);
        cluster_check(l, t, s);
    }
}
