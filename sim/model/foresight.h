// Foresight: probes whose outcome is certain are worked out instead of sent.
//
// Nearly all health checks find what they found before, and a design with three regions is probed
// some fifty times a second. What a probe finds of a component that is well (calm.h) and that no
// fault touches (timeline.h) is a success after the time that its messages take. Such a probe is
// foreseen: its prober works out the times of its messages when they would be sent, one probe after
// the other, until one is not certain; so whole stretches of them cost no event, and when something
// changes before their end, the prober takes back what has not happened yet. Not foreseen are
// probes that run a service's calls (deep), that take longer than a limit, that a fault on their
// way may touch, and that meet a disturbed component: these are sent and wait in queues as requests
// do. A foreseen probe takes no place in a queue and no target's turn: any target may get it.
//
// Foreseen is what is in time for sure. A probe that is sent may be answered later than foreseen by
// a wait in the queue of a calm target (strain_wait): only if it would be in time even then, before
// any fault and disturbance, is it foreseen. Thus one of a target whose timeout is 150 ms or less
// never is. Jitter and lost packets are drawn as for any message; slow links, slow servers and lost
// capacity are faults; a probe's own work takes no time; a target that starts slowly, or that a
// policy or weights favour, is another one's zone away at most. What begins and ends within the
// notice of calm.h is not met.
//
// Every probe has random numbers of its own, by its number, for each leg of its way; so that it
// makes no difference whether they are drawn by who sends it or by who passes it on. With
// PROBES_SENT foreseen probes are sent all the same, as messages of their own kind that check at
// every hop what was foreseen: results are the same to the last bit (tests/determinism).
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/simtime.h"
#include "base/stream.h"

struct context;
struct model;
struct world;

enum foresight_leg { LEG_OUT, LEG_TARGET, LEG_TARGET_BACK, LEG_BACK };

enum {
    FORESIGHT_MOST = 256, // probes worked out in a row: a bound on what is taken back
};

// Between a balancer's node and a target, by their places.
struct foresight_way {
    uint16_t node, target;
};

// A node of a balancer (LP).
struct foresight_node {
    uint32_t balancer;
    uint8_t zone;
};

// Of targets: notices, and probes that are foreseen take no longer. A balancer and its targets are
// within some milliseconds.
static const simtime foresight_target_notice = 100 * SIMTIME_MS;
static const simtime foresight_target_longest = 50 * SIMTIME_MS;
// Of endpoints: a connection and a request between any two regions fit.
static const simtime foresight_endpoint_notice = 1500 * SIMTIME_MS;
static const simtime foresight_endpoint_longest = 1200 * SIMTIME_MS;

// The random bits that stand for a probe, by its number.
static inline uint64_t foresight_word(const struct stream *probes, uint64_t number)
{
    return stream_block(probes, number).first;
}

// The random numbers of one leg.
static inline struct stream foresight_stream(uint64_t word, enum foresight_leg leg)
{
    return (struct stream){.key = word, .lane = leg};
}

// Messages of a probe that leave at `at`, between a node of balancer `balancer` (LP) and a target:
// when they arrive, or NET_LOST. Those to the target draw from `leg`.
simtime foresight_to_target(const struct context *x, uint32_t balancer, struct stream *leg,
                            struct foresight_way way, simtime at);
simtime foresight_from_target(const struct context *x, uint64_t word, struct foresight_way way,
                              simtime at);
// When who asks a node at `at`, from place `asker`, has the answer of any of its targets, or
// NET_LOST.
simtime foresight_answer(const struct context *x, struct foresight_node node, uint16_t asker,
                         uint64_t word, simtime at);
// When a small message from place to place that leaves at `at` arrives, or NET_LOST.
simtime foresight_message(const struct context *x, uint16_t from, uint16_t to, struct stream *s,
                          simtime at);
// How long news between two LPs takes (calm.h): no longer than any message could.
simtime foresight_news_take(const struct model *m, uint32_t from, uint32_t to);
// The first time from now on when a fault is in force that touches probes of a target, or of an
// endpoint by who stands in `place`; now: one is.
simtime foresight_target_until(const struct context *x, uint32_t pool);
simtime foresight_endpoint_until(const struct context *x, uint16_t place, uint32_t balancer);
