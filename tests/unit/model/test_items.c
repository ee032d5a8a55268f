// link: -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=aligned_alloc
// Pins: what is told of an item is what a place for every item would tell, but that an item which
// matters no longer may be unknown: random programs of several patterns of ids against a naive
// twin, across every growth and many sweeps, dense and sparse. Memory follows the items that
// matter, and is not allocated anew while these stay as many; bits of written items cost what is
// touched. Not pinned: which of the items that matter no longer are still known.
#include <criterion/criterion.h>
#include <signal.h>
#include <string.h>

#include "base/array.h"
#include "base/stream.h"
#include "model/items.h"
#include "support/allocations.h"

struct twin {
    struct item *items;
    uint32_t n;
    uint64_t settled, first_read;
};

static bool twin_may_forget(const struct twin *t, const struct item *item)
{
    return item->version <= t->settled && item->own <= t->settled && item->kept == 0 &&
           item->latest <= t->first_read;
}

// What both know of an item agrees; what the table has dropped, the twin forgets.
static bool twin_agrees(struct twin *t, const struct items *s, uint32_t id)
{
    const struct item *got = items_find(s, id);
    if (memcmp(got, &t->items[id], sizeof *got) == 0)
        return true;
    if (memcmp(got, &items_unknown, sizeof *got) != 0 || !twin_may_forget(t, &t->items[id]))
        return false;
    t->items[id] = items_unknown;
    return true;
}

// Which ids a program meets.
enum pattern { UNIFORM, RISING, STRIDES, SKEWED, PATTERNS };

static uint32_t pattern_id(enum pattern pattern, struct stream *random, uint32_t step, uint32_t n)
{
    switch (pattern) {
    case UNIFORM:
        return stream_below(random, n);
    case RISING:
        return step % n;
    case STRIDES: // their low bits are all alike
        return (step << 12 | step >> 20) % n;
    case SKEWED: // a few often
        return stream_below(random, stream_below(random, stream_below(random, n) + 1) + 1);
    case PATTERNS:
        break;
    }
    cr_assert_fail("pattern %d", (int)pattern);
    return 0;
}

struct program {
    enum pattern pattern;
    uint32_t n_items, n_steps;
    uint32_t under_way; // steps that it takes to settle
    uint32_t too_far;   // planted fault: the table is told that so much more has settled
};

// Versions rise by two a step; even ones arrive.
static void change(struct item *item, struct stream *random, uint32_t step)
{
    switch (stream_below(random, 4)) {
    case 0: // a write of its own
        item->version = item->own = 2 * step + 1;
        item->committed = step;
        break;
    case 1: // one that arrives, not the latest
        item->version = 2 * (step - stream_below(random, step < 50 ? step + 1 : 50));
        item->kept -= item->kept > 0;
        break;
    case 2: // one that will arrive
        item->kept += stream_below(random, 100) == 0;
        break;
    default:
        item->latest = step + 1;
    }
}

static bool all_agree(struct twin *t, const struct items *s)
{
    for (uint32_t id = 0; id < t->n; id++)
        if (!twin_agrees(t, s, id))
            return false;
    return items_is_valid(s);
}

enum { RECENT = 1 << 13 };

// One step: an item is met and changed, another looked at.
static bool step_agrees(const struct program *p, struct twin *t, struct items *s, uint32_t id,
                        struct stream *random, uint32_t step)
{
    struct item *item = items_at(s, id);
    bool agrees = twin_agrees(t, s, id) && twin_agrees(t, s, stream_below(random, p->n_items));
    change(item, random, step);
    t->items[id] = *item;
    if (step % 256 == 0 && step > p->under_way) {
        t->settled = 2 * (uint64_t)(step - p->under_way);
        t->first_read = step - p->under_way;
        items_settle(s, t->settled + 2 * (uint64_t)p->too_far, t->first_read);
    }
    return agrees;
}

static bool run_program(const struct program *p, uint64_t seed)
{
    struct stream random = stream_open(seed, 0, "test", "items");
    struct items s;
    struct twin t = {array_new(struct item, p->n_items), p->n_items, 0, 0};
    bool agrees = true;
    uint32_t recent[RECENT] = {0};
    items_init(&s, p->n_items, items_slots(p->n_items), 0);
    for (uint32_t step = 0; step < p->n_steps && agrees; step++) {
        uint32_t id = recent[step % RECENT] = pattern_id(p->pattern, &random, step, p->n_items);
        size_t n_slots = s.n_slots, n_used = s.n_used;
        agrees = step_agrees(p, &t, &s, id, &random, step);
        for (size_t i = 0; s.n_used < n_used && agrees && i < RECENT; i++) // after each sweep
            agrees = twin_agrees(&t, &s, recent[i]);
        if (s.n_slots != n_slots) // after each growth
            agrees = agrees && all_agree(&t, &s);
    }
    agrees = agrees && all_agree(&t, &s);
    items_free(&s);
    array_release(t.items);
    return agrees;
}

Test(items, sparse_programs_agree_with_a_place_for_each)
{
    // From nearly all settled at once to nothing settled: no growth, and growth seven times.
    static const uint32_t under_way[] = {10, 2000, 5000, 40000, UINT32_MAX};
    for (int pattern = 0; pattern < PATTERNS; pattern++)
        for (size_t i = 0; i < ARRAY_LEN(under_way); i++) {
            const struct program p = {.pattern = (enum pattern)pattern,
                                      .n_items = ITEMS_DENSE + 40000,
                                      .n_steps = 300000,
                                      .under_way = under_way[i]};
            cr_assert(run_program(&p, i), "pattern %d, %u under way", pattern, under_way[i]);
        }
}

Test(items, numbers_of_items_around_the_change_of_form)
{
    for (uint32_t n = ITEMS_DENSE - 1; n <= ITEMS_DENSE + 1; n++) {
        struct items s;
        const struct program p = {.n_items = n, .n_steps = 20000, .under_way = 100};
        cr_expect(run_program(&p, 1), "%u items", n);
        items_init(&s, n, items_slots(n), 0);
        cr_expect_eq(s.n_slots > 0, n > ITEMS_DENSE);
        items_at(&s, n - 1)->own = 7;
        cr_expect_eq(items_find(&s, n - 1)->own, 7);
        cr_expect_eq(items_find(&s, n - 2)->own, 0);
        items_free(&s);
    }
}

Test(items, dense_never_forgets)
{
    struct items s;
    items_init(&s, 5, 0, 0);
    for (uint32_t id = 0; id < 5; id++)
        *items_at(&s, id) = (struct item){.version = id + 1, .committed = 1, .own = id + 1};
    items_settle(&s, 100, 100);
    for (int i = 0; i < 100000; i++)
        items_at(&s, (uint32_t)i % 5);
    for (uint32_t id = 0; id < 5; id++)
        cr_expect_eq(items_find(&s, id)->version, id + 1);
    items_free(&s);
}

Test(items, planted_fault_is_found)
{
    const struct program p = {
        .n_items = ITEMS_DENSE + 40000, .n_steps = 50000, .under_way = 3000, .too_far = 1};
    cr_expect_not(run_program(&p, 1), "a table that forgets a moment too early went unnoticed");
}

// ---- what is asked of a replica

enum { STEPS = 400000, HORIZON = 3000 };

struct replay {
    struct items items;
    struct {
        uint32_t time;
        bool is_counted;
        uint64_t version, earlier;
    } reads[STEPS];
    uint64_t n_reads, first_read;
    uint64_t overwritten, stale, newer; // counts
};

static void replay_read(struct replay *r, uint32_t id, uint32_t now)
{
    struct item *item = items_at(&r->items, id);
    r->reads[r->n_reads].time = now;
    r->reads[r->n_reads].version = item->version;
    r->reads[r->n_reads].earlier = item->latest;
    item->latest = ++r->n_reads;
}

static void replay_write(struct replay *r, uint32_t id, uint32_t now)
{
    struct item *item = items_at(&r->items, id);
    item->version = item->own = 2 * (uint64_t)now;
    item->committed = now;
}

// A write that was acknowledged elsewhere arrives, not in order.
static void replay_arrival(struct replay *r, uint32_t id, uint32_t committed)
{
    struct item *item = items_at(&r->items, id);
    uint64_t version = 2 * (uint64_t)committed + 1;
    r->overwritten += version < item->own;
    for (uint64_t at = item->latest; at > r->first_read && r->reads[at - 1].time >= committed;
         at = r->reads[at - 1].earlier)
        if (r->reads[at - 1].version < version && !r->reads[at - 1].is_counted) {
            r->reads[at - 1].is_counted = true;
            r->stale++;
        }
    if (version <= item->version)
        return;
    r->newer++;
    item->version = version;
    item->committed = committed;
}

static void replay_settle(struct replay *r, uint32_t now, uint32_t settled_after)
{
    if (now < HORIZON)
        return;
    while (r->first_read < r->n_reads && r->reads[r->first_read].time < now - HORIZON)
        r->first_read++;
    items_settle(&r->items, 2 * (uint64_t)(now - settled_after), r->first_read);
}

// Reads, writes and arrivals of writes, at most HORIZON old, of the same items whatever the table.
static struct replay *replay_run(uint32_t n_items, uint32_t settled_after)
{
    struct stream random = stream_open(1, 0, "test", "items replay");
    struct replay *r = array_new(struct replay, 1);
    items_init(&r->items, n_items, items_slots(n_items), 0);
    for (uint32_t now = 1; now <= STEPS; now++) {
        uint32_t id = pattern_id(SKEWED, &random, now, ITEMS_DENSE);
        uint32_t delay = stream_below(&random, now < HORIZON ? now : HORIZON);
        switch (stream_below(&random, 4)) {
        case 0:
            replay_write(r, id, now);
            break;
        case 1:
            replay_arrival(r, id, now - delay);
            break;
        default:
            replay_read(r, id, now);
        }
        if (now % 512 == 0)
            replay_settle(r, now, settled_after);
    }
    return r;
}

static void replay_free(struct replay *r)
{
    items_free(&r->items);
    array_release(r);
}

// Lost writes, stale reads and writes that take effect are counted the same when what has settled
// is dropped; planted fault: not if it is dropped after half the time.
Test(items, dropping_what_has_settled_changes_no_answer)
{
    struct replay *dense = replay_run(ITEMS_DENSE, HORIZON);
    struct replay *sparse = replay_run(2 * ITEMS_DENSE, HORIZON);
    struct replay *hasty = replay_run(2 * ITEMS_DENSE, HORIZON / 2);
    cr_expect_gt(dense->overwritten, 100);
    cr_expect_gt(dense->stale, 100);
    cr_expect_eq(sparse->overwritten, dense->overwritten);
    cr_expect_eq(sparse->stale, dense->stale);
    cr_expect_eq(sparse->newer, dense->newer);
    cr_expect_leq(sparse->items.n_slots, 4 * ITEMS_FIRST_SLOTS);
    cr_expect_lt(hasty->overwritten, dense->overwritten);
    replay_free(dense);
    replay_free(sparse);
    replay_free(hasty);
}

// What matters by its last feature alone, at the edges of the two limits.
Test(items, limits_are_exact)
{
    static const struct {
        struct item item;
        bool matters;
    } cases[] = {
        {{.version = 99}, false},
        {{.version = 100}, true},
        {{.version = 99, .own = 99}, false},
        {{.version = 99, .own = 100}, true},
        {{.own = 100}, true},
        {{.version = 99 + (UINT64_C(1) << 54)}, false}, // of whatever epoch
        {{.version = 100 + (UINT64_C(1) << 54)}, true},
        {{.version = 99, .committed = SIMTIME_NEVER}, true}, // never acknowledged
        {{.version = 99, .unseen = 1}, true},
        {{.version = 99, .intent = 1}, true},
        {{.version = 99, .kept = 1}, true},
        {{.kept = 1}, true},
        {{.latest = 50}, false}, // position 49
        {{.latest = 51}, true},
        {{.version = 99, .latest = 51}, true},
        {{0}, false},
    };
    struct items s;
    items_init(&s, 100000000, ITEMS_FIRST_SLOTS, 0);
    for (uint32_t i = 0; i < ARRAY_LEN(cases); i++)
        *items_at(&s, 1000 + i) = cases[i].item;
    items_settle(&s, 99, 50);
    for (uint32_t id = 10000; id < 10000 + ITEMS_FIRST_SLOTS; id++)
        items_at(&s, id); // until it is swept
    for (uint32_t i = 0; i < ARRAY_LEN(cases); i++) {
        const struct item *want = cases[i].matters ? &cases[i].item : &items_unknown;
        cr_expect_arr_eq(items_find(&s, 1000 + i), want, sizeof *want, "case %u", i);
    }
    items_free(&s);
}

// Nothing has settled at the start: items that have only been read are dropped all the same.
Test(items, reads_alone_are_forgotten_before_anything_has_settled)
{
    struct items s;
    items_init(&s, 100000000, ITEMS_FIRST_SLOTS, 0);
    for (uint32_t i = 0; i < 1000000; i++) {
        items_at(&s, i)->latest = i + 1;
        items_settle(&s, 0, i > 1000 ? i - 1000 : 0);
    }
    cr_expect_eq(s.n_slots, ITEMS_FIRST_SLOTS);
    items_free(&s);
}

// ---- memory

enum { UNDER_WAY = 50000, LOOK_EVERY = 1024 };

// Touches `n` ids, each once, far apart; writes and reads are under way for UNDER_WAY steps.
static void touch(struct items *s, uint32_t from, uint32_t n)
{
    for (uint32_t step = from; step < from + n; step++) {
        uint32_t id = (uint32_t)((uint64_t)step * 7368787 % 100000000); // a prime
        *items_at(s,
                  id) = (struct item){.version = step + 1, .committed = step, .latest = step + 1};
        if (step % LOOK_EVERY == 0 && step > UNDER_WAY)
            items_settle(s, step - UNDER_WAY, step - UNDER_WAY);
    }
}

Test(items, memory_follows_what_is_under_way)
{
    struct items s;
    items_init(&s, 100000000, ITEMS_FIRST_SLOTS, 0);
    touch(&s, 0, 10000000);
    // 6.4 slots an item that mattered, those included that were not settled for want of a look.
    cr_expect_leq((double)s.n_slots, 6.4 * (UNDER_WAY + LOOK_EVERY));
    cr_expect_leq(s.n_slots * (sizeof *s.keys + sizeof *s.places), 13 << 20);
    for (uint32_t step = 10000000 - UNDER_WAY; step < 10000000; step++)
        cr_assert_eq(items_find(&s, (uint32_t)((uint64_t)step * 7368787 % 100000000))->version,
                     step + 1);
    items_free(&s);
}

Test(items, nothing_is_allocated_once_warm)
{
    struct items s;
    uint64_t at_first = allocations_count();
    items_init(&s, 100000000, ITEMS_FIRST_SLOTS, 0);
    touch(&s, 0, 1000000);
    uint64_t warm = allocations_count();
    touch(&s, 1000000, 1000000);
    cr_expect_gt(warm, at_first, "the counter is dead");
    cr_expect_eq(allocations_count(), warm);
    items_free(&s);
}

Test(items, size_between_sweeps)
{
    // Around what a table of each size may hold, all of which matters.
    for (size_t slots = ITEMS_FIRST_SLOTS; slots <= 8 * ITEMS_FIRST_SLOTS; slots *= 2)
        for (size_t n = slots / 8 * 5 - 1; n <= slots / 8 * 5 + 1; n++) {
            struct items s;
            items_init(&s, 100000000, ITEMS_FIRST_SLOTS, 0);
            for (uint32_t id = 0; id < n; id++)
                items_at(&s, 1000 * id)->latest = id + 1;
            cr_expect_eq(s.n_slots, n <= slots / 8 * 5 ? slots : 2 * slots, "%zu items", n);
            cr_expect(items_is_valid(&s));
            for (uint32_t id = 0; id < n; id++)
                cr_assert_eq(items_find(&s, 1000 * id)->latest, id + 1);
            items_free(&s);
        }
}

// ---- written

Test(items, written_bits_agree_with_a_list)
{
    static const uint32_t sizes[] = {1, 32767, 32768, 32769, 300000};
    for (size_t k = 0; k < ARRAY_LEN(sizes); k++) {
        struct stream random = stream_open(k, 0, "test", "items written");
        struct items s;
        bool *is_written = array_new(bool, sizes[k]);
        items_init(&s, sizes[k], 8, 0);
        for (uint32_t id = 0; id < sizes[k]; id++)
            cr_assert_not(items_was_written(&s, id));
        for (uint32_t i = 0; i < sizes[k] + 1; i++) {
            uint32_t id = i == 0 ? sizes[k] - 1 : stream_below(&random, sizes[k]);
            is_written[id] = stream_below(&random, 3) > 0;
            items_set_written(&s, id, is_written[id]);
        }
        for (uint32_t id = 0; id < sizes[k]; id++)
            cr_assert_eq(items_was_written(&s, id), is_written[id], "item %u of %u", id, sizes[k]);
        array_release(is_written);
        items_free(&s);
    }
}

Test(items, what_is_dropped_leaves_a_bit)
{
    static const struct {
        struct item item;
        bool was_written, is_written;
    } cases[] = {
        {{.version = 5, .committed = 100}, false, true},
        {{.version = 5, .committed = 99}, true, false},           // before the warm-up's end
        {{.version = 5, .committed = SIMTIME_NEVER}, true, true}, // still known
        {{.version = 100, .committed = 100}, true, true},         // still known: as it was
        {{.latest = 1}, true, true},                              // no other version since
        {{.own = 5}, true, true},
        {{.latest = 1}, false, false},
    };
    struct items s;
    items_init(&s, 100000000, 16, 100);
    for (uint32_t i = 0; i < ARRAY_LEN(cases); i++) {
        items_set_written(&s, i, cases[i].was_written);
        *items_at(&s, i) = cases[i].item;
    }
    items_settle(&s, 99, 50);
    for (uint32_t id = 1000; id < 1100; id++)
        items_at(&s, id); // until it is swept
    for (uint32_t i = 0; i < ARRAY_LEN(cases); i++)
        cr_expect_eq(items_was_written(&s, i), cases[i].is_written, "case %u", i);
    items_free(&s);
}

static void expect_known(const struct items *s, uint32_t id, bool is_known)
{
    uint64_t *words = array_new(uint64_t, items_words(s));
    items_add_known(s, words);
    for (uint32_t i = 0; i < s->n_items; i++)
        cr_assert_eq(words[i / 64] >> i % 64 & 1, i == id && is_known, "item %u", i);
    array_release(words);
}

Test(items, known_are_those_with_a_version_and_written_ones)
{
    for (uint32_t n_slots = 0; n_slots <= 8; n_slots += 8)
        for (uint32_t id = 0; id < 130; id++) {
            struct items s;
            items_init(&s, 130, n_slots, 0);
            items_at(&s, id)->latest = 1;
            expect_known(&s, id, false);
            items_at(&s, id)->version = 1;
            expect_known(&s, id, true);
            items_free(&s);
            items_init(&s, 130, 8, 0);
            items_set_written(&s, id, true);
            expect_known(&s, id, true);
            items_free(&s);
        }
}

// ---- misuse

Test(items, no_items_stop, .signal = SIGABRT)
{
    struct items s;
    items_init(&s, 0, 0, 0);
}

Test(items, a_table_of_slots_that_are_no_power_of_two_stops, .signal = SIGABRT)
{
    struct items s;
    items_init(&s, 100, 12, 0);
}

Test(items, an_item_beyond_the_last_stops, .signal = SIGABRT)
{
    struct items s;
    items_init(&s, 10, 0, 0);
    items_at(&s, 10);
}

Test(items, limits_that_go_back_stop, .signal = SIGABRT)
{
    struct items s;
    items_init(&s, 10, 0, 0);
    items_settle(&s, 10, 10);
    items_settle(&s, 9, 10);
}
