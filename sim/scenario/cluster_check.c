#include "scenario/cluster_check.h"

static const char *cluster_path(const struct loading *l, const struct store_spec *s,
                                const char *key)
{
    return arena_printf(l->arena, "stores.%s.cluster.%s", s->name, key);
}

static void cluster_check_zones(const struct loading *l, const struct region_spec *r,
                                const struct store_spec *s)
{
    const struct cluster_spec *c = &s->cluster;
    if (c->writer_zone >= r->n_zones)
        loading_error(l, cluster_path(l, s, "writer_zone"), false,
                      "store '%s': region '%s' has no zone '%c', it has %d", s->name, r->name,
                      'a' + c->writer_zone, r->n_zones);
    if (c->storage.copies_per_zone > 0 && c->storage.zones > r->n_zones)
        loading_error(l, cluster_path(l, s, "storage.zones"), false,
                      "store '%s' has copies in %d zones, region '%s' has %d", s->name,
                      c->storage.zones, r->name, r->n_zones);
}

static void cluster_check_quorums(const struct loading *l, const struct store_spec *s)
{
    const struct storage_spec *v = &s->cluster.storage;
    const int n = storage_copies(v), needed = v->write_quorum;
    const char *path = cluster_path(l, s, "storage.write");
    if (needed > n)
        loading_error(l, path, false, "store '%s' has %d copies in a region; %d cannot be written",
                      s->name, n, needed);
    else if (2 * needed <= n)
        loading_error(l, path, false,
                      "store '%s': two writes of %d out of %d copies need not meet; it takes %d",
                      s->name, needed, n, n / 2 + 1);
    else if (v->read_quorum > n)
        loading_error(l, cluster_path(l, s, "storage.read"), false,
                      "store '%s' has %d copies in a region; %d cannot be read", s->name, n,
                      v->read_quorum);
    else if (v->read_quorum + needed <= n)
        loading_error(l, cluster_path(l, s, "storage.read"), false,
                      "store '%s': reads of %d and writes of %d out of %d copies need not meet; it "
                      "takes %d",
                      s->name, v->read_quorum, needed, n, n - needed + 1);
}

void cluster_check(const struct loading *l, const struct topology *t, struct store_spec *s)
{
    struct storage_spec *v = &s->cluster.storage;
    if (s->cluster.instances == 0)
        return;
    for (int r = 0; r < t->n_regions; r++)
        if (s->regions >> r & 1)
            cluster_check_zones(l, &t->regions[r], s);
    if (v->copies_per_zone == 0)
        return;
    v->write_quorum = v->write_quorum == 0 ? storage_copies(v) / 2 + 1 : v->write_quorum;
    v->read_quorum = v->read_quorum == 0 ? storage_copies(v) - v->write_quorum + 1 : v->read_quorum;
    cluster_check_quorums(l, s);
}
