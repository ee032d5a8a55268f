// Pins: the histories of quorums under random faults of links, regions and stores are linearizable
// where conflicting writes are refused (as by DynamoDB's multi-Region strong consistency), be they
// read by quorum or, as in Aurora DSQL, from the local copy under a lease, with a witness in half
// of the worlds; and no read misses an acknowledged write. Where the newest write wins they are not
// linearizable: a later read may miss a write under way that an earlier one met; the same check
// notices. AASIM_LONG=1: 20 times as many worlds.
#include <criterion/criterion.h>

#include "support/stat.h"
#include "unit/model/randomplay.h"

static struct randomplay p;
static uint64_t answered, operations;
static uint32_t n_items = 60; // enough for few conflicts

static struct quorum_spec *make(struct stream *s)
{
    struct store_spec *store = randomplay_make(&p, STORE_QUORUM, s);
    store->items = n_items;
    for (int i = 0; i < TINY_FAULTS; i++)
        randomplay_add_fault(&p, s);
    return &store->quorum;
}

static void play(uint64_t seed, enum quorum_read read, enum quorum_conflict conflict)
{
    struct stream s = stream_open(seed, 0, "test", "quorum histories");
    struct quorum_spec *q = make(&s);
    q->read_mode = read;
    q->witnesses = read == QUORUM_READ_LEASED && seed % 2 == 0 ? 1u << stream_below(&s, 3) : 0;
    q->conflict = conflict;
    randomplay_run(&p, &s);
    answered += p.answered;
    operations += p.play.n_calls;
}

static uint32_t n_worlds(void)
{
    return stat_runs(stat_is_long() ? 400 : 20);
}

static void expect_fresh(uint64_t seed)
{
    struct breach why;
    cr_expect(history_is_fresh(&p.recorder.history, &why), "world %lu: %s", seed, why.text);
    cr_expect_eq(p.record.stores[0].staleness.stale, 0, "world %lu", seed);
}

Test(quorum_histories, of_quorum_reads)
{
    for (uint64_t seed = 1; seed <= n_worlds(); seed++) {
        play(seed, QUORUM_READ_QUORUM, QUORUM_REJECTS);
        cr_expect(p.is_linearizable, "world %lu: %s", seed, p.why.text);
        expect_fresh(seed);
        randomplay_close(&p);
    }
    cr_expect_gt(answered, operations / 2);
}

Test(quorum_histories, of_leased_reads)
{
    for (uint64_t seed = 1; seed <= n_worlds(); seed++) {
        play(seed, QUORUM_READ_LEASED, QUORUM_REJECTS);
        cr_expect(p.is_linearizable, "world %lu: %s", seed, p.why.text);
        expect_fresh(seed);
        randomplay_close(&p);
    }
    cr_expect_gt(answered, operations / 2);
}

Test(quorum_histories, of_quorums_in_which_the_newest_wins)
{
    uint64_t n_broken = 0;
    n_items = 3;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        play(seed, QUORUM_READ_QUORUM, QUORUM_NEWEST_WINS);
        n_broken += !p.is_linearizable;
        randomplay_close(&p);
    }
    cr_expect_gt(n_broken, 0);
}
