// Target probes: how a balancer learns of its targets' health.
//
// Each target is probed at its own rhythm, counted from request to request, by the node of its zone
// or another that has power (Elastic Load Balancing user guides, "Health checks for your target
// groups"). Those whose outcome is certain are foreseen (foresight.h): a target that is held for
// healthy, is, and has not failed since, costs no event.
#pragma once

#include "base/stream.h"
#include "model/calm.h"
#include "model/topology.h"

struct balancer;
struct context;
struct event;
struct world;

// Probes of one target.
struct targetprobe {
    simtime first;         // probes are whole intervals later
    simtime since;         // the first of those worked out ahead; SIMTIME_NEVER: none is
    uint64_t plan;         // number of the plan that holds, for the next probe to be sent
    struct calm_view calm; // of the target
};

struct targetprobes {
    bool is_foreseen; // if all is well
    simtime interval;
    simtime longest_wait; // at a target, without anybody being told
    struct stream words;
    struct targetprobe targets[BALANCER_MAX_TARGETS];
};

void targetprobe_open(struct world *w, struct balancer *b);
void targetprobe_on_due(const struct context *x, struct balancer *b, const struct event *e);
void targetprobe_on_found(const struct context *x, struct balancer *b, const struct event *e);
// News of a target's calm.
void targetprobe_on_calm(const struct context *x, struct balancer *b, const struct event *e);
// Something has changed at the balancer: takes back the probes that were worked out ahead.
void targetprobe_wake(const struct context *x, struct balancer *b);
// Targets that have said to be disturbed: a bit set.
uint64_t targetprobe_disturbed(const struct balancer *b);
