#include "model/appending.h"

#include "model/context.h"
#include "model/election.h"
#include "model/readindex.h"
#include "model/replication.h"
#include "model/storehistory.h"

// Entries to one member that have not been answered: 4 MB of small ones (CockroachDB,
// pkg/base/config.go: 128 messages of 32 KB).
enum { APPENDING_WINDOW = (4 << 20) / NET_SMALL_BYTES };

// What an entry's message says besides (payload_append.terms): the leader's term, that of the entry
// before, how far behind the entry the log is committed, and whether an answer is asked for.
enum {
    APPENDING_BEHIND_BITS = 64 - 2 * VERSION_TERM_BITS - 1,
    APPENDING_BEHIND_MOST = (1 << APPENDING_BEHIND_BITS) - 1, // or more
};

static uint64_t appending_pack(uint32_t term, uint32_t before, uint32_t behind, bool is_asked)
{
    behind = behind < APPENDING_BEHIND_MOST ? behind : APPENDING_BEHIND_MOST;
    return ((uint64_t)term << VERSION_TERM_BITS | before) << (APPENDING_BEHIND_BITS + 1) |
           (uint64_t)behind << 1 | is_asked;
}

static uint32_t appending_term(const struct payload_append *p)
{
    return (uint32_t)(p->terms >> (VERSION_TERM_BITS + APPENDING_BEHIND_BITS + 1));
}

static uint32_t appending_term_before(const struct payload_append *p)
{
    return (uint32_t)(p->terms >> (APPENDING_BEHIND_BITS + 1)) &
           ((UINT32_C(1) << VERSION_TERM_BITS) - 1);
}

static bool appending_is_asked(const struct payload_append *p)
{
    return p->terms & 1;
}

// How far the log is committed, at least.
static uint32_t appending_committed(const struct payload_append *p)
{
    const uint32_t behind = (uint32_t)(p->terms >> 1) & APPENDING_BEHIND_MOST;
    const uint32_t index = version_index(p->version);
    return behind == APPENDING_BEHIND_MOST || behind > index ? 0 : index - behind;
}

// ---- what is committed takes effect

// An entry of a former leader's may have been acknowledged by that one.
static void appending_acknowledge(const struct context *x, struct replica *r,
                                  struct payload_write *write)
{
    const bool is_new = write->committed == SIMTIME_NEVER;
    if (is_new)
        write->committed = x->now;
    marks_set(&r->fates.committed[version_member(write->version)], write->serial);
    replica_write_copy(x, r, write);
    if (!is_new)
        return;
    replica_acknowledge(x, r, write);
    replica_notice(r, x->now, write);
}

// A member that lost power may have got some before.
static void appending_apply_write(const struct context *x, struct replica *r,
                                  const struct raftlog_entry *entry, bool leads)
{
    struct payload_write write = {.version = entry->version,
                                  .committed = SIMTIME_NEVER,
                                  .item = entry->item,
                                  .serial = entry->serial};
    if (entry->version <= replica_version(r, entry->item))
        return;
    copy_recall(&r->copy, &write);
    if (version_member(entry->version) != r->member)
        replication_note(x, r, &write);
    if (leads)
        appending_acknowledge(x, r, &write);
    else
        replica_write_copy(x, r, &write);
}

static void appending_commit(const struct context *x, struct replica *r, struct consensus_group *g,
                             uint32_t index)
{
    while (g->commit < index) {
        const struct raftlog_entry entry = *raftlog_at(&g->log, ++g->commit);
        if (consensus_is_item(entry.item))
            appending_apply_write(x, r, &entry, g->role == CONSENSUS_LEADER);
        if (entry.call != 0 && slots_is_live(&r->operations, entry.call))
            replica_finish(x, r, slots_index(entry.call), ANSWER_OK);
        consensus_decide(x, r, g, entry.version);
    }
}

// ---- the leader's log

// Up to here every member knows the log to be committed: no entry of it is needed any more.
static uint32_t appending_settled(const struct replica *r, const struct consensus_group *g)
{
    uint32_t settled = g->commit < g->log.stored ? g->commit : g->log.stored;
    for (int m = 0; m < r->plan->n_members; m++)
        if (m != r->member && g->peers[m].known < settled)
            settled = g->peers[m].known;
    return settled;
}

static bool appending_is_broken(const struct replica *r, uint8_t member)
{
    return r->consensus->broken >> member & 1;
}

static void appending_announce(const struct context *x, struct replica *r,
                               const struct consensus_group *g, uint8_t member)
{
    const struct payload_log p = {.index = g->commit,
                                  .known = g->log.base,
                                  .term = g->term,
                                  .group = (uint8_t)consensus_index(r, g)};
    const struct consensus_message m = {EV_LOG_COMMIT, &p, sizeof p, net_small};
    if (!appending_is_broken(r, member))
        consensus_send(x, r, member, &m);
}

static bool appending_send(const struct context *x, struct replica *r,
                           const struct consensus_group *g, uint8_t member, struct net_size size)
{
    const struct consensus_peer *peer = &g->peers[member];
    const uint32_t i = peer->next;
    const struct raftlog_entry *entry = raftlog_at(&g->log, i);
    const bool is_last = i == g->log.last || i == peer->match + APPENDING_WINDOW;
    const struct payload_append p = {
        .version = entry->version,
        .terms = appending_pack(g->term, version_term(raftlog_version(&g->log, i - 1)),
                                i > g->commit ? i - g->commit : 0, is_last),
        .item = entry->item,
        .serial = entry->serial};
    const struct consensus_message m = {EV_LOG_APPEND, &p, sizeof p, size};
    return consensus_send(x, r, member, &m);
}

// Sends what a member lacks, as far as may be under way. `size` is that of the newest entry.
static void appending_push(const struct context *x, struct replica *r, struct consensus_group *g,
                           uint8_t member, struct net_size size)
{
    struct consensus_peer *peer = &g->peers[member];
    while (!appending_is_broken(r, member) && peer->next <= g->log.last &&
           peer->next <= peer->match + APPENDING_WINDOW)
        if (appending_send(x, r, g, member, peer->next == g->log.last ? size : net_small))
            peer->next++;
}

void appending_catch_up(const struct context *x, struct replica *r, struct consensus_group *g,
                        uint8_t member)
{
    struct consensus_peer *peer = &g->peers[member];
    peer->next = (peer->match > g->log.base ? peer->match : g->log.base) + 1;
    appending_push(x, r, g, member, net_small);
    appending_announce(x, r, g, member);
}

// The newest entry that a majority has on disk.
static uint32_t appending_majority(const struct replica *r, const struct consensus_group *g)
{
    const int n = r->plan->n_members;
    uint32_t newest = 0;
    for (int m = 0; m < n; m++) {
        const uint32_t match = m == r->member ? g->log.stored : g->peers[m].match;
        uint32_t n_more = 0;
        for (int k = 0; k < n; k++)
            n_more += (k == r->member ? g->log.stored : g->peers[k].match) >= match;
        if (n_more >= r->consensus->majority && match > newest)
            newest = match;
    }
    return newest;
}

static void appending_look(const struct context *x, struct replica *r, struct consensus_group *g)
{
    const uint32_t index = appending_majority(r, g);
    if (index <= g->commit || version_term(raftlog_version(&g->log, index)) != g->term)
        return;
    appending_commit(x, r, g, index);
    raftlog_drop(&g->log, appending_settled(r, g));
    for (uint8_t m = 0; m < r->plan->n_members; m++)
        if (m != r->member)
            appending_announce(x, r, g, m);
    readindex_look(x, r, g);
}

// Writes an entry to disk, as an operation of this member's.
static void appending_store(const struct context *x, struct replica *r, uint64_t version,
                            uint32_t item)
{
    const struct operation writing = {
        .version = version, .item = item, .kind = OPERATION_ENTRY, .flags = REQUEST_WRITE};
    replica_work(x, r, replica_new_frame(x, r, &writing));
}

static void appending_push_all(const struct context *x, struct replica *r,
                               struct consensus_group *g, struct net_size size)
{
    for (uint8_t m = 0; m < r->plan->n_members; m++)
        if (m != r->member)
            appending_push(x, r, g, m, size);
}

static uint64_t appending_next_version(const struct replica *r, const struct consensus_group *g)
{
    return version_of_entry(g->term, g->log.last + 1, r->member);
}

static uint32_t appending_no_item(const struct replica *r, const struct consensus_group *g)
{
    return CONSENSUS_NO_ITEM + consensus_index(r, g);
}

void appending_begin_term(const struct context *x, struct replica *r, struct consensus_group *g)
{
    const struct raftlog_entry entry = {.version = appending_next_version(r, g),
                                        .item = appending_no_item(r, g)};
    raftlog_add(&g->log, &entry);
    raftlog_store(&g->log, g->log.last); // next to no work
    g->ready = g->log.last;
    appending_push_all(x, r, g, net_small);
    appending_look(x, r, g);
}

// A probe goes all the way but changes nothing.
void appending_propose(const struct context *x, struct replica *r, struct consensus_group *g,
                       uint32_t index)
{
    struct operation *o = &r->operations.items[index];
    const bool is_probe = o->flags & REQUEST_PROBE;
    const struct net_size size = context_request_size(x, o->class_index, o->flags);
    if (station_is_full(&r->station, x->now)) {
        replica_finish(x, r, index, ANSWER_SHED);
        return;
    }
    const struct raftlog_entry entry = {
        .version = appending_next_version(r, g),
        .call = slots_token(&r->operations, index),
        .item = is_probe ? appending_no_item(r, g) : o->item,
        .serial = is_probe ? 0 : fates_begin(&r->fates, x->now >= x->model->warmup)};
    o->version = entry.version;
    o->serial = entry.serial;
    o->origin = r->member;
    storehistory_took(x, r, o);
    raftlog_add(&g->log, &entry);
    appending_push_all(x, r, g, size);
    appending_store(x, r, entry.version, entry.item);
}

void appending_stored(const struct context *x, struct replica *r, uint32_t index)
{
    const struct operation o = r->operations.items[index];
    struct consensus_group *g = consensus_group_of(r, o.item);
    slots_release(&r->operations, index);
    if (!raftlog_keeps(&g->log, o.version))
        return; // cut off meanwhile
    const bool is_asked = raftlog_store(&g->log, version_index(o.version));
    if (g->role == CONSENSUS_LEADER)
        appending_look(x, r, g);
    else if (is_asked && g->leader != CONSENSUS_NOBODY && !replica_is_silent(r))
        appending_tell(x, r, g, g->leader);
}

void appending_on_state(const struct context *x, struct replica *r, const struct event *e)
{
    const struct payload_log p = payload_of(e, payload_log);
    struct consensus_group *g = &r->consensus->groups[p.group];
    const uint8_t from = consensus_sender(x, r, e);
    if (replica_is_silent(r))
        return;
    if (p.term > g->term)
        election_adopt(x, r, g, p.term);
    if (g->role != CONSENSUS_LEADER || p.term < g->term)
        return;
    struct consensus_peer *peer = &g->peers[from];
    peer->match = p.index > peer->match ? p.index : peer->match;
    peer->known = p.known > peer->known ? p.known : peer->known;
    peer->next = peer->next > peer->match ? peer->next : peer->match + 1;
    if (p.wants)
        appending_catch_up(x, r, g, from);
    else
        appending_push(x, r, g, from, net_small);
    appending_look(x, r, g);
    raftlog_drop(&g->log, appending_settled(r, g));
    if (g->successor == from)
        election_try_transfer(x, r, g);
}

// ---- the others' logs

void appending_tell(const struct context *x, struct replica *r, const struct consensus_group *g,
                    uint8_t member)
{
    const uint32_t stored = g->log.stored;
    const struct payload_log p = {.index = stored < g->verified ? stored : g->verified,
                                  .known = g->commit < stored ? g->commit : stored,
                                  .term = g->term,
                                  .group = (uint8_t)consensus_index(r, g),
                                  .wants = g->is_lagging};
    const struct consensus_message m = {EV_LOG_STATE, &p, sizeof p, net_small};
    consensus_send(x, r, member, &m);
}

simtime appending_ask(const struct context *x, struct replica *r, struct consensus_group *g)
{
    const simtime pause = r->consensus->election_timeout / 2;
    if (g->leader == CONSENSUS_NOBODY)
        return SIMTIME_NEVER;
    if (!g->is_lagging || x->now - g->asked >= pause) {
        g->is_lagging = true;
        g->asked = x->now;
        appending_tell(x, r, g, g->leader);
    }
    election_look_by(x, r, g->asked + pause);
    return g->asked + pause;
}

// Takes away entries that are not those of the leader.
static void appending_cut(struct replica *r, struct consensus_group *g, uint32_t last)
{
    CHECK(last >= g->commit);
    for (uint32_t i = last + 1; i <= g->log.last; i++) {
        const uint64_t call = raftlog_at(&g->log, i)->call;
        if (call != 0 && slots_is_live(&r->operations, call))
            consensus_doubt(r, slots_index(call));
    }
    raftlog_cut(&g->log, last);
}

// True if the log agrees with the leader's up to the entry, which it has now.
static bool appending_accept(const struct context *x, struct replica *r, struct consensus_group *g,
                             const struct payload_append *p)
{
    struct raftlog *log = &g->log;
    const uint32_t index = version_index(p->version);
    if (index <= log->base || raftlog_keeps(log, p->version))
        return true;
    if (index > log->last + 1 ||
        version_term(raftlog_version(log, index - 1)) != appending_term_before(p) ||
        station_is_full(&r->station, x->now))
        return false;
    if (index <= log->last)
        appending_cut(r, g, index - 1);
    const struct raftlog_entry entry = {
        .version = p->version, .item = p->item, .serial = p->serial};
    raftlog_add(log, &entry);
    appending_store(x, r, p->version, p->item);
    return true;
}

void appending_on_entry(const struct context *x, struct replica *r, const struct event *e)
{
    const struct payload_append p = payload_of(e, payload_append);
    struct consensus_group *g = consensus_group_of(r, p.item);
    const uint8_t leader = consensus_sender(x, r, e);
    const uint32_t index = version_index(p.version);
    if (replica_is_silent(r))
        return;
    if (appending_term(&p) < g->term) {
        appending_tell(x, r, g, leader);
        return;
    }
    election_follow(x, r, g, appending_term(&p), leader);
    if (!appending_accept(x, r, g, &p)) {
        appending_ask(x, r, g);
        return;
    }
    g->is_lagging = false;
    g->verified = index > g->verified ? index : g->verified;
    const uint32_t committed = appending_committed(&p);
    appending_commit(x, r, g, committed < g->verified ? committed : g->verified);
    if (index > g->log.stored)
        raftlog_at(&g->log, index)->is_asked |= appending_is_asked(&p);
    else if (appending_is_asked(&p))
        appending_tell(x, r, g, leader);
}

void appending_on_commit(const struct context *x, struct replica *r, const struct event *e)
{
    const struct payload_log p = payload_of(e, payload_log);
    struct consensus_group *g = &r->consensus->groups[p.group];
    if (replica_is_silent(r) || p.term < g->term)
        return;
    election_follow(x, r, g, p.term, consensus_sender(x, r, e));
    g->is_lagging &= p.index > g->verified; // what is missing has been sent before
    appending_commit(x, r, g, p.index < g->verified ? p.index : g->verified);
    const uint32_t known = g->commit < g->log.stored ? g->commit : g->log.stored;
    raftlog_drop(&g->log, p.known < known ? p.known : known);
}

void appending_lose_power(struct consensus_group *g)
{
    raftlog_cut(&g->log, g->log.stored);
    g->commit = g->commit < g->log.last ? g->commit : g->log.last;
    g->verified = g->verified < g->log.last ? g->verified : g->log.last;
}
