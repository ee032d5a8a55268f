#include "model/commit.h"

#include <string.h>

#include "model/context.h"
#include "model/replication.h"

// ---- followers

// Position that enough followers have received.
static uint32_t commit_received(const struct replica *r)
{
    uint32_t best = 0;
    for (int m = 0; m < r->plan->n_members; m++) {
        int n_as_far = 0;
        for (int k = 0; k < r->plan->n_members; k++)
            n_as_far += k != r->member && r->commit.sent[k] >= r->commit.sent[m];
        if (m != r->member && n_as_far >= r->spec->leading.sync_followers &&
            r->commit.sent[m] > best)
            best = r->commit.sent[m];
    }
    return best;
}

// Whether every follower is later than the objective allows.
static bool commit_must_hold(const struct context *x, const struct replica *r)
{
    simtime latest = 0;
    if (LIKELY(r->plan->rpo == 0) || r->plan->n_members == 1)
        return false;
    for (int m = 0; m < r->plan->n_members; m++)
        if (m != r->member)
            latest = simtime_most(latest, r->commit.until[m]);
    return x->now - latest > r->plan->rpo;
}

// ---- writes

static void commit_wait(const struct context *x, struct replica *r, uint32_t operation)
{
    struct commit_state *c = &r->commit;
    struct operation *o = &r->operations.items[operation];
    struct commit_wait wait = {.write = replication_take(x, r, o, SIMTIME_NEVER),
                               .operation = slots_token(&r->operations, operation)};
    c->latest =
        wait.write.version; // the next must be later, though the copy shows none of them yet
    if (r->condition != NULL)
        replication_note_judged(x, r, o);
    wait.leaves = replication_ship(x, r, o, &wait.write);
    if (c->first == c->waiting.n)
        c->first_position = wait.write.serial + 1;
    array_push(&c->waiting, wait);
    cell_arm(x->cell, r->sync_lane, wait.write.serial + UINT64_C(1));
}

static void commit_take(const struct context *x, struct replica *r, uint32_t operation)
{
    if (replication_refuses(x, r, &r->operations.items[operation])) {
        replica_finish(x, r, operation, ANSWER_UNMET);
        return;
    }
    if (r->spec->leading.sync_followers > 0 && !r->commit.is_degraded) {
        commit_wait(x, r, operation);
        return;
    }
    replication_commit(x, r, &r->operations.items[operation]);
    replica_finish(x, r, operation, ANSWER_OK);
}

void commit_begin(const struct context *x, struct replica *r, uint32_t operation)
{
    if (commit_must_hold(x, r))
        array_push(&r->commit.held, slots_token(&r->operations, operation));
    else
        commit_take(x, r, operation);
}

// Those that must wait no more, in order.
static void commit_release_held(const struct context *x, struct replica *r)
{
    const size_t n = r->commit.held.n;
    if (LIKELY(n == 0) || commit_must_hold(x, r))
        return;
    for (size_t i = 0; i < n; i++) {
        const uint64_t token = r->commit.held.items[i];
        if (slots_is_live(&r->operations, token))
            commit_take(x, r, slots_index(token));
    }
    array_clear(&r->commit.held);
}

// A write has been received by enough others, or is acknowledged without them.
static void commit_written(const struct context *x, struct replica *r, struct commit_wait *wait,
                           bool is_safe)
{
    wait->write.committed = x->now;
    if (wait->write.version > replica_version(r, wait->write.item)) {
        replica_write_copy(x, r, &wait->write);
        replication_await(r, &r->operations.items[slots_index(wait->operation)]);
    }
    replica_wrote(x, r, wait->write.item);
    replica_acknowledge(x, r, &wait->write);
    if (!is_safe && replication_expose(x, r, wait->leaves, wait->write.serial)) {
        copy_keep(&r->copy, wait->write.item);
        horizon_die(x, r, &wait->write);
    }
    if (slots_is_live(&r->operations, wait->operation))
        replica_finish(x, r, slots_index(wait->operation), ANSWER_OK);
}

static void commit_release(const struct context *x, struct replica *r, uint32_t position,
                           bool is_safe)
{
    struct commit_state *c = &r->commit;
    while (c->first < c->waiting.n && c->first_position <= position) {
        commit_written(x, r, &c->waiting.items[c->first++], is_safe);
        c->first_position++;
    }
    if (c->first == c->waiting.n)
        array_clear(&c->waiting), c->first = 0;
}

void commit_on_received(const struct context *x, struct replica *r, const struct event *e)
{
    const struct payload_position p = payload_of(e, payload_position);
    struct commit_state *c = &r->commit;
    const uint32_t from = event_src(e) - replica_member(x, r, 0);
    if (replica_is_silent(r) || r->lead.leader != r->member || p.epoch != r->lead.epoch)
        return;
    c->sent[from] = p.position > c->sent[from] ? p.position : c->sent[from];
    c->until[from] = simtime_most(c->until[from], p.until);
    if (r->spec->leading.sync_followers > 0) {
        const uint32_t received = commit_received(r);
        commit_release(x, r, received, true);
        c->is_degraded = c->is_degraded && received < r->fates.n;
    }
    commit_release_held(x, r);
}

void commit_on_timeout(const struct context *x, struct replica *r, const struct event *e)
{
    const uint64_t position = event_token(e);
    if (r->commit.first == r->commit.waiting.n || position < r->commit.first_position ||
        r->lead.leader != r->member)
        return;
    r->commit.is_degraded = true;
    commit_release(x, r, (uint32_t)position, false);
}

// ---- ends

static void commit_forget(struct replica *r)
{
    struct commit_state *c = &r->commit;
    array_clear(&c->waiting);
    array_clear(&c->held);
    c->first = 0;
    memset(c->sent, 0, sizeof c->sent);
    memset(c->until, 0, sizeof c->until);
    c->is_degraded = false;
}

static void commit_fail(const struct context *x, struct replica *r, uint64_t operation)
{
    if (slots_is_live(&r->operations, operation))
        replica_finish(x, r, slots_index(operation), ANSWER_ERROR);
}

void commit_abandon(const struct context *x, struct replica *r)
{
    struct commit_state *c = &r->commit;
    for (size_t i = c->first; i < c->waiting.n; i++)
        commit_fail(x, r, c->waiting.items[i].operation);
    for (size_t i = 0; i < c->held.n; i++)
        commit_fail(x, r, c->held.items[i]);
    commit_forget(r);
}

void commit_lose_power(const struct context *x, struct replica *r)
{
    struct commit_state *c = &r->commit;
    for (size_t i = c->first; i < c->waiting.n; i++)
        if (c->waiting.items[i].write.version > replica_version(r, c->waiting.items[i].write.item))
            replica_write_copy(x, r, &c->waiting.items[i].write);
    commit_forget(r);
}

void commit_free(struct replica *r)
{
    array_free(&r->commit.waiting);
    array_free(&r->commit.held);
}
