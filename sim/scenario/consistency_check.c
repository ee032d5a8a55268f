#include "scenario/consistency_check.h"

#include "scenario/callpath.h"

struct consistency_checking {
    const struct loading *l;
    const char *path; // of the key
    const struct store_spec *s;
};

// ---- eventual

static void consistency_check_eventual(const struct consistency_checking *c)
{
    const struct store_spec *s = c->s;
    if (s->product == PRODUCT_S3_REPLICATION || s->product == PRODUCT_S3_RTC)
        loading_error(c->l, c->path, false,
                      "store '%s': reads of S3 are strongly consistent in their region, there are "
                      "no others (S3 User Guide, data consistency model)",
                      s->name);
    else if (s->product == PRODUCT_AURORA_DSQL)
        loading_error(c->l, c->path, false,
                      "store '%s': Aurora DSQL has strongly consistent reads only (User Guide)",
                      s->name);
    else if (s->mode == STORE_QUORUM && s->quorum.copies > 0 && s->quorum.copies < store_members(s))
        loading_error(c->l, c->path, false,
                      "store '%s': the replica that is asked need not have the item, of which "
                      "there are %d copies among %d replicas; an eventual read is one of its own",
                      s->name, s->quorum.copies, store_members(s));
}

// ---- strong

// Local writes that are read locally meet in their own region, as where every replica takes writes.
static void consistency_check_quorum(const struct consistency_checking *c)
{
    const struct store_overlap in = store_overlap(c->s);
    if (c->s->quorum.sloppy)
        loading_error(c->l, c->path, false,
                      "store '%s' cannot give strong reads: with 'sloppy: true' a write may be "
                      "where no read asks",
                      c->s->name);
    else if (in.written + in.read <= in.replicas)
        loading_error(c->l, c->path, false,
                      "store '%s' cannot give strong reads: those of %d and writes of %d out of %d "
                      "replicas need not meet; raise 'write' or 'read' in its 'quorum'",
                      c->s->name, in.read, in.written, in.replicas);
}

static void consistency_check_strong(const struct consistency_checking *c)
{
    const struct store_spec *s = c->s;
    if (s->mode == STORE_QUORUM && s->quorum.read_mode != QUORUM_READ_LEASED)
        consistency_check_quorum(c);
    else if (s->mode == STORE_SINGLE_LEADER && s->leading.forwarding == FORWARD_NONE &&
             store_members(s) > 1)
        loading_error(c->l, c->path, false,
                      "store '%s' cannot give strong reads: its followers do not ask the leader "
                      "with 'forwarding: none'; set 'forwarding' in its 'leading'",
                      s->name);
}

// ---- calls

static void consistency_check_call(const struct loading *l, const struct topology *t,
                                   const struct service_spec *service, int k)
{
    const struct call_spec *call = &service->calls[k];
    const char *path = arena_printf(l->arena, "%s.consistency", callpath_find(l, service, k));
    if (call->target != CALL_STORE || !loading_gives(l, path))
        return;
    const struct consistency_checking c = {l, path, &t->stores[call->index]};
    if (call->operation == CALL_WRITE)
        loading_error(l, path, true, "'consistency' has no effect: the call is a write");
    else if (call->consistency == CONSISTENCY_EVENTUAL)
        consistency_check_eventual(&c);
    else if (call->consistency == CONSISTENCY_STRONG)
        consistency_check_strong(&c);
}

void consistency_check(const struct loading *l, const struct topology *t)
{
    for (int i = 0; i < t->n_services; i++)
        for (int k = 0; k < t->services[i].n_calls; k++)
            consistency_check_call(l, t, &t->services[i], k);
}
