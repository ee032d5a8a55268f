// Connection pools: users who keep several connections, each of which carries one request at a
// time.
//
// What real clients do. Over HTTP/1.1 a request has its connection to itself until it is answered;
// so clients keep several: browsers up to 6 a host (Chromium: max_sockets_per_group), Apache
// HttpClient 5 a route, AWS SDK for Java 2 up to 50 (SdkHttpConfigurationOption.MAX_CONNECTIONS). A
// request takes an idle one, the latest used (Chromium: 'the newest used idle socket'; Apache
// HttpClient 5: PoolReusePolicy.LIFO), so that what a burst has opened idles out; else opens one if
// there may be more; else waits, first come first served, for up to a time (AWS SDK for Java 2: 10
// s). Who stops waiting for an answer must close the connection: HTTP/1.1 has no other way to say
// so. Modelled: that; each connection has its own region, zone, age and idle time, so that those of
// one user part when DNS moves on; a retry and a copy take a connection as any request does. A
// request that waits leaves at its deadline. Connections to regions whose circuit breaker is open
// are not used, and the one idle for longest makes room when another is opened. Left out: bounds
// for all hosts together, pipelining, connections opened ahead of need. Knobs: connections,
// acquire_timeout.
//
// How it is computed: a user has room for all his connections, 16 bytes each, and 24 bytes for who
// uses and awaits them. A connection that comes free is the next one's at once, who begins a
// nanosecond later.
#pragma once

#include <stdint.h>

#include "base/simtime.h"

struct context;
struct event;
struct population;

// A user's; connections are numbered from 0.
struct connectionpool {
    uint64_t open;        // bit set
    uint64_t busy;        // bit set: belong to an attempt, open or not yet
    uint32_t first, last; // frames + 1 of requests that wait, in order; 0: none
};

// An attempt begins, by a connection of its user's, or waits for one.
void connectionpool_begin(const struct context *x, struct population *p, uint32_t index);
void connectionpool_on_free(const struct context *x, struct population *p, const struct event *e);
// The attempt's connection is open from `opened` on.
void connectionpool_keep(struct population *p, uint32_t index, simtime opened);
// It is no more, or makes room for another that begins to open.
void connectionpool_close(struct population *p, uint32_t index);
// The attempt has ended: others may have its connection. It waits no longer.
void connectionpool_release(const struct context *x, struct population *p, uint32_t index);
