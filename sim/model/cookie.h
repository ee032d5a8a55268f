// Cookies: which target of a load balancer a user comes back to (sticky sessions).
//
// What Application Load Balancers do (Application Load Balancers guide, 'Sticky sessions'): the
// first answer brings a cookie, AWSALB, that names the target; requests that bring it go to the
// same target. 'If the cookie [...] cannot be decoded, or if it refers to a target that was
// deregistered or is unhealthy, the load balancer selects a new target and updates the cookie'. The
// duration 'is set with each request': it runs from the latest answer. 'Target stickiness is not
// supported when cross-zone load balancing is off.' So load stays where it is: a target that comes
// back, or is added, gets only users without a valid cookie. Modelled: that. A user has one cookie
// for the service's name: another region's balancer cannot read it, and puts its own in its place.
// Requests with a cookie take no part in the policy, slow start and weights of targets included.
// Services that call others keep no cookies. Left out: cookies of applications, stickiness of
// target groups (there is one a balancer), the cookie's own expiry of seven days, users who refuse
// cookies. Knobs: stickiness.
//
// How it is computed: 8 bytes a user, where the front service's balancer is sticky. A request tells
// the target where it would tell its connection to a network balancer (payload_request).
#pragma once

#include <stdint.h>

#include "base/base.h"
#include "base/simtime.h"
#include "model/events.h"
#include "model/topology.h"

// When it expires, in units of 2^16 ns; region and target. 0: none.
typedef uint64_t cookie;

static inline cookie cookie_make(simtime expires, uint8_t region, uint8_t target)
{
    return ((uint64_t)expires & ~UINT64_C(0xffff)) | (uint64_t)region << 8 | target;
}

// As requests tell it; 0: none.
static inline uint64_t cookie_flow_of(uint8_t target)
{
    return (uint64_t)(target + 1u) << REQUEST_FLOW_SHIFT;
}

// What a request tells that leaves now, for this region's balancer.
static inline uint64_t cookie_flow(cookie c, simtime now, uint8_t region)
{
    const bool is_valid = (c & ~UINT64_C(0xffff)) > (uint64_t)now && (c >> 8 & 0xff) == region;
    return is_valid ? cookie_flow_of((uint8_t)c) : 0;
}

// A bit set with the target of a request that tells so; none: the empty set.
static inline uint64_t cookie_target(uint64_t flow)
{
    const uint64_t target = flow >> REQUEST_FLOW_SHIFT;
    CHECK(target <= BALANCER_MAX_TARGETS); // else a connection's time, not a cookie
    return target != 0 ? UINT64_C(1) << (target - 1) : 0;
}
