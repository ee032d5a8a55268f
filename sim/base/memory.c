#define _DEFAULT_SOURCE // MAP_ANONYMOUS
#include "base/memory.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/base.h"

enum { MEMORY_LINE_BYTES = 64, MEMORY_BORDER_BYTES = 2 << 20 };
static const size_t most_bytes = (size_t)1 << 40, least_bytes = (size_t)1 << 28;

struct lot {
    void *mapped; // NULL: none
    char *base;   // of it, on a border of MEMORY_BORDER_BYTES
    size_t capacity, used;
    size_t end; // of what may be used: copies lie behind
    bool is_open;
};

static _Thread_local struct lot memory_lot;

static void *take(size_t border, size_t bytes)
{
    struct lot *lot = &memory_lot;
    const size_t at = (lot->used + border - 1) / border * border;
    if (bytes > lot->end || at > lot->end - bytes)
        return NULL;
    lot->used = at + bytes;
    return lot->base + at;
}

static bool is_in_lot(const void *items)
{
    const struct lot *lot = &memory_lot;
    return lot->is_open && (const char *)items >= lot->base &&
           (const char *)items < lot->base + lot->capacity;
}

void *memory_zeroed(size_t bytes)
{
    if (!memory_lot.is_open)
        return calloc(bytes, 1);
    void *items = take(MEMORY_LINE_BYTES, bytes);
    return items != NULL ? memset(items, 0, bytes) : NULL;
}

void *memory_aligned(size_t border, size_t bytes)
{
    return memory_lot.is_open ? take(border, bytes)
                              : aligned_alloc(border, (bytes + border - 1) / border * border);
}

void *memory_resized(void *items, size_t old_bytes, size_t bytes)
{
    if (!memory_lot.is_open)
        return realloc(items, bytes);
    struct lot *lot = &memory_lot;
    const bool is_last = items != NULL && (char *)items + old_bytes == lot->base + lot->used;
    if (is_last && bytes <= lot->end - (lot->used - old_bytes)) {
        lot->used = lot->used - old_bytes + bytes;
        return items;
    }
    void *moved = take(MEMORY_LINE_BYTES, bytes);
    if (moved != NULL && items != NULL) {
        memcpy(moved, items, old_bytes < bytes ? old_bytes : bytes);
        memory_release(items);
    }
    return moved;
}

void memory_release(void *items)
{
    if (!is_in_lot(items))
        free(items);
}

static size_t mapped_bytes(const struct lot *lot)
{
    return lot->capacity + MEMORY_BORDER_BYTES;
}

// As much address space as there is to be had; pages come when they are touched.
static void map_lot(struct lot *lot)
{
    for (lot->capacity = most_bytes; lot->capacity >= least_bytes; lot->capacity /= 2) {
        void *mapped = mmap(NULL, mapped_bytes(lot), PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (mapped == MAP_FAILED)
            continue;
        lot->mapped = mapped;
        lot->base = (char *)mapped + (-(uintptr_t)mapped & (MEMORY_BORDER_BYTES - 1));
        return;
    }
}

bool memory_lot_open(void)
{
    struct lot *lot = &memory_lot;
    REQUIRE(!lot->is_open, "a lot in a lot");
    if (lot->mapped == NULL)
        map_lot(lot);
    lot->used = 0;
    lot->end = lot->capacity;
    lot->is_open = lot->mapped != NULL;
    return lot->is_open;
}

void memory_lot_close(void)
{
    memory_lot.is_open = false;
}

void memory_lot_unmap(void)
{
    struct lot *lot = &memory_lot;
    REQUIRE(!lot->is_open, "a lot is still open");
    if (lot->mapped != NULL)
        munmap(lot->mapped, mapped_bytes(lot));
    lot->mapped = NULL;
}

size_t memory_lot_bytes(void)
{
    return memory_lot.used;
}

// A copy lies at the far end of the lot's address space, below those made before it.
struct kept {
    size_t n;
    _Alignas(MEMORY_LINE_BYTES) char bytes[];
};

static size_t size_kept(size_t n)
{
    return sizeof(struct kept) +
           (n + MEMORY_LINE_BYTES - 1) / MEMORY_LINE_BYTES * MEMORY_LINE_BYTES;
}

static struct kept *last_kept(const struct lot *lot)
{
    return (struct kept *)(void *)(lot->base + lot->end);
}

bool memory_lot_push(void)
{
    struct lot *lot = &memory_lot;
    const size_t size = size_kept(lot->used);
    if (size > lot->end - lot->used)
        return false;
    lot->end -= size;
    last_kept(lot)->n = lot->used;
    memcpy(last_kept(lot)->bytes, lot->base, lot->used);
    return true;
}

void memory_lot_restore(void)
{
    struct lot *lot = &memory_lot;
    REQUIRE(lot->end < lot->capacity, "nothing was pushed");
    lot->used = last_kept(lot)->n;
    memcpy(lot->base, last_kept(lot)->bytes, lot->used);
}

void memory_lot_pop(void)
{
    struct lot *lot = &memory_lot;
    REQUIRE(lot->end < lot->capacity, "nothing was pushed");
    lot->end += size_kept(last_kept(lot)->n);
}
