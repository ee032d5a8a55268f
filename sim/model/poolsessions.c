#include "model/poolsessions.h"

#include <string.h>

#include "model/context.h"

static struct session_mark *poolsessions_of(const struct context *x, const struct pool *p,
                                            uint32_t task)
{
    return &p->marks.items[(size_t)task * x->model->n_session_stores];
}

void poolsessions_note(const struct context *x, struct pool *p, uint32_t task,
                       const struct event *e)
{
    const size_t n = x->model->n_session_stores;
    array_reserve(&p->marks, p->tasks.n * n);
    if (n > 0)
        memset(poolsessions_of(x, p, task), 0, n * sizeof *p->marks.items);
    poolsessions_learn(x, p, task, e);
}

void poolsessions_learn(const struct context *x, struct pool *p, uint32_t task,
                        const struct event *e)
{
    session_learn(x, &p->inbox, e, poolsessions_of(x, p, task));
}

void poolsessions_tell_callee(const struct context *x, const struct pool *p, uint32_t task,
                              const struct session_message *to, simtime delay)
{
    const struct session_mark *marks = poolsessions_of(x, p, task);
    const struct lp_info *callee = &x->model->lps[to->lp];
    if (callee->kind == LP_REPLICA)
        session_tell_of(x, callee->object, marks[callee->object], *to, delay);
    else
        session_tell(x, marks, *to, delay);
}

void poolsessions_tell_caller(const struct context *x, const struct pool *p, uint32_t task,
                              simtime delay)
{
    const struct task *t = &p->tasks.items[task];
    session_tell(x, poolsessions_of(x, p, task), (struct session_message){t->caller, t->call},
                 delay);
}
