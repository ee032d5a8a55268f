#include "model/cluster.h"

#include <stdio.h>

#include "model/clusterpart.h"
#include "model/context.h"

enum {
    CLUSTER_NO_WRITER = -1,
    CLUSTER_MOST_PARTS = CLUSTER_MAX_INSTANCES + CLUSTER_MAX_COPIES * TOPOLOGY_MAX_ZONES
};

// What there is of a cluster for a span of time.
struct cluster_state {
    bool is_lost; // no way to come back without power, or more copies
    bool writes, reads;
    int serving; // instances
};

// One cluster on its walk through a replication.
struct cluster {
    struct world *world;
    const struct cluster_spec *spec;
    const char *name; // of the replica
    struct timeline *line;
    const struct timeline *zones; // [n_zones]
    int n_zones, n_parts;
    const struct fault_state *power[TOPOLOGY_MAX_ZONES]; // of the zones, now
    simtime change[TOPOLOGY_MAX_ZONES];                  // of that
    struct clusterpart parts[CLUSTER_MOST_PARTS];        // instances, then copies
    struct stream failover;
    simtime now;
    int writer, last_writer;
    simtime takes_over; // without a writer: not before
    struct cluster_state state;
    simtime since; // when it began
};

// ---- parts

static bool cluster_has_power(const struct cluster *c, const struct clusterpart *p)
{
    return clusterpart_has_power(p, c->power[p->zone]);
}

// An instance that finds its data in other zones, too, and which nobody would succeed.
static bool cluster_may_move(const struct cluster *c, const struct clusterpart *p)
{
    return p == c->parts && c->spec->instances == 1 && c->spec->storage.copies_per_zone > 0;
}

static void cluster_move(struct cluster *c, struct clusterpart *p)
{
    for (uint8_t z = 0; z < c->spec->storage.zones; z++)
        if (clusterpart_has_power(p, c->power[z])) {
            p->zone = z;
            clusterpart_follow(p, c->now, true);
            return;
        }
}

static void cluster_follow_zones(struct cluster *c)
{
    for (int i = 0; i < c->n_parts; i++) {
        struct clusterpart *p = &c->parts[i];
        const bool has_power = cluster_has_power(c, p);
        clusterpart_follow(p, c->now, has_power);
        if (!has_power && cluster_may_move(c, p))
            cluster_move(c, p);
    }
}

static bool cluster_is_whole(const struct fault_state *zone)
{
    return !zone->is_dead && zone->capacity >= 1;
}

static void cluster_change_zone(struct cluster *c, int zone)
{
    const bool was_whole = cluster_is_whole(c->power[zone]);
    c->power[zone] = timeline_at(&c->zones[zone], c->now);
    c->change[zone] = timeline_next_change(&c->zones[zone], c->now);
    for (int i = 0; was_whole && !cluster_is_whole(c->power[zone]) && i < c->n_parts; i++)
        if (c->parts[i].zone == zone)
            clusterpart_rank(&c->parts[i]);
}

static void cluster_change_zones(struct cluster *c)
{
    bool has_changed = false;
    for (int z = 0; z < c->n_zones; z++) {
        if (c->change[z] != c->now)
            continue;
        cluster_change_zone(c, z);
        has_changed = true;
    }
    if (has_changed)
        cluster_follow_zones(c);
}

static void cluster_turn_parts(struct cluster *c)
{
    for (int i = 0; i < c->n_parts; i++)
        if (c->parts[i].next == c->now)
            clusterpart_turn(&c->parts[i], c->now);
}

// ---- the writer

static void cluster_mark(struct cluster *c, enum journal_kind kind, int instance)
{
    array_push(&c->world->cluster_marks,
               ((struct journal_entry){c->now, kind, c->name, c->parts[instance].zone}));
}

static void cluster_lose_writer(struct cluster *c)
{
    cluster_mark(c, JOURNAL_WRITER_FAILED, c->writer);
    c->last_writer = c->writer;
    c->writer = CLUSTER_NO_WRITER;
    c->takes_over = c->now;
    if (c->spec->instances > 1)
        c->takes_over = simtime_after(c->now, clusterpart_draw(&c->spec->failover, &c->failover));
}

// The first of the others that is up, or the one that failed, if it is again.
static int cluster_successor(const struct cluster *c)
{
    for (int i = 0; i < c->spec->instances; i++)
        if (i != c->last_writer && c->parts[i].is_up)
            return i;
    return c->parts[c->last_writer].is_up ? c->last_writer : CLUSTER_NO_WRITER;
}

static void cluster_seat_writer(struct cluster *c)
{
    if (c->writer != CLUSTER_NO_WRITER && !c->parts[c->writer].is_up)
        cluster_lose_writer(c);
    if (c->writer != CLUSTER_NO_WRITER || c->now < c->takes_over)
        return;
    c->writer = cluster_successor(c);
    if (c->writer != CLUSTER_NO_WRITER)
        cluster_mark(c, JOURNAL_WRITER_READY, c->writer);
}

// ---- what can be done

static int cluster_instances_up(const struct cluster *c)
{
    int n = 0;
    for (int i = 0; i < c->spec->instances; i++)
        n += c->parts[i].is_up;
    return n;
}

static int cluster_copies_up(const struct cluster *c)
{
    int n = 0;
    for (int i = c->spec->instances; i < c->n_parts; i++)
        n += c->parts[i].is_up;
    return n;
}

static bool cluster_is_dark(const struct cluster *c)
{
    for (int i = 0; i < c->spec->instances; i++)
        if (cluster_has_power(c, &c->parts[i]))
            return false;
    return true;
}

static struct cluster_state cluster_look(const struct cluster *c)
{
    const struct storage_spec *storage = &c->spec->storage;
    const int copies = cluster_copies_up(c), up = cluster_instances_up(c);
    const bool can_read = copies >= storage->read_quorum;
    const bool can_write = copies >= storage->write_quorum;
    const bool has_writer = c->writer != CLUSTER_NO_WRITER;
    return (struct cluster_state){.is_lost = (!can_read && !can_write) || cluster_is_dark(c),
                                  .writes = can_write && has_writer,
                                  .reads = can_read && (c->spec->readable ? up > 0 : has_writer),
                                  .serving = c->spec->readable ? up : c->spec->instances};
}

static void cluster_end_span(struct cluster *c, simtime end)
{
    const struct cluster_state *s = &c->state;
    struct fault_state fault = fault_state_fine;
    fault.is_refusing = s->is_lost;
    fault.no_writes = !s->writes;
    fault.no_reads = !s->reads;
    if (s->serving > 0) // else there is nobody to be short of
        fault.capacity = (float)s->serving / (float)c->spec->instances;
    if (s->is_lost || !s->writes || !s->reads || s->serving < c->spec->instances)
        timeline_add(c->line, c->since, end, fault);
}

static void cluster_note_state(struct cluster *c)
{
    const struct cluster_state s = cluster_look(c), *was = &c->state;
    if (s.is_lost == was->is_lost && s.writes == was->writes && s.reads == was->reads &&
        s.serving == was->serving)
        return;
    cluster_end_span(c, c->now);
    c->state = s;
    c->since = c->now;
}

// ---- the walk

static simtime cluster_next(const struct cluster *c)
{
    simtime next = SIMTIME_NEVER;
    for (int z = 0; z < c->n_zones; z++)
        next = simtime_least(next, c->change[z]);
    for (int i = 0; i < c->n_parts; i++)
        next = simtime_least(next, c->parts[i].next);
    if (c->writer == CLUSTER_NO_WRITER && c->takes_over > c->now)
        next = simtime_least(next, c->takes_over);
    return next;
}

static void cluster_walk(struct cluster *c, simtime end)
{
    for (simtime next = cluster_next(c); next < end; next = cluster_next(c)) {
        c->now = next;
        cluster_change_zones(c);
        cluster_turn_parts(c);
        cluster_seat_writer(c);
        cluster_note_state(c);
    }
    cluster_end_span(c, SIMTIME_NEVER);
}

static struct stream cluster_stream(const struct cluster *c, const char *what, int zone, int number)
{
    char purpose[64];
    snprintf(purpose, sizeof purpose, "cluster %s %d %d", what, zone, number);
    return stream_open(c->world->seed, c->world->replication, c->name, purpose);
}

static void cluster_add_instances(struct cluster *c)
{
    const struct cluster_spec *spec = c->spec;
    for (int i = 0; i < spec->instances; i++) {
        struct clusterpart *p = &c->parts[c->n_parts++];
        *p = clusterpart_open(cluster_stream(c, "instance", 0, i), spec->instance_failures_per_s,
                              &spec->restart);
        p->zone = (uint8_t)((spec->writer_zone + i) % c->n_zones);
    }
}

static void cluster_add_copies(struct cluster *c)
{
    const struct storage_spec *storage = &c->spec->storage;
    for (int i = 0; i < storage_copies(storage); i++) {
        const int zone = i % storage->zones;
        struct clusterpart *p = &c->parts[c->n_parts++];
        *p = clusterpart_open(cluster_stream(c, "copy", zone, i / storage->zones),
                              storage->copy_failures_per_s, &storage->copy_repair);
        p->zone = (uint8_t)zone;
    }
}

static struct cluster cluster_of(struct world *w, uint32_t replica)
{
    const struct model *m = w->model;
    const struct lp_info *lp = &m->lps[model_lp(m, LP_REPLICA, replica)];
    struct cluster c = {.world = w,
                        .spec = &m->topology->stores[lp->object].cluster,
                        .name = lp->name,
                        .line = &w->replica_faults[replica],
                        .zones = &w->nodes[lp->region * TOPOLOGY_MAX_ZONES],
                        .n_zones = m->topology->regions[lp->region].n_zones,
                        .now = -1};
    for (int z = 0; z < c.n_zones; z++) {
        c.power[z] = &fault_state_fine;
        c.change[z] = timeline_next_change(&c.zones[z], -1);
    }
    c.failover = cluster_stream(&c, "failover", 0, 0);
    cluster_add_instances(&c);
    cluster_add_copies(&c);
    c.state = cluster_look(&c);
    return c;
}

void cluster_open(struct world *w)
{
    const struct model *m = w->model;
    for (uint32_t i = 0; i < m->count[LP_REPLICA]; i++) {
        const struct lp_info *lp = &m->lps[model_lp(m, LP_REPLICA, i)];
        if (m->topology->stores[lp->object].cluster.instances == 0)
            continue;
        struct cluster c = cluster_of(w, i);
        cluster_walk(&c, m->duration);
    }
}

void cluster_close(struct world *w)
{
    array_free(&w->cluster_marks);
}
