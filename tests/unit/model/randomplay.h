// Random plays of a store: links cut one way or both, lossy, slow; regions, zones and single stores
// lost, slow, short of servers, all before RANDOMPLAY_CALM_S; reads and writes at all members at
// random times; and whether its history is linearizable.
//
//   struct randomplay p;
//   randomplay_make(&p, mode, &stream); ... its store: p.tiny.stores[0] ...   // or
//   tiny_init(&p.tiny) ... randomplay_add_fault(&p, &stream);  // up to TINY_FAULTS
//   randomplay_run(&p, &stream);
//   ... p.is_linearizable, p.why, p.failures, p.record.stores[0] ...
//   randomplay_close(&p);
#pragma once

#include "base/stream.h"
#include "model/settlement.h"
#include "support/linear.h"
#include "support/recorder.h"
#include "unit/model/storeplay.h"

enum { RANDOMPLAY_CALM_S = 60, RANDOMPLAY_ASKED_S = 80, RANDOMPLAY_END_S = 100 };
enum { RANDOMPLAY_OPERATIONS = 6000 };

static const char *const randomplay_regions[] = {"us-east-1", "us-west-2", "eu-west-1",
                                                 "eu-central-1", "ap-south-1"};

struct randomplay {
    struct tiny tiny;
    struct storeplay play;
    struct recorder recorder;
    double asked_s[RANDOMPLAY_OPERATIONS];
    bool is_linearizable;
    struct breach why;
    uint64_t answered; // with success
    uint64_t failures; // others that were asked for in quiet times
    struct record record;
};

static inline double randomplay_between(struct stream *s, double low, double high)
{
    return low + (high - low) * stream_uniform(s);
}

// A store of this mode in three regions, without faults.
static inline struct store_spec *randomplay_make(struct randomplay *p, enum store_mode mode,
                                                 struct stream *s)
{
    struct tiny *t = &p->tiny;
    tiny_init(t);
    tiny_silence(t);
    for (uint32_t r = 1; r < 3; r++)
        tiny_add_region(t, randomplay_regions[r], randomplay_between(s, 5, 150));
    t->workload.duration_s = t->workload.window_s = 1000;
    struct store_spec *store = tiny_add_store(t, mode);
    store->read_time = tiny_exponential(0.005);
    store->write_time = tiny_exponential(0.005);
    store->servers = 4;
    store->queue = 1000;
    return store;
}

static inline void randomplay_add_fault(struct randomplay *p, struct stream *s)
{
    static const enum fault_target targets[] = {FAULT_LINK, FAULT_LINK, FAULT_REGION, FAULT_ZONE,
                                                FAULT_STORE};
    const uint32_t n_regions = (uint32_t)p->tiny.topology.n_regions;
    struct fault_spec *f = tiny_add_fault(&p->tiny);
    f->target = targets[stream_below(s, (uint32_t)ARRAY_LEN(targets))];
    f->region = randomplay_regions[stream_below(s, n_regions)];
    f->zone = "a";
    f->at_s = randomplay_between(s, 2, 45);
    f->duration = distribution_constant(randomplay_between(s, 0.1, 10));
    f->one_way = stream_below(s, 2) == 0;
    f->peer = stream_below(s, 3) != 0 ? "*" : randomplay_regions[stream_below(s, n_regions)];
    if (stream_below(s, 3) != 0)
        return; // down
    f->effect = stream_below(s, 2) == 0 || f->target == FAULT_STORE ? FAULT_SLOW : FAULT_LOSSY;
    if (f->target == FAULT_STORE && stream_below(s, 2) == 0)
        f->effect = FAULT_CAPACITY;
    f->level = f->effect == FAULT_SLOW ? randomplay_between(s, 1, 30)
                                       : randomplay_between(s, 0, 0.9);
}

// Regions' clocks, at most `apart_s` from each other.
static inline void randomplay_set_clocks(struct randomplay *p, struct stream *s, double apart_s)
{
    for (int r = 0; r < p->tiny.topology.n_regions; r++)
        p->tiny.topology.regions[r].clock_offset_s = apart_s * (stream_uniform(s) - 0.5);
}

// A region whose replica serves users.
static inline int randomplay_region(const struct randomplay *p, struct stream *s)
{
    const uint32_t n_regions = (uint32_t)p->tiny.topology.n_regions;
    uint32_t region = stream_below(s, n_regions);
    while (p->tiny.stores[0].quorum.witnesses >> region & 1)
        region = (region + 1) % n_regions;
    return (int)region;
}

static inline void randomplay_ask(struct randomplay *p, struct stream *s)
{
    for (int i = 0; i < RANDOMPLAY_OPERATIONS; i++) {
        p->asked_s[i] = randomplay_between(s, 0, RANDOMPLAY_ASKED_S);
        storeplay_ask(&p->play, randomplay_region(p, s), p->asked_s[i],
                      stream_below(s, p->tiny.stores[0].items),
                      stream_below(s, 3) == 0 ? REQUEST_WRITE : 0);
    }
}

// Operations may be shed at any time.
static inline void randomplay_count(struct randomplay *p)
{
    p->answered = p->failures = 0;
    for (uint64_t i = 0; i < p->play.n_calls; i++) {
        const uint8_t status = p->play.answer[i].status;
        p->answered += status == ANSWER_OK;
        p->failures += p->asked_s[i] > RANDOMPLAY_CALM_S && status != ANSWER_OK &&
                       status != ANSWER_SHED;
    }
}

static inline void randomplay_open(struct randomplay *p)
{
    p->record = (struct record){.n_stores = 1};
    storeplay_open(&p->play, &p->tiny);
    recorder_open(&p->recorder, p->play.stage.world, 0);
}

static inline void randomplay_run(struct randomplay *p, struct stream *s)
{
    randomplay_open(p);
    randomplay_ask(p, s);
    storeplay_run(&p->play, RANDOMPLAY_END_S);
    p->is_linearizable = history_is_linearizable(&p->recorder.history, &p->why);
    randomplay_count(p);
    settlement_collect(p->play.stage.world, &p->record);
}

static inline void randomplay_close(struct randomplay *p)
{
    recorder_close(&p->recorder);
    storeplay_close(&p->play);
    record_free(&p->record);
}
