// A test that reads one byte beyond a heap block.
#include <criterion/criterion.h>
#include <stdlib.h>

Test(planted, overflow)
{
    volatile char *block = calloc(64, 1);
    volatile int beyond = 64;
    char got = block[beyond];
    free((void *)block);
    cr_assert(got == got);
}
