// A stage: one replication of a tiny world whose events a test may watch, hold back and inject.
//
// Opened as world_run opens a world, in one cell. Every event passes the tap before its LP: a tap
// that returns true has taken the event, and its LP never sees it. So a test can play the part of
// any LP: it injects what that LP would send and takes what is sent to it.
//
//   struct stage s;
//   stage_open(&s, &tiny, 0);
//   s.tap = my_tap, s.argument = &my_state;
//   stage_inject(&s, src, dst, 1.5, EV_POOL_REQUEST, &payload, sizeof payload);
//   stage_run(&s, 10);      // to 10 s; may be called again with later ends
//   stage_close(&s);
#pragma once

#include "model/context.h"
#include "support/tiny.h"

typedef bool (*stage_tap)(void *argument, const struct context *x, const struct event *e);

struct stage {
    struct model *model;
    struct world *world;
    stage_tap tap; // NULL: none
    void *argument;
};

void stage_open(struct stage *s, const struct tiny *t, uint32_t replication);
// The same with another master seed than TINY_SEED.
void stage_open_seeded(struct stage *s, const struct tiny *t, uint64_t seed, uint32_t replication);
// Before the first stage_run.
void stage_inject(struct stage *s, uint32_t src, uint32_t dst, double at_s, uint16_t kind,
                  const void *payload, size_t size);
void stage_run(struct stage *s, double until_s);
void stage_close(struct stage *s);

// For taps that play the resolvers: answers a question at once with these regions, all their zones.
// False: the event is none.
bool stage_resolves(const struct context *x, const struct event *e, uint16_t regions);

static inline uint32_t stage_lp(const struct stage *s, enum lp_kind kind, uint32_t index)
{
    return model_lp(s->model, kind, index);
}
