#include "model/condition.h"

#include "model/context.h"

enum condition_verdict condition_judge(struct condition *c, simtime now, uint32_t item)
{
    const struct stream_words words = stream_pair(&c->draws);
    c->latest = CONDITION_NONE;
    if (words.first >> 32 >= c->plan->conditional)
        return c->latest;
    const simtime read = now - context_duration(variate_at(&c->plan->read_before, words.second));
    const simtime changed = c->changed[item] - 1;
    c->latest = changed >= 0 && changed >= read ? CONDITION_FAILED : CONDITION_MET;
    return c->latest;
}

void condition_open(struct condition *c, const struct store_plan *plan, struct stream draws)
{
    *c = (struct condition){
        .plan = plan, .draws = draws, .changed = array_new(simtime, plan->items)};
}

void condition_close(struct condition *c)
{
    array_release(c->changed);
}
