#include "synthetic.h"

#include <stdlib.h>
#include <string.h>

#include "base/base.h"

// Latest time of an event: a quarter of what there is.
#define SYNTHETIC_LATEST (SIMTIME_NEVER / 4)

static const uint64_t SYNTHETIC_GOLDEN = UINT64_C(0x9e3779b97f4a7c15);

uint64_t synthetic_draw(uint64_t *state)
{
    uint64_t z = *state += SYNTHETIC_GOLDEN;
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

uint64_t synthetic_below(uint64_t *state, uint64_t n)
{
    return synthetic_draw(state) % n;
}

static bool synthetic_chance(uint64_t *state, uint32_t in_thousand)
{
    return synthetic_below(state, 1000) < in_thousand;
}

// About evenly spread over the powers of two between low and high.
static simtime synthetic_between(uint64_t *state, simtime low, simtime high)
{
    int doublings = 64 - __builtin_clzll((uint64_t)(high / low));
    simtime floor = low << synthetic_below(state, (uint64_t)doublings);
    simtime value = floor + (simtime)synthetic_below(state, (uint64_t)floor);
    return value < high ? value : high;
}

// ---- the model

static bool synthetic_talks(const struct synthetic_conf *conf, uint32_t from, uint32_t to,
                            uint64_t *state)
{
    switch (conf->shape) {
    case SYNTHETIC_FULL:
        return true;
    case SYNTHETIC_CHAIN:
        return to == from + 1;
    case SYNTHETIC_CYCLE:
        return to == (from + 1) % conf->n_groups;
    case SYNTHETIC_STAR:
        return from == 0 || to == 0;
    case SYNTHETIC_SPARSE:
        return synthetic_below(state, 3) == 0;
    case SYNTHETIC_ISLANDS:
    case SYNTHETIC_SHAPES:
        break;
    }
    return false;
}

static void synthetic_link(struct synthetic *s, uint64_t *state)
{
    const struct synthetic_conf *conf = &s->conf;
    const uint32_t n = conf->n_groups;
    for (uint32_t from = 0; from < n; from++) {
        simtime *row = s->links + (size_t)from * n;
        uint32_t *peers = s->peers + (size_t)from * n;
        peers[s->n_peers[from]++] = from;
        for (uint32_t to = 0; to < n; to++) {
            if (from != to)
                row[to] = synthetic_talks(conf, from, to, state)
                              ? synthetic_between(state, conf->least_ns, conf->most_ns)
                              : SIMTIME_NEVER;
            else
                row[to] = 1;
            if (from != to && row[to] != SIMTIME_NEVER)
                peers[s->n_peers[from]++] = to;
        }
    }
}

static void synthetic_group(struct synthetic *s, uint64_t *state)
{
    const uint32_t n_lps = s->conf.n_lps, n_groups = s->conf.n_groups;
    for (uint32_t lp = 0; lp < n_lps; lp++) {
        s->group_of[lp] = lp < n_groups ? lp : (uint32_t)synthetic_below(state, n_groups);
        s->first_member[s->group_of[lp] + 1]++;
    }
    for (uint32_t g = 0; g < n_groups; g++)
        s->first_member[g + 1] += s->first_member[g];
    uint32_t n = 0;
    for (uint32_t g = 0; g < n_groups; g++)
        for (uint32_t lp = 0; lp < n_lps; lp++)
            if (s->group_of[lp] == g)
                s->members[n++] = lp;
}

// ---- what LPs do

// The handler's view.
struct synthetic_view {
    struct synthetic *s;
    struct cell *cell;
    struct synthetic_lp *self;
    uint32_t lp;
};

// A group to send to and the delay of what is sent there.
struct synthetic_way {
    uint32_t group;
    simtime delay;
};

static simtime synthetic_extra(const struct synthetic_view *v, simtime earliest)
{
    const struct synthetic_conf *conf = &v->s->conf;
    uint64_t *m = &v->self->memory;
    if (synthetic_chance(m, conf->far)) {
        return conf->spread_ns << synthetic_below(m, conf->far_doublings);
    }
    if (synthetic_chance(m, conf->sleep))
        return conf->silence_ns - earliest % conf->silence_ns;
    return synthetic_below(m, 4) == 0 ? 0 : (simtime)synthetic_below(m, (uint64_t)conf->spread_ns);
}

static struct synthetic_way synthetic_choose(const struct synthetic_view *v)
{
    const struct synthetic *s = v->s;
    uint64_t *m = &v->self->memory;
    uint32_t from = s->group_of[v->lp], n_groups = s->conf.n_groups;
    uint32_t to = s->peers[(size_t)from * n_groups + synthetic_below(m, s->n_peers[from])];
    simtime least = s->links[(size_t)from * n_groups + to], now = cell_now(v->cell);
    simtime time = now + least + synthetic_extra(v, now + least);
    simtime quantum = s->conf.quantum_ns;
    if (synthetic_below(m, 4) != 0)
        time = (time + quantum - 1) / quantum * quantum;
    return (struct synthetic_way){to, time <= SYNTHETIC_LATEST ? time - now : least};
}

static uint32_t synthetic_member(const struct synthetic_view *v, uint32_t group)
{
    uint32_t first = v->s->first_member[group], end = v->s->first_member[group + 1];
    return v->s->members[first + synthetic_below(&v->self->memory, end - first)];
}

// An event with 0 to 24 bytes of what the LP remembers.
static void synthetic_send(const struct synthetic_view *v, uint32_t dst, simtime delay,
                           uint16_t kind)
{
    uint64_t words[EVENT_PAYLOAD_BYTES / sizeof(uint64_t)];
    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        words[i] = synthetic_draw(&v->self->memory);
    cell_send(v->cell, dst, delay, kind, words, words[0] % (EVENT_PAYLOAD_BYTES + 1));
}

static void synthetic_note(const struct synthetic_view *v)
{
    struct synthetic_way way = synthetic_choose(v);
    synthetic_send(v, synthetic_member(v, way.group), way.delay, SYNTHETIC_NOTE);
}

// Many notes that are due at one instant, to one LP or to many.
static void synthetic_flood(const struct synthetic_view *v)
{
    struct synthetic_way way = synthetic_choose(v);
    uint32_t one = synthetic_member(v, way.group);
    bool is_for_one = synthetic_below(&v->self->memory, 2) == 0;
    for (uint64_t n = 8 + synthetic_below(&v->self->memory, 60); n > 0; n--)
        synthetic_send(v, is_for_one ? one : synthetic_member(v, way.group), way.delay,
                       SYNTHETIC_NOTE);
}

// Arms the timer of a random slot, or cancels it.
static void synthetic_turn(const struct synthetic_view *v)
{
    struct synthetic_lp *self = v->self;
    uint64_t slot = synthetic_below(&self->memory, SYNTHETIC_SLOTS);
    if (v->s->conf.n_lanes == 0)
        return;
    if (self->tickets[slot] != 0) {
        cell_disarm(v->cell, self->slot_lane[slot], self->tickets[slot]);
        self->tickets[slot] = 0;
        return;
    }
    self->slot_lane[slot] = self->lanes[synthetic_below(&self->memory, v->s->conf.n_lanes)];
    self->tickets[slot] = cell_arm(v->cell, self->slot_lane[slot], slot);
}

static void synthetic_on_job(const struct synthetic_view *v)
{
    const struct synthetic_conf *conf = &v->s->conf;
    struct synthetic_lp *self = v->self;
    if (self->life == 0)
        return;
    self->life--;
    if (synthetic_chance(&self->memory, conf->timer))
        synthetic_turn(v);
    if (synthetic_chance(&self->memory, conf->burst))
        for (int i = 0; i < 2 * SYNTHETIC_SLOTS; i++)
            synthetic_turn(v);
    if (synthetic_chance(&self->memory, conf->flood))
        synthetic_flood(v);
    struct synthetic_way way = synthetic_choose(v);
    synthetic_send(v, synthetic_member(v, way.group), way.delay, SYNTHETIC_JOB);
}

static void synthetic_on_timer(const struct synthetic_view *v, const struct event *event)
{
    uint64_t slot;
    memcpy(&slot, event->payload, sizeof slot);
    REQUIRE(slot < SYNTHETIC_SLOTS && v->self->tickets[slot] != 0, "a cancelled timer fired");
    v->self->tickets[slot] = 0;
    if (v->self->life == 0)
        return;
    if (synthetic_below(&v->self->memory, 4) == 0)
        synthetic_turn(v);
    if (synthetic_below(&v->self->memory, 2) == 0)
        synthetic_note(v);
}

static uint64_t synthetic_remember(uint64_t memory, const struct event *event)
{
    uint64_t words[sizeof *event / sizeof(uint64_t)];
    memcpy(words, event, sizeof words);
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        memory = (memory ^ words[i]) * SYNTHETIC_GOLDEN;
        memory ^= memory >> 29;
    }
    return memory;
}

static void synthetic_handle(struct cell *cell, void *world, const struct event *event)
{
    struct synthetic *s = world;
    if (s->conf.hook != NULL)
        s->conf.hook(s->conf.hook_argument, cell, event);
    struct synthetic_view v = {s, cell, &s->lps[event->dst], event->dst};
    v.self->memory = synthetic_remember(v.self->memory, event);
    switch ((enum synthetic_kind)event->kind) {
    case SYNTHETIC_JOB:
        synthetic_on_job(&v);
        break;
    case SYNTHETIC_NOTE:
        if (v.self->life > 0 && synthetic_below(&v.self->memory, 8) == 0)
            synthetic_turn(&v);
        break;
    case SYNTHETIC_TIMER:
        synthetic_on_timer(&v, event);
        break;
    }
}

// ---- the engine it runs on

// Cell of each group.
static void synthetic_deal(const struct synthetic *s, uint32_t *cell_of_group)
{
    uint64_t state = s->conf.deal;
    for (uint32_t g = 0; g < s->conf.n_groups; g++)
        cell_of_group[g] = s->conf.n_cells == s->conf.n_groups
                               ? g
                               : (uint32_t)synthetic_below(&state, s->conf.n_cells);
}

// The least delay between any two groups of two cells.
static void synthetic_lookahead(const struct synthetic *s, const uint32_t *cell_of_group,
                                simtime *lookahead)
{
    const uint32_t n_cells = s->conf.n_cells, n_groups = s->conf.n_groups;
    for (size_t i = 0; i < (size_t)n_cells * n_cells; i++)
        lookahead[i] = SIMTIME_NEVER;
    for (uint32_t from = 0; from < n_groups; from++)
        for (uint32_t to = 0; to < n_groups; to++) {
            simtime *bound = &lookahead[(size_t)cell_of_group[from] * n_cells + cell_of_group[to]];
            simtime delay = s->links[(size_t)from * n_groups + to];
            *bound = delay < *bound ? delay : *bound;
        }
}

static void *synthetic_alloc(size_t count, size_t size)
{
    void *memory = calloc(count, size);
    REQUIRE(memory != NULL, "out of memory");
    return memory;
}

static void synthetic_build(struct synthetic *s)
{
    const struct synthetic_conf *conf = &s->conf;
    const uint32_t n_cells = conf->n_cells;
    uint32_t *cell_of_group = synthetic_alloc(conf->n_groups, sizeof *cell_of_group);
    uint32_t *cell_of = synthetic_alloc(conf->n_lps, sizeof *cell_of);
    simtime *lookahead = synthetic_alloc((size_t)n_cells * n_cells, sizeof *lookahead);
    synthetic_deal(s, cell_of_group);
    synthetic_lookahead(s, cell_of_group, lookahead);
    for (uint32_t lp = 0; lp < conf->n_lps; lp++)
        cell_of[lp] = cell_of_group[s->group_of[lp]];
    s->engine = engine_create(&(struct engine_conf){.n_lps = conf->n_lps,
                                                    .lp_cell = cell_of,
                                                    .n_cells = n_cells,
                                                    .lookahead = lookahead,
                                                    .handler = synthetic_handle,
                                                    .world = s,
                                                    .bucket_shift = conf->bucket_shift});
    free(cell_of_group);
    free(cell_of);
    free(lookahead);
}

static simtime synthetic_lane_delay(const struct synthetic_conf *conf, uint64_t *state)
{
    const simtime delays[] = {1, conf->quantum_ns, conf->spread_ns, 50 * conf->spread_ns,
                              conf->silence_ns};
    return delays[synthetic_below(state, ARRAY_LEN(delays))];
}

// First jobs crowd on the LPs with the least numbers, on few instants.
static void synthetic_populate(struct synthetic *s, uint64_t *state)
{
    const struct synthetic_conf *conf = &s->conf;
    for (uint32_t lp = 0; lp < conf->n_lps; lp++) {
        struct synthetic_lp *self = &s->lps[lp];
        self->memory = synthetic_draw(state);
        self->life = conf->life == 0 ? UINT32_MAX
                                     : (uint32_t)synthetic_below(state, conf->life * 2);
        for (uint32_t i = 0; i < conf->n_lanes; i++)
            self->lanes[i] = engine_lane(s->engine, lp, synthetic_lane_delay(conf, state),
                                         SYNTHETIC_TIMER);
    }
    uint64_t n_homes = 1 + synthetic_below(state, conf->n_lps);
    for (uint32_t i = 0; i < conf->n_jobs; i++) {
        uint32_t src = (uint32_t)synthetic_below(state, conf->n_lps);
        uint32_t dst = (uint32_t)synthetic_below(state, n_homes);
        simtime time = (simtime)synthetic_below(state, (uint64_t)conf->spread_ns);
        uint64_t job[] = {i, synthetic_draw(state)};
        engine_post(s->engine, src, dst, time / conf->quantum_ns * conf->quantum_ns, SYNTHETIC_JOB,
                    job, sizeof job);
    }
}

void synthetic_open(struct synthetic *s, const struct synthetic_conf *conf)
{
    REQUIRE(conf->n_groups >= 1 && conf->n_groups <= conf->n_lps && conf->n_cells >= 1 &&
                conf->n_cells <= conf->n_groups && conf->n_lanes <= SYNTHETIC_LANES,
            "%u LPs, %u groups, %u cells", conf->n_lps, conf->n_groups, conf->n_cells);
    const size_t n_pairs = (size_t)conf->n_groups * conf->n_groups;
    uint64_t state = conf->seed;
    *s = (struct synthetic){.conf = *conf};
    s->lps = synthetic_alloc(conf->n_lps, sizeof *s->lps);
    s->group_of = synthetic_alloc(conf->n_lps, sizeof *s->group_of);
    s->members = synthetic_alloc(conf->n_lps, sizeof *s->members);
    s->first_member = synthetic_alloc(conf->n_groups + 1, sizeof *s->first_member);
    s->links = synthetic_alloc(n_pairs, sizeof *s->links);
    s->peers = synthetic_alloc(n_pairs, sizeof *s->peers);
    s->n_peers = synthetic_alloc(conf->n_groups, sizeof *s->n_peers);
    synthetic_group(s, &state);
    synthetic_link(s, &state);
    synthetic_build(s);
    synthetic_populate(s, &state);
}

void synthetic_close(struct synthetic *s)
{
    engine_destroy(s->engine);
    free(s->lps);
    free(s->group_of);
    free(s->members);
    free(s->first_member);
    free(s->links);
    free(s->peers);
    free(s->n_peers);
}

uint64_t synthetic_state(const struct synthetic *s)
{
    uint64_t state = 0;
    for (uint32_t lp = 0; lp < s->conf.n_lps; lp++) {
        state = (state ^ s->lps[lp].memory) * SYNTHETIC_GOLDEN;
        for (int i = 0; i < SYNTHETIC_SLOTS; i++)
            state = (state ^ s->lps[lp].tickets[i]) * SYNTHETIC_GOLDEN;
        state ^= state >> 29;
    }
    return state;
}

// ---- which models there are

static void synthetic_random_times(struct synthetic_conf *conf, uint64_t *state)
{
    static const struct {
        simtime least, most;
    } scales[] = {{1, 1},
                  {1, 12},
                  {1, 10 * SIMTIME_S},
                  {700, 90 * SIMTIME_US},
                  {SIMTIME_MS, SIMTIME_MS},
                  {SIMTIME_MS / 4, 300 * SIMTIME_MS},
                  {SIMTIME_S, 4 * SIMTIME_S}};
    size_t scale = synthetic_below(state, ARRAY_LEN(scales));
    conf->least_ns = scales[scale].least;
    conf->most_ns = scales[scale].most;
    conf->spread_ns = conf->least_ns * (simtime)(1 + synthetic_below(state, 60));
    if (synthetic_below(state, 3) == 0)
        conf->spread_ns = 1 + conf->most_ns * (simtime)(1 + synthetic_below(state, 3));
    const simtime quanta[] = {1, conf->least_ns, 1 + conf->spread_ns / 7, conf->spread_ns};
    conf->quantum_ns = quanta[synthetic_below(state, ARRAY_LEN(quanta))];
    conf->silence_ns = conf->spread_ns * (simtime)(20 + synthetic_below(state, 5000));
}

static void synthetic_random_habits(struct synthetic_conf *conf, uint64_t *state)
{
    // Each habit is absent in half of the models.
    uint32_t *const habits[] = {&conf->far, &conf->sleep, &conf->flood, &conf->timer, &conf->burst};
    static const uint32_t most[] = {60, 400, 40, 1000, 60};
    for (size_t i = 0; i < ARRAY_LEN(habits); i++)
        if (synthetic_below(state, 2) == 0)
            *habits[i] = (uint32_t)synthetic_below(state, most[i]);
    int room = __builtin_clzll((uint64_t)conf->spread_ns) - 4;
    conf->far_doublings = (uint32_t)(room < 32 ? room : 32);
    conf->n_lanes = (uint32_t)synthetic_below(state, SYNTHETIC_LANES + 1);
}

struct synthetic_conf synthetic_random(uint64_t seed, uint32_t n_events)
{
    uint64_t state = seed * UINT64_C(0xd1342543de82ef95) + 1;
    static const uint32_t most_lps[] = {3, 12, 60, 250};
    struct synthetic_conf conf = {.seed = synthetic_draw(&state), .n_cells = 1};
    conf.n_lps = 1 + (uint32_t)synthetic_below(&state, most_lps[seed % ARRAY_LEN(most_lps)]);
    conf.n_groups = conf.n_lps;
    if (synthetic_below(&state, 2) == 0)
        conf.n_groups = 1 + (uint32_t)synthetic_below(&state, conf.n_lps);
    conf.shape = (enum synthetic_shape)synthetic_below(&state, SYNTHETIC_SHAPES);
    conf.n_jobs = 1 + (uint32_t)synthetic_below(&state, 4 * conf.n_lps + 60);
    if (synthetic_below(&state, 2) == 0)
        conf.life = n_events / conf.n_lps + 1;
    synthetic_random_times(&conf, &state);
    synthetic_random_habits(&conf, &state);
    return conf;
}

struct synthetic_conf synthetic_steady(uint64_t seed, uint32_t n_lps, uint32_t n_groups)
{
    return (struct synthetic_conf){.seed = seed,
                                   .n_lps = n_lps,
                                   .n_groups = n_groups,
                                   .n_cells = 1,
                                   .shape = SYNTHETIC_FULL,
                                   .least_ns = 20 * SIMTIME_MS,
                                   .most_ns = 30 * SIMTIME_MS,
                                   .spread_ns = 80 * SIMTIME_MS,
                                   .quantum_ns = 100 * SIMTIME_US,
                                   .silence_ns = SIMTIME_S,
                                   .n_jobs = 32 * n_lps,
                                   .far = 20,
                                   .far_doublings = 7,
                                   .timer = 1000,
                                   .n_lanes = 2};
}
