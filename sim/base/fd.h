// File descriptors: whole reads and writes, and locks.
#pragma once

#include <stdbool.h>
#include <stddef.h>

// All n bytes, however many calls that takes; false: errno says why.
bool fd_write(int fd, const void *bytes, size_t n);
// The same; false also at the end of the file.
bool fd_read(int fd, void *bytes, size_t n);
// Locks the whole file for this process to write; false: another has it. File systems without locks
// (some network ones) get none. Closing any descriptor of the file gives the lock back.
bool fd_lock(int fd);
