// Connections of users: which address of an answer, how long until it is open, whose it then is.
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
void connection_drop(const struct context *x, struct population *p, const struct request *r);
