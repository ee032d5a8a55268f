// link: -Wl,--wrap=parallel_barrier_wait
// The window loop without its second barrier in the first windows, on two threads: mail is taken in
// while it is written. The thread sanitizer must say so.
#include "base/parallel.h"
#include "support/synthetic.h"

void __real_parallel_barrier_wait(struct parallel_barrier *barrier, int team_size);
void __wrap_parallel_barrier_wait(struct parallel_barrier *barrier, int team_size);

static _Thread_local unsigned n_waits;

void __wrap_parallel_barrier_wait(struct parallel_barrier *barrier, int team_size)
{
    if (++n_waits % 2 != 0 || n_waits > 40)
        __real_parallel_barrier_wait(barrier, team_size);
}

int main(void)
{
    struct synthetic s;
    struct synthetic_conf conf = synthetic_steady(1, 8, 8);
    conf.n_cells = 8;
    synthetic_open(&s, &conf);
    engine_run(s.engine, SIMTIME_S, 2, NULL);
    synthetic_close(&s);
    return 0;
}
