#include "model/quorum.h"

#include "model/cachefeed.h"
#include "model/context.h"
#include "model/replication.h"
#include "model/version.h"

static int quorum_needed(const struct replica *r, const struct operation *o)
{
    const struct store_spec *spec = r->spec;
    return o->flags & REQUEST_WRITE ? spec->write_quorum : spec->read_quorum;
}

static bool quorum_is_probe(const struct operation *o)
{
    return o->flags & REQUEST_PROBE;
}

// Draws the delay of a message to a replica; false if it will not be received.
static bool quorum_reaches(const struct context *x, struct replica *r, uint32_t peer,
                           struct net_size size, simtime *delay)
{
    const struct timeline *faults = &x->world->replica_faults[x->model->lps[peer].index];
    *delay = replica_delay(x, r, peer, size);
    return *delay != NET_LOST && timeline_alive_from(faults, x->now + *delay) == x->now + *delay;
}

// Tells the others since when a write counts as acknowledged, so that they can judge their reads;
// those out of reach learn it later.
static void quorum_tell_commit(const struct context *x, struct replica *r,
                               const struct operation *o)
{
    struct payload_write commit = {.version = o->version, .committed = x->now, .item = o->item};
    for (int region = 0; region < x->model->topology->n_regions; region++) {
        uint32_t peer = replica_peer(x, r, region);
        simtime delay;
        if (peer == UINT32_MAX)
            continue;
        if (quorum_reaches(x, r, peer, net_small, &delay))
            context_send(x, peer, delay, EV_QUORUM_COMMIT, &commit, sizeof commit);
        else
            replication_hint(x, r, peer, commit);
    }
    cachefeed_note(x, r, &commit);
}

// Enough replicas have answered?
static void quorum_judge(const struct context *x, struct replica *r, uint32_t index)
{
    struct operation *o = &r->operations.items[index];
    if (o->answers < quorum_needed(r, o))
        return;
    if (!(o->flags & REQUEST_WRITE))
        replica_served_read(x, r, o, o->started, o->version);
    else if (!quorum_is_probe(o))
        quorum_tell_commit(x, r, o);
    replica_finish(x, r, index, ANSWER_OK);
}

// Brings a write to a replica later. It is not acknowledged yet, and may never be: no read has
// missed it so far.
static void quorum_hint(const struct context *x, struct replica *r, uint32_t peer,
                        const struct payload_quorum *q)
{
    struct payload_write hint = {
        .version = q->version, .committed = SIMTIME_NEVER, .item = q->item};
    replication_hint(x, r, peer, hint);
}

// Asks one replica; a write that cannot reach it is brought later.
static void quorum_ask(const struct context *x, struct replica *r, uint32_t peer,
                       struct payload_quorum ask)
{
    struct net_size size = context_request_size(x, ask.class_index,
                                                ask.is_write ? REQUEST_WRITE : 0);
    simtime delay;
    if (quorum_reaches(x, r, peer, size, &delay))
        context_send(x, peer, delay, EV_QUORUM_ASK, &ask, sizeof ask);
    else if (ask.is_write)
        quorum_hint(x, r, peer, &ask);
}

void quorum_begin(const struct context *x, struct replica *r, uint32_t index)
{
    struct operation *o = &r->operations.items[index];
    bool is_write = (o->flags & REQUEST_WRITE) && !quorum_is_probe(o);
    if (is_write)
        replica_set_version(r, x->now, o->item,
                            version_make(0, x->now, r->region, replica_version(r, o->item)));
    o->version = replica_version(r, o->item);
    o->answers = 1;
    struct payload_quorum ask = {.call = slots_token(&r->operations, index),
                                 .version = o->version,
                                 .item = o->item,
                                 .is_write = is_write,
                                 .class_index = o->class_index};
    replica_arm(x, r, index);
    for (int region = 0; region < x->model->topology->n_regions; region++) {
        uint32_t peer = replica_peer(x, r, region);
        if (peer != UINT32_MAX)
            quorum_ask(x, r, peer, ask);
    }
    quorum_judge(x, r, index);
}

void quorum_on_ask(const struct context *x, struct replica *r, const struct event *e)
{
    struct payload_quorum q;
    payload_get(e, struct payload_quorum, &q);
    const struct operation o = {.call = q.call,
                                .version = q.version,
                                .caller = event_src(e),
                                .item = q.item,
                                .kind = OPERATION_QUORUM,
                                .flags = q.is_write ? REQUEST_WRITE : 0};
    replica_take(x, r, &o);
}

void quorum_part(const struct context *x, struct replica *r, uint32_t index)
{
    struct operation *o = &r->operations.items[index];
    if (!(o->flags & REQUEST_WRITE))
        o->version = replica_version(r, o->item);
    else if (o->version > replica_version(r, o->item))
        replica_set_version(r, x->now, o->item, o->version);
    replica_finish(x, r, index, ANSWER_OK);
}

void quorum_on_answer(const struct context *x, struct replica *r, const struct event *e)
{
    struct payload_quorum q;
    payload_get(e, struct payload_quorum, &q);
    if (q.status != ANSWER_OK) {
        if (q.is_write) // turned away: it gets the write later
            quorum_hint(x, r, event_src(e), &q);
        return;
    }
    if (!slots_is_live(&r->operations, q.call))
        return; // the quorum was complete or given up before
    uint32_t index = slots_index(q.call);
    struct operation *o = &r->operations.items[index];
    o->answers++;
    if (q.version > o->version)
        o->version = q.version;
    quorum_judge(x, r, index);
}

void quorum_on_commit(const struct context *x, struct replica *r, const struct event *e)
{
    const struct payload_write *p = &payload_of(e, payload_write);
    if (r->fault->is_dead)
        return;
    r->counts.stale_reads += readlog_learn(&r->reads, x->now, p);
    cachefeed_note(x, r, p);
}
