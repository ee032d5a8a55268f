#include "scenario/store_check.h"

#include "base/base.h"
#include "scenario/cluster_check.h"

struct store_checking {
    const struct loading *l;
    const struct topology *t;
};

static const char *store_path(const struct store_checking *c, const struct store_spec *s,
                              const char *key)
{
    return arena_printf(c->l->arena, "stores.%s%s%s", s->name, key[0] != '\0' ? "." : "", key);
}

static int store_count(uint32_t set)
{
    return __builtin_popcount(set);
}

static void store_check_quorum(const struct store_checking *c, struct store_spec *s)
{
    int n = store_count(s->regions);
    const char *path = store_path(c, s, "quorum.write");
    s->write_quorum = s->write_quorum == 0 ? n / 2 + 1 : s->write_quorum;
    s->read_quorum = s->read_quorum == 0 ? n / 2 + 1 : s->read_quorum;
    if (s->write_quorum > n)
        loading_error(c->l, path, false, "store '%s' has %d replicas; %d cannot acknowledge",
                      s->name, n, s->write_quorum);
    if (s->read_mode == QUORUM_READ_LOCAL)
        return;
    if (s->read_quorum > n)
        loading_error(c->l, store_path(c, s, "quorum.read"), false,
                      "store '%s' has %d replicas; %d cannot answer", s->name, n, s->read_quorum);
    else if (s->write_quorum <= n && s->write_quorum + s->read_quorum <= n)
        loading_warning(
            c->l, path, false,
            "store '%s': reads of %d and writes of %d out of %d need not meet, so reads can be "
            "stale",
            s->name, s->read_quorum, s->write_quorum, n);
}

static void store_check_idle(const struct store_checking *c, const struct store_spec *s)
{
    static const char *const keys[] = {"replication_delay", "failover"};
    if (store_count(s->regions) > 1)
        return;
    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        const char *path = store_path(c, s, keys[i]);
        if (loading_gives(c->l, path))
            loading_error(c->l, path, true, "'%s' has no effect: store '%s' has a single replica",
                          keys[i], s->name);
    }
}

static void store_check_leader(const struct store_checking *c, const struct store_spec *s)
{
    if (!(s->regions >> s->leader & 1))
        loading_error(c->l, store_path(c, s, "leader"), false,
                      "store '%s' has no replica in its leader's region '%s'", s->name,
                      c->t->regions[s->leader].name);
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
        store_check_idle(&c, s);
        if (s->mode == STORE_QUORUM)
            store_check_quorum(&c, s);
        if (s->mode == STORE_SINGLE_LEADER)
            store_check_leader(&c, s);
        cluster_check(l, t, s);
    }
}
