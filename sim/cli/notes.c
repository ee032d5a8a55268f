#include "cli/notes.h"

#include "experiment/downtime.h"
#include "experiment/runner.h"

static void add(struct notes *notes, const char *line)
{
    array_push(&notes->lines, line);
}

static void add_model_notes(struct notes *notes, const struct plan *plan)
{
    for (size_t d = 0; d < plan->n_designs; ++d) {
        const char *line;
        for (size_t i = 0; (line = model_note(plan->models[d], i)) != NULL; ++i)
            add(notes, arena_string(&notes->arena, line));
    }
}

void notes_collect(struct notes *notes, const struct resultset *set, const struct plan *plan,
                   int n_threads)
{
    char text[256];
    *notes = (struct notes){0};
    if (set->scale < 1)
        add(notes, arena_printf(&notes->arena,
                                "Demand and capacity were thinned to %g %% (--scale): queueing is"
                                " not representative.",
                                100 * set->scale));
    if (set->n_replications < 2)
        add(notes, "One replication: no interval is possible; ask for more with --replications.");
    add(notes, downtime_explain(downtime_basis_of(set->plan)));
    add_model_notes(notes, plan);
    runner_describe(plan, n_threads, text, sizeof text);
    add(notes,
        arena_printf(&notes->arena, "Simulated by %s; results do not depend on that.", text));
}

void notes_free(struct notes *notes)
{
    array_free(&notes->lines);
    arena_free(&notes->arena);
}
