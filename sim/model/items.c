#include "model/items.h"

#include "base/array.h"

const struct item items_unknown = {0};

// Full with five eighths: an unknown item is then told by 4 keys of a cache line on average.
static size_t items_most(size_t n_slots)
{
    return n_slots / 8 * 5;
}

static void items_new_slots(struct items *s, size_t n_slots)
{
    s->n_slots = n_slots;
    s->shift = 64 - (uint32_t)__builtin_ctzll(n_slots);
    s->n_used = 0;
    s->most_used = items_most(n_slots);
    s->keys = array_new(uint32_t, n_slots);
    s->places = array_new_apart(struct item, n_slots);
}

void items_init(struct items *s, uint32_t n_items, uint32_t n_slots, simtime counted_from)
{
    REQUIRE(n_items > 0, "a store has %u items", n_items);
    REQUIRE(n_slots == 0 || (n_slots >= 8 && (n_slots & (n_slots - 1)) == 0), "%u slots", n_slots);
    *s = (struct items){.n_items = n_items, .first_kept = n_items, .counted_from = counted_from};
    if (n_slots == 0) {
        s->places = array_new_apart(struct item, n_items);
        return;
    }
    items_new_slots(s, n_slots);
    s->written = array_new(uint64_t, items_words(s));
}

void items_free(struct items *s)
{
    array_release(s->written);
    array_release(s->keys);
    array_release(s->places);
    *s = (struct items){0};
}

// ---- room

static bool items_matters(const struct items *s, uint32_t key, const struct item *item)
{
    return key > s->first_kept || !items_has_settled(s, item->version) ||
           !items_has_settled(s, item->own) || item->committed == SIMTIME_NEVER ||
           (item->unseen | item->kept) != 0 || (item->intent != 0 && !s->has_spans) ||
           item->latest > s->first_read;
}

// One that has no version has none since it was dropped before.
static void items_drop(struct items *s, uint32_t id, const struct item *item)
{
    if (item->version != 0)
        items_set_written(s, id, items_counts(s, item));
}

static void items_put(struct items *s, uint32_t key, struct item item)
{
    size_t slot = items_slot(s, key);
    s->keys[slot] = key;
    s->places[slot] = item;
    s->n_used++;
}

// Takes one after the other out and puts back those that matter, each at its place or before: from
// a free slot on, so that what lies between an item's home and its place has had its turn.
static void items_sweep(struct items *s)
{
    size_t mask = s->n_slots - 1, first = 0;
    while (s->keys[first] != 0)
        first++;
    s->n_used = 0;
    for (size_t i = 1; i <= mask; i++) {
        size_t slot = (first + i) & mask;
        uint32_t key = s->keys[slot];
        s->keys[slot] = 0;
        if (key != 0 && items_matters(s, key, &s->places[slot]))
            items_put(s, key, s->places[slot]);
        else if (key != 0)
            items_drop(s, key - 1, &s->places[slot]);
    }
}

static void items_double(struct items *s)
{
    struct items old = *s;
    items_new_slots(s, 2 * old.n_slots);
    for (size_t slot = 0; slot < old.n_slots; slot++)
        if (old.keys[slot] != 0)
            items_put(s, old.keys[slot], old.places[slot]);
    array_release(old.keys);
    array_release(old.places);
}

// Less than half: the next sweep is as many new items away.
static void items_make_room(struct items *s)
{
    items_sweep(s);
    if (s->n_used > s->most_used / 2)
        items_double(s);
    VALIDATE(items_is_valid(s));
}

struct item *items_add(struct items *s, uint32_t id)
{
    if (UNLIKELY(s->n_used == s->most_used))
        items_make_room(s);
    size_t slot = items_slot(s, id + 1);
    s->keys[slot] = id + 1;
    s->places[slot] = items_unknown;
    s->n_used++;
    return &s->places[slot];
}

bool items_is_valid(const struct items *s)
{
    size_t n = 0;
    for (size_t slot = 0; slot < s->n_slots; slot++) {
        n += s->keys[slot] != 0;
        if (s->keys[slot] != 0 && items_slot(s, s->keys[slot]) != slot)
            return false;
    }
    return n == s->n_used && n <= s->most_used;
}

// ---- written

void items_set_written(struct items *s, uint32_t id, bool is_written)
{
    CHECK(id < s->n_items && s->written != NULL);
    const uint64_t bit = UINT64_C(1) << id % 64;
    if (is_written)
        s->written[id / 64] |= bit;
    else if ((s->written[id / 64] & bit) != 0) // memory that was never touched stays so
        s->written[id / 64] &= ~bit;
}

static void items_add_places(const struct items *s, uint64_t *words)
{
    const size_t n = s->keys == NULL ? s->n_items : s->n_slots;
    for (size_t i = 0; i < n; i++) {
        const size_t id = s->keys == NULL ? i : (size_t)s->keys[i] - 1;
        if ((s->keys == NULL || s->keys[i] != 0) &&
            (s->places[i].version != 0 || s->places[i].unseen != 0))
            words[id / 64] |= UINT64_C(1) << id % 64;
    }
}

void items_add_known(const struct items *s, uint64_t *words)
{
    items_add_places(s, words);
    for (size_t i = 0; s->written != NULL && i < items_words(s); i++)
        words[i] |= s->written[i];
}
