#include "experiment/sweepsurvey.h"

#include <xxhash.h>

#include "base/base.h"

static void add(struct sweepsurvey_shard *to, const struct sweepsurvey_shard *of)
{
    to->done += of->done;
    to->failed += of->failed;
    to->missing += of->missing;
    to->events_left += of->events_left;
}

// One point; states[] takes what each replication is.
static struct sweepsurvey_shard look(const struct sweepplan *plan,
                                     const struct sweepresults *results, size_t point,
                                     unsigned char *states)
{
    const struct sweepplan_point *p = &plan->points[point];
    struct sweepsurvey_shard t = {0};
    for (uint32_t r = 0; r < plan->replications; ++r) {
        const enum sweepresults_state state = sweepresults_look(results, p->id, r);
        states[r] = (unsigned char)state;
        t.done += state == SWEEPRESULTS_DONE;
        t.failed += state == SWEEPRESULTS_FAILED;
        t.missing += state == SWEEPRESULTS_MISSING;
        t.events_left += state == SWEEPRESULTS_MISSING ? (double)p->events : 0;
    }
    return t;
}

void sweepsurvey_make(struct sweepsurvey *s, const struct sweepplan *plan,
                      const struct sweepresults *results)
{
    unsigned char *states = array_new(unsigned char, plan->replications);
    *s = (struct sweepsurvey){.shards = array_new(struct sweepsurvey_shard, plan->n_shards),
                              .digest = plan->n_shards};
    for (size_t i = 0; i < plan->n_points; ++i) {
        const struct sweepplan_point *p = &plan->points[i];
        const struct sweepsurvey_shard t = look(plan, results, i, states);
        add(&s->shards[p->shard], &t);
        add(&s->all, &t);
        s->points_failed += t.done < plan->replications && t.failed > 0;
        s->points_missing += t.done < plan->replications && t.failed == 0;
        s->digest = XXH3_64bits_withSeed(&p->id, sizeof p->id, s->digest);
        s->digest = XXH3_64bits_withSeed(states, plan->replications, s->digest);
    }
    array_release(states);
}

void sweepsurvey_free(struct sweepsurvey *s)
{
    array_release(s->shards);
}
