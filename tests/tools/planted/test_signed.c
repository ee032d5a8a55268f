// A test whose signed addition overflows: undefined behaviour.
#include <criterion/criterion.h>
#include <limits.h>

Test(planted, signed_overflow)
{
    volatile int big = INT_MAX;
    volatile int sum = big + 1;
    cr_assert(sum == sum);
}
