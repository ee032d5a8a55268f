#include "holdheap.h"

#include "engine/event.h"
#include "harness.h"

// What an event carries besides its time and key.
struct body {
    uint32_t dst;
    uint16_t kind, flags;
    unsigned char payload[EVENT_PAYLOAD_BYTES];
};

struct whole_entry {
    simtime time;
    uint64_t key;
    struct body body;
};

struct slot_entry {
    simtime time;
    uint64_t key;
    uint32_t slot;
};

enum { PACKED_SLOT_BITS = 24 };

struct packed_entry {
    simtime time;
    uint64_t key; // sequence << PACKED_SLOT_BITS | slot
};

// Two ways to compare: time first, key if need be (few branches are taken wrongly when most of the
// heap is in the cache), or both as one integer without branches (waits less for memory).
#define TIME_BEFORE(a, b) ((a).time != (b).time ? (a).time < (b).time : (a).key < (b).key)
#define WIDE(a) ((unsigned __int128)(a).time << 64 | (a).key)
#define WIDE_BEFORE(a, b) (WIDE(a) < WIDE(b))

#define FOURARY whole
#define FOURARY_ENTRY struct whole_entry
#define FOURARY_BEFORE TIME_BEFORE
#include "fourary.h"

#define FOURARY whole_wide
#define FOURARY_ENTRY struct whole_entry
#define FOURARY_BEFORE WIDE_BEFORE
#include "fourary.h"

#define FOURARY slots
#define FOURARY_ENTRY struct slot_entry
#define FOURARY_BEFORE TIME_BEFORE
#include "fourary.h"

#define FOURARY packed
#define FOURARY_ENTRY struct packed_entry
#define FOURARY_BEFORE TIME_BEFORE
#include "fourary.h"

#define FOURARY packed_wide
#define FOURARY_ENTRY struct packed_entry
#define FOURARY_BEFORE WIDE_BEFORE
#include "fourary.h"

// Bodies by index; free ones are given out again, the last first.
struct slab {
    struct body *bodies;
    uint32_t *free;
    uint32_t n_free;
};

static void slab_open(struct slab *slab, uint32_t capacity)
{
    slab->bodies = malloc(capacity * sizeof *slab->bodies);
    slab->free = malloc(capacity * sizeof *slab->free);
    REQUIRE(slab->bodies != NULL && slab->free != NULL, "out of memory: %u events", capacity);
    slab->n_free = capacity;
    for (uint32_t i = 0; i < capacity; i++)
        slab->free[i] = capacity - 1 - i;
}

static void slab_close(struct slab *slab)
{
    free(slab->bodies);
    free(slab->free);
}

static inline uint32_t slab_put(struct slab *slab, const struct body *body)
{
    uint32_t slot = slab->free[--slab->n_free];
    slab->bodies[slot] = *body;
    return slot;
}

static inline struct body slab_take(struct slab *slab, uint32_t slot)
{
    slab->free[slab->n_free++] = slot;
    return slab->bodies[slot];
}

// The event list in any of its forms.
struct list {
    struct whole whole;
    struct whole_wide whole_wide;
    struct slots slots;
    struct packed packed;
    struct packed_wide packed_wide;
    struct slab slab;
    uint64_t sequence;
};

static inline struct whole_entry whole_put(struct list *list, simtime time, uint32_t src,
                                           const struct body *body)
{
    uint64_t key = (uint64_t)src << EVENT_SEQUENCE_BITS | list->sequence++;
    return (struct whole_entry){time, key, *body};
}

static inline void whole_get(struct list *list, const struct whole_entry *entry, struct body *body)
{
    (void)list;
    *body = entry->body;
}

static inline struct slot_entry slot_put(struct list *list, simtime time, uint32_t src,
                                         const struct body *body)
{
    uint64_t key = (uint64_t)src << EVENT_SEQUENCE_BITS | list->sequence++;
    return (struct slot_entry){time, key, slab_put(&list->slab, body)};
}

static inline void slot_get(struct list *list, const struct slot_entry *entry, struct body *body)
{
    *body = slab_take(&list->slab, entry->slot);
}

static inline struct packed_entry packed_put(struct list *list, simtime time, uint32_t src,
                                             const struct body *body)
{
    (void)src;
    uint64_t slot = slab_put(&list->slab, body);
    return (struct packed_entry){time, list->sequence++ << PACKED_SLOT_BITS | slot};
}

static inline void packed_get(struct list *list, const struct packed_entry *entry,
                              struct body *body)
{
    *body = slab_take(&list->slab, (uint32_t)entry->key & ((1u << PACKED_SLOT_BITS) - 1));
}

typedef void (*list_push)(struct list *list, simtime time, uint32_t src, const struct body *body);
typedef simtime (*list_pop)(struct list *list, simtime end, struct body *body);

// Inlined for each form, as if it had been written for it.
static inline __attribute__((always_inline)) uint64_t hold_until(struct list *list,
                                                                 struct hop_load *load, simtime end,
                                                                 list_push push, list_pop pop)
{
    uint64_t n = 0;
    struct body body;
    for (simtime now; (now = pop(list, end, &body)) != SIMTIME_NEVER; n++) {
        uint32_t lp = body.dst;
        struct hop hop = hop_draw(load, lp);
        body.dst = hop.dst;
        push(list, now + hop.delay, lp, &body);
    }
    return n;
}

static inline __attribute__((always_inline)) struct holdheap_result hold_measure(
    struct list *list, struct hop_load *load, const simtime times[2], list_push push, list_pop pop)
{
    for (uint32_t lp = 0; lp < load->n_lps; lp++)
        for (int i = 0; i < HOP_JOBS_PER_LP; i++)
            push(list, hop_delay(load, lp), lp, &(struct body){.dst = lp, .kind = 1});
    hold_until(list, load, times[0], push, pop);
    double start = harness_cpu_seconds();
    uint64_t n = hold_until(list, load, times[1], push, pop);
    return (struct holdheap_result){harness_cpu_seconds() - start, n};
}

// Push, pop and run for a heap whose entries are made and read by entry_put and entry_get.
#define HOLD_FORM(heap, entry)                                                                     \
    static inline void push_##heap(struct list *list, simtime time, uint32_t src,                  \
                                   const struct body *body)                                        \
    {                                                                                              \
        heap##_push(&list->heap, entry##_put(list, time, src, body));                              \
    }                                                                                              \
                                                                                                   \
    static inline simtime pop_##heap(struct list *list, simtime end, struct body *body)            \
    {                                                                                              \
        if (list->heap.items[0].time >= end)                                                       \
            return SIMTIME_NEVER;                                                                  \
        struct entry##_entry first = heap##_pop(&list->heap);                                      \
        entry##_get(list, &first, body);                                                           \
        return first.time;                                                                         \
    }                                                                                              \
                                                                                                   \
    static struct holdheap_result hold_##heap(struct list *list, struct hop_load *load,            \
                                              const simtime times[2])                              \
    {                                                                                              \
        heap##_open(&list->heap, load->n_lps *HOP_JOBS_PER_LP);                                    \
        struct holdheap_result result = hold_measure(list, load, times, push_##heap, pop_##heap);  \
        free(list->heap.storage);                                                                  \
        return result;                                                                             \
    }

HOLD_FORM(whole, whole)
HOLD_FORM(whole_wide, whole)
HOLD_FORM(slots, slot)
HOLD_FORM(packed, packed)
HOLD_FORM(packed_wide, packed)

typedef struct holdheap_result (*hold_run)(struct list *list, struct hop_load *load,
                                           const simtime times[2]);

struct holdheap_result holdheap_run(enum holdheap_form form, struct hop_load *load, simtime warm,
                                    simtime end)
{
    static const hold_run runs[HOLDHEAP_FORMS] = {[HOLDHEAP_WHOLE] = hold_whole,
                                                  [HOLDHEAP_WHOLE_WIDE] = hold_whole_wide,
                                                  [HOLDHEAP_SLOTS] = hold_slots,
                                                  [HOLDHEAP_PACKED] = hold_packed,
                                                  [HOLDHEAP_PACKED_WIDE] = hold_packed_wide};
    struct list list = {0};
    bool has_slab = form != HOLDHEAP_WHOLE && form != HOLDHEAP_WHOLE_WIDE;
    if (has_slab)
        slab_open(&list.slab, load->n_lps * HOP_JOBS_PER_LP);
    struct holdheap_result result = runs[form](&list, load, (const simtime[2]){warm, end});
    if (has_slab)
        slab_close(&list.slab);
    return result;
}
