// Pins: in random programs of noting, finding, forgetting and clearing, with frames that double in
// number on the way, the table answers as a list that is searched does; askers that use the same
// token are told apart.
#include <criterion/criterion.h>

#include "base/stream.h"
#include "model/recall.h"

enum { FRAMES = 512, ASKERS = 3, CALLS = 40 };

static struct twin {
    bool is_noted;
    uint32_t asker;
    uint64_t call;
} twin[FRAMES];

static bool twin_find(uint32_t asker, uint64_t call, uint32_t *frame)
{
    for (*frame = 0; *frame < FRAMES; ++*frame)
        if (twin[*frame].is_noted && twin[*frame].asker == asker && twin[*frame].call == call)
            return true;
    return false;
}

static void note_or_forget(struct recall *r, struct stream *s, uint32_t n_frames)
{
    uint32_t frame = stream_below(s, n_frames), asker = stream_below(s, ASKERS), other;
    uint64_t call = (uint64_t)stream_below(s, 4) << 32 | stream_below(s, CALLS);
    if (twin[frame].is_noted) {
        recall_forget(r, frame);
        twin[frame].is_noted = false;
    } else if (!twin_find(asker, call, &other)) {
        struct recall_entry *e = recall_note(r, n_frames, frame, asker, call);
        cr_assert_eq(e->reaches, 0);
        twin[frame] = (struct twin){true, asker, call};
    }
}

static void expect_all(const struct recall *r)
{
    uint32_t frame, expected;
    for (uint32_t asker = 0; asker < ASKERS; asker++)
        for (uint64_t call = 0; call < 4 * CALLS; call++) {
            uint64_t token = call / CALLS << 32 | call % CALLS;
            bool is_there = twin_find(asker, token, &expected);
            cr_assert_eq(recall_find(r, asker, token, &frame), is_there);
            if (is_there)
                cr_assert_eq(frame, expected);
        }
}

Test(recall, agrees_with_a_list)
{
    struct recall r = {0};
    struct stream s = stream_open(1, 0, "test", "recall");
    expect_all(&r);
    for (uint32_t n_frames = 64; n_frames <= FRAMES; n_frames *= 2) {
        for (int i = 0; i < 40; i++) {
            for (int k = 0; k < 50; k++)
                note_or_forget(&r, &s, n_frames);
            expect_all(&r);
        }
        if (n_frames == 128) {
            recall_clear(&r);
            for (int i = 0; i < FRAMES; i++)
                twin[i].is_noted = false;
            expect_all(&r);
        }
    }
    recall_free(&r);
}
