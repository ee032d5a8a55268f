// Demand: when users ask, what for, and how long they wait.
//
// What real users do. Demand follows the local day. Seen from a service with many users, requests
// come as a Poisson process, whatever becomes of them (open); programs of a fixed number, workers
// and load generators, ask again only when they have an outcome, so that a slow service is asked
// less (closed); people come, make some requests, reading what they got between them, and leave
// (sessions: partly open; Schroeder, Wierman, Harchol-Balter, NSDI 2006). Who waits too long gives
// up: after 3 to 10 s most do (general knowledge); call centres know exponential patience (Palm's
// Erlang-A). Modelled: the three kinds; arrivals of requests or sessions by a two-harmonic diurnal
// curve, constant over each minute; thinking between an outcome and the next request, whatever the
// outcome; patience counted from the first try: the request of somebody who loses it is abandoned
// and his session over, and with closed demand he thinks and asks again. Left out: moods: what
// somebody does next does not depend on what he got, and sessions that end early are not made up
// for. Knobs: demand, rate, clients, requests, think, patience.
//
// How it is computed: each draw has a name, its number among the arrivals or the user's number, and
// how many requests he has made, and is looked up by it (stream_block). So the same user wants the
// same things in every design, however long that makes him wait. What is remembered of a user who
// thinks travels with the event that wakes him.
#pragma once

#include <stdbool.h>

#include "base/simtime.h"
#include "base/stream.h"
#include "base/variate.h"
#include "model/workload.h"

struct arena;
struct context;
struct population;
struct world;

enum { DEMAND_MINUTES = 24 * 60 }; // of a day

struct demand_plan {
    enum demand_mode mode;
    bool has_patience;    // that ends
    bool is_flat;         // all gaps are equal
    const double *gap_ns; // [1440] mean time between arrivals by minute of the UTC day; may be
                          // infinite; not with closed demand
    struct variate requests;
    struct variate think, patience; // ns
};

// A request in the life of a user. The serial number is of the session, with open demand of the
// request, with closed demand of the user.
struct visit {
    uint64_t serial;
    uint32_t done; // requests before
    uint32_t left; // requests to come; not with closed demand
};

// Who wants what.
struct wish {
    uint32_t class_word, item_word;
    uint32_t client;
    struct visit visit;
};

struct demand {
    simtime minute_end; // of the day, with the latest arrival
    uint32_t minute;
    struct wish next;                         // of the next arrival, drawn with its time
    struct stream arrivals, visits, patience; // equal in all designs
};

struct demand_plan demand_compile(struct arena *arena, const struct population_spec *spec,
                                  double scale);
// Opens the streams and sends the first arrivals.
void demand_open(struct world *w, struct population *p, uint32_t lp);
void demand_on_arrival(const struct context *x, struct population *p);
