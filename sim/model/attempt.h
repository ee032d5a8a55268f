// Attempts of a request: name, connection, answer, and what follows when one of them fails.
#pragma once

#include "model/context.h"
#include "model/population.h"

// The first attempt of a request, or another one.
void attempt_begin(const struct context *x, struct population *p, uint32_t index);
// It goes by a connection that its user has, or asks for an address.
void attempt_reuse(const struct context *x, struct population *p, uint32_t index, struct client *c);
void attempt_resolve(const struct context *x, struct population *p, uint32_t index);
// Begins a phase that may last until `due`.
void attempt_watch(const struct context *x, struct population *p, uint32_t index,
                   enum request_phase phase, simtime due);
// Sends the request at `departs`: now, or when a new connection, opened at `opened`, is ready.
void attempt_send(const struct context *x, struct population *p, uint32_t index, simtime departs,
                  simtime opened);
// A message on its way.
struct attempt_way {
    simtime departs;
    simtime opened; // its connection
    simtime delay;  // from now, or NET_LOST
};
void attempt_post(const struct context *x, struct population *p, uint32_t index,
                  const struct attempt_way *way);
// The way from the user to the attempt's node.
static inline const struct path *attempt_path(const struct context *x, const struct population *p,
                                              const struct request *r)
{
    return &p->paths[x->model->zone_place[r->region][r->zone]];
}
// The attempt goes to its node, for its cause.
static inline void attempt_goes(const struct context *x, struct population *p,
                                const struct request *r)
{
    p->tried[r->region] += r->started >= x->model->warmup;
    drain_count(&p->drain, x->now, r->region, r->zone, r->cause);
}
// No address is left that lets it through: the request ends without this try.
void attempt_refuse(const struct context *x, struct population *p, uint32_t index);
// Nobody waits for the attempt any more: stops its timer, and cancels it if the client does.
void attempt_stop(const struct context *x, struct population *p, uint32_t index);
// The request's user has lost patience: it has ended.
void attempt_abandon(const struct context *x, struct population *p, uint32_t index);
void attempt_on_retry(const struct context *x, struct population *p, const struct event *e);
void attempt_on_dns_answer(const struct context *x, struct population *p, const struct event *e);
void attempt_on_response(const struct context *x, struct population *p, const struct event *e);
void attempt_on_timeout(const struct context *x, struct population *p, const struct event *e);
