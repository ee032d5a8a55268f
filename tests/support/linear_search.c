// Linearizability by search (Wing & Gong 1993, "Testing and verifying concurrent objects"): the
// first operation of a sequence is one that no other came before; try each that is legal, then the
// rest. What has been tried is remembered (Lowe 2017, "Testing for linearizability"): the
// operations done and the registers' values decide all that follows.
//
// It is the definition, and uses nothing that linear.c rests on: all keys are searched together,
// values need not be unique, and a pending write may take effect at any time or never.
#include "linear.h"

#include "base/base.h"

// The last write of each key, one more than its operation; 0: none.
struct registers {
    uint8_t last[LINEAR_SEARCH_KEYS];
};

struct visit {
    uint64_t done; // operations; never 0, as the search begins there and does not return to it
    struct registers registers;
};

struct search {
    const struct history_operation *operations[LINEAR_SEARCH_OPERATIONS];
    uint8_t key_of[LINEAR_SEARCH_OPERATIONS]; // index in keys
    int n;
    uint32_t keys[LINEAR_SEARCH_KEYS];
    int n_keys;
    uint64_t required;    // operations answered with success
    struct visit *visits; // open addressing; done is 0 where there is none
    size_t n_visits, mask;
};

// ---- what has been tried

static uint64_t search_word(const struct registers *r)
{
    uint64_t word = 0;
    for (int k = 0; k < LINEAR_SEARCH_KEYS; k++)
        word = word << 8 | r->last[k];
    return word;
}

// Where the visit is, or belongs.
static struct visit *search_slot(const struct search *s, const struct visit *v)
{
    uint64_t word = search_word(&v->registers);
    uint64_t hash = (v->done ^ word * 0x9E3779B97F4A7C15) * 0xD6E8FEB86659FD93;
    for (size_t i = hash >> 32;; i++) {
        struct visit *at = &s->visits[i & s->mask];
        if (at->done == 0 || (at->done == v->done && search_word(&at->registers) == word))
            return at;
    }
}

static void search_make_room(struct search *s)
{
    if (2 * s->n_visits < s->mask)
        return;
    struct search grown = *s;
    grown.mask = 2 * s->mask + 1;
    grown.visits = array_new(struct visit, grown.mask + 1);
    for (size_t i = 0; i <= s->mask; i++)
        if (s->visits[i].done != 0)
            *search_slot(&grown, &s->visits[i]) = s->visits[i];
    array_release(s->visits);
    s->visits = grown.visits;
    s->mask = grown.mask;
}

// False: it has been there before.
static bool search_visit(struct search *s, const struct visit *v)
{
    search_make_room(s);
    struct visit *at = search_slot(s, v);
    if (at->done != 0)
        return false;
    *at = *v;
    s->n_visits++;
    return true;
}

// ---- trying

static bool search_is_done(const struct visit *v, int operation)
{
    return v->done >> operation & 1;
}

// What is invoked later than this comes after an operation that has not been done.
static simtime search_bound(const struct search *s, const struct visit *v)
{
    simtime bound = SIMTIME_NEVER;
    for (int i = 0; i < s->n; i++)
        if (!search_is_done(v, i) && s->operations[i]->ok)
            bound = simtime_least(bound, s->operations[i]->returned);
    return bound;
}

// Does operation i; false if a read would not return what it did.
static bool search_step(const struct search *s, struct visit *v, int i)
{
    uint8_t *last = &v->registers.last[s->key_of[i]];
    if (s->operations[i]->kind == HISTORY_WRITE)
        *last = (uint8_t)(i + 1);
    else if (s->operations[i]->value != (*last > 0 ? s->operations[*last - 1]->value : 0))
        return false;
    v->done |= UINT64_C(1) << i;
    return true;
}

static bool search_from(struct search *s, const struct visit *v)
{
    if ((s->required & ~v->done) == 0)
        return true;
    simtime bound = search_bound(s, v);
    for (int i = 0; i < s->n; i++) {
        struct visit next = *v;
        if (search_is_done(v, i) || s->operations[i]->invoked > bound)
            continue;
        if (search_step(s, &next, i) && search_visit(s, &next) && search_from(s, &next))
            return true;
    }
    return false;
}

static uint8_t search_key(struct search *s, uint32_t key)
{
    int k = 0;
    while (k < s->n_keys && s->keys[k] != key)
        k++;
    REQUIRE(k < LINEAR_SEARCH_KEYS, "more than %d keys to search", LINEAR_SEARCH_KEYS);
    s->keys[k] = key;
    s->n_keys += k == s->n_keys;
    return (uint8_t)k;
}

static void search_add(struct search *s, const struct history_operation *o)
{
    REQUIRE(s->n < LINEAR_SEARCH_OPERATIONS, "more than %d operations to search",
            LINEAR_SEARCH_OPERATIONS);
    s->operations[s->n] = o;
    s->key_of[s->n] = search_key(s, o->key);
    s->required |= (uint64_t)o->ok << s->n;
    s->n++;
}

bool history_is_linearizable_by_search(const struct history *h)
{
    struct search s = {.visits = array_new(struct visit, 64), .mask = 63};
    for (size_t i = 0; i < h->operations.n; i++)
        if (history_counts(&h->operations.items[i]))
            search_add(&s, &h->operations.items[i]);
    bool is_linearizable = search_from(&s, &(struct visit){0});
    array_release(s.visits);
    return is_linearizable;
}
