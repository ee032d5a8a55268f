// Pins: a log does what a list of all its entries would, in random programs of additions, writes to
// disk in any order, cuts and drops, across growth; it never grows while what it keeps fits; and
// versions say term, index and leader, in an order of term before index before leader.
#include <criterion/criterion.h>

#include "base/stream.h"
#include "model/raftlog.h"

enum { ENTRIES = 4000 };

// The twin: everything ever added, by index.
static struct {
    struct raftlog_entry entries[ENTRIES + 1];
    uint32_t base, last;
} twin;

static struct raftlog l;

static uint32_t twin_stored(void)
{
    uint32_t stored = twin.base;
    while (stored < twin.last && twin.entries[stored + 1].is_stored)
        stored++;
    return stored;
}

static void expect_same(void)
{
    cr_assert_eq(l.base, twin.base);
    cr_assert_eq(l.last, twin.last);
    cr_assert_eq(l.stored, twin_stored());
    cr_assert_eq(raftlog_version(&l, l.base), twin.base == 0 ? 0 : twin.entries[twin.base].version);
    for (uint32_t i = twin.base + 1; i <= twin.last; i++) {
        const struct raftlog_entry *a = raftlog_at(&l, i), *b = &twin.entries[i];
        cr_assert(a->version == b->version && a->item == b->item && a->serial == b->serial &&
                      a->is_stored == b->is_stored && a->call == b->call,
                  "entry %u", i);
        cr_assert(raftlog_keeps(&l, b->version));
    }
}

static void add(struct stream *s, uint32_t term)
{
    const struct raftlog_entry e = {
        .version = version_of_entry(term, twin.last + 1, stream_below(s, STORE_MAX_MEMBERS)),
        .call = stream_word(s),
        .item = stream_below(s, 10),
        .serial = stream_below(s, 1000),
        .is_asked = stream_below(s, 2) == 0};
    raftlog_add(&l, &e);
    twin.entries[++twin.last] = e;
}

static void store(struct stream *s)
{
    if (twin.last == twin.base)
        return;
    const uint32_t i = twin.base + 1 + stream_below(s, twin.last - twin.base);
    const uint32_t before = twin_stored();
    bool is_asked = false;
    twin.entries[i].is_stored = true;
    for (uint32_t k = before + 1; k <= twin_stored(); k++)
        is_asked |= twin.entries[k].is_asked;
    cr_assert_eq(raftlog_store(&l, i), is_asked);
}

static void cut(struct stream *s)
{
    const uint32_t last = twin.last - stream_below(s, (twin.last - twin.base) / 4 + 1);
    const uint64_t gone = last < twin.last ? twin.entries[last + 1].version : 0;
    raftlog_cut(&l, last);
    twin.last = last;
    cr_assert(gone == 0 || !raftlog_keeps(&l, gone));
}

static void drop(struct stream *s)
{
    const uint32_t to = twin.base + stream_below(s, twin_stored() - twin.base + 1);
    raftlog_drop(&l, to);
    twin.base = to;
}

Test(raftlog, like_a_list_of_all_entries)
{
    for (uint64_t seed = 0; seed < 30; seed++) {
        struct stream s = stream_open(seed, 0, "test", "raftlog");
        twin.base = twin.last = 0;
        raftlog_init(&l);
        for (uint32_t step = 0; step < 3000 && twin.last < ENTRIES; step++) {
            const uint32_t what = stream_below(&s, 20);
            if (what < 9)
                add(&s, 1 + step / 100);
            else if (what < 18)
                store(&s);
            else if (what == 18)
                cut(&s);
            else if (seed % 3 != 0) // else it grows
                drop(&s);
            expect_same();
        }
        raftlog_free(&l);
    }
}

Test(raftlog, keeps_its_size)
{
    raftlog_init(&l);
    const uint32_t mask = (uint32_t)l.mask;
    for (uint32_t i = 1; i <= 100000; i++) {
        raftlog_add(&l, &(struct raftlog_entry){.version = version_of_entry(1, i, 0)});
        raftlog_store(&l, i);
        if (i > mask)
            raftlog_drop(&l, i - mask);
    }
    cr_expect_eq(l.mask, mask);
    raftlog_add(&l, &(struct raftlog_entry){.version = version_of_entry(1, 100001, 0)});
    cr_expect_eq(l.mask, mask, "as many as fit");
    raftlog_add(&l, &(struct raftlog_entry){.version = version_of_entry(1, 100002, 0)});
    cr_expect_eq(l.mask, 2 * mask + 1, "one more");
    raftlog_free(&l);
}

Test(raftlog, versions_are_in_order)
{
    static const uint32_t terms[] = {0, 1, 2, 1023, 1024, (1u << VERSION_TERM_BITS) - 1};
    static const uint32_t indices[] = {0, 1, 1000, UINT32_MAX};
    uint64_t before = 0;
    for (size_t i = 0; i < ARRAY_LEN(terms); i++)
        for (size_t k = 0; k < ARRAY_LEN(indices); k++)
            for (uint32_t member = 0; member < VERSION_MEMBERS; member += VERSION_MEMBERS - 1) {
                const uint64_t v = version_of_entry(terms[i], indices[k], member);
                cr_expect(v > before || v == 0);
                cr_expect_eq(version_term(v), terms[i]);
                cr_expect_eq(version_index(v), indices[k]);
                cr_expect_eq(version_member(v), member);
                before = v;
            }
}
