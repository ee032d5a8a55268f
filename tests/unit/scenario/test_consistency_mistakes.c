// Pins: what calls may ask of a store's reads: what it cannot give is said where it is asked for,
// with the reason; what it can, in every kind of store, is no mistake.
#include "mistakes.h"

enum { LINES = 5 }; // of the good topology: the call, the store

#define CALL(more) "      - {call: orders, timeout: 500 ms, " more "}\n"
#define STORE(more) "stores:\n  orders:\n    servers: 4\n" more
#define ASK(consistency, store) CALL("consistency: " consistency) STORE(store)

static const struct mistake mistakes[] = {
    {T, 16, ASK("firm", "    mode: multi-leader"), 16, 54, "'consistency' cannot be 'firm'", NULL},
    {T, 16, CALL("operation: write, consistency: strong") STORE("    mode: multi-leader"), 16, 59,
     "'consistency' has no effect: the call is a write", NULL},
    // ---- eventual
    {T, 16, ASK("eventual", "    product: s3-rtc"), 16, 54,
     "reads of S3 are strongly consistent in their region", NULL},
    {T, 16,
     ASK("eventual", "    mode: quorum\n    replicas_per_region: 2\n    quorum: {copies: 3}"), 16,
     54, "the replica that is asked need not have the item, of which there are 3 copies among 4",
     NULL},
    // ---- strong
    {T, 16,
     ASK("strong",
         "    mode: single-leader\n    leader: us-east-1\n    leading: {forwarding: none}"),
     16, 54, "cannot give strong reads: its followers do not ask the leader", NULL},
    {T, 16, ASK("strong", "    product: aurora-global\n    leader: us-east-1"), 16, 54,
     "set 'forwarding' in its 'leading'", NULL},
    {T, 16,
     ASK("strong", "    mode: quorum\n    replicas_per_region: 2\n    quorum: {copies: 3, "
                   "sloppy: true}"),
     16, 54, "with 'sloppy: true' a write may be where no read asks", NULL},
    {T, 16,
     ASK("strong", "    mode: quorum\n    replicas_per_region: 3\n    quorum: {write: 1, "
                   "read_mode: local}"),
     16, 54, "those of 4 and writes of 1 out of 6 replicas need not meet", NULL},
    {T, 16,
     ASK("strong", "    mode: quorum\n    replicas_per_region: 3\n    quorum: {write: 1, "
                   "write_scope: local, read: 2, read_scope: local}"),
     16, 54, "those of 2 and writes of 1 out of 3 replicas need not meet", NULL},
    {T, 16,
     ASK("strong", "    mode: quorum\n    replicas_per_region: 3\n    quorum: {write: 1, "
                   "write_scope: each-region, read: 4}"),
     16, 54, "those of 4 and writes of 2 out of 6 replicas need not meet", NULL},
};

// The first of a file's mistakes: a quorum that need not meet is a warning, too.
static void expect_error(const struct mistake *m)
{
    struct files f;
    char *text = spoil_lines(m, LINES);
    const char *texts[FILES_KINDS] = {[T] = text};
    bool is_found = false;
    files_load(&f, texts, NULL, 0);
    for (size_t i = 0; i < f.diags.items.n; i++) {
        const struct diag *d = &f.diags.items.items[i];
        is_found |= d->place.line == m->at_line && d->place.column == m->at_column &&
                    strstr(d->message, m->message) != NULL;
    }
    if (!is_found)
        diag_print(&f.diags, stderr, false);
    cr_expect(is_found && !f.is_good && diag_errors(&f.diags) == 1, "'%s': expected %d:%d '%s'",
              m->text, m->at_line, m->at_column, m->message);
    files_free(&f);
    free(text);
}

Test(consistency_mistakes, each_is_reported_where_it_is)
{
    for (size_t i = 0; i < ARRAY_LEN(mistakes); i++)
        expect_error(&mistakes[i]);
}

Test(consistency_mistakes, none_where_a_store_can_give_it)
{
    static const char *const stores[] = {
        "    mode: multi-leader",
        "    product: dynamodb-mrec",
        "    mode: single-leader\n    leader: us-east-1",
        "    mode: quorum\n    replicas_per_region: 3",
        "    mode: quorum\n    replicas_per_region: 3\n    quorum: {read_mode: local}",
        "    mode: quorum\n    replicas_per_region: 3\n    quorum: {read_mode: leased}",
        "    mode: quorum\n    replicas_per_region: 3\n    quorum: {write: 2, write_scope: "
        "each-region, read: 2, read_scope: local}",
        "    mode: quorum\n    replicas_per_region: 3\n    quorum: {write: 2, write_scope: "
        "local, read: 2, read_scope: each-region}",
    };
    static const char *const asked[] = {"store", "eventual", "strong"};
    for (size_t i = 0; i < ARRAY_LEN(stores) * ARRAY_LEN(asked); i++) {
        struct files f;
        char changed[600];
        snprintf(changed, sizeof changed, ASK("%s", "%s"), asked[i % ARRAY_LEN(asked)],
                 stores[i / ARRAY_LEN(asked)]);
        const struct mistake m = {T, 16, changed, 0, 0, NULL, NULL};
        char *text = spoil_lines(&m, LINES);
        const char *texts[FILES_KINDS] = {[T] = text};
        files_load(&f, texts, NULL, 0);
        if (!f.is_good)
            diag_print(&f.diags, stderr, false);
        cr_expect(f.is_good, "%s", changed);
        cr_expect_eq((size_t)f.scenario.topologies[0].services[1].calls[0].consistency,
                     i % ARRAY_LEN(asked));
        files_free(&f);
        free(text);
    }
}
