#include "model/reading.h"

#include "base/base.h"
#include "model/replica.h"

uint8_t reading_used(const struct topology *topology, int store)
{
    uint8_t used = 1 << CONSISTENCY_OF_STORE;
    for (int s = 0; s < topology->n_services; s++)
        for (int i = 0; i < topology->services[s].n_calls; i++) {
            const struct call_spec *call = &topology->services[s].calls[i];
            if (call->target == CALL_STORE && call->index == store)
                used |= (uint8_t)(1 << call->consistency);
        }
    return used;
}

static struct reading reading_of_any(enum call_consistency asked)
{
    const bool is_strong = asked == CONSISTENCY_STRONG;
    return (struct reading){.is_of_copy = true,
                            .operation = is_strong ? STORE_READ_STRONG : STORE_READ_EVENTUAL};
}

static struct reading reading_of_leader(enum call_consistency asked, const struct store_spec *spec,
                                        const struct store_plan *plan)
{
    enum leader_forwarding mode = spec->leading.forwarding;
    if (asked == CONSISTENCY_EVENTUAL)
        mode = FORWARD_EVENTUAL;
    if (asked == CONSISTENCY_STRONG)
        mode = plan->n_members > 1 ? FORWARD_GLOBAL : FORWARD_EVENTUAL;
    struct reading r = reading_of_any(asked);
    r.waits_for_log = mode >= FORWARD_SESSION;
    r.asks_leader = mode == FORWARD_GLOBAL;
    r.is_late = plan->has_reader_lag && asked != CONSISTENCY_STRONG;
    return r;
}

static struct reading reading_of_quorum(enum call_consistency asked, const struct store_spec *spec)
{
    enum quorum_read mode = spec->quorum.read_mode;
    if (asked == CONSISTENCY_EVENTUAL)
        mode = QUORUM_READ_LOCAL;
    if (asked == CONSISTENCY_STRONG && mode == QUORUM_READ_LOCAL)
        mode = QUORUM_READ_QUORUM;
    return (struct reading){.is_of_copy = mode != QUORUM_READ_QUORUM,
                            .is_leased = mode == QUORUM_READ_LEASED,
                            .operation = mode == QUORUM_READ_LOCAL ? STORE_READ_EVENTUAL
                                                                   : STORE_READ_STRONG};
}

static struct reading reading_of_consensus(enum call_consistency asked,
                                           const struct store_spec *spec)
{
    enum consensus_read mode = spec->consensus.read;
    if (asked == CONSISTENCY_EVENTUAL)
        mode = CONSENSUS_READ_FOLLOWER;
    if (asked == CONSISTENCY_STRONG && mode == CONSENSUS_READ_FOLLOWER)
        mode = CONSENSUS_READ_INDEX;
    const bool is_own = mode == CONSENSUS_READ_FOLLOWER;
    return (struct reading){.is_of_copy = is_own,
                            .operation = is_own ? STORE_READ_EVENTUAL : STORE_READ_STRONG};
}

static struct reading reading_of(enum call_consistency asked, const struct store_spec *spec,
                                 const struct store_plan *plan)
{
    switch (spec->mode) {
    case STORE_MULTI_LEADER:
        return reading_of_any(asked);
    case STORE_SINGLE_LEADER:
        return reading_of_leader(asked, spec, plan);
    case STORE_QUORUM:
        return reading_of_quorum(asked, spec);
    case STORE_CONSENSUS:
        return reading_of_consensus(asked, spec);
    }
    REQUIRE(false, "store mode %d", (int)spec->mode);
    return (struct reading){0};
}

static simtime reading_time(const struct reading *r, const struct store_spec *spec)
{
    if (!r->is_of_copy || r->waits_for_log)
        return replica_timeout(spec);
    if (!r->is_late)
        return 0;
    return simtime_from_seconds(distribution_upper_quantile(&spec->leading.reader_lag, 1e-12));
}

simtime reading_compile(struct reading readings[CONSISTENCIES], const struct store_spec *spec,
                        const struct store_plan *plan)
{
    simtime history = 0;
    for (int i = 0; i < CONSISTENCIES; i++) {
        readings[i] = reading_of((enum call_consistency)i, spec, plan);
        if (plan->consistencies >> i & 1)
            history = simtime_most(history, reading_time(&readings[i], spec));
    }
    for (int i = 0; i < CONSISTENCIES; i++) // a copy with a history says nothing of the future
        readings[i].is_ahead = history == 0 && readings[i].is_of_copy && !readings[i].is_leased;
    return history;
}
