#include "scenario/consensus_check.h"

#include <math.h>

static const char *consensus_path(const struct loading *l, const struct store_spec *s,
                                  const char *key)
{
    return arena_printf(l->arena, "stores.%s.%s", s->name, key);
}

// A member that makes their number even adds nothing to what the store can bear.
static void consensus_check_majority(const struct loading *l, const struct store_spec *s)
{
    const int n = __builtin_popcount(s->regions) * s->replicas_per_region;
    if (n % 2 == 0)
        loading_warning(l, consensus_path(l, s, "mode"), true,
                        "store '%s' has %d replicas: a majority is %d, so it bears the loss of "
                        "%d, as with %d",
                        s->name, n, n / 2 + 1, n / 2 - 1, n - 1);
}

static void consensus_check_timing(const struct loading *l, const struct store_spec *s)
{
    const struct consensus_spec *c = &s->consensus;
    if (c->election_timeout_s < 5 * c->heartbeat_s)
        loading_error(l, consensus_path(l, s, "consensus.election_timeout"), false,
                      "store '%s': 'election_timeout' must be at least five times 'heartbeat', or "
                      "a late heartbeat is taken for the loss of a leader (etcd's rule)",
                      s->name);
    if (c->timeout_s <= 2 * c->election_timeout_s)
        loading_warning(l, consensus_path(l, s, "consensus.timeout"), false,
                        "store '%s': an operation is given up before the next leader can be "
                        "elected ('timeout' is not longer than twice 'election_timeout')",
                        s->name);
}

// How far two regions' clocks may be apart, but for one replication in some thousands.
static double consensus_clocks_apart(const struct region_spec *a, const struct region_spec *b)
{
    return fabs(a->clock_offset_s - b->clock_offset_s) +
           distribution_upper_quantile(&a->clock_error, 1e-4) +
           distribution_upper_quantile(&b->clock_error, 1e-4);
}

static double consensus_clocks_most(const struct topology *t, const struct store_spec *s)
{
    double most = 0;
    for (int a = 0; a < t->n_regions; a++)
        for (int b = 0; b < a; b++)
            if ((s->regions >> a & 1) && (s->regions >> b & 1))
                most = fmax(most, consensus_clocks_apart(&t->regions[a], &t->regions[b]));
    return most;
}

static void consensus_check_lease(const struct loading *l, const struct topology *t,
                                  const struct store_spec *s)
{
    const struct consensus_spec *c = &s->consensus;
    const double apart_s = consensus_clocks_most(t, s);
    if (c->lease_s <= c->clock_tolerance_s + c->heartbeat_s)
        loading_error(l, consensus_path(l, s, "consensus.lease"), false,
                      "store '%s': 'lease' must be longer than 'clock_tolerance' and 'heartbeat' "
                      "together, or it is over before the next heartbeat",
                      s->name);
    else if (c->lease_s > 2 * c->election_timeout_s)
        loading_warning(l, consensus_path(l, s, "consensus.lease"), false,
                        "store '%s': after the loss of a leader there is none until its lease is "
                        "over, %g s, though elections would be made earlier ('lease' is longer "
                        "than twice 'election_timeout')",
                        s->name, c->lease_s);
    if (apart_s > c->clock_tolerance_s)
        loading_warning(l, consensus_path(l, s, "consensus.clock_tolerance"), false,
                        "store '%s': the clocks of its regions may be %g s apart "
                        "('clock_offset', 'clock_error'), %g s are allowed for: leases are not "
                        "safe, reads can be stale",
                        s->name, apart_s, c->clock_tolerance_s);
}

void consensus_check(const struct loading *l, const struct topology *t, const struct store_spec *s)
{
    const struct consensus_spec *c = &s->consensus;
    consensus_check_majority(l, s);
    if (c->leaders != STORE_LEADERS_SPREAD && !(s->regions >> c->leaders & 1))
        loading_error(l, consensus_path(l, s, "consensus.leaders"), false,
                      "store '%s' has no replica in its leaders' region '%s'", s->name,
                      t->regions[c->leaders].name);
    consensus_check_timing(l, s);
    if (c->read == CONSENSUS_READ_LEASE)
        consensus_check_lease(l, t, s);
}
