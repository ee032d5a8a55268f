// Circuit breakers: a client that stops asking a region which fails.
//
// What real clients do. A breaker in front of each endpoint counts failures; when there are too
// many it opens, and calls fail at once or go elsewhere, so that neither the caller's threads nor
// the endpoint drown in calls that will fail; after a time it lets a few calls through, and closes
// when these succeed (Nygard, "Release It!", 2007). Breakers count failures in a row (Envoy's
// outlier detection: five, out for 30 s) or their share among the latest calls (Resilience4j: half
// of 100, open for 60 s, then ten calls on trial). Modelled: both, a breaker an address (a
// region's; anycast has one for all regions), for each user or for all of a population (programs on
// one machine share theirs); an attempt fails by an error, a full queue, no answer, or no
// connection. An address whose breaker is open is not used; when an answer has no other, the
// request ends (outcome breaker_open) without a try. Left out: calls that count as failures because
// they are slow, open times that grow. Knobs: breaker.
//
// How it is computed: a breaker opens when it is told of a failure and half opens when it is asked
// after its time: no events. The latest calls are bits of a ring. What an attempt on trial must say
// is asked of it by the trial's number, so that a late answer says nothing about a later trial.
#pragma once

#include <stdbool.h>

#include "base/simtime.h"
#include "model/workload.h"

struct arena;

enum { BREAKER_WINDOW_MOST = 128 };

struct breaker_plan {
    enum breaker_mode mode;
    uint32_t failures;        // in a row that open it
    uint32_t window, minimum; // calls that are looked at, and how many there must be
    double ratio;             // of failures that opens it
    simtime open;
    uint32_t probes;  // on trial
    uint32_t n_users; // 1: one for all
    uint32_t n_addresses;
};

struct breaker {
    uint64_t failed[BREAKER_WINDOW_MOST / 64]; // ring of the latest calls
    simtime opens;                             // half, when it is open
    uint8_t state;                             // enum breaker_state
    uint8_t at;                                // in the ring: the next
    uint8_t n;                                 // in the ring
    uint8_t n_failed;                          // of them; or in a row
    uint8_t n_probes, n_concluded, n_probes_failed;
    uint8_t spare;
    uint32_t trial;
};

enum breaker_result { BREAKER_SUCCESS, BREAKER_FAILURE, BREAKER_WITHDRAWN };

// n_clients: users of the population.
struct breaker_plan breaker_compile(const struct breaker_spec *spec, uint32_t n_clients,
                                    int n_addresses);
// NULL without breakers.
struct breaker *breaker_open(const struct breaker_plan *plan, struct arena *arena);

// A user's for the address of a region.
static inline struct breaker *breaker_of(const struct breaker_plan *plan, struct breaker *all,
                                         uint32_t client, uint32_t region)
{
    return &all[(plan->n_users == 1 ? 0 : client) * (uint64_t)plan->n_addresses +
                (plan->n_addresses == 1 ? 0 : region)];
}

// Whether an attempt may be made now.
bool breaker_permits(const struct breaker_plan *plan, struct breaker *b, simtime now);
// It is made. Returns the trial's number, 0: it is none; breaker_conclude must be told.
uint32_t breaker_begin(struct breaker *b);
void breaker_conclude(const struct breaker_plan *plan, struct breaker *b, simtime now,
                      uint32_t trial, enum breaker_result result);
