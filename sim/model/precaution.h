// Precautions: what only careful clients do with an attempt: they hedge it, ask a circuit breaker
// first, say until when they wait, cancel it, wait for a connection, bring a cookie. All of it is
// away from the path of the many who do not: one question an attempt's step (population_plan,
// has_cold) keeps it out.
#pragma once

#include "model/population.h"

// An attempt begins: by a connection of its user's, or another one.
void precaution_begin(const struct context *x, struct population *p, uint32_t index);
// Whether it may use this one, which is open ...
bool precaution_may_use(const struct context *x, const struct population *p, uint32_t index,
                        const struct client *c);
// ... and it does.
void precaution_reuse(const struct context *x, struct population *p, uint32_t index,
                      struct client *c);
// The region's circuit breaker lets the attempt through ...
bool precaution_permits(const struct context *x, const struct population *p,
                        const struct request *r, uint8_t region);
// ... and it goes there.
void precaution_go(struct population *p, uint32_t index);
// Its race for a connection has a loser in this region, which fails or is given up at `at`.
struct loser {
    simtime at;
    uint8_t region;
    bool fails;
};
void precaution_lose(const struct context *x, struct population *p, uint32_t index,
                     struct loser loser);
void precaution_on_loser(const struct context *x, struct population *p, const struct event *e);
// Its message leaves at `departs`, to be there `delay` from now. Returns the terms that it adds:
// its patience, its user's cookie or address.
uint64_t precaution_send(const struct context *x, struct population *p, uint32_t index,
                         simtime departs, simtime delay);
// It has its answer, which may bring a cookie.
void precaution_learn(const struct context *x, struct population *p, uint32_t index,
                      const struct payload_answer *answer);
// It has succeeded, and the others of its request end. Returns the request.
uint32_t precaution_succeed(const struct context *x, struct population *p, uint32_t index);
// It has failed: true while another of the same request may succeed. Else *index becomes the
// request.
bool precaution_fail(const struct context *x, struct population *p, uint32_t *index);
// The address it has tried has, but there is another.
void precaution_go_on(const struct context *x, struct population *p, uint32_t index);
// Nobody waits for it any more.
void precaution_stop(const struct context *x, struct population *p, uint32_t index);
// It was none, as no address lets it through; then as precaution_fail.
bool precaution_refuse(const struct context *x, struct population *p, uint32_t *index);
// Its service is told that nobody waits, if the client does such things.
void precaution_cancel(const struct context *x, struct population *p, uint32_t index);
