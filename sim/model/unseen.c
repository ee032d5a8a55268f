#include "model/unseen.h"

void unseen_free(struct unseen *u)
{
    array_free(&u->writes);
    u->free = 0;
}

static uint32_t unseen_take(struct unseen *u)
{
    if (u->free == 0) {
        array_push(&u->writes, (struct unseen_write){0});
        return (uint32_t)u->writes.n - 1;
    }
    const uint32_t index = u->free - 1;
    u->free = u->writes.items[index].next;
    return index;
}

static void unseen_release(struct unseen *u, uint32_t index)
{
    u->writes.items[index].next = u->free;
    u->free = index + 1;
}

void unseen_add(struct unseen *u, struct item *item, const struct unseen_write *write)
{
    const uint32_t fresh = unseen_take(u), last = item->unseen - 1;
    const uint64_t version = write->version;
    struct unseen_write *w = u->writes.items;
    w[fresh] = (struct unseen_write){.version = version,
                                     .committed = write->committed,
                                     .seen = SIMTIME_NEVER,
                                     .next = fresh,
                                     .n = 1,
                                     .serial = write->serial};
    if (item->unseen == 0) {
        item->unseen = fresh + 1;
        return;
    }
    uint32_t before = last; // the ring's end: in front of the first
    if (version < w[last].version)
        while (w[w[before].next].version < version)
            before = w[before].next;
    CHECK(w[last].version != version && w[w[before].next].version != version);
    w[fresh].next = w[before].next;
    w[before].next = fresh;
    if (version > w[last].version) {
        w[fresh].n = w[last].n + 1;
        item->unseen = fresh + 1;
    } else {
        w[last].n++;
    }
}

// Takes out what follows `before`.
static void unseen_remove_after(struct unseen *u, struct item *item, uint32_t before)
{
    struct unseen_write *w = u->writes.items;
    const uint32_t gone = w[before].next, last = item->unseen - 1, n = w[last].n - 1;
    w[before].next = w[gone].next;
    if (n == 0)
        item->unseen = 0;
    else if (gone == last)
        item->unseen = before + 1;
    if (n > 0)
        w[item->unseen - 1].n = n;
    unseen_release(u, gone);
}

void unseen_see(struct unseen *u, const struct item *item, uint64_t version, simtime now)
{
    uint32_t at = item->unseen - 1;
    for (uint32_t left = unseen_count(u, item); left > 0; left--) {
        struct unseen_write *w = &u->writes.items[at = u->writes.items[at].next];
        if (w->version > version)
            break;
        w->seen = simtime_least(w->seen, now);
    }
}

void unseen_drop(struct unseen *u, struct item *item, uint64_t version)
{
    while (item->unseen != 0 && unseen_oldest(u, item)->version <= version)
        unseen_remove_after(u, item, item->unseen - 1);
}

void unseen_give_up(struct unseen *u, struct item *item, uint64_t version)
{
    uint32_t before = item->unseen - 1;
    for (uint32_t left = unseen_count(u, item); left > 0; left--) {
        const uint32_t next = u->writes.items[before].next;
        if (u->writes.items[next].version == version) {
            unseen_remove_after(u, item, before);
            return;
        }
        before = next;
    }
}
