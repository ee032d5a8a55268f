// Connections of users: which address of an answer, how long until it is open, whose it then is.
//
// What real clients do. Of the addresses in an answer a program takes one, and the next when that
// does not answer: most after a timeout, browsers a quarter of a second later (Happy Eyeballs, RFC
// 8305), and the first connection wins; the others are given up then (section 5). Who keeps count
// of failures, as circuit breakers do, counts a connection that timed out (Envoy, outlier
// detection: 'inability to connect' is a locally originated failure), and learns nothing from one
// that was given up. A TCP connection takes a round trip, TLS one or two more. Modelled: both ways;
// an answer has one node each of several regions, or the nodes of a single one; in turn, one node
// of each region is tried, within the same attempt, until the deadline; in a race all addresses
// are, and an attempt whose race nobody wins has failed when the last one's timeout is over; the
// losers of a race are part of their regions' breakers, trials included. Left out: families of
// addresses (IPv4, IPv6) and their order, connections that are refused at once, and the next
// address sooner because one has failed. Knobs: addresses, address_delay, connect_timeout.
//
// How it is computed: opening a connection takes no events. Whether its packets get through depends
// on links and on the node's power, which are known for any time (timeline.h), and on nothing that
// the balancer decides; so the request is sent with the handshakes as part of its delay, and the
// connection is noted as one that opens at a time to come. Who wins a race is known when it begins.
#pragma once

#include "model/population.h"

// An attempt begins to use the addresses of an answer: it sends its request when a connection is
// ready, and waits for the connection's timeout if none will be. zones: 0 means all.
void connection_open(const struct context *x, struct population *p, uint32_t index,
                     uint16_t regions, uint8_t zones);
// Whether there is one that has not been tried and may be.
bool connection_has_next(const struct context *x, const struct population *p,
                         const struct request *r);
// The next one of them, when the last has not answered.
void connection_open_next(const struct context *x, struct population *p, uint32_t index);
void connection_on_opened(const struct context *x, struct population *p, const struct event *e);
// A silent or refused connection is dropped: the next attempt resolves anew. One that is only being
// opened, by another request, is kept.
void connection_drop(const struct context *x, struct population *p, uint32_t index);
