#include "model/connectionpool.h"

#include "model/attempt.h"
#include "model/context.h"
#include "model/precaution.h"

static struct connectionpool *connectionpool_of(struct population *p, uint32_t index)
{
    return &p->pools[p->requests.items[index].client];
}

static struct client *connectionpool_at(const struct population *p, uint32_t index, uint32_t number)
{
    const uint64_t first = (uint64_t)p->requests.items[index].client * p->plan->n_connections;
    return &p->clients[first + number];
}

// The attempt's; it has one.
static struct client *connectionpool_own(const struct population *p, uint32_t index)
{
    return connectionpool_at(p, index, p->cold.items[index].connection - 1u);
}

static uint64_t connectionpool_bit(const struct population *p, uint32_t index)
{
    return UINT64_C(1) << (p->cold.items[index].connection - 1u);
}

// ---- waiting

static void connectionpool_wait(const struct context *x, struct population *p, uint32_t index)
{
    struct connectionpool *pool = connectionpool_of(p, index);
    struct request *r = &p->requests.items[index];
    const struct payload_token token = {slots_token(&p->requests, index)};
    p->cold.items[index].before = pool->last;
    p->cold.items[index].behind = 0;
    *(pool->last != 0 ? &p->cold.items[pool->last - 1].behind : &pool->first) = index + 1;
    pool->last = index + 1;
    const simtime deadline = r->started + x->model->classes[r->class_index].deadline;
    r->phase = PHASE_ACQUIRE;
    r->due = simtime_least(x->now + p->plan->acquire_timeout, deadline);
    r->due = r->due > x->now ? r->due : x->now + 1; // a copy may begin later than that
    context_send(x, x->lp, r->due - x->now, EV_CLIENT_TIMEOUT, &token, sizeof token);
}

static void connectionpool_leave(struct population *p, uint32_t index)
{
    struct connectionpool *pool = connectionpool_of(p, index);
    const struct request_cold *cold = &p->cold.items[index];
    *(cold->before != 0 ? &p->cold.items[cold->before - 1].behind : &pool->first) = cold->behind;
    *(cold->behind != 0 ? &p->cold.items[cold->behind - 1].before : &pool->last) = cold->before;
}

// ---- taking one

// Which of the user's: of the idle ones that the attempt may use the latest used, else a new one,
// else in place of the one idle for longest. One of them belongs to nobody.
static uint32_t connectionpool_choose(const struct context *x, struct population *p, uint32_t index)
{
    struct connectionpool *pool = connectionpool_of(p, index);
    const uint64_t all = UINT64_MAX >> (64 - p->plan->n_connections);
    const struct client *latest = NULL, *oldest = NULL, *first = connectionpool_at(p, index, 0);
    for (uint64_t left = pool->open & ~pool->busy; left != 0; left &= left - 1) {
        const struct client *c = first + __builtin_ctzll(left);
        if (!client_is_connected(c, p->plan, x->now))
            pool->open &= ~(left & -left);
        else if (!precaution_may_use(x, p, index, c))
            oldest = oldest != NULL && client_last_used(oldest) <= client_last_used(c) ? oldest : c;
        else if (latest == NULL || client_last_used(c) > client_last_used(latest))
            latest = c;
    }
    const uint64_t room = all & ~pool->open & ~pool->busy;
    if (latest != NULL)
        return (uint32_t)(latest - first);
    return room != 0 ? (uint32_t)__builtin_ctzll(room) : (uint32_t)(oldest - first);
}

// By the connection that it has got.
static void connectionpool_go(const struct context *x, struct population *p, uint32_t index)
{
    struct client *c = connectionpool_own(p, index);
    const bool is_open = (connectionpool_of(p, index)->open & connectionpool_bit(p, index)) != 0;
    if (is_open && client_is_connected(c, p->plan, x->now) && precaution_may_use(x, p, index, c))
        precaution_reuse(x, p, index, c);
    else
        attempt_resolve(x, p, index);
}

void connectionpool_begin(const struct context *x, struct population *p, uint32_t index)
{
    struct connectionpool *pool = connectionpool_of(p, index);
    if (pool->busy == UINT64_MAX >> (64 - p->plan->n_connections)) {
        connectionpool_wait(x, p, index);
        return;
    }
    const uint32_t number = connectionpool_choose(x, p, index);
    pool->busy |= UINT64_C(1) << number;
    p->cold.items[index].connection = (uint8_t)(number + 1);
    connectionpool_go(x, p, index);
}

void connectionpool_on_free(const struct context *x, struct population *p, const struct event *e)
{
    const uint64_t token = event_token(e);
    const uint32_t index = slots_index(token);
    if (!slots_is_live(&p->requests, token))
        return;                       // it has ended meanwhile, and has given the connection on
    slots_renew(&p->requests, index); // the end of its waiting is still to come
    connectionpool_go(x, p, index);
}

// ---- its end

void connectionpool_keep(struct population *p, uint32_t index, simtime opened)
{
    const struct request *r = &p->requests.items[index];
    connectionpool_of(p, index)->open |= connectionpool_bit(p, index);
    client_open(connectionpool_own(p, index), opened, r->region, r->zone);
}

void connectionpool_close(struct population *p, uint32_t index)
{
    if (p->cold.items[index].connection != 0)
        connectionpool_of(p, index)->open &= ~connectionpool_bit(p, index);
}

// The connection is that of who has waited for longest.
static void connectionpool_pass_on(const struct context *x, struct population *p,
                                   struct connectionpool *pool, uint8_t connection)
{
    const uint32_t next = pool->first - 1;
    const struct payload_token token = {slots_token(&p->requests, next)};
    connectionpool_leave(p, next);
    p->cold.items[next].connection = connection;
    context_send(x, x->lp, 1, EV_CONNECTION_FREE, &token, sizeof token);
}

void connectionpool_release(const struct context *x, struct population *p, uint32_t index)
{
    struct connectionpool *pool = connectionpool_of(p, index);
    const uint8_t connection = p->cold.items[index].connection;
    if (connection == 0) {
        if (p->requests.items[index].phase == PHASE_ACQUIRE)
            connectionpool_leave(p, index);
        return;
    }
    const uint64_t bit = connectionpool_bit(p, index);
    if ((pool->open & bit) && p->requests.items[index].phase == PHASE_ANSWER)
        client_use(connectionpool_own(p, index), x->now);
    p->cold.items[index].connection = 0;
    if (pool->first != 0)
        connectionpool_pass_on(x, p, pool, connection);
    else
        pool->busy &= ~bit;
}
