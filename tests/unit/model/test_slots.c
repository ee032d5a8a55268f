// Pins: frames taken from slots keep their contents and their tokens until released or renewed;
// dead tokens never come to life again while their slot is reused; a taken slot is told from a free
// one; counts are right. Random programs against a plain list, across every growth of the storage.
// Not pinned: which free slot is taken first.
#include <criterion/criterion.h>

#include "base/stream.h"
#include "model/slots.h"

struct frame {
    SLOT_HEADER;
    uint64_t value;
};

enum { LIVE_MOST = 3000, DEAD_MOST = 20000 };

struct twin {
    uint64_t token[LIVE_MOST], value[LIVE_MOST];
    size_t n;
    uint64_t dead[DEAD_MOST];
    size_t n_dead;
};

typedef SLOTS(struct frame) frames;

static void bury(struct twin *t, uint64_t token)
{
    if (t->n_dead < DEAD_MOST)
        t->dead[t->n_dead++] = token;
}

static void take(frames *s, struct twin *t, uint64_t value)
{
    uint32_t index = slots_take(s);
    s->items[index].value = value;
    t->token[t->n] = slots_token(s, index);
    t->value[t->n++] = value;
    cr_assert_neq(t->token[t->n - 1], 0);
}

static void release(frames *s, struct twin *t, size_t which)
{
    slots_release(s, slots_index(t->token[which]));
    bury(t, t->token[which]);
    t->n--;
    t->token[which] = t->token[t->n];
    t->value[which] = t->value[t->n];
}

static void renew(frames *s, struct twin *t, size_t which)
{
    uint32_t index = slots_index(t->token[which]);
    bury(t, t->token[which]);
    slots_renew(s, index);
    t->token[which] = slots_token(s, index);
}

static void expect_same(const frames *s, const struct twin *t)
{
    size_t taken = 0;
    cr_assert_eq(s->live, t->n);
    for (size_t i = 0; i < s->n; i++)
        taken += slots_is_taken(s, i);
    cr_assert_eq(taken, t->n, "%zu taken, not %zu", taken, t->n);
    for (size_t i = 0; i < t->n; i++) {
        cr_assert(slots_is_live(s, t->token[i]));
        cr_assert_eq(s->items[slots_index(t->token[i])].value, t->value[i]);
    }
    for (size_t i = 0; i < t->n_dead; i++)
        cr_assert_not(slots_is_live(s, t->dead[i]), "dead token %zu lives", i);
}

Test(slots, random_programs_agree_with_a_list)
{
    static struct twin t;
    for (uint64_t seed = 0; seed < 10; seed++) {
        struct stream random = stream_open(seed, 0, "test", "slots");
        frames s = {0};
        t.n = t.n_dead = 0;
        for (uint32_t i = 0; i < 4000; i++) {
            uint32_t action = stream_below(&random, 10);
            bool is_growing = i / 700 % 2 == 0;
            if (t.n == 0 || (action < (is_growing ? 7u : 3u) && t.n < LIVE_MOST))
                take(&s, &t, stream_word(&random));
            else if (action < 9)
                release(&s, &t, stream_below(&random, (uint32_t)t.n));
            else
                renew(&s, &t, stream_below(&random, (uint32_t)t.n));
            if (i % 200 == 0)
                expect_same(&s, &t);
        }
        expect_same(&s, &t);
        slots_free(&s);
    }
}

Test(slots, memory_stops_growing)
{
    frames s = {0};
    for (int round = 0; round < 100; round++) {
        uint32_t index[17];
        for (size_t i = 0; i < ARRAY_LEN(index); i++)
            index[i] = slots_take(&s);
        for (size_t i = 0; i < ARRAY_LEN(index); i++)
            slots_release(&s, index[i]);
    }
    cr_assert_eq(s.n, 64);
    slots_free(&s);
}
