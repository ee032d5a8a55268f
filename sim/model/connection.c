#include "model/connection.h"

#include "model/attempt.h"
#include "model/client.h"
#include "model/context.h"
#include "model/frontend.h"
#include "model/precaution.h"

// What the server sends during a TLS handshake: its certificate.
static const struct net_size connection_certificate = {3 * NET_PACKET_BYTES, 3};

// When the TLS handshake is over that begins at `at`, or NET_LOST.
static simtime connection_handshake(const struct context *x, struct population *p,
                                    const struct request *r, simtime at)
{
    uint16_t here = context_place(x, x->lp), there = x->model->zone_place[r->region][r->zone];
    for (int i = 0; i < x->model->topology->network.tls_round_trips; i++) {
        simtime out = context_delay_at(x, &p->paths[there], &p->network, at, net_small);
        if (out == NET_LOST)
            return NET_LOST;
        simtime back = context_delay_at(x, model_path(x->model, there, here), &p->network,
                                        x->now + out, connection_certificate);
        if (back == NET_LOST)
            return NET_LOST;
        at = x->now + back;
    }
    return at;
}

// Sets a user's connection at a time to come.
static void connection_keep_later(const struct context *x, const struct payload_connection *c,
                                  simtime opened)
{
    context_send(x, x->lp, opened - x->now, EV_CONNECTED, c, sizeof *c);
}

// From `opened` on the user has the connection that was made for request r, instead of any before.
// When two requests of a user make connections at a time, both are had one after the other: the
// record holds the first, an event brings the next.
static void connection_share(const struct context *x, struct population *p, const struct request *r,
                             simtime opened)
{
    struct client *c = &p->clients[r->client];
    const struct payload_connection made = {
        .client = r->client, .region = r->region, .zone = r->zone};
    simtime other = client_is_open(c) ? client_opened(c) : 0;
    if (UNLIKELY(client_is_connected(c, p->plan, x->now) || (x->now < other && other <= opened))) {
        connection_keep_later(x, &made, opened);
        return;
    }
    if (UNLIKELY(x->now < other)) {
        const struct payload_connection next = {
            .client = r->client, .region = client_region(c), .zone = client_zone(c)};
        connection_keep_later(x, &next, other);
    }
    client_open(c, opened, r->region, r->zone);
}

// That of a copy which is adopted is not its user's before it wins.
static void connection_keep(const struct context *x, struct population *p, uint32_t index,
                            simtime opened)
{
    if (UNLIKELY(p->plan->hedge.is_adopted) && hedge_is_copy(p, index))
        return;
    if (UNLIKELY(p->plan->n_connections > 0))
        connectionpool_keep(p, index, opened);
    else
        connection_share(x, p, &p->requests.items[index], opened);
}

void connection_on_opened(const struct context *x, struct population *p, const struct event *e)
{
    const struct payload_connection made = payload_of(e, payload_connection);
    client_open(&p->clients[made.client], x->now, made.region, made.zone);
}

// The connection to the request's node is open from `opened` on: sends the request when it is
// ready.
static void connection_use(const struct context *x, struct population *p, uint32_t index,
                           simtime opened)
{
    const struct request *r = &p->requests.items[index];
    simtime ready = connection_handshake(x, p, r, opened);
    attempt_watch(x, p, index, PHASE_ANSWER, opened + p->plan->attempt_timeout);
    if (ready == NET_LOST)
        return; // the link failed in between: wait for the attempt's timeout
    connection_keep(x, p, index, opened);
    attempt_send(x, p, index, ready, opened);
}

// The attempt goes to the node that it has got.
static void connection_goes(const struct context *x, struct population *p, uint32_t index)
{
    if (UNLIKELY(p->plan->n_connections > 0))
        connectionpool_close(p, index);
    attempt_goes(x, p, &p->requests.items[index]);
    precaution_go(p, index);
}

// How long a connection to the node that the request has got takes from `at` on; SIMTIME_NEVER: too
// long.
static simtime connection_takes(const struct context *x, struct population *p,
                                const struct request *r, simtime at)
{
    simtime takes = context_connect(x, &p->network, at, r->region, r->zone);
    return takes == NET_LOST || takes >= p->plan->connect_timeout ? SIMTIME_NEVER : takes;
}

// The answer's regions that have not been tried and may be.
static uint16_t connection_usable(const struct context *x, const struct population *p,
                                  const struct request *r)
{
    uint16_t usable = r->others;
    if (LIKELY(p->breakers == NULL))
        return usable;
    for (uint32_t left = r->others; left != 0; left &= left - 1)
        if (!precaution_permits(x, p, r, (uint8_t)__builtin_ctz(left)))
            usable &= (uint16_t) ~(left & -left);
    return usable;
}

bool connection_has_next(const struct context *x, const struct population *p,
                         const struct request *r)
{
    return connection_usable(x, p, r) != 0;
}

// ---- by an accelerator

// The user's connection to the edge is open, and nothing comes of it.
static void connection_wait_at_edge(const struct context *x, struct population *p, uint32_t index)
{
    simtime opened = x->now + p->plan->edge_rtt;
    attempt_watch(x, p, index, PHASE_ANSWER, opened + p->plan->attempt_timeout);
    connection_keep(x, p, index, opened);
}

// To the nearest proxy, which decides where the request goes.
static void connection_enter_proxy(const struct context *x, struct population *p, uint32_t index)
{
    struct request *r = &p->requests.items[index];
    const simtime round_trip = p->plan->edge_rtt, opened = x->now + round_trip;
    r->region = (uint8_t)__builtin_ctz(x->model->edges.groups); // the connection goes to none
    r->zone = 0;
    r->others = 0;
    if (UNLIKELY(!precaution_permits(x, p, r, r->region))) {
        attempt_refuse(x, p, index);
        return;
    }
    precaution_go(p, index);
    connection_keep(x, p, index, opened);
    frontend_begin(x, p, index, opened + x->model->topology->network.tls_round_trips * round_trip,
                   opened + p->plan->attempt_timeout);
}

// Through the nearest edge, which ends the connection and decides where it goes.
static void connection_enter(const struct context *x, struct population *p, uint32_t index)
{
    struct request *r = &p->requests.items[index];
    r->others = 0;
    r->region = edge_choose(x->model, &p->edge, p->index, r->client);
    if (UNLIKELY(!precaution_permits(x, p, r, r->region))) {
        attempt_refuse(x, p, index);
        return;
    }
    r->zone = context_pick(&p->decisions, p->edge.zones[r->region]);
    r->cause = ROUTE_EDGE;
    connection_goes(x, p, index);
    simtime takes = context_connect(x, &p->network, x->now, r->region, r->zone);
    if (takes == NET_LOST)
        connection_wait_at_edge(x, p, index);
    else
        connection_use(x, p, index, x->now + takes);
}

// ---- one after the other

// Takes one of them, and a node of it.
static void connection_take(const struct context *x, struct population *p, uint32_t index,
                            uint8_t zones)
{
    struct request *r = &p->requests.items[index];
    uint16_t usable = connection_usable(x, p, r);
    if (UNLIKELY(usable == 0)) {
        attempt_refuse(x, p, index);
        return;
    }
    r->region = context_pick_any(&p->decisions, usable);
    r->others &= (uint16_t) ~(1u << r->region);
    if (zones == 0) // all of them
        zones = topology_zones(x->model->topology, r->region);
    r->zone = context_pick(&p->decisions, zones);
    connection_goes(x, p, index);
    simtime takes = connection_takes(x, p, r, x->now);
    if (UNLIKELY(takes == SIMTIME_NEVER))
        attempt_watch(x, p, index, PHASE_CONNECT, x->now + p->plan->connect_timeout);
    else
        connection_use(x, p, index, x->now + takes);
}

// ---- all together

struct connection_try {
    simtime at;
    bool opens; // in time
    uint8_t region, zone;
};

struct connection_race {
    // The addresses that have not been tried: nodes of regions.
    uint16_t regions;
    uint8_t zones[TOPOLOGY_MAX_REGIONS];
    simtime opened; // by the best; SIMTIME_NEVER: none is
    uint32_t best;  // else the last that was tried
    uint32_t n;
    struct connection_try tries[TOPOLOGY_MAX_REGIONS]; // a region's zones are fewer
};

// The next address: one of the nodes that are left in one of the regions that are.
static void connection_draw(struct population *p, struct request *r, struct connection_race *race)
{
    r->region = context_pick_any(&p->decisions, race->regions);
    r->zone = context_pick_any(&p->decisions, race->zones[r->region]);
    race->zones[r->region] &= (uint8_t) ~(1u << r->zone);
    if (race->zones[r->region] == 0)
        race->regions &= (uint16_t) ~(1u << r->region);
}

// Tries the addresses, each some time after the one before unless a connection is open by then.
static void connection_run(const struct context *x, struct population *p, struct request *r,
                           struct connection_race *race)
{
    simtime at = x->now;
    for (; race->regions != 0 && at < race->opened; at += p->plan->address_delay) {
        connection_draw(p, r, race);
        simtime takes = connection_takes(x, p, r, at);
        const bool opens = takes != SIMTIME_NEVER, is_best = opens && at + takes < race->opened;
        race->best = is_best || race->opened == SIMTIME_NEVER ? race->n : race->best;
        race->opened = is_best ? at + takes : race->opened;
        race->tries[race->n++] = (struct connection_try){at, opens, r->region, r->zone};
    }
    r->region = race->tries[race->best].region;
    r->zone = race->tries[race->best].zone;
}

// Those that time out before a connection is open have failed, the others are given up then.
static void connection_tell_losers(const struct context *x, struct population *p, uint32_t index,
                                   const struct connection_race *race)
{
    for (uint32_t i = 0; i < race->n; i++) {
        const struct connection_try *t = &race->tries[i];
        const simtime due = t->opens ? SIMTIME_NEVER : t->at + p->plan->connect_timeout;
        const struct loser loser = {.at = simtime_least(due, race->opened),
                                    .region = t->region,
                                    .fails = due < race->opened};
        if (i != race->best)
            precaution_lose(x, p, index, loser);
    }
}

// Nodes by region: the answer's of a single region, else one each.
static void connection_list(const struct context *x, struct population *p,
                            struct connection_race *race, uint8_t nodes)
{
    bool is_single = (race->regions & (race->regions - 1)) == 0;
    for (uint32_t left = race->regions; left != 0; left &= left - 1) {
        int region = __builtin_ctz(left);
        uint32_t listed = nodes != 0 ? nodes : topology_zones(x->model->topology, region);
        race->zones[region] = (uint8_t)(is_single ? listed
                                                  : 1u << context_pick(&p->decisions, listed));
    }
}

static void connection_race(const struct context *x, struct population *p, uint32_t index,
                            uint8_t nodes)
{
    struct request *r = &p->requests.items[index];
    struct connection_race race = {.regions = connection_usable(x, p, r), .opened = SIMTIME_NEVER};
    r->others = 0; // none is left after a race
    if (race.regions == 0) {
        attempt_refuse(x, p, index);
        return;
    }
    connection_list(x, p, &race, nodes);
    connection_run(x, p, r, &race);
    connection_goes(x, p, index);
    if (p->breakers != NULL)
        connection_tell_losers(x, p, index, &race);
    if (race.opened != SIMTIME_NEVER)
        connection_use(x, p, index, race.opened);
    else
        attempt_watch(x, p, index, PHASE_CONNECT,
                      race.tries[race.best].at + p->plan->connect_timeout);
}

// ---- answers

void connection_open(const struct context *x, struct population *p, uint32_t index,
                     uint16_t regions, uint8_t zones)
{
    if (UNLIKELY(p->plan->hedge.is_elsewhere))
        hedge_avoid(x, p, index, &regions, &zones);
    p->requests.items[index].others = regions;
    if (UNLIKELY(p->plan->is_proxied))
        connection_enter_proxy(x, p, index);
    else if (x->model->edges.is_used)
        connection_enter(x, p, index);
    else if (UNLIKELY(p->plan->races))
        connection_race(x, p, index, zones);
    else
        connection_take(x, p, index, zones);
}

void connection_open_next(const struct context *x, struct population *p, uint32_t index)
{
    connection_take(x, p, index, 0);
}

void connection_drop(const struct context *x, struct population *p, uint32_t index)
{
    const struct request *r = &p->requests.items[index];
    struct client *c = &p->clients[r->client];
    const bool is_same = p->plan->is_proxied ||
                         (client_region(c) == r->region && client_zone(c) == r->zone);
    if (UNLIKELY(p->plan->n_connections > 0))
        connectionpool_close(p, index);
    else if (is_same && x->now >= client_opened(c))
        client_close(c);
}
