// Registration: targets are taken out of a balancer's target group, and put back.
//
// What Elastic Load Balancing does ('Edit target group attributes', 'Register targets'): no new
// request comes to a target from the moment it is deregistered; those in flight have the
// deregistration delay to end and are cut then; connections through a Network Load Balancer go on
// until then as well. A target that is registered gets requests after its first successful probe,
// whatever the threshold. Minima of healthy targets are of those that are registered. A node with
// no target at all answers with an error (503; a network balancer refuses). Modelled: that. Left
// out: that the end of a connection costs its caller a new one. Knobs: deregistration_delay; action
// targets.
#pragma once

#include <stdint.h>

struct balancer;
struct context;
struct event;

// Both take a bit set of targets.
void registration_take_out(const struct context *x, struct balancer *b, uint64_t targets);
void registration_put_back(const struct context *x, struct balancer *b, uint64_t targets);
// The delay of some targets is over.
void registration_on_end(const struct context *x, struct balancer *b, const struct event *e);
