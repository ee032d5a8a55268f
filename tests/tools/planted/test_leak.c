// A test that leaks: Criterion passes it, the sanitizer's log must not be empty.
#include <criterion/criterion.h>
#include <stdlib.h>

Test(planted, leak)
{
    volatile char *block = malloc(64);
    block[0] = 1;
    block = NULL;
}
