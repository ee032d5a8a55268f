// Acknowledged writes that have not reached a replica, by item, in order of version.
//
// What a read of the replica's copy misses. A list is a ring of entries whose last is known to the
// item; newer versions are nearly always told of later, so that adding costs a step, and what has
// been overtaken leaves at the front. Storage grows with the writes under way to the replica.
#pragma once

#include "base/array.h"
#include "base/simtime.h"
#include "model/items.h"

struct unseen_write {
    uint64_t version;
    simtime committed;
    simtime seen;  // when it had arrived all the same, where such are kept (copy.h); SIMTIME_NEVER
    uint32_t next; // index; of the last: the first
    uint32_t n;    // of the last: how many there are
    uint32_t serial; // fates.h
    uint32_t spare;
};

struct unseen {
    ARRAY(struct unseen_write) writes;
    uint32_t free; // index + 1; 0: none
};

void unseen_free(struct unseen *u);
// No two writes of an item have the same version.
void unseen_add(struct unseen *u, struct item *item, const struct unseen_write *write);
// Those up to a version have arrived.
void unseen_see(struct unseen *u, const struct item *item, uint64_t version, simtime now);
// Drops those up to a version.
void unseen_drop(struct unseen *u, struct item *item, uint64_t version);
// Drops one, if it is there: it will never come.
void unseen_give_up(struct unseen *u, struct item *item, uint64_t version);

static inline uint32_t unseen_count(const struct unseen *u, const struct item *item)
{
    return item->unseen == 0 ? 0 : u->writes.items[item->unseen - 1].n;
}

// The newest of an item that has some, and the oldest.
static inline const struct unseen_write *unseen_newest(const struct unseen *u,
                                                       const struct item *item)
{
    return &u->writes.items[item->unseen - 1];
}

static inline const struct unseen_write *unseen_oldest(const struct unseen *u,
                                                       const struct item *item)
{
    return &u->writes.items[unseen_newest(u, item)->next];
}

// The one after `w` in order of version, the oldest after NULL; NULL: there is none.
static inline const struct unseen_write *unseen_next(const struct unseen *u,
                                                     const struct item *item,
                                                     const struct unseen_write *w)
{
    if (w == NULL)
        return item->unseen == 0 ? NULL : unseen_oldest(u, item);
    return w == unseen_newest(u, item) ? NULL : &u->writes.items[w->next];
}
