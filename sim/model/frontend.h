// Front end: a global balancer's proxies at the edge, which choose a region for every request.
//
// What real global balancers do. Google's global external Application Load Balancer (Cloud Load
// Balancing documentation, "Request distribution for external Application Load Balancers", "Service
// load balancing policy", Compute API, HttpRetryPolicy) ends users' connections at the nearest
// proxy and sends each request, over connections that proxies keep to the regions, to the nearest
// region with healthy backends and capacity left, and what is too much to the next nearest
// (waterfall by region; spillover.h). When all are full, traffic is balanced over all of them. No
// connection ties a user to a region: when one is known to be unhealthy, the next request goes
// elsewhere. A request that fails before an answer, or by a gateway error (502, 503, 504), is sent
// once more, to another backend, unless it has a body (which requests those are, and what becomes
// of them without any healthy backend, is general knowledge, unverified). A cookie can tie a user
// to a backend, as far as that is healthy and has capacity left. Here it names the user's region,
// and is written anew when that is unhealthy: users do not come back by themselves. When it has no
// capacity left, the same users go elsewhere for as long as the share that it lets in is the same,
// and keep their cookies. Without any healthy backend the proxy answers 503; Azure Front Door
// (documentation, "Health probes", "Traffic routing methods") tries all of them then. Modelled: all
// of that, with proxies at the edge of each population; a region's balancer as its backends. Left
// out: several backends of a region that differ, and its zones but as its balancer tells of them;
// traffic by latency within a range (Front Door) and by weight; requests that proxies cancel; a
// share of a region's backends that must be healthy; which 5xx an error is (all are gateway
// errors); loss and jitter between user and proxy while a connection is made; which of the proxies'
// connections a Network Load Balancer behind them sees (one a request). Knobs: policy, capacity,
// global_balancer.
//
// How it is computed: the proxy is a part of its population's LP. A request is routed when it
// leaves its user, half an edge's round trip early. What the proxy does at an answer's passing is
// done when the answer reaches the population, and the way between user and proxy, there and back,
// is taken off the next try's, at most half of the path's floor, so that messages keep to the
// lookahead.
#pragma once

#include "model/context.h"
#include "model/population.h"

// An attempt on the user's connection to the proxy: its request leaves at `departs`; the client
// waits until `due`.
void frontend_begin(const struct context *x, struct population *p, uint32_t index, simtime departs,
                    simtime due);
// The answer to a try failed: whether the proxy tries again. Then the caller stops its timer.
bool frontend_retries(const struct context *x, const struct population *p, uint32_t index,
                      uint8_t status);
void frontend_retry(const struct context *x, struct population *p, uint32_t index);
// Whether the client waits for longer than the proxy did for the try whose time is over; then the
// proxy tries again, or answers.
bool frontend_is_waited_for(const struct context *x, const struct population *p, uint32_t index);
void frontend_give_up(const struct context *x, struct population *p, uint32_t index);

// Where a request may go, bit sets.
struct frontend_regions {
    uint32_t usable; // not empty
    uint32_t tried;  // others that it could go to, but that it has tried
};
// Whether the proxy answers for itself, and has sent the attempt nowhere.
bool frontend_answers(const struct population *p, uint32_t index);
// The region for a request of a user.
uint8_t frontend_choose(const struct model *m, struct edge *edge, uint32_t population,
                        uint32_t client, struct frontend_regions regions);
// What a try after the first is faster on its way than a user's message, at most; on a path.
static inline simtime frontend_shortcut(const struct path *path)
{
    return path->floor / 2;
}
