// Pins: which design is called best, and whether it can be told from the others, in words; and that
// the printed decision stays within its width.
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "cli/decision.h"
#include "cli/judgement.h"
#include "unit/experiment/sample.h"

struct made {
    struct sample sample;
    struct arena arena;
    struct resultset set;
};

// Each design's requests in time of 1000, and the noise that the replications share.
static void make(struct made *m, size_t n_designs, uint32_t n_replications, const uint64_t *ok)
{
    struct compare_conf conf = {1, n_replications, 0.95, 1};
    *m = (struct made){0};
    sample_init(&m->sample, n_designs);
    compare_init(&m->set, &m->arena, &m->sample.scenario, &conf);
    for (size_t d = 0; d < n_designs; ++d)
        for (uint32_t r = 0; r < n_replications; ++r)
            sample_record(&m->set.designs[d].records[r], 1000,
                          ok[d] + (r * (d == 2 ? 1 : d + 3)) % 5, 1000000 * (d + 1));
    compare_finish(&m->set);
}

static void unmake(struct made *m)
{
    compare_free(&m->set);
    arena_free(&m->arena);
}

static void expect_sentence(const struct made *m, const char *wanted)
{
    char sentence[512];
    struct judgement j = judgement_of(&m->set);
    judgement_sentence(&m->set, &j, sentence, sizeof sentence);
    cr_assert_str_eq(sentence, wanted, "%s", sentence);
}

Test(judgement, plainly_best)
{
    struct made m;
    make(&m, 3, 10, (const uint64_t[]){900, 990, 950});
    expect_sentence(&m,
                    "Best by availability: two, 4.00 percentage points above three, the next best:"
                    " distinguishable at the 95 % level.");
    unmake(&m);
}

Test(judgement, tied)
{
    struct made m;
    make(&m, 3, 10, (const uint64_t[]){900, 950, 950});
    struct judgement j = judgement_of(&m.set);
    cr_assert_eq(j.best, 1);
    cr_assert_eq(j.next, 2);
    cr_assert_eq(j.n_tied, 1);
    cr_assert_eq(j.tied[0], 2);
    expect_sentence(
        &m, "Highest availability: two, but not distinguishable from three at the 95 % level.");
    unmake(&m);
}

Test(judgement, all_equal_is_a_tie_of_all)
{
    struct made m;
    make(&m, 3, 10, (const uint64_t[]){1000 - 4, 1000 - 4, 1000 - 4});
    for (size_t d = 0; d < 3; ++d)
        for (uint32_t r = 0; r < 10; ++r)
            m.set.designs[d].values[METRIC_AVAILABILITY * 10 + r] = 1;
    struct judgement j = judgement_of(&m.set);
    cr_assert_eq(j.n_tied, 2);
    unmake(&m);
}

Test(judgement, one_replication)
{
    struct made m;
    make(&m, 2, 1, (const uint64_t[]){900, 950});
    expect_sentence(
        &m,
        "Highest availability: two; one replication cannot tell designs apart (--replications).");
    unmake(&m);
}

Test(decision, stays_within_its_width)
{
    static char text[20000];
    struct made m;
    struct notes notes = {0};
    make(&m, 3, 10, (const uint64_t[]){900, 990, 950});
    m.sample.topologies[1].name = "a-design-with-a-rather-long-name-of-forty";
    array_push(&notes.lines, "A remark that is so long that it has to be wrapped, because it says "
                             "a lot of things which nobody"
                             " needs to know, ± a few.");
    FILE *out = fmemopen(text, sizeof text, "w");
    decision_print(&m.set, &notes, out, false);
    fclose(out);
    for (const char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n")) {
        size_t characters = 0;
        for (const char *c = line; *c != '\0'; ++c)
            characters += ((unsigned char)*c & 0xc0) != 0x80;
        cr_assert_leq(characters, DECISION_COLUMNS + 20, "%s", line); // a name of 40 may stick out
    }
    notes_free(&notes);
    unmake(&m);
}
