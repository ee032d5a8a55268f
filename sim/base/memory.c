#define _DEFAULT_SOURCE // MAP_ANONYMOUS
#include "base/memory.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/base.h"

enum { MEMORY_LINE_BYTES = 64 };
static const size_t most_bytes = (size_t)1 << 40, least_bytes = (size_t)1 << 28;

struct lot {
    char *base; // NULL: none has been mapped yet
    size_t capacity, used;
    bool is_open;
};

static _Thread_local struct lot memory_lot;

static void *take(size_t border, size_t bytes)
{
    struct lot *lot = &memory_lot;
    const size_t at = (lot->used + border - 1) / border * border;
    if (bytes > lot->capacity || at > lot->capacity - bytes)
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
    if (is_last && bytes <= lot->capacity - (lot->used - old_bytes)) {
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

// As much address space as there is to be had; pages come when they are touched.
static void map_lot(struct lot *lot)
{
    for (lot->capacity = most_bytes; lot->capacity >= least_bytes; lot->capacity /= 2) {
        void *base = mmap(NULL, lot->capacity, PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (base != MAP_FAILED) {
            lot->base = base;
            return;
        }
    }
}

bool memory_lot_open(void)
{
    struct lot *lot = &memory_lot;
    REQUIRE(!lot->is_open, "a lot in a lot");
    if (lot->base == NULL)
        map_lot(lot);
    lot->used = 0;
    lot->is_open = lot->base != NULL;
    return lot->is_open;
}

void memory_lot_close(void)
{
    memory_lot.is_open = false;
}

size_t memory_lot_bytes(void)
{
    return memory_lot.used;
}

bool memory_lot_save(struct memory_image *image)
{
    const struct lot *lot = &memory_lot;
    if (image->capacity < lot->used) {
        free(image->bytes);
        image->capacity = 0;
        image->bytes = malloc(lot->used);
        if (image->bytes == NULL)
            return false;
        image->capacity = lot->used;
    }
    memcpy(image->bytes, lot->base, lot->used);
    image->n = lot->used;
    return true;
}

void memory_lot_restore(const struct memory_image *image)
{
    memcpy(memory_lot.base, image->bytes, image->n);
    memory_lot.used = image->n;
}

void memory_image_free(struct memory_image *image)
{
    free(image->bytes);
    *image = (struct memory_image){0};
}
