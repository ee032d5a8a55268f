// PHOLD with everything the engine offers: a random model whose every event depends on all that its
// LP saw.
//
// Jobs hop between LPs for ever; delays are multiples of a quantum, so that many events fall on the
// same instant; jobs arm timers in lanes and cancel most of them; a timer that fires sends a note.
// LPs come in families of four that exchange messages faster than any lookahead; a partition may
// cut between families only, and between families every delay is at least `lookahead_ns`. Any such
// partition is therefore legal, and all of them must execute the same events.
#pragma once

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "base/stream.h"
#include "engine/cell.h"
#include "engine/engine.h"

enum phold_kind { PHOLD_JOB = 1, PHOLD_NOTE, PHOLD_TIMER_SHORT, PHOLD_TIMER_LONG };
enum { PHOLD_FAMILY = 4, PHOLD_LANES = 2, PHOLD_TICKETS = 16 };

struct phold_conf {
    uint32_t n_lps, n_cells;
    uint32_t jobs_per_lp;
    simtime lookahead_ns, spread_ns; // delay between families: lookahead + uniform in [0, spread)
    simtime quantum_ns;              // delays are multiples of it
    uint64_t seed;
    int bucket_shift;
    engine_handler handler; // NULL: phold_handle, with the struct phold as world
    void *world;
};

struct phold_ticket {
    uint64_t ticket; // 0: none
    uint32_t lane;
};

struct phold_lp {
    struct stream stream;
    uint64_t memory; // mixes in everything the LP has seen
    uint32_t lanes[PHOLD_LANES];
    struct phold_ticket tickets[PHOLD_TICKETS];
};

struct phold {
    struct phold_conf conf;
    struct phold_lp *lps;
    uint32_t *cell_of;
    simtime *lookahead;
    struct engine *engine;
};

struct phold_job {
    uint64_t memory;
    uint64_t hops; // as wide as memory: padding would bring undefined bytes into the digest
};

static inline simtime phold_round(const struct phold_conf *conf, uint64_t delay)
{
    simtime quantum = conf->quantum_ns;
    simtime rounded = ((simtime)delay + quantum - 1) / quantum * quantum;
    return rounded < 1 ? 1 : rounded;
}

// A member of the LP's family at a short delay, or any LP at a long one.
static inline void phold_send(struct phold *p, struct cell *cell, uint32_t lp, uint16_t kind,
                              struct phold_job job)
{
    struct phold_lp *self = &p->lps[lp];
    uint64_t word = stream_word(&self->stream);
    uint32_t dst;
    simtime delay;
    if (word % 4 == 0) {
        dst = lp / PHOLD_FAMILY * PHOLD_FAMILY + (uint32_t)(word >> 8) % PHOLD_FAMILY;
        dst = dst < p->conf.n_lps ? dst : lp;
        delay = phold_round(&p->conf, (word >> 16) % (uint64_t)(p->conf.lookahead_ns / 2 + 1));
    } else {
        dst = (uint32_t)((word >> 32) * p->conf.n_lps >> 32);
        delay = phold_round(&p->conf, (uint64_t)p->conf.lookahead_ns +
                                          stream_word(&self->stream) % (uint64_t)p->conf.spread_ns);
        if (word % 64 == 1) // seldom, something far in the future
            delay *= 100;
    }
    cell_send(cell, dst, delay, kind, &job, sizeof job);
}

static inline void phold_timers(struct phold *p, struct cell *cell, uint32_t lp)
{
    struct phold_lp *self = &p->lps[lp];
    uint64_t word = stream_word(&self->stream);
    struct phold_ticket *slot = &self->tickets[word % PHOLD_TICKETS];
    if (slot->ticket != 0) {
        cell_disarm(cell, slot->lane, slot->ticket);
        slot->ticket = 0;
    } else {
        slot->lane = self->lanes[(word >> 8) % PHOLD_LANES];
        slot->ticket = cell_arm(cell, slot->lane, word % PHOLD_TICKETS);
    }
}

static inline void phold_fired(struct phold *p, struct cell *cell, uint32_t lp,
                               const struct event *event)
{
    struct phold_lp *self = &p->lps[lp];
    uint64_t token;
    memcpy(&token, event->payload, sizeof token);
    REQUIRE(token < PHOLD_TICKETS && self->tickets[token].ticket != 0, "a cancelled timer fired");
    self->tickets[token].ticket = 0;
    phold_send(p, cell, lp, PHOLD_NOTE, (struct phold_job){.memory = self->memory});
}

static inline void phold_handle(struct cell *cell, void *world, const struct event *event)
{
    struct phold *p = world;
    uint32_t lp = event->dst;
    struct phold_lp *self = &p->lps[lp];
    struct phold_job job;
    memcpy(&job, event->payload, sizeof job);
    self->memory = (self->memory ^ job.memory ^ (uint64_t)event->time) *
                   UINT64_C(0x9e3779b97f4a7c15);
    self->memory ^= self->memory >> 29;
    switch (event->kind) {
    case PHOLD_JOB:
        phold_timers(p, cell, lp);
        phold_send(p, cell, lp, PHOLD_JOB,
                   (struct phold_job){.memory = self->memory, .hops = job.hops + 1});
        break;
    case PHOLD_NOTE:
        break;
    default:
        phold_fired(p, cell, lp, event);
    }
}

static inline void phold_build(struct phold *p, const struct phold_conf *conf)
{
    *p = (struct phold){.conf = *conf};
    size_t n_pairs = (size_t)conf->n_cells * conf->n_cells;
    p->lps = calloc(conf->n_lps, sizeof *p->lps);
    p->cell_of = calloc(conf->n_lps, sizeof *p->cell_of);
    p->lookahead = calloc(n_pairs, sizeof *p->lookahead);
    REQUIRE(p->lps != NULL && p->cell_of != NULL && p->lookahead != NULL, "out of memory");
    for (size_t i = 0; i < n_pairs; i++)
        p->lookahead[i] = conf->lookahead_ns;
    for (uint32_t lp = 0; lp < conf->n_lps; lp++)
        p->cell_of[lp] = (lp / PHOLD_FAMILY * 2654435761u >> 7) % conf->n_cells;
    p->engine = engine_create(
        &(struct engine_conf){.n_lps = conf->n_lps,
                              .lp_cell = p->cell_of,
                              .n_cells = conf->n_cells,
                              .lookahead = p->lookahead,
                              .handler = conf->handler != NULL ? conf->handler : phold_handle,
                              .world = conf->world != NULL ? conf->world : p,
                              .bucket_shift = conf->bucket_shift});
}

static inline void phold_populate(struct phold *p)
{
    const struct phold_conf *conf = &p->conf;
    for (uint32_t lp = 0; lp < conf->n_lps; lp++) {
        char name[32];
        snprintf(name, sizeof name, "lp/%u", lp);
        struct phold_lp *self = &p->lps[lp];
        self->stream = stream_open(conf->seed, 0, name, "phold");
        simtime delay = conf->lookahead_ns + conf->spread_ns;
        self->lanes[0] = engine_lane(p->engine, lp, delay, PHOLD_TIMER_SHORT);
        self->lanes[1] = engine_lane(p->engine, lp, 5 * delay, PHOLD_TIMER_LONG);
        for (uint32_t i = 0; i < conf->jobs_per_lp; i++) {
            simtime time = phold_round(conf,
                                       stream_word(&self->stream) % (uint64_t)conf->spread_ns);
            struct phold_job job = {.memory = i};
            engine_post(p->engine, lp, lp, time, PHOLD_JOB, &job, sizeof job);
        }
    }
}

static inline void phold_open(struct phold *p, const struct phold_conf *conf)
{
    phold_build(p, conf);
    phold_populate(p);
}

static inline void phold_close(struct phold *p)
{
    engine_destroy(p->engine);
    free(p->lps);
    free(p->cell_of);
    free(p->lookahead);
}
