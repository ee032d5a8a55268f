// Pins: fetches of an item are found as long as they are under way and no longer, whatever else is,
// before and after the frames double; questions that change nothing are not found; who waits is
// served in order, each once, and no frame stays taken. Random programs against a list.
#include <criterion/criterion.h>

#include "base/base.h"
#include "base/stream.h"
#include "model/fetches.h"

enum { MOST = 600, ITEMS = 37 };

struct twin {
    uint32_t n;
    struct one {
        uint32_t index, item, n_waiting;
        enum fetch_kind kind;
        uint64_t first_call, next_call;
    } of[MOST];
};

static void expect_found(const struct fetches *f, const struct twin *t, uint32_t item)
{
    uint32_t n = 0;
    bool seen[MOST] = {false};
    for (uint32_t at = fetches_find(f, item); at != 0; at = fetches_find_other(f, at), n++) {
        cr_assert(at - 1 < f->frames.n && !seen[at - 1]);
        seen[at - 1] = true;
    }
    for (uint32_t i = 0; i < t->n; i++)
        if (t->of[i].item == item && t->of[i].kind != FETCH_PASS) {
            cr_assert(seen[t->of[i].index], "item %u, frame %u", item, t->of[i].index);
            n--;
        }
    cr_assert_eq(n, 0);
}

static void expect_waiters(struct fetches *f, struct one *one)
{
    struct waiter w;
    for (; one->n_waiting > 0; one->n_waiting--) {
        cr_assert(fetches_next_waiter(f, one->index, &w));
        cr_assert(w.call == one->first_call && w.caller == one->item);
        one->first_call++;
    }
    cr_assert_not(fetches_next_waiter(f, one->index, &w));
}

// Grows to `most` and shrinks again, by turns.
static void run_program(uint64_t seed, uint32_t most)
{
    struct stream random = stream_open(seed, 0, "test", "fetches");
    struct fetches f = {0};
    static struct twin t;
    bool grows = true;
    t.n = 0;
    for (int i = 0; i < 8000; i++) {
        const uint32_t item = stream_below(&random, ITEMS), what = stream_below(&random, 10);
        grows = t.n == 0 || (grows && t.n < most);
        if (grows && what < 5) {
            const enum fetch_kind kind = (enum fetch_kind)stream_below(&random, 3);
            const uint64_t call = (uint64_t)i << 20;
            t.of[t.n++] = (struct one){fetches_take(&f, kind, item), item, 0, kind, call, call};
        } else if (t.n > 0 && what < 7) {
            struct one *one = &t.of[stream_below(&random, t.n)];
            fetches_wait(&f, one->index,
                         &(struct waiter){.call = one->next_call++, .caller = one->item});
            one->n_waiting++;
        } else if (t.n > 0 && (!grows || what == 7)) {
            struct one *one = &t.of[stream_below(&random, t.n)];
            expect_waiters(&f, one);
            fetches_release(&f, one->index);
            *one = t.of[--t.n];
        }
        expect_found(&f, &t, item);
        cr_assert_eq(f.frames.live, t.n);
    }
    while (t.n > 0) {
        expect_waiters(&f, &t.of[--t.n]);
        fetches_release(&f, t.of[t.n].index);
    }
    cr_expect_eq(f.frames.live, 0);
    cr_expect_eq(f.waiters.live, 0);
    fetches_free(&f);
}

Test(fetches, are_found_while_under_way)
{
    static const uint32_t most[] = {1, 3, 63, 64, 65, 127, 128, 129, 513};
    for (size_t i = 0; i < ARRAY_LEN(most); i++)
        run_program(i, most[i]);
}

Test(fetches, nothing_is_found_in_none)
{
    struct fetches f = {0};
    cr_expect_eq(fetches_find(&f, 3), 0);
    fetches_free(&f);
}
