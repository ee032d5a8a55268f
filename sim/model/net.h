// The network: what a message from one place to another meets on its way.
//
// What the real system does. Between regions the backbone's round trip is a floor set by the cable
// path plus right-skewed jitter; measured yearly medians and 90th percentiles are in
// topologies/tables/rtt.yaml. Users reach a region over the internet: light in fibre along a path
// longer than the great circle, plus the last mile of their access type. Zones of a region are
// about 1 ms apart. TCP repairs losses by retransmission: one round trip later when later packets
// reveal the gap, after a timeout that doubles when they do not; a lost SYN costs 1 s (RFC 6298,
// section 2). Modelled: one-way floor, lognormal jitter, loss with retransmission, transfer time of
// payloads; links cut, slowed, lossy, in one direction or both, as functions of time (timeline.h).
// Left out: congestion between flows (bandwidth is not shared), congestion windows, route changes
// that last hours, reordering. Knobs that matter: stretch, access type, loss.
#pragma once

#include "base/stream.h"
#include "model/model.h"
#include "model/timeline.h"

// Delay of a message that never arrives.
#define NET_LOST ((simtime)-1)

enum {
    NET_PACKET_BYTES = 1448, // TCP payload of an Ethernet frame with timestamps
    NET_SMALL_BYTES =
        512, // control messages: probes, answers without payload, replication of one item
    NET_RESEND_LIMIT = 7, // retransmissions before the sender gives up
};

// Builds places, domains and paths of a model.
void net_compile(struct model *m);
struct net_size net_size(double bytes);
// Sets the loss of a path's packets.
void net_set_loss(struct path *path, double loss);

static const struct net_size net_empty = {0, 1};
static const struct net_size net_small = {NET_SMALL_BYTES, 1};

// For net_delay: a message on a link with faults, and one that may have lost packets.
simtime net_delay_in_state(const struct path *path, const struct fault_state *f, struct stream *s,
                           struct net_size size);
simtime net_delay_if_lost(const struct path *path, struct stream *s, struct net_size size,
                          simtime delay);

// One-way time without losses, by the upper half of a random word.
static inline simtime net_travel(const struct path *path, uint64_t word, struct net_size size)
{
    double jitter = variate_at_half(path->jitter, (uint32_t)(word >> 32)) * path->jitter_ns;
    return path->floor + (simtime)(jitter + size.bytes * path->ns_per_byte);
}

// Delay of a message sent at `now` along a path whose faults are `link`, or NET_LOST. Never below
// the path's floor.
//
// One random word serves nearly every message: its upper half makes the jitter, its lower half is
// compared with packets x loss, which is never less than the probability that any packet is lost;
// what it is too much is taken back where it strikes.
static inline simtime net_delay(const struct path *path, const struct timeline *link,
                                struct stream *s, simtime now, struct net_size size)
{
    if (UNLIKELY(now >= link->first))
        return net_delay_in_state(path, timeline_look_up(link, now), s, size);
    uint64_t word = stream_word(s);
    simtime delay = net_travel(path, word, size);
    if (UNLIKELY((uint32_t)word < path->loss_word * size.packets))
        return net_delay_if_lost(path, s, size, delay);
    return delay;
}

// The same for the first packet of a new connection, whose loss costs seconds.
simtime net_connect_delay(const struct path *path, const struct timeline *link, struct stream *s,
                          simtime now);
// Median one-way delay in normal state, for policies that rest on a long-term table.
simtime net_median(const struct path *path);
