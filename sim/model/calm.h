// Calm: what a component says of itself so that probes of it need not be sent.
//
// A probe of something that is well finds it well. Who probes may work that out instead of sending
// messages (foresight.h), if it knows that nothing is amiss for as long as the probe is under way.
// Faults are known for any time (timeline.h); what comes of load and of other probes is not: full
// queues, targets held for dead. A component where such a thing begins is disturbed, where it ends
// calm, and says so by a message that takes effect a fixed notice later: longer than the message's
// way and a probe's together, so that whoever has not heard of it yet is right for all that he has
// worked out. Probes find the component as the notices say, and so do those that are sent all the
// same. This is a device of the simulation; no real component does so. What it costs in fidelity:
// a disturbance is met one notice after it begins, at most two, and one shorter than that may not
// be.
#pragma once

#include <stdbool.h>

#include "base/simtime.h"

// What is known of a component.
struct calm_view {
    simtime from; // the state holds from here on; before, the other one
    bool is_disturbed;
};

// A component's own part. Two changes are at least a notice apart: so no more than one of them is
// known that has not taken effect.
struct calm {
    struct calm_view view;
    simtime notice;
};

// Whether the component is calm all the time between two.
static inline bool calm_holds(const struct calm_view *v, simtime from, simtime until)
{
    return v->is_disturbed ? until < v->from : from >= v->from;
}

// Takes in the present state. True when that is a change now: then others are told, and a look is
// planned at view.from or later, which ends by calling it again.
static inline bool calm_review(struct calm *c, bool is_disturbed, simtime now)
{
    if (now < c->view.from || c->view.is_disturbed == is_disturbed)
        return false;
    c->view = (struct calm_view){now + c->notice, is_disturbed};
    return true;
}
