// Memory: where arrays, arenas and slabs get theirs. That is the C library, unless a thread has
// opened its lot: one stretch of address space whose whole contents can be saved and put back, so
// that everything that lives in it goes on from where it was, at the same addresses.
//
// In a lot nothing is given back before it is closed, and what was allocated in it must not be used
// after that. Functions return NULL when there is no memory. Thread class: any thread; each has a
// lot of its own.
#pragma once

#include <stdbool.h>
#include <stddef.h>

void *memory_zeroed(size_t bytes);
// `border` a power of two; not zeroed.
void *memory_aligned(size_t border, size_t bytes);
// Contents stay, up to the smaller size; `items` from memory_zeroed, or NULL.
void *memory_resized(void *items, size_t old_bytes, size_t bytes);
void memory_release(void *items);

// Opens this thread's lot, which is empty; it must not be open. False: no address space.
bool memory_lot_open(void);
void memory_lot_close(void);
// Gives its address space back, which else is kept for the next time; it must be closed.
void memory_lot_unmap(void);
// How much of it is in use.
size_t memory_lot_bytes(void);

// Keeps a copy of everything in it, on a stack. False: no address space.
bool memory_lot_push(void);
// Puts the newest copy back, as often as is wanted; and forgets it.
void memory_lot_restore(void);
void memory_lot_pop(void);
