// A handler that touches an LP of another cell, in windows on two threads: the thread sanitizer
// must say so.
#include "support/synthetic.h"

static void stranger_event(void *argument, struct cell *cell, const struct event *event)
{
    struct synthetic *s = argument;
    uint32_t other = (event->dst + 1) % s->conf.n_lps;
    (void)cell;
    s->lps[other].memory++;
}

int main(void)
{
    struct synthetic s;
    struct synthetic_conf conf = synthetic_steady(1, 8, 8);
    conf.n_cells = 8;
    conf.hook = stranger_event;
    conf.hook_argument = &s;
    synthetic_open(&s, &conf);
    engine_run(s.engine, SIMTIME_S, 2, NULL);
    synthetic_close(&s);
    return 0;
}
