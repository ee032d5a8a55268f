// Counts allocations in a test that is linked with
//   // link: -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=aligned_alloc
// on its first line. Without these flags nothing is counted.
#pragma once

#include <stdint.h>

// Calls of malloc, calloc, realloc and aligned_alloc so far.
uint64_t allocations_count(void);
