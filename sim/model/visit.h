// Visits: what users do after their first request, and how long they wait (demand.h).
#pragma once

#include "model/population.h"

// A session begins with this request.
void visit_open_session(struct population *p, struct visit *v);
// All users of closed demand, at the beginning.
void visit_open_closed(struct world *w, struct population *p, uint32_t lp);
// A request of the user begins, in a frame: he has so much patience.
void visit_wait(const struct context *x, struct population *p, uint32_t index);
void visit_on_patience_over(const struct context *x, struct population *p, const struct event *e);
// It has ended; its frame says what it says until it is taken again.
void visit_go_on(const struct context *x, struct population *p, uint32_t index, bool is_abandoned);
void visit_on_thought(const struct context *x, struct population *p, const struct event *e);
