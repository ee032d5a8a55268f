// Queueing systems made of the real model, compared with reference values: users, balancer, pool,
// measured by the users, less the network's known mean.
//
// References count time in units of the mean service time; here a unit is 0.2 s, a hundred times
// the network's round trip and small beside the balancer's idle timeout of 60 s.
#pragma once

#include "support/tiny.h"

// Seconds.
#define QUEUE_UNIT_S 0.2

enum queue_metric {
    QUEUE_T,    // mean sojourn of accepted requests; Z4
    QUEUE_T_SD, // its standard deviation; Z4 on the estimates of single runs
    QUEUE_P,    // `value` is the sojourn's quantile at `p`; Z4 on the share of requests below it
    QUEUE_SHED, // share of requests turned away; Z4
};

struct queue_reference {
    const char *id; // of the case; its source stands beside the table
    enum queue_metric metric;
    double value;
    double p;
};

// A service law of this mean in units.
struct distribution queue_exponential(double mean);
struct distribution queue_constant(double mean);
struct distribution queue_erlang(int k, double mean);
// Balanced means, squared coefficient of variation 4.
struct distribution queue_hyperexponential(double mean);
// Squared coefficient of variation 4.
struct distribution queue_lognormal(double mean);

// Requests per unit of time, and how many to simulate in each of the 32 runs after warm-up (a fifth
// more).
void queue_demand(struct tiny *t, double rate, double n_requests);
// Runs 32 replications; true if all references hold. `n_services` is the length of the chain that a
// request passes, for the network's mean.
bool queue_agrees(const struct tiny *t, int n_services, const struct queue_reference *references,
                  size_t n);
