// The governor: whether the next windows are run by the whole team or by one thread alone.
//
// Parallel windows pay when they hold enough events and a processor is free for each thread.
// Neither is known beforehand, and both change during a run (load rises and falls, other programs
// come and go). So the governor measures: it runs stretches of a few milliseconds one way, now and
// then a stretch the other way, and keeps to what executes more events a second. Trials are short
// and become rarer while they fail, so that a team costs at most a few percent where it does not
// help.
//
// It looks at the clock, which nothing that decides results may do: who runs a window never changes
// what happens in it. Thread class: thread 0 of the team.
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum governor_mode { GOVERNOR_ALONE, GOVERNOR_TEAM, GOVERNOR_MODES };

struct governor {
    enum governor_mode mode, best;
    double rate[GOVERNOR_MODES]; // events a nanosecond when last measured; 0: not yet
    int64_t stretch_ns;          // least length of a stretch
    int64_t start_ns;            // of the stretch
    uint64_t start_events;
    uint32_t stretches; // since the last trial of the other mode
    uint32_t patience;  // stretches until the next trial
};

struct governor governor_create(void);
// What it learnt is of no use: the team has another size.
void governor_forget(struct governor *g);
// A run begins: the stretch that the last one left unfinished goes on. `events` have been executed
// so far.
void governor_start(struct governor *g, int64_t now_ns, uint64_t events);
// A run ends.
void governor_stop(struct governor *g, int64_t now_ns, uint64_t events);
// Whether the stretch is over. Cheap: to be asked at every window.
bool governor_is_due(const struct governor *g, int64_t now_ns);
// After a stretch: how many events have been executed by now. Sets the mode of the next stretch.
void governor_choose(struct governor *g, int64_t now_ns, uint64_t events);
