#include "engine/governor.h"

enum { GOVERNOR_STRETCH_NS = 4000000, GOVERNOR_LEAST_PATIENCE = 16, GOVERNOR_MOST_PATIENCE = 256 };

struct governor governor_create(void)
{
    return (struct governor){.mode = GOVERNOR_TEAM,
                             .best = GOVERNOR_TEAM,
                             .stretch_ns = GOVERNOR_STRETCH_NS,
                             .patience = GOVERNOR_LEAST_PATIENCE};
}

void governor_forget(struct governor *g)
{
    int64_t stretch_ns = g->stretch_ns;
    *g = governor_create();
    g->stretch_ns = stretch_ns;
}

// Between runs the beginnings hold what the unfinished stretch had, less than zero: the time is
// negative, the events wrap.
void governor_start(struct governor *g, int64_t now_ns, uint64_t events)
{
    g->start_ns += now_ns;
    g->start_events += events;
}

void governor_stop(struct governor *g, int64_t now_ns, uint64_t events)
{
    g->start_ns -= now_ns;
    g->start_events -= events;
}

static enum governor_mode governor_other(enum governor_mode mode)
{
    return mode == GOVERNOR_TEAM ? GOVERNOR_ALONE : GOVERNOR_TEAM;
}

// After a stretch of the other mode: which is the better one now, and how soon to try again.
static void governor_judge(struct governor *g)
{
    enum governor_mode other = governor_other(g->best);
    if (g->rate[other] > g->rate[g->best]) {
        g->best = other;
        g->patience = GOVERNOR_LEAST_PATIENCE;
    } else if (g->patience < GOVERNOR_MOST_PATIENCE) {
        g->patience *= 2;
    }
    g->stretches = 0;
    g->mode = g->best;
}

bool governor_is_due(const struct governor *g, int64_t now_ns)
{
    return now_ns - g->start_ns >= g->stretch_ns;
}

void governor_choose(struct governor *g, int64_t now_ns, uint64_t events)
{
    g->rate[g->mode] = (double)(events - g->start_events) / (double)(now_ns - g->start_ns);
    g->start_ns = now_ns;
    g->start_events = events;
    if (g->mode != g->best)
        governor_judge(g);
    else if (g->rate[governor_other(g->best)] == 0 || ++g->stretches >= g->patience)
        g->mode = governor_other(g->best);
}
